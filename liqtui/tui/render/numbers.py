"""Numbers as people read them; what is not known is a dash, never 0."""

import math

from liqtui.tui.render.glyphs import DASH

_UNITS = (("T", 1e12), ("B", 1e9), ("M", 1e6), ("k", 1e3))


def compact(value: float | None) -> str:
    """Return three significant digits and a unit, at most six cells below 1e15.

    >>> [compact(v) for v in (1_240_000, 212_345, 88.4, 0.5, 999_960, None)]
    ['1.24M', '212k', '88', '0.5', '1.00M', '—']
    """
    if value is None or not math.isfinite(value):
        return DASH
    size = abs(value)
    for unit, one in _UNITS:
        if size >= one * 0.9995:
            return f"{_digits(value / one)}{unit}" if size < 1e15 else f"{value:.0e}"
    if size >= 10:
        return f"{value:.0f}"
    for least, digits in ((0.01, 3), (0.001, 2), (0.0001, 1)):
        if size >= least:
            return f"{value:.{digits}g}"
    return f"{value:.0e}" if size else "0"


def _digits(value: float) -> str:
    size = abs(value)
    return f"{value:.{2 if size < 9.995 else 1 if size < 99.95 else 0}f}"


def brief(value: float) -> str:
    """Return a round number without the zeros it does not need.

    >>> brief(50_000_000.0), brief(6_250_000.0)
    ('50M', '6.25M')
    """
    text = compact(value)
    digits, unit = (text[:-1], text[-1]) if text[-1:].isalpha() else (text, "")
    return (digits.rstrip("0").rstrip(".") if "." in digits else digits) + unit


def money(usd: float | None) -> str:
    """Return an amount of USD.

    >>> money(47_100_000.0), money(-950.0), money(None)
    ('$47.1M', '-$950', '—')
    """
    if usd is None or not math.isfinite(usd):
        return DASH
    return f"-${compact(-usd)}" if usd < 0 else f"${compact(usd)}"


def estimated(usd: float) -> str:
    """Return an estimated amount of USD, none so small that it would only look exact.

    >>> estimated(24.7e6), estimated(0.12), estimated(0.0)
    ('24.7M', '<1k', '<1k')
    """
    return "<1k" if abs(usd) < 1000 else compact(usd)


def price(value: float | None, digits: int = 6, width: int = 9) -> str:
    """Return a price with so many significant digits, thousands apart; fewer where they are long.

    >>> price(61482.46), price(3021.4), price(0.0000123456), price(None)
    ('61,482.5', '3,021.40', '0.0000123', '—')
    """
    if value is None or not math.isfinite(value) or value <= 0:
        return DASH
    places = digits - 1 - math.floor(math.log10(value))
    text = f"{value:,.{min(width, max(0, places))}f}"
    if len(text) > width and "." in text[:width]:
        text = f"{value:,.{width - text.index('.') - 1}f}"
    small = value < 10.0 ** (4 - width)  # fewer than three digits would be left
    return f"{value:.2e}" if small or len(text) > width else text


def level(value: float, step: float) -> str:
    """Return a price on an axis whose marks are ``step`` apart.

    >>> level(63400.0, 100.0), level(0.0625, 0.0005)
    ('63,400', '0.0625')
    """
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    text = f"{value:,.{min(12, places)}f}"
    return text if len(text) <= 8 else f"{value:.2e}"


def percent(fraction: float | None, places: int = 2, *, signed: bool = True) -> str:
    """Return a fraction as percent, with its sign.

    >>> percent(0.0042), percent(-0.000103, 4), percent(0.113, 1, signed=False), percent(None)
    ('+0.42%', '-0.0103%', '11.3%', '—')
    """
    if fraction is None or not math.isfinite(fraction):
        return DASH
    value = fraction * 100
    sign = "+" if signed else ""
    if abs(value) >= 1000:
        return f"{value:{sign}.0e}%"
    text = f"{value:{sign}.{min(places, 1) if abs(value) >= 100 else places}f}%"
    return text if any("1" <= digit <= "9" for digit in text) else text.lstrip("+-")


def milliseconds(value: float | None) -> str:
    """Return a delay.

    >>> milliseconds(84.2), milliseconds(2340.0), milliseconds(None)
    ('84ms', '2.3s', '—')
    """
    if value is None or not math.isfinite(value):
        return DASH
    if abs(value) < 1000:
        return f"{value:.0f}ms"
    return f"{value / 1000:.1f}s" if abs(value) < 100_000 else ">99s"


def size(count: float) -> str:
    """Return bytes.

    >>> size(900), size(23_900)
    ('900B', '23K')
    """
    for unit, one in (("G", 2**30), ("M", 2**20), ("K", 2**10)):
        if count >= one:
            value = count / one
            return f"{value:.1f}{unit}" if value < 10 else f"{int(value)}{unit}"
    return f"{count:.0f}B"


def nice(value: float) -> float:
    """Return the least of 1, 2 and 5 times a power of ten that is not below ``value``.

    >>> nice(3.2e7), nice(1.0), nice(0.0)
    (50000000.0, 1.0, 1.0)
    """
    if not math.isfinite(value) or value <= 0:
        return 1.0
    power = math.floor(math.log10(value) + 1e-9)
    for digit in (1, 2, 5, 10):
        step = float(f"{digit}e{power}")
        if step >= value * (1 - 1e-9):
            return step
    return value
