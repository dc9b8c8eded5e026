import pytest

from liqtui.protocol.symbols import scaled


@pytest.mark.parametrize(
    ("coin", "expected"),
    [
        ("BTC", ("BTC", 1)),
        ("1000PEPE", ("PEPE", 1000)),
        ("10000000AIDOGE", ("AIDOGE", 10_000_000)),
        ("SHIB1000", ("SHIB", 1000)),
        ("1MBABYDOGE", ("BABYDOGE", 1_000_000)),
        ("XBT", ("BTC", 1)),
        ("1INCH", ("1INCH", 1)),
        ("0G", ("0G", 1)),
        ("币安人生", ("币安人生", 1)),
        ("1000", ("1000", 1)),
        ("100X", ("100X", 1)),
    ],
)
def test_scaled(coin: str, expected: tuple[str, int]) -> None:
    assert scaled(coin) == expected
