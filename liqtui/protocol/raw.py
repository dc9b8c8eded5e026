"""A raw line: what went over one connection, before anyone parsed it."""

from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

from msgspec import Struct

Direction: TypeAlias = Literal["open", "out", "in", "close"]


class Raw(Struct, frozen=True):
    """One frame or body, either way, or a connection's opening or end."""

    venue: str
    conn: str
    """``<stream>#<generation>`` for a socket, ``rest`` for a REST call; a new one is a new
    session."""
    direction: Direction
    url: str
    """With its query."""
    seen: int
    """UTC ns; 0 when unknown."""
    body: bytes = b""
    status: int | None = None
    """Of a REST answer."""
    headers: Mapping[str, str] | None = None


Tap: TypeAlias = Callable[[Raw], None]
"""What the runner tells every raw line to, before parsing; the journal's entrance."""
