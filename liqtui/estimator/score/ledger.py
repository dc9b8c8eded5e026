"""What was predicted, written down before anyone could know, and what came of it.

Append only: a line is made once and never again. A map is written as its digest, so that a map
shown later can be proven to be the one that was scored. What was scored holds all that the score
is made of, so that a `Scoreboard` can be made again of the lines of an earlier run.
"""

from collections.abc import Callable
from hashlib import blake2s
from typing import TypeAlias

import msgspec
from msgspec import Struct

from liqtui.estimator.path import Cut

Write: TypeAlias = Callable[[bytes], object]
"""Takes one line, without its newline."""

_encode = msgspec.json.Encoder().encode
_MS = 1_000_000


class Predicted(Struct, frozen=True, tag="predicted", tag_field="type"):
    """A method's map, published."""

    ts: int
    """UTC ms."""
    base: str
    method: str
    price: float
    digest: str


class Fell(Struct, frozen=True, array_like=True):
    """A cluster that the price went through."""

    price: float
    said: float
    """USD expected."""
    came: float
    """USD liquidated."""
    raw: float
    """How surely it was to fire by its size,"""
    chance: float
    """and as was said, after what came of those before."""
    beyond: bool | None = None
    """Whether more fired than at 19 of 20 places like it; None where there are too few."""


class Scored(Struct, frozen=True, tag="scored", tag_field="type"):
    """What one side of a window said of a published map."""

    ts: int
    """When it was scored, UTC ms; the map was published a horizon before."""
    base: str
    method: str
    horizon_s: int
    side: str
    crossed: int
    """Bins."""
    events: float
    usd: float
    """Liquidated in them."""
    predicted_usd: float
    gain: float
    """Nats, over all events."""
    capped_usd: float = 0.0
    """Liquidated, the largest cut to the 99th percentile."""
    gain_usd: float = 0.0
    """Nats times those."""
    placebos: tuple[float | None, ...] = ()
    """Nats, as ``gain``, of each placebo; None where there was none."""
    move: float = 0.0
    """Log return over the window, absolute."""
    volume: float = 0.0
    """Units of base traded in it."""
    lump: float = 0.0
    """USD: the size of liquidations, E[size^2] / E[size]."""
    touched: tuple[Fell, ...] = ()

    @property
    def at(self) -> int:
        """When the map was published, UTC ns."""
        return (self.ts - self.horizon_s * 1000) * _MS


_decode = msgspec.json.Decoder(Predicted | Scored).decode


def digest(published: Cut) -> str:
    """Return what identifies a published map.

    >>> import numpy as np
    >>> one = Cut(0, 1.0, 5, np.ones((2, 3), np.float32))
    >>> digest(one) == digest(Cut(9, 1.0, 5, np.ones((2, 3), np.float32)))
    True
    >>> digest(one) == digest(Cut(0, 1.0, 6, np.ones((2, 3), np.float32)))
    False
    """
    found = blake2s(published.usd.astype("<f4").tobytes(), digest_size=12)
    found.update(f"{published.first} {published.price!r}".encode())
    return found.hexdigest()


def predicted(base: str, method: str, published: Cut) -> bytes:
    """Return the line that says a map was published."""
    at = published.at // _MS
    return _encode(Predicted(at, base, method, published.price, digest(published)))


def scored(row: Scored) -> bytes:
    """Return the line that says how it did."""
    return _encode(row)


def read(line: bytes) -> Predicted | Scored | None:
    """Return what a line says; None where it is none of the ledger's."""
    try:
        found: Predicted | Scored = _decode(line)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return None
    return found
