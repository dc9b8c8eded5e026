import pytest

from liqtui.model.truth import BadTruthError, Truth, decode

LINE = (
    b'{"type":"truth","ts":1790000040000,"base":"BTC","price":100.0,'
    b'"long":[[95.0,7.5],[90,3]],"short":[[105.0,2.0]],"long_oi":50.0,"more":1}'
)


def test_a_line_is_read_and_what_is_not_known_of_it_passed_over() -> None:
    expected = Truth(1_790_000_040_000, "BTC", 100.0, [(95.0, 7.5), (90.0, 3.0)], [(105.0, 2.0)])
    found = decode(LINE)
    assert (found.ts, found.base, found.price) == (expected.ts, "BTC", 100.0)
    assert (found.long, found.short) == (expected.long, expected.short)
    assert (found.long_oi, found.short_oi) == (50.0, None)


@pytest.mark.parametrize(
    ("part", "instead"),
    [
        (b'"type":"truth"', b'"type":"mark"'),
        (b'"price":100.0', b'"price":0'),
        (b'"price":100.0', b'"price":1e400'),
        (b'"price":100.0', b'"price":NaN'),
        (b"[95.0,7.5]", b"[95.0]"),
        (b"[95.0,7.5]", b'["95.0",7.5]'),
        (b'"ts":1790000040000', b'"ts":-1'),
        (b'"base":"BTC",', b""),
        (b'"BTC"', b'"' + b"B" * 100 + b'"'),
        (b'"BTC"', b'"\xff"'),
        (b'"long":[', b'"long":' + b"[" * 5000),
    ],
)
def test_what_cannot_be_true_is_refused(part: bytes, instead: bytes) -> None:
    assert part in LINE
    with pytest.raises(BadTruthError):
        decode(LINE.replace(part, instead))
