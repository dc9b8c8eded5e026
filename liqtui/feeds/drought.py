"""Liquidations that have stopped at one exchange while they go on at the others.

Their silence proves nothing by itself: on a calm day it lasts minutes. Marks on the same socket
prove the socket and not the topic: an exchange that moves that to another route acknowledges it and
sends nothing (docs/venues-core.md, fact 1). What is left is that so long a silence is next to
impossible at the rate there was, and is not the market's (docs/ecosystem.md 3.3).

Liquidations come in bursts, so what is counted is not they but the slots of time that have any.
"""

import math
from collections.abc import Collection, Mapping
from typing import Final

_MEMORY: Final = 360.0
"""Slots over which a rate is taken."""
_ENOUGH: Final = 20.0
"""Slots with liquidations that make a rate."""
_MOST: Final = 0.99
"""Of a rate: nothing is certain."""
_ALIKE: Final = 0.8
"""Of what is usual at the others: with less, the market is silent."""
_UNLIKELY: Final = math.log(1e-6)
"""Of a silence that chance does not explain."""


class Flow:
    """The liquidations of one exchange's sockets."""

    def __init__(self) -> None:
        self.wet = False
        """Some were heard in this slot."""
        self._wet = self._slots = 0.0
        self._dry = 0
        self._others = self._expected = 0.0
        self._odd = False

    @property
    def rate(self) -> float:
        """The part of the slots that have any."""
        return self._wet / self._slots if self._slots else 0.0

    def turn(self, others: int, expected: float) -> None:
        """End a slot.

        Args:
            others: how many of the other exchanges had some in it.
            expected: and how many usually have.
        """
        if self.wet:
            self._learn(self._dry + 1)
            self._dry, self._others, self._expected, self._odd = 0, 0.0, 0.0, False
        else:
            self._dry += 1
            self._others += others
            self._expected += expected
        self.wet = False

    def _learn(self, slots: int) -> None:
        """Take in so many slots of which one had some: a silence counts when it is over."""
        kept = math.exp(-slots / _MEMORY)
        self._slots = self._slots * kept + slots
        self._wet = self._wet * kept + 1.0

    def dry(self, least: int) -> int:
        """Return the slots of a silence that should not be, until it ends; 0: there is none.

        Args:
            least: slots that are borne in any case.
        """
        odds = self._dry * math.log(1.0 - min(self.rate, _MOST))
        if self._wet >= _ENOUGH and self._dry >= least and odds < _UNLIKELY:
            self._odd = self._odd or self._others >= _ALIKE * self._expected
        return self._dry if self._odd else 0


class Drought:
    """Compares exchanges slot by slot.

    Args:
        flows: by exchange.
        slot: seconds.
        least: slots of silence that are borne in any case.
        now: monotonic seconds.
    """

    def __init__(self, flows: Mapping[str, Flow], slot: float, least: int, now: float) -> None:
        self._flows = flows
        self._slot = slot
        self._least = least
        self._begun = now

    def look(self, now: float, live: Collection[str]) -> dict[str, float] | None:
        """Return for how many seconds each exchange has been silent that should not be.

        Args:
            now: monotonic seconds.
            live: the exchanges all of whose sockets are; time stands for the others.

        Returns:
            None while the slot lasts.
        """
        if now < self._begun + self._slot:
            return None
        self._begun = now
        there = {name: flow for name, flow in self._flows.items() if name in live}
        told = {name: (flow.wet, flow.rate) for name, flow in there.items()}
        for name, flow in there.items() if len(there) > 1 else ():
            others = [told[other] for other in told if other != name]
            flow.turn(sum(wet for wet, _ in others), sum(rate for _, rate in others))
        return {name: flow.dry(self._least) * self._slot for name, flow in there.items()}
