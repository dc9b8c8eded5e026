"""Who trades: kinds of traders with habits of their own, and the families that mix them.

A family is what an estimator may be graded on: each breaks other assumptions. Orders of magnitude
from docs/estimator.md 2.3, 3 and 7. Market makers are no kind of trader here: they hold nothing,
and what they trade is `Family.churn`.
"""

from typing import Any, Final

import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray


class Trader(Struct, frozen=True, kw_only=True):
    """A kind of trader."""

    name: str
    share: float
    """Of open interest that it holds on each side in the long run."""
    size: float
    """Median position, USD."""
    spread: float = 1.8
    """Sigma of the size's logarithm; negative: minus the tail exponent of a Pareto law."""
    leverage: float
    """Median."""
    dares: float = 0.6
    """Sigma of the leverage's logarithm."""
    hold: float
    """Median hours a position is kept where nothing else ends it."""
    trend: float = 0.0
    """How it leans with (+) or against (-) the last hour's move, per sigma of it."""
    long: float = 0.0
    """How it leans to the long side (+) in any case; both are log odds."""
    stop: float = 0.0
    """Share that sets a stop before the liquidation price."""
    target: float = 0.0
    """Median distance of the target in distances to liquidation; 0: none."""
    cross: float = 0.0
    """Share whose margin is more than the position's own."""
    rescue: float = 0.0
    """Chance to add margin at the alarm."""
    average: float = 0.0
    """Chance to add to the position at the alarm."""
    give_up: float = 0.0
    """Chance to leave at the alarm; who does nothing of this hopes."""
    nerve: float = 0.25
    """Part of the way from liquidation to entry where the alarm is."""
    wave: float = 1.0
    """Positions opened together, on average: copied traders enter as one."""


TRADERS: Final = (
    Trader(name="gambler", share=0.0007, size=1100, spread=2.05, leverage=50, dares=0.75, hold=1.5,
           trend=0.15, long=0.2, stop=0.2, target=1.5, cross=0.1),
    Trader(name="scalper", share=0.0006, size=6000, spread=1.6, leverage=25, hold=0.2, trend=0.3,
           stop=0.6, target=0.6, cross=0.2),
    Trader(name="retail", share=0.010, size=1600, spread=1.95, leverage=12, dares=0.7, hold=4,
           trend=0.4, long=0.2, stop=0.4, target=1.2, cross=0.3, rescue=0.1, give_up=0.2),
    Trader(name="copied", share=0.003, size=1600, spread=1.6, leverage=12, dares=0.3, hold=6,
           trend=0.3, stop=0.35, target=1.0, cross=0.1, wave=30),
    Trader(name="averager", share=0.05, size=14_000, leverage=7, dares=0.5, hold=30, trend=-0.5,
           long=0.1, stop=0.05, target=0.8, cross=0.5, rescue=0.15, average=0.5,
           give_up=0.15, nerve=0.5),
    Trader(name="swing", share=0.33, size=60_000, spread=1.7, leverage=6, dares=0.4, hold=40,
           trend=0.3, long=0.1, stop=0.3, target=1.2, cross=0.3, rescue=0.15, give_up=0.5),
    Trader(name="whale", share=0.28, size=500_000, spread=-1.6, leverage=5.5, dares=0.4, hold=60,
           trend=0.2, stop=0.2, target=1.0, cross=0.3, rescue=0.4, give_up=0.4),
    Trader(name="hedger", share=0.2, size=400_000, spread=1.0, leverage=2.4, dares=0.3, hold=240,
           long=-0.4, cross=0.3, rescue=1.0),
)  # fmt: skip
POOL: Final = Trader(name="slow money", share=0.0, size=50_000, leverage=3.0, dares=0.4, hold=1e9,
                     cross=1.0, rescue=1.0)  # fmt: skip
"""Those who take the other side of the rest."""


class Family(Struct, frozen=True, kw_only=True):
    """Habits of a whole world."""

    name: str
    about: str
    traders: tuple[Trader, ...] = TRADERS
    churn: float = 1.0
    """Factor on what market makers trade."""
    linked: float = 0.6
    """How closely entries follow the market's activity; 0: not at all."""
    patient: float = 0.15
    """Part of all voluntary orders that rest, so that the tape shows the other side."""
    popular: float = 0.4
    """Part that picks a leverage everyone picks instead of one of its own."""
    contagion: float = 0.0
    """What accounts with cross margin hold elsewhere, in units of the position."""
    shift: float = 1.0
    """Factor on everyone's leverage after the world's turning point."""
    late: float = 0.0
    """Seconds by which exchanges publish their open interest too late."""

    def column(self, field: str) -> NDArray[np.float64]:
        """Return one number of every kind of trader, slow money last."""
        return np.array([getattr(one, field) for one in (*self.traders, POOL)], np.float64)


def _each(**changes: dict[str, Any]) -> tuple[Trader, ...]:
    """Return the traders with habits of some of them changed."""
    return tuple(structs.replace(one, **changes.get(one.name, {})) for one in TRADERS)


def _bold(dares: float, hold: float = 1.0, **changes: Any) -> tuple[Trader, ...]:
    """Return traders with some habits changed for all of them.

    Args:
        dares: factor on the leverage of all but hedgers.
        hold: factor on how long they stay.
        changes: habits that all have.
    """
    return tuple(
        structs.replace(
            one,
            leverage=one.leverage * (1.0 if one.name == "hedger" else dares),
            hold=one.hold * hold,
            **changes,
        )
        for one in TRADERS
    )


MIXED: Final = Family(name="mixed", about="a bit of everything")
FAMILIES: Final = (
    MIXED,
    Family(
        name="tiers", popular=1.0, churn=0.7,
        about="leverages of a few tiers, a quarter higher; no stops, no targets, nothing shared",
        traders=_bold(
            1.25, 0.5, stop=0.0, target=0.0, cross=0.0, rescue=0.0, average=0.0, give_up=0.0
        ),
    ),
    Family(
        name="stops", churn=4.0, popular=0.2,
        about="stops and shared margin everywhere, entries with the trend, market makers' churn",
        traders=_bold(1.25, stop=0.5, cross=0.6, trend=0.8),
    ),
    Family(
        name="shift", churn=2.0, shift=2.5,
        about="everyone's leverage rises halfway, many average down and top up",
        traders=_bold(
            1.3, cross=0.7, trend=-0.4, stop=0.2, rescue=0.25, average=0.35, nerve=0.45
        ),
    ),
    Family(
        name="blocks", linked=0.0, patient=0.5, late=120.0, churn=1.5,
        about="entries that the public volume does not show, open interest published late",
    ),
    Family(
        name="contagion", contagion=0.5, about="margins shared with positions in other coins",
        traders=_each(
            retail={"cross": 0.7, "leverage": 16}, swing={"cross": 0.8, "leverage": 8},
            averager={"cross": 0.9, "leverage": 9}, whale={"cross": 0.9, "leverage": 7},
            copied={"cross": 0.5},
        ),
    ),
)  # fmt: skip


def family(name: str) -> Family:
    """Return a family by its name.

    Raises:
        StopIteration: there is none.
    """
    return next(one for one in FAMILIES if one.name == name)
