"""Where positions truly stand: a line of the public wire that only a simulation can write.

It is no event: nothing that estimates may ever be handed one.
"""

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta, Struct

from liqtui.model.text import plain

_Price: TypeAlias = Annotated[float, Meta(gt=0.0, lt=1e15)]
_Amount: TypeAlias = Annotated[float, Meta(ge=0.0, lt=1e24)]
_Levels: TypeAlias = list[tuple[float, float]]


class Truth(Struct, frozen=True, tag="truth", tag_field="type"):
    """Where positions truly stand, all venues summed; ``[price, USD]`` of each.

    A position that no price above 0 liquidates may be among them: who sums them passes it over.
    """

    ts: Annotated[int, Meta(ge=0, lt=9_000_000_000_000)]
    """UTC ms."""
    base: Annotated[str, Meta(max_length=64)]
    price: _Price
    long: _Levels
    short: _Levels
    long_oi: _Amount | None = None
    """USD of all positions, those that cannot be liquidated included."""
    short_oi: _Amount | None = None


class BadTruthError(ValueError):
    """A line that is no truth, and why."""


_decode = msgspec.json.Decoder(Truth).decode


def decode(line: bytes) -> Truth:
    """Return the truth that a line tells.

    Raises:
        BadTruthError: it is another type of line, or a number in it cannot be true.
    """
    try:
        return _decode(line)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise BadTruthError(plain(str(error))) from error
