"""How much was liquidated where a feed shows a sample (docs/estimator.md 4.6).

A feed that shows one order a window hides more the more there are. What it hides is learned from
feeds that hide nothing: theirs is thinned by the same rule, and the ratio of all to what is left
kept by how busy the stretch was. Without such a twin the number of orders follows from the share
of windows in which there was one.
"""

from typing import Final

import numpy as np

from liqtui.estimator.basis import Floats
from liqtui.model.events import Liquidation
from liqtui.model.market import Sampling

_NS: Final = 1_000_000_000
_STRETCH: Final = 10 * _NS
_CELLS: Final = 6
"""Classes of how many of a stretch's windows were taken."""
_PRIOR_USD: Final = 50_000.0
_KEPT: Final = 0.999
_MOST: Final = 50.0
DEFAULT: Final = Sampling(1.0, "latest")


class Stretch:
    """The liquidations of ten seconds of one instrument, as its feed shows or would show them.

    Args:
        sampling: the rule.
    """

    def __init__(self, sampling: Sampling) -> None:
        self._sampling = sampling
        self._shown: dict[int, float] = {}
        self._all = 0.0
        self._number = -1

    def add(self, event: Liquidation, usd: float) -> tuple[float, float, float] | None:
        """Take in one; return what `close` says of the stretch that it ended, if it did."""
        number = event.at // _STRETCH
        ended = self.close() if number != self._number else None
        self._number = number
        self._all += usd
        window = event.at // round(self._sampling.window_s * _NS)
        if self._sampling.pick == "largest":
            usd = max(usd, self._shown.get(window, 0.0))
        self._shown[window] = usd
        return ended

    def close(self) -> tuple[float, float, float] | None:
        """Return (USD in all, USD shown, share of windows taken), and begin anew."""
        if not self._shown:
            return None
        windows = max(_STRETCH / _NS / self._sampling.window_s, 1.0)
        found = self._all, sum(self._shown.values()), min(len(self._shown) / windows, 1.0)
        self._all, self._shown = 0.0, {}
        return found


class Twins:
    """What full feeds of one base tell of the hidden part of sampled ones."""

    def __init__(self) -> None:
        self._all: Floats = np.zeros(_CELLS)
        self._shown: Floats = np.zeros(_CELLS)

    def learn(self, everything: float, shown: float, taken: float) -> None:
        """Take in one stretch of a full feed."""
        cell = _cell(taken)
        self._all *= _KEPT
        self._shown *= _KEPT
        self._all[cell] += everything
        self._shown[cell] += shown

    def factor(self, taken: float) -> float:
        """Return by how much more was liquidated than a sampled feed shows.

        Args:
            taken: the share of a stretch's windows in which it showed one.
        """
        cell = _cell(taken)
        prior = _PRIOR_USD * _occupied(taken)
        learned = (prior + self._all[cell]) / (_PRIOR_USD + self._shown[cell])
        return float(min(max(learned, 1.0), _MOST))


def _cell(taken: float) -> int:
    return min(int(taken * _CELLS), _CELLS - 1)


def _occupied(taken: float) -> float:
    """Return orders per taken window, if they fell at random."""
    rest = max(1.0 - taken, 0.05)
    return float(-np.log(rest) / max(1.0 - rest, 1e-9))
