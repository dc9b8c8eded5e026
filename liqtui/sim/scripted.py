"""The script's session as a market: a day of the past, and twenty minutes from now on."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeVar

import numpy as np
from msgspec import structs

from liqtui.sim import script
from liqtui.sim.feed import Moment
from liqtui.sim.live import Floor
from liqtui.sim.script import DAY, START, Series
from liqtui.sim.wire import (
    SECOND,
    Bar,
    Book,
    Contract,
    Interest,
    Liquidated,
    Settled,
    Ticker,
    Traded,
)

_GRID: Final = 300 * SECOND
"""What the session is moved by is a multiple of it, so that open interest keeps its times."""
_Dated = TypeVar("_Dated", bound=Bar | Interest | Settled | Liquidated | Traded)


class Scripted:
    """See the module.

    Args:
        contracts: what is traded.
        start: when the past ends, UTC ns; up to five minutes earlier in truth.
        seed: of all that is random.
    """

    def __init__(self, contracts: Iterable[Contract], start: int, seed: int) -> None:
        rng, listed = np.random.default_rng(seed), list(contracts)
        tracks = {track.coin.base: track for track in script.tracks(rng)}
        traded = [tracks[base] for base in dict.fromkeys(one.base for one in listed)]
        self._days = [script.series(rng, tracks[one.base], one) for one in listed]
        self._seconds = Floor(rng, traded, self._days).seconds()
        self._move = start // _GRID * _GRID - START
        _, _, first = next(self._seconds)
        self._first = [self._ticker(one) for one in first]

    def past(self) -> Iterable[Book]:
        """Yield each contract's day."""
        for day, ticker in zip(self._days, self._first, strict=True):
            yield Book(
                ticker,
                [self._moved(bar) for bar in day.bars()],
                [self._moved(point) for point in day.points()],
                _settled(day, ticker.marked.due),
            )

    def moments(self) -> Iterator[Moment]:
        """Yield the seconds."""
        for second, (at, happened, tickers) in enumerate(self._seconds, 2):
            ended = second // 60 - 1 if second % 60 == 0 else None
            told: list[Liquidated | Traded] = [
                self._moved(one) for one in happened if not isinstance(one, Ticker)
            ]
            yield Moment(
                at + self._move,
                told,
                [self._ticker(one) for one in tickers],
                [] if ended is None else [self._moved(_bar(day, ended)) for day in self._days],
            )

    def truth(self, at: int) -> Sequence[bytes]:
        """Return nothing: a script has no traders."""
        return ()

    def _moved(self, one: _Dated) -> _Dated:
        return structs.replace(one, at=one.at + self._move)

    def _ticker(self, one: Ticker) -> Ticker:
        at = one.at + self._move
        marked = structs.replace(one.marked, at=at, due=script.due(one.contract, at))
        day = self._moved(one.day)
        return structs.replace(one, marked=marked, interest=self._moved(one.interest), day=day)


def _settled(day: Series, due: int) -> list[Settled]:
    """Return what was paid, at the times before ``due`` (UTC ns) at which there are payments."""
    step, paid = day.contract.funding_hours * 3600 * SECOND, day.settled()
    return [
        structs.replace(one, at=due - (len(paid) - number) * step)
        for number, one in enumerate(paid)
    ]


def _bar(day: Series, minute: int) -> Bar:
    """Return a minute of the twenty."""
    start, number = DAY + minute * 60, DAY // 60 + minute
    prices = day.price[start - 1 : start + 60]
    volume, bought = float(day.volume[number]), float(day.bought[number])
    return Bar(
        day.contract, 60, float(prices[0]), float(prices.max()), float(prices.min()),
        float(prices[-1]), volume, bought, 1 + int(volume * prices[-1] / 4000),
        START + minute * 60 * SECOND,
    )  # fmt: skip
