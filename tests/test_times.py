import argparse

import pytest

from liqtui import times
from tests.making import START, at


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("10m", 600), ("1h30m", 5400), ("2d", 172_800), ("0.5s", 0.5)],
)
def test_spans(text: str, seconds: float) -> None:
    assert times.argument(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-5", "m", "1..2s", "9999999d", "soon", "nan", "1e3"])
def test_no_spans(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="span"):
        times.argument(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+90", at(90)),
        ("+10m", at(600)),
        ("+2h", at(7200)),
        ("+1h2m3.5s", at(3723.5)),
        ("-1m", at(-60)),
        ("1m", at(-60)),
        ("1h30m", at(-5400)),
        (str(START // 1_000_000), START),
        ("2026-09-21T14:14:00", START),
        ("2026-09-21T16:14:00+02:00", START),
        ("2026-09-21", START - 51_240 * 10**9),
        ("20260921", START - 51_240 * 10**9),
    ],
)
def test_moments(text: str, expected: int) -> None:
    assert times.moment(text, after=START, before=START) == expected


@pytest.mark.parametrize("text", ["noon", "+x", "", "+", "+1..2", "-5x", "5dx", "2026-13-01"])
def test_no_moments(text: str) -> None:
    with pytest.raises(ValueError):
        times.moment(text, after=START, before=START)


def test_a_sign_needs_something_to_count_from() -> None:
    with pytest.raises(ValueError, match="1d"):
        times.moment("+10m", before=START)
