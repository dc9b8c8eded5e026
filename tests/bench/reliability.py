"""``python -m tests.bench.reliability BASE METHOD EVENTS ...``: a reliability diagram as SVG.

Touched clusters of one method: how surely they were said to fire against how often they did
(isotonic regression), with what chance alone would do to honest forecasts, 90 %, in grey.
"""

import sys
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from liqtui.estimator.methods import CALIBRATED, expecting, make
from liqtui.estimator.score.board import Scoreboard
from liqtui.estimator.score.reliability import Reliability, reliability
from liqtui.model.reading import Reader
from liqtui.store import journal

_SIZE, _MARGIN = 420, 50
_HORIZONS = (1800, 14_400)
_DRAWS = 400
Floats = NDArray[np.float64]


def svg(title: str, found: Reliability) -> str:
    """Return the diagram."""
    grid = np.linspace(0.0, 1.0, 41)
    low, high = chance(found.said, grid)
    band = [*zip(grid, high, strict=True), *zip(grid[::-1], low[::-1], strict=True)]
    bars = np.histogram(found.said, 20, (0.0, 1.0))[0] / len(found.said)
    total = _SIZE + 2 * _MARGIN
    numbers = (
        f"n {len(found.said)}   Brier {found.brier:.3f} = miscalibration"
        f" {found.miscalibration:.3f} − discrimination {found.discrimination:.3f}"
        f" + uncertainty {found.uncertainty:.3f}"
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="{total}" '
            'font-family="sans-serif" font-size="11">',
            f'<rect width="{total}" height="{total}" fill="white"/>',
            f'<polygon points="{_points(band)}" fill="#ddd"/>',
            *(
                f'<rect x="{_MARGIN + i * _SIZE / 20:.1f}" width="{_SIZE / 20 - 1:.1f}" '
                f'y="{_MARGIN + _SIZE - bar * 120:.1f}" height="{bar * 120:.1f}" fill="#9bd"/>'
                for i, bar in enumerate(bars)
            ),
            f'<polyline points="{_points([(0.0, 0.0), (1.0, 1.0)])}" stroke="#888" fill="none"/>',
            f'<polyline points="{_points(list(zip(found.said, found.held, strict=True)))}" '
            'stroke="#c30" stroke-width="2" fill="none"/>',
            f'<rect x="{_MARGIN}" y="{_MARGIN}" width="{_SIZE}" height="{_SIZE}" '
            'stroke="black" fill="none"/>',
            _text(_MARGIN, 20, title),
            _text(20, 38, numbers),
            _text(_MARGIN, total - 12, "said: probability that half of the cluster fires"),
            *(
                _text(_MARGIN + share * _SIZE - 6, _MARGIN + _SIZE + 16, f"{share:g}")
                + _text(20, _MARGIN + (1 - share) * _SIZE + 4, f"{share:g}")
                for share in (0.0, 0.25, 0.5, 0.75, 1.0)
            ),
            "</svg>",
        ]
    )


def chance(said: Floats, grid: Floats) -> tuple[Floats, Floats]:
    """Return between what the curve of forecasts that are exactly right would lie, 90 %."""
    random = np.random.default_rng(1)
    drawn = []
    for _ in range(_DRAWS):
        one = reliability(said, random.random(len(said)) < said)
        assert one is not None
        drawn.append(np.interp(grid, one.said, one.held))
    low, high = np.quantile(drawn, (0.05, 0.95), axis=0)
    return low, high


def _points(pairs: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_MARGIN + x * _SIZE:.1f},{_MARGIN + (1 - y) * _SIZE:.1f}" for x, y in pairs)


def _text(x: float, y: float, words: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}">{words}</text>'


def scored(path: str, base: str, method: str) -> list[Reliability]:
    """Return how the forecasts of a file did, by horizon."""
    plain = make(method.removesuffix(CALIBRATED))
    of = expecting(plain) if method.endswith(CALIBRATED) else plain
    # What expects feeds what stands: the clusters are those of the latter.
    watched = [plain] if of is not plain else []
    board, reader = Scoreboard(base, [of], watched, horizons=_HORIZONS), Reader()
    with journal.opened(path) as file:
        for line in journal.lines(file):
            event = reader.read(line)
            if event is not None:
                board.observe(event)
    found = (board.reliability(method, seconds) for seconds in _HORIZONS)
    return [one for one in found if one is not None]


def main(base: str, method: str, *paths: str) -> int:
    """Score files and print the diagram of all; return the exit code."""
    found = [one for path in paths for one in scored(path, base, method)]
    if not found:
        print("no cluster was touched", file=sys.stderr)
        return 1
    pooled = reliability(
        np.concatenate([one.said for one in found]),
        np.concatenate([one.came for one in found]),
    )
    assert pooled is not None
    print(svg(f"{method}, {base}, clusters touched within half an hour or four", pooled))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
