"""What somebody would say who knows where every position stands: the ceiling of a score.

Only a recording of a simulated market can tell. It is scored as any other method, so that what a
metric can show at all is known: positions opened after a map was published are in no map.
"""

from liqtui.estimator import Exposure
from liqtui.estimator.grid import Grid, tally
from liqtui.model.events import MarketEvent
from liqtui.model.truth import Truth


class Oracle:
    """An `Estimator` that is told; see the module."""

    method = "truth"

    def __init__(self) -> None:
        self._told: Exposure | None = None

    def tell(self, truth: Truth) -> None:
        """Say this from now on."""
        grid = Grid.around(truth.price)
        long, short = (tally(side, grid.first, grid.size) for side in (truth.long, truth.short))
        self._told = Exposure(grid, long, short)

    def update(self, event: MarketEvent) -> None:
        """Learn nothing: it knows."""

    def exposure(self) -> Exposure | None:
        """Return what it was told last, None before."""
        return self._told

    def warming(self) -> str:
        """Say whether it was told anything."""
        return "" if self._told else "no truth yet"
