"""How right the estimate of a base has been, as the screen shows it."""

from msgspec import Struct

from liqtui.model.market import Side


class Grade(Struct, frozen=True):
    """How right one method has been over one horizon; None: too little happened to say."""

    method: str
    horizon_s: int
    windows: int = 0
    """Stretches of new ground it was judged on, each side counting."""
    events: float = 0.0
    """Liquidations in them."""
    gain: float | None = None
    """How much better than an even spread it told where they happened, nats each."""
    low: float | None = None
    high: float | None = None
    """Its 95 % interval."""
    ratio: float | None = None
    """USD said over USD liquidated."""
    rho: float | None = None
    """Rank correlation of the two, without what price and volume explain."""
    touched: int = 0
    """Clusters that the price went through."""
    fired: float | None = None
    """Share of them in which at least half of what was said was liquidated."""
    brier: float | None = None
    n_test: float | None = None
    """Two-sided p of the USD liquidated in all, were those said right on average."""
    beyond: float | None = None
    """Share of those clusters of which more fired than at 19 of 20 places like them that were none:
    by chance a twentieth."""


class Touch(Struct, frozen=True):
    """A cluster the price went through, and what came of it."""

    at: int
    """When it was said, UTC ns."""
    side: Side
    price: float
    said: float
    """USD expected."""
    came: float
    """USD liquidated, as published."""
    chance: float
    """How surely it was said to fire."""

    @property
    def fired(self) -> bool:
        """At least half of it."""
        return self.came >= 0.5 * self.said


class Score(Struct, frozen=True):
    """How right the estimate of one base has been: written down before anyone could know."""

    base: str
    since: int
    """UTC ns of the first map that was judged; 0 before any."""
    shown: str
    """The method whose map the screen shows."""
    grades: tuple[Grade, ...] = ()
    """The method shown first, then what it expects to fire, then what it has to beat."""
    touches: tuple[Touch, ...] = ()
    """Of the method shown, newest first; the misses too."""
    warming: str = ""
    """Why the estimate cannot be trusted yet."""
