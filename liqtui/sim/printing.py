"""How exchanges print numbers and read questions, shared by those that do it alike."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import parse_qsl, urlsplit

import msgspec
from msgspec import Struct

MS: Final = 1_000_000
_DIGITS: Final = 17
"""Of a number that a client may write."""


class Dated(Protocol):
    """Something with a time."""

    @property
    def at(self) -> int:
        """UTC ns."""


Row = TypeVar("Row", bound=Dated)
_encoder: Final = msgspec.json.Encoder()


def encoded(value: object) -> bytes:
    """Return a value as JSON."""
    return _encoder.encode(value)


def text(value: object) -> str:
    """Return a value as JSON, as a client writes its frames."""
    return encoded(value).decode()


def decoded(frame: bytes) -> dict[str, Any]:
    """Return a client's frame as an object; empty when it is none."""
    try:
        return msgspec.json.decode(frame, type=dict[str, Any])
    except msgspec.MsgspecError:
        return {}


def names(message: Mapping[str, Any], key: str) -> list[str]:
    """Return the texts of a list in a frame; none where it is no list."""
    found = message.get(key)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


@lru_cache(maxsize=256)
def places(step: str) -> int:
    """Return the decimals of a step.

    >>> places("0.10"), places("1")
    (2, 0)
    """
    return len(step.partition(".")[2])


def fixed(value: float, step: str) -> str:
    """Return a number with as many decimals as its step.

    >>> fixed(64990.9, "0.10")
    '64990.90'
    """
    return f"{value:.{places(step)}f}"


def short(value: float, decimals: int = 12) -> str:
    """Return a number without exponent and without idle zeros.

    >>> short(0.0001), short(5e-10), short(21.50), short(10_000_000.0)
    ('0.0001', '0.0000000005', '21.5', '10000000')
    """
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def seconds(interval: str) -> int:
    """Return the length of an interval by its name; a bare number counts minutes.

    >>> seconds("5m"), seconds("1H"), seconds("30"), seconds("D")
    (300, 3600, 1800, 86400)
    """
    number = "".join(letter for letter in interval if letter.isdecimal())[:_DIGITS]
    unit = interval.removeprefix(number).lower()[:1]
    return max(int(number or 1), 1) * {"s": 1, "": 60, "m": 60, "h": 3600, "d": 86_400}.get(
        unit, 60
    )


class Asked(Struct, frozen=True):
    """A GET, taken apart."""

    host: str
    path: str
    params: Mapping[str, str]

    def number(self, name: str, default: int) -> int:
        """Return an integer parameter."""
        text = self.params.get(name, "")
        return int(text) if text.isdecimal() and len(text) < _DIGITS else default

    def seconds(self, name: str) -> int:
        """Return the length of an interval that a parameter names; a minute where it is not."""
        return seconds(self.params.get(name, "1m"))

    def unheard_of(self, name: str, known: str) -> bool:
        """Tell whether a parameter is none of some words."""
        return name in self.params and self.params[name] not in known.split()


def asked(url: str) -> Asked:
    """Take a URL apart."""
    parts = urlsplit(url)
    return Asked(parts.netloc, parts.path, dict(parse_qsl(parts.query)))


def between(rows: Sequence[Row], since: int, until: int) -> list[Row]:
    """Return the rows with ``since <= at <= until`` (UTC ms), in their order."""
    return [row for row in rows if since <= row.at // MS <= until]


def newest(rows: Sequence[Row], since: int, until: int, most: int) -> list[Row]:
    """Return at most ``most`` of the rows `between` gives: the newest, newest first."""
    return between(rows, since, until)[-most:][::-1]


def pages(since: int, until: int, width: int) -> list[tuple[int, int]]:
    """Cut a span (UTC ns) into pages of ``width`` ms, newest first as a client walks back.

    >>> pages(0, 5_000_000, 2)
    [(4, 5), (2, 4), (0, 2)]
    """
    starts = range(since // MS, until // MS, width)
    return [(start, min(start + width, until // MS)) for start in starts][::-1]
