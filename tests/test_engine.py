from collections.abc import Sequence

import numpy as np
import pytest
from msgspec.structs import replace

from liqtui.engine import RIVALS, Engine, Limits
from liqtui.estimator.methods import make
from liqtui.estimator.oi_candle import OiCandle
from liqtui.model.events import FeedStatus, Gap
from liqtui.model.market import Coverage, FeedState, Side
from liqtui.model.snapshot import NoteKind
from liqtui.model.truth import Truth
from liqtui.model.view import TapeFilter, View
from liqtui.store.board import Label
from tests.making import START, at, funding, instrument, interest, liquidation, mark, trade

LABELS = {"toy": Label("Toy", "TOY"), "other": Label("Other", "OTH")}
OTHER = instrument(venue="other", symbol="BTC-PERP", coverage=Coverage.PARTIAL)


def engine(**changes: float) -> Engine:
    return Engine(LABELS, ["BTC"], Limits(**changes))


def running() -> Engine:
    made = engine()
    for event in (mark(0, 100.0), interest(0, 1e6), funding(0, 1e-4)):
        made.handle(event)
    return made


def test_time_is_what_events_say_and_never_goes_back() -> None:
    made = engine()
    made.handle(mark(10, 1.0))
    made.handle(mark(5, 1.0))
    assert made.now == at(10)
    made.advance(at(20))
    made.advance(at(15))
    assert made.now == at(20)


def test_a_snapshot_says_what_is_known() -> None:
    made = running()
    made.handle(liquidation(1, 99.0, 5000.0))
    made.handle(FeedStatus("toy", "linear", FeedState.LIVE, "", START, START))
    shot = made.snapshot(View(base="BTC"))
    assert shot.headline.price == 100.0
    assert shot.headline.oi_usd == 1e8
    assert shot.headline.funding_8h == pytest.approx(1e-4)
    assert (shot.headline.long_1h, shot.headline.short_1h) == (5000.0, 0.0)
    assert [row.tag for row in shot.tape.rows] == ["TOY"]
    toy, other, total = shot.venues
    assert (toy.state, toy.oi_usd, toy.coverage_label) == (FeedState.LIVE, 1e8, "full")
    assert (other.state, other.oi_usd) == (FeedState.CONNECTING, None)
    assert (total.venue, total.oi_usd) == ("", 1e8)
    assert shot.bases == ("BTC",)


def test_sums_are_whole_from_when_a_complete_feed_was_live() -> None:
    made = running()
    assert [row.long_1h for row in engine().snapshot(View(base="BTC")).venues] == [None] * 3
    made.handle(FeedStatus("toy", "linear", FeedState.LIVE, "", START, START))
    toy, other, total = made.snapshot(View(base="BTC")).venues
    assert (toy.long_1h, toy.whole_since) == (0.0, START)
    assert (other.long_1h, other.whole_since, total.whole_since) == (None, None, None)


def test_totals_are_lower_bounds_when_a_feed_shows_only_a_part() -> None:
    made = running()
    assert not made.snapshot(View()).headline.lower_bound
    made.handle(mark(1, 100.0, OTHER))
    assert made.snapshot(View()).headline.lower_bound


def test_an_unknown_base_is_empty_not_an_error() -> None:
    shot = engine().snapshot(View(base="NOSUCH"))
    assert shot.headline.base == "NOSUCH"
    assert shot.heatmap is None
    assert {row.oi_usd for row in shot.venues} == {None}


@pytest.mark.parametrize(
    ("price", "usd", "reason"),
    [(99.0, 6e6, "6% of the market's open interest"), (50.0, 10.0, "50% from the mark")],
)
def test_the_absurd_is_quarantined_and_left_out_of_the_totals(
    price: float, usd: float, reason: str
) -> None:
    made = running()
    made.handle(liquidation(1, price, usd))
    shot = made.snapshot(View())
    assert shot.tape.rows[0].quarantined == reason
    assert shot.headline.long_1h == 0.0


def test_the_unknown_is_not_quarantined() -> None:
    made = engine()
    made.handle(liquidation(1, 99.0, 1e12))
    assert made.snapshot(View()).tape.rows[0].quarantined == ""


def test_limits_are_settings() -> None:
    made = engine(oi_share=0.001)
    for event in (mark(0, 100.0), interest(0, 1e6), liquidation(1, 100.0, 2e5)):
        made.handle(event)
    assert made.snapshot(View()).tape.rows[0].quarantined


def test_a_row_of_unknown_size_is_on_the_tape_and_in_no_total() -> None:
    made = running()
    made.handle(liquidation(1, 99.0, None))
    shot = made.snapshot(View())
    assert shot.tape.rows[0].notional is None
    assert shot.headline.long_1h == 0.0


def test_a_print_inside_a_cluster_says_so() -> None:
    made = running()
    for step in range(1, 20):
        made.handle(interest(step * 60, 1e6 + 1e4 * step))
        made.handle(mark(step * 60, 100.0))
    (cluster, *_) = [c for c in made.snapshot(View()).clusters if c.side is Side.LONG]
    made.handle(liquidation(1141, cluster.price, 500.0))
    assert made.snapshot(View()).tape.rows[0].cluster == pytest.approx(cluster.price)
    made.handle(liquidation(1142, cluster.price, 500.0, Side.SHORT))
    assert made.snapshot(View()).tape.rows[0].cluster is None


def test_the_worst_stream_speaks_for_its_venue() -> None:
    made = engine()
    made.handle(mark(0, 1.0))
    live = FeedStatus("toy", "a", FeedState.LIVE, "", START, START)
    for status in (live, replace(live, stream="b", state=FeedState.STALE, reason="12 s silent")):
        made.handle(status)
    toy = made.snapshot(View()).venues[0]
    assert (toy.state, toy.state_reason) == (FeedState.STALE, "12 s silent")
    made.handle(replace(live, stream="b"))
    assert made.snapshot(View()).venues[0].state is FeedState.LIVE


def test_a_state_began_when_it_was_first_said_whatever_its_reason_is_now() -> None:
    made = engine()
    made.handle(mark(0, 1.0))
    stale = FeedStatus("toy", "a", FeedState.STALE, "no mark for 10 s", at(10), at(10))
    made.handle(stale)
    made.handle(replace(stale, reason="subscribed, then no mark", at=at(30)))
    toy = made.snapshot(View()).venues[0]
    assert (toy.state_since, toy.state_reason) == (at(10), "subscribed, then no mark")


def test_a_failing_rest_schedule_does_not_paint_its_venue_red_but_a_block_does() -> None:
    made = engine()
    made.handle(mark(0, 1.0))
    rest = FeedStatus("toy", "rest:tiers", FeedState.DOWN, "HTTP 404", START, START)
    made.handle(rest)
    assert made.snapshot(View()).venues[0].state is FeedState.DOWN
    made.handle(FeedStatus("toy", "a", FeedState.LIVE, "", START, START))
    assert made.snapshot(View()).venues[0].state is FeedState.LIVE
    made.handle(replace(rest, state=FeedState.BLOCKED, reason="HTTP 451"))
    toy = made.snapshot(View()).venues[0]
    assert (toy.state, toy.state_reason) == (FeedState.STALE, "REST: HTTP 451")
    made.feeds.keep({("toy", "a")})
    assert made.snapshot(View()).venues[0].state is FeedState.LIVE


def test_gaps_are_kept() -> None:
    made = engine()
    made.handle(Gap("toy", "a", START, at(9), "cut", at(9), at(9)))
    assert [note.kind for note in made.log.notes] == [NoteKind.GAP]


def test_what_feeds_lost_and_whether_they_are_well_reaches_the_estimate() -> None:
    heard: list[object] = []

    class Listening(OiCandle):
        def missed(self, gap: Gap) -> None:
            heard.append(gap.reason)

        def ail(self, venue: str, *, ill: bool) -> None:
            heard.append((venue, ill))

    made = Engine(LABELS, ["BTC"], Limits(), estimator=Listening)
    made.handle(FeedStatus("toy", "linear", FeedState.LIVE, "", at(0), at(0)))
    made.handle(FeedStatus("toy", "linear", FeedState.STALE, "no MarkPrice", at(1), at(1)))
    made.handle(Gap("toy", "linear", at(1), at(9), "reset", at(9), at(9)))
    made.watch("ETH")
    assert heard == [("toy", False), ("toy", True), "reset", ("toy", True)]


def test_the_situation_covers_the_watched_whatever_is_looked_at() -> None:
    made = running()
    made.watch("ETH")
    made.handle(liquidation(1, 99.0, 5000.0))
    situation = made.situation()
    assert [standing.base for standing in situation.standings] == ["BTC", "ETH"]
    assert situation.standings[0].long_1h == 5000.0
    assert situation.standings[1].price is None
    assert [(venue.title, venue.state) for venue in situation.venues] == [
        ("Toy", FeedState.CONNECTING), ("Other", FeedState.CONNECTING),
    ]  # fmt: skip


def test_the_situation_tells_each_liquidation_once_and_only_what_can_be_true() -> None:
    made = running()
    made.handle(liquidation(1, 99.0, 5000.0))
    first = made.situation(0)
    made.handle(liquidation(2, 99.0, 6000.0))
    made.handle(liquidation(3, 50.0, 7000.0))
    made.handle(liquidation(4, 99.0, 8000.0, of=instrument(base="DOGE", symbol="DOGEUSDT")))
    second = made.situation(first.rows)
    assert [row.notional for row in first.prints] == [5000.0]
    assert [row.notional for row in second.prints] == [6000.0]
    assert made.situation().prints == made.situation(second.rows).prints == ()
    assert second.standings[0].shares == (("toy", 1.0),)
    assert second.standings[0].funding_8h == pytest.approx(1e-4)


def test_the_same_events_make_the_same_picture() -> None:
    views = []
    for _ in range(2):
        made = running()
        for step in range(1, 40):
            made.handle(interest(step * 30, 1e6 + 1e3 * step * (-1) ** (step % 3)))
            made.handle(mark(step * 30, 100.0 - 0.1 * step))
            made.handle(liquidation(step * 30, 100.0 - 0.1 * step, 1000.0 + step))
        shot = made.snapshot(View(tape=TapeFilter(least=1010.0)))
        assert shot.heatmap is not None
        views.append((shot.heatmap.cells.tobytes(), shot.tape, shot.headline, shot.clusters))
    assert views[0] == views[1]


TRUTH = Truth(START // 1_000_000, "BTC", 100.0, [(97.0, 7e6)], [(103.0, 2e6)])


def test_the_truth_is_shown_where_it_is_known_and_asked_for() -> None:
    made = running()
    asking = View(truth=True)
    assert made.snapshot(asking).truth is None
    made.reveal(TRUTH)
    assert made.snapshot(View()).truth is None
    shown = made.snapshot(asking).truth
    assert shown is not None
    assert (shown.long.sum(), shown.short.sum()) == (7e6, 2e6)
    assert made.snapshot(replace(asking, base="ETH")).truth is None
    made.conceal()
    assert made.snapshot(asking).truth is None


def test_the_last_truth_stands_and_only_of_what_is_watched() -> None:
    made = running()
    for truth in (TRUTH, replace(TRUTH, long=[(97.0, 9e6)]), replace(TRUTH, base="ETH")):
        made.reveal(truth)
    shown = made.snapshot(View(truth=True)).truth
    assert shown is not None
    assert shown.long.sum() == 9e6
    made.watch("ETH")
    assert made.snapshot(View(base="ETH", truth=True)).truth is None


@pytest.mark.parametrize("method", ["oi-candle", "liqtui"])
def test_the_truth_changes_no_byte_of_the_estimate(method: str) -> None:
    def estimated(truths: Sequence[Truth], view: View) -> list[bytes]:
        estimator = make(method)
        made = Engine(LABELS, ["BTC"], estimator=lambda: estimator)
        found: list[bytes] = []
        for second in range(0, 900, 30):
            price = 100.0 + 2.0 * np.sin(second / 90)
            made.handle(mark(second, price))
            made.handle(interest(second, 1e6 + 500.0 * second))
            made.handle(trade(second, price, 40.0))
            if second % 90 == 0:
                made.handle(liquidation(second, price, 4e4))
            if truths:
                made.reveal(truths[second // 30 % len(truths)])
            shot = made.snapshot(view)
            exposure, heat = estimator.exposure(), shot.heatmap
            if exposure is not None and heat is not None:
                arrays = (exposure.long, exposure.short, heat.cells, heat.long, heat.short)
                found += [array.tobytes() for array in arrays]
            found.append(repr((shot.clusters, shot.tape, made.situation())).encode())
        return found

    truths = [TRUTH, replace(TRUTH, long=[(98.0, 9e9)], short=[]), replace(TRUTH, price=140.0)]
    without = estimated([], View(rows=40, columns=20))
    assert estimated(truths, View(rows=40, columns=20, truth=True)) == without
    assert any(np.frombuffer(part).any() for part in without if len(part) == 2048 * 8)


def test_the_estimate_is_scored_as_it_goes_beside_what_it_has_to_beat() -> None:
    ledger: list[bytes] = []
    made = Engine(LABELS, ["BTC"], ledger=ledger.append)
    made.begin("BTC")
    for step in range(12 * 60):
        price = 100.0 + 3.0 * ((step % 60) / 60)
        made.handle(mark(60 * step, price))
        made.handle(interest(60 * step + 1, 1e6 + step))
        made.handle(liquidation(60 * step + 2, price, 1e4, Side.SHORT))
    score = made.snapshot(View(base="BTC")).score
    assert score is not None
    assert score.shown == "oi-candle+cal"
    methods = {grade.method for grade in score.grades if grade.windows}
    assert methods == {*RIVALS, "oi-candle"}
    assert {grade.horizon_s for grade in score.grades} == {1800, 14_400}
    assert score == made.situation().standings[0].score
    assert any(b'"predicted"' in line for line in ledger)
    assert any(b'"scored"' in line for line in ledger)
    assert made.snapshot(View(base="ETH")).score is None
    clusters = made.snapshot(View(base="BTC")).clusters
    assert clusters
    assert all(one.expected is not None for one in clusters)
    assert all(0.0 < (one.confidence or 0.0) < 1.0 for one in clusters)
    again = Engine(LABELS, ["BTC"])
    assert again.recall_score("BTC", ledger) == len(ledger)
    recalled = again.situation().standings[0].score
    assert recalled is not None
    assert replace(recalled, warming=score.warming) == score


def test_what_is_quarantined_teaches_the_estimate_nothing() -> None:
    made = running()
    made.begin("BTC")
    made.handle(mark(1, 100.0))
    made.handle(liquidation(2, 99.0, 6e7))
    board = made._tracks["BTC"].board
    assert board is not None
    assert board._path.fired == 0


def test_a_row_of_the_tape_keeps_the_message_it_came_in() -> None:
    heard = engine()
    told = liquidation(5, 100.0)
    long = b'{"s":"OTHER"}' * 100 + b'{"s":"BTCUSDT","p":1}' + b"x" * 900
    for message, seen in ((b'{"s":"BTCUSDT"}', told.seen), (long, told.seen), (b"other", 7)):
        heard.heard(message, seen)
        heard.handle(told)
    kept = [row.evidence.raw for row in heard.tape if row.evidence is not None]
    assert kept[0] == b'{"s":"BTCUSDT"}'
    assert b"BTCUSDT" in kept[1]
    assert len(kept[1]) < 500
    assert kept[2] == b""
