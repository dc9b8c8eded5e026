"""Worlds so small that the right score is known."""

import json
from itertools import pairwise

import numpy as np
import pytest
from msgspec.structs import replace

from liqtui.estimator import Bands, Exposure
from liqtui.estimator.grid import Grid
from liqtui.estimator.methods import make
from liqtui.estimator.score.board import Score, Scoreboard
from liqtui.model.events import FeedStatus, MarketEvent
from liqtui.model.market import FeedState
from liqtui.model.truth import Truth
from tests.making import START, instrument, interest, liquidation, mark

T0 = -(-START // 1_800_000_000_000) * 1800 - START // 1_000_000_000
"""Seconds from the tests' start to a whole half hour."""
STEPS = [float(100.0 * np.exp(-0.0005 - 0.001 * step)) for step in range(21)]
"""The marks of a fall by 2 %, each in a bin of its own."""
HIT, MISSED, NEAR = STEPS[10], STEPS[17], STEPS[1]


class Sure:
    """A map that puts all longs at given prices."""

    def __init__(self, method: str, *prices: float, usd: float = 1000.0) -> None:
        self.method = method
        self._prices = prices
        self._usd = usd
        self.updates = 0

    def update(self, event: MarketEvent) -> None:
        self.updates += 1

    def exposure(self) -> Exposure | None:
        grid = Grid.around(100.0)
        long = np.zeros(grid.size)
        for price in self._prices:
            long[grid.index(price)] = self._usd
        return Exposure(grid, long, np.zeros(grid.size))

    def warming(self) -> str:
        return ""


def falls(board: Scoreboard, fire_at: float, times: int = 8, usd: float = 1000.0) -> Scoreboard:
    """Every half hour the mark falls from 100 to 98 and a long is liquidated at ``fire_at``."""
    for i in range(times):
        start = T0 + 1800 * i
        board.observe(mark(start + 1, 100.0))
        board.observe(interest(start + 2, 1000.0))
        for step, price in enumerate(STEPS):
            board.observe(mark(start + 700 + step, price))
            if price == fire_at:
                board.observe(liquidation(start + 700 + step, price, usd))
        board.observe(mark(start + 1000, 100.0))
    board.observe(mark(T0 + 1800 * times + 1, 100.0))
    return board


def of(board: Scoreboard, method: str, horizon: int = 1800) -> Score:
    return next(s for s in board.report() if (s.method, s.horizon_s) == (method, horizon))


def test_who_knows_where_gains_and_who_is_wrong_loses() -> None:
    board = falls(Scoreboard("BTC", [Sure("right", HIT), Sure("wrong", MISSED)]), HIT)
    right, wrong = of(board, "right").fired, of(board, "wrong").fired
    crossed = 18  # bins from 30 bp below 100 to the last of the steps
    assert right.ig == pytest.approx(np.log(0.95 * crossed + 0.05))
    assert wrong.ig == pytest.approx(np.log(0.05))
    assert right.ig_lo is not None
    assert right.ig_lo > 0
    assert right.ratio_fired == pytest.approx(1.0)
    assert right.ig_mirrored == pytest.approx(0.0)  # all on the other side: an even spread


def test_the_gain_of_one_over_another_has_an_interval() -> None:
    board = falls(Scoreboard("BTC", [Sure("right", HIT), Sure("wrong", MISSED)]), HIT)
    found = board.difference("right", "wrong", 1800)
    assert found is not None
    assert found[0] == pytest.approx(np.log((0.95 * 18 + 0.05) / 0.05))
    assert found[1] <= found[0] <= found[2]


def test_a_map_is_judged_as_it_was_published_not_as_it_is() -> None:
    class Learns(Sure):
        def update(self, event: MarketEvent) -> None:
            if type(event).__name__ == "Liquidation":
                self._prices = (HIT,)

    late = falls(Scoreboard("BTC", [Learns("late", MISSED)]), HIT, times=1)
    late.observe(mark(T0 + 2401, 100.0))
    assert of(late, "late").fired.ig == pytest.approx(np.log(0.05))


def test_what_lies_near_the_price_is_no_forecast() -> None:
    board = falls(Scoreboard("BTC", [Sure("near", NEAR)]), NEAR)
    assert of(board, "near").fired.events == 0.0
    assert of(board, "near").fired.ig is None


def test_touched_clusters_that_fire_are_told_from_those_that_do_not() -> None:
    board = Scoreboard("BTC", [Sure("right", HIT, MISSED)])
    falls(board, HIT, times=10)
    touched = of(board, "right").touched
    assert touched.touched == 18
    assert touched.fired == pytest.approx(0.5)
    assert touched.brier is not None


def test_the_truth_is_met_exactly_or_missed_by_as_much_as_it_is() -> None:
    board = Scoreboard("BTC", [Sure("right", 95.0, usd=500.0), Sure("off", 95.0 * np.exp(-0.01))])
    falls(board, HIT, times=1)
    board.compare(Truth(0, "BTC", 100.0, [(95.0, 500.0), (70.0, 9e9)], []))
    board.compare(Truth(0, "ETH", 100.0, [(90.0, 500.0)], []))
    right, off = of(board, "right").stood, of(board, "off").stood
    assert (right.truths, right.emd, right.hit5) == (1, 0.0, 1.0)
    assert right.ovl25 == pytest.approx(1.0)
    assert off.emd == pytest.approx(100.0)
    assert off.ovl25 == pytest.approx(0.05, abs=0.05)
    assert off.hit5 == 0.0


def test_dollars_are_compared_within_five_percent_on_each_side() -> None:
    board = Scoreboard("BTC", [Sure("half", 97.0, 90.0, usd=500.0)])
    falls(board, HIT, times=1)
    board.compare(Truth(0, "BTC", 100.0, [(97.5, 1000.0)], [(103.0, 10.0)]))
    stood = of(board, "half").stood
    assert stood.ratio_long == pytest.approx(0.5)
    assert stood.ratio_short == 0.0


def test_bands_are_checked_where_there_are_some() -> None:
    class Banded(Sure):
        def exposure(self) -> Exposure | None:
            found = super().exposure()
            assert found is not None
            nothing = (found.short, found.short)
            return replace(found, bands=Bands(0.8, (found.long * 2, found.long * 3), nothing))

    board = Scoreboard("BTC", [Banded("banded", 97.0), Sure("plain", 97.0)])
    falls(board, HIT, times=1)
    board.compare(Truth(0, "BTC", 100.0, [(97.5, 1000.0)], []))
    assert of(board, "banded").stood.cover80 == pytest.approx(5 / 6)
    assert of(board, "plain").stood.cover80 is None
    assert of(board, "banded").stood.width80 == pytest.approx(np.log(1.5))
    assert of(board, "plain").stood.width80 is None


def test_a_sum_told_with_its_doubt_costs_less_than_one_told_wrong_for_certain() -> None:
    class Banded(Sure):
        def exposure(self) -> Exposure | None:
            found = super().exposure()
            assert found is not None
            nothing = (found.short, found.short)
            return replace(found, bands=Bands(0.8, (found.long * 0.5, found.long * 2), nothing))

    board = Scoreboard("BTC", [Banded("banded", 97.0), Sure("plain", 97.0), Sure("right", 97.5)])
    falls(board, HIT, times=1)
    board.compare(Truth(0, "BTC", 100.0, [(97.5, 1800.0)], []))
    banded, plain, right = (of(board, name).stood for name in ("banded", "plain", "right"))
    assert plain.crps == pytest.approx(800 / 1800)
    assert banded.crps is not None
    assert banded.crps < 0.8 * 800 / 1800
    assert right.emd_leverage == pytest.approx(0.0, abs=0.05)
    assert plain.emd_leverage is not None
    assert plain.emd_leverage > 0.1


def test_the_ledger_says_what_was_predicted_before_it_says_what_came() -> None:
    lines: list[bytes] = []
    falls(Scoreboard("BTC", [Sure("right", HIT)], write=lines.append), HIT, times=2)
    rows = [json.loads(line) for line in lines]
    first = next(i for i, row in enumerate(rows) if row["type"] == "scored")
    row = rows[first]
    then = row["ts"] - row["horizon_s"] * 1000
    assert any(p["type"] == "predicted" and p["ts"] == then for p in rows[:first])
    assert row["gain"] > 0
    assert all(a["ts"] <= b["ts"] for a, b in pairwise(rows))


def test_a_score_made_again_of_its_ledger_is_the_one_that_was_never_interrupted() -> None:
    methods = [Sure("right", HIT, MISSED), Sure("late", MISSED, usd=3e5), make("oi-candle+cal")]
    lines: list[bytes] = []
    going = falls(Scoreboard("BTC", methods, write=lines.append), HIT, times=30)
    again = Scoreboard("BTC", [Sure("right", HIT), Sure("late", HIT), make("oi-candle+cal")])
    assert again.restore([b"torn", *lines]) == len(lines)
    assert again.report() == going.report()
    assert again.slice("right", "") == going.slice("right", "")
    assert again.chance("right", 1e3) == going.chance("right", 1e3)
    assert again.difference("right", "late", 1800) == going.difference("right", "late", 1800)
    other = Scoreboard("ETH", [Sure("right", HIT)])
    assert other.restore(lines) == 0


def test_what_is_shown_of_a_method_is_what_is_reported() -> None:
    board = falls(Scoreboard("BTC", [Sure("right", HIT)]), HIT, times=8)
    score, grade = of(board, "right"), board.slice("right", "").grades[0]
    assert grade.n_test is not None
    assert (grade.gain, grade.n_test, grade.beyond, grade.brier) == (
        score.fired.ig, score.fired.n_test, score.touched.beyond, score.touched.brier,
    )  # fmt: skip


def test_a_restored_score_goes_on() -> None:
    lines: list[bytes] = []
    falls(Scoreboard("BTC", [Sure("right", HIT)], write=lines.append), HIT, times=4)
    again = Scoreboard("BTC", [Sure("right", HIT)])
    again.restore(lines)
    before = of(again, "right").fired.windows
    falls(again, HIT, times=3)
    assert of(again, "right").fired.windows > before


def test_only_its_base_counts_and_watched_estimators_are_not_fed() -> None:
    mine, others = Sure("mine", HIT), Sure("others", HIT)
    board = Scoreboard("BTC", [mine], [others])
    board.observe(mark(0, 5.0, instrument(base="ETH", symbol="ETHUSDT")))
    board.observe(mark(0, 5.0, instrument(quote="ETH", symbol="BTCETH")))
    board.observe(FeedStatus("toy", "x", FeedState.LIVE, "", START, START))
    assert mine.updates == 0
    falls(board, HIT, times=2)
    assert mine.updates > 0
    assert others.updates == 0
    assert of(board, "others").fired.ig == of(board, "mine").fired.ig


def test_after_a_long_silence_it_goes_on() -> None:
    board = Scoreboard("BTC", [Sure("right", HIT)])
    falls(board, HIT, times=2)
    before = of(board, "right").fired.windows
    board.observe(mark(T0 + 30 * 86_400, 100.0))
    board.observe(mark(T0 + 30 * 86_400 + 700, 97.0))
    board.observe(mark(T0 + 30 * 86_400 + 7200, 97.0))
    assert of(board, "right").fired.windows >= before
    assert of(board, "right").fired.ig is not None


def test_a_method_without_a_map_yet_is_not_scored() -> None:
    board = falls(Scoreboard("BTC", [make("oi-candle"), Sure("right", HIT)]), HIT, times=4)
    assert of(board, "right").fired.windows > 0
    empty = Scoreboard("BTC", [make("uniform")])
    assert of(empty, "uniform").fired.windows == 0


def test_the_same_events_give_the_same_scores() -> None:
    one, two = (
        falls(Scoreboard("BTC", [make("volume-profile+cal"), make("seed2")]), HIT).report()
        for _ in range(2)
    )
    assert one == two
