"""What was predicted, written down before anyone could know, and what came of it.

Append only: a line is made once and never again. A map is written as its digest, so that a map
shown later can be proven to be the one that was scored.
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


class Scored(Struct, frozen=True, tag="scored", tag_field="type"):
    """What one side of a window said of a published map."""

    ts: int
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
