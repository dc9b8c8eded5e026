"""``python -m tests.bench.bands DIR ...``: how wide bands must be, by recordings with a truth.

Each folder holds ``events.ndjson`` and ``truth.ndjson`` of BTC (``python -m liqtui.sim.record``).
Prints how many truths the present bands held, then the constants of `liqtui.estimator.bands` with
which four of five would lie within, each recording weighing the same. Equal seeds share their
weather, and a weather decides more than a family: many seeds of one family tell more than one seed
of many.
"""

import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from liqtui.estimator import Exposure
from liqtui.estimator.grid import bucket, tally
from liqtui.estimator.model import Model
from liqtui.estimator.usual import usual
from liqtui.model.reading import Reader
from liqtui.model.truth import Truth, decode
from liqtui.store import journal

_RADII: Final = np.array([3, 5, 10, 20, 30, 50, 70, 100, 150])
_JUDGED: Final = (10, 20, 50)
"""Buckets: 1, 2 and 5 %."""
_STEPS: Final = 30
Floats = NDArray[np.float64]


def instants(folder: Path) -> Iterator[tuple[Truth, Model]]:
    """Yield every truth with the model as it was then."""
    model, reader, now = Model(), Reader(), 0
    with journal.opened(str(folder / "truth.ndjson")) as file:
        waiting = deque(decode(line) for line in journal.lines(file))
    with journal.opened(str(folder / "events.ndjson")) as file:
        for event in map(reader.read, journal.lines(file)):
            if event is None:
                continue
            now = max(now, event.seen or event.at)
            while waiting and now > waiting[0].ts * 1_000_000:
                yield waiting.popleft(), model
            model.update(event)  # type: ignore[arg-type]  # a recording has market events alone


def rows(truth: Truth, model: Model) -> list[tuple[float, ...]]:
    """Return by side and radius: ln truth, map, usual USD, lump, and whether its band held."""
    found, told = model.exposure(), []
    if found is None or found.bands is None:
        return []
    here = bucket(truth.price) - found.grid.first
    usually = sum(book.usd(book.interest or 0.0) for book in model.books)
    assert found.outlook is not None
    usually = usual(usually, found.outlook.daily)
    true = [tally(side, found.grid.first, found.grid.size) for side in (truth.long, truth.short)]
    for side, edges in enumerate((found.bands.long, found.bands.short)):
        for radius in _RADII.tolist():
            near = slice(here - radius, here + radius + 1)
            stands = true[side][near].sum()
            had = _held(found, side)[near].sum()
            within = edges[0][near].sum() <= stands <= edges[1][near].sum()
            logs = np.log(np.maximum((stands, had, usually, found.bands.lump), 1.0))
            told.append((radius, *logs, within))
    return told


def _held(found: Exposure, side: int) -> Floats:
    return found.short if side else found.long


def fitted(table: Floats, weight: Floats) -> tuple[float, float]:
    """Return the usual share and the deviation with which the bands of one radius hold 80 %."""
    _, stands, had, usually, lump, _ = table.T
    pull = 0.5
    share = float(np.average((stands - had) / pull + had - usually, weights=weight))
    middle = (1.0 - pull) * had + pull * (usually + share)
    low, high = 0.0, 4.0
    for _ in range(_STEPS):
        off = (low + high) / 2
        wide = 1.2816 * np.sqrt(off**2 + np.log1p(np.exp(lump - middle)))
        within = (stands >= np.minimum(middle - wide, had - 0.1)) & (
            stands <= np.maximum(middle + wide, had + 0.1)
        )
        low, high = (off, high) if np.average(within, weights=weight) < 0.8 else (low, off)
    return share, off


def main(folders: list[str]) -> int:
    """Print what the recordings say; return the exit code."""
    tables = []
    for folder in map(Path, folders):
        table = np.array([row for pair in instants(folder) for row in rows(*pair)])
        tables.append(table)
        judged = np.isin(table[:, 0], _JUDGED)
        print(f"{folder.name:16} {100 * table[judged, 5].mean():5.1f} % held", flush=True)
    every = np.concatenate(tables)
    weight = np.concatenate([np.full(len(table), 1.0 / len(table)) for table in tables])
    judged = np.isin(every[:, 0], _JUDGED)
    print(f"{'all':16} {100 * np.average(every[judged, 5], weights=weight[judged]):5.1f} % held")
    for radius in _RADII.tolist():
        own = every[:, 0] == radius
        share, off = fitted(every[own], weight[own])
        print(f"within {radius / 10:4.1f} %: usual share e^{share:.2f}, deviation {off:.2f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
