"""What was traded, by size of trade and aggressor, as the screen shows it."""

from msgspec import Struct


class SizeClass(Struct, frozen=True):
    """Trades of one range of sizes: USD by aggressor."""

    floor: float
    """USD from which on a trade is of this class; the next class begins where it ends."""
    bought_5m: float
    sold_5m: float
    bought_1h: float
    sold_1h: float
    cvd: tuple[float, ...] = ()
    """USD bought minus sold since the first of these minutes, one value a minute."""


class Volume(Struct, frozen=True):
    """How what was traded is distributed, over the venues of the view."""

    since: int
    """UTC ns of the first trade counted."""
    classes: tuple[SizeClass, ...]
    """The largest first."""
