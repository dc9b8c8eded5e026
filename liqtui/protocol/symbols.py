"""What a contract is on, told from its name."""

import re
from typing import Final

_PREFIX: Final = re.compile(r"(10{3,7})(?=\D)(.+)")
_SUFFIX: Final = re.compile(r"(\D.*?)(10{3,7})")
_ODD: Final = {"1MBABYDOGE": ("BABYDOGE", 1_000_000), "XBT": ("BTC", 1)}


def scaled(coin: str) -> tuple[str, int]:
    """Split a listed coin into the coin itself and how many of it one printed unit is.

    Sources: docs/venues-core.md 6.4 (prefix 10^n, suffix 1000, XBT).

    >>> scaled("1000PEPE"), scaled("SHIB1000"), scaled("1INCH")
    (('PEPE', 1000), ('SHIB', 1000), ('1INCH', 1))
    """
    if coin in _ODD:
        return _ODD[coin]
    if match := _PREFIX.fullmatch(coin):
        return match[2], int(match[1])
    if match := _SUFFIX.fullmatch(coin):
        return match[1], int(match[2])
    return coin, 1
