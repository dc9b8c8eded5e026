"""What one run heard is there in the next, once."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from liqtui.archive.retention import Limits
from liqtui.archive.schema import FILE_NAME
from liqtui.clock import ManualClock
from liqtui.core import Core
from liqtui.engine import Engine
from liqtui.memory import NOT_RUN, Memory
from liqtui.model.alert import AlertKind, Policy
from liqtui.model.events import Event, Funding
from liqtui.model.market import Side, Taker
from liqtui.model.snapshot import FeedHealth, Progress, Snapshot
from liqtui.model.view import Command, View
from liqtui.store.board import Label
from tests.making import (
    BTC,
    SECOND,
    at,
    candle,
    funding,
    instrument,
    interest,
    liquidation,
    mark,
    trade,
)

VIEW = View(columns=240)
ETH = instrument(symbol="ETHUSDT", base="ETH")


class Still:
    """Does nothing: the test says what is heard."""

    source = "live"

    async def run(self, core: Core) -> None:
        raise NotImplementedError

    async def obey(self, core: Core, command: Command) -> str:
        raise NotImplementedError

    def health(self) -> tuple[FeedHealth, ...]:
        return ()

    def progress(self) -> tuple[Progress, ...]:
        return ()

    def recorded(self) -> None:
        return None


class Run:
    """A core, its memory, and a clock that goes with the events."""

    def __init__(self, folder: Path, seconds: float, policy: Policy | None = None) -> None:
        self.clock = ManualClock(at(seconds))
        self.memory = Memory(folder, Limits(days=1e5), self.clock, keep=100)
        engine = Engine({"toy": Label("Toy", "TOY")}, ["BTC", "ETH"])
        self.core = Core(engine, Still(), self.clock, policy=policy)
        self.core.look(VIEW)
        self.since = self.memory.attach(self.core, ["toy"])

    def hear(self, events: Iterable[Event]) -> None:
        for event in events:
            behind = (event.seen - self.clock.now()) / SECOND
            if behind > 0:
                self.clock.advance(behind)
            self.core.emit(event)

    def shown(self) -> Snapshot:
        self.core.take_picture()
        return self.core.snapshot()

    def end(self) -> None:
        self.memory.look(self.core, last=True)
        self.memory.close()


@contextmanager
def running(folder: Path, seconds: float = 0.0, policy: Policy | None = None) -> Iterator[Run]:
    run = Run(folder, seconds, policy)
    try:
        yield run
    finally:
        run.end()


def market(seconds: Iterable[int]) -> Iterator[Event]:
    """Yield some minutes of a market with a map."""
    for second in seconds:
        price = 100.0 + 0.01 * (second % 100)
        yield mark(second, price)
        if second % 10 == 0:
            yield interest(second, 1e6 + 100.0 * second)
            yield replace(
                trade(second, price, 2000.0), taker=Taker.SELL if second % 20 else Taker.BUY
            )
        if second % 60 == 30:
            yield liquidation(second, price * 0.99, 5000.0 + second)


def test_a_restart_shows_what_was_shown(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        first.hear(market(range(600)))
        before = first.shown()
    with running(tmp_path, 599.5) as second:
        second.hear([mark(599.6, 100.99)])
        after = second.shown()
    assert before.tape.rows
    assert [bare(row) for row in after.tape.rows] == [bare(row) for row in before.tape.rows]
    assert after.headline.long_1h == before.headline.long_1h > 0
    assert before.heatmap is not None
    assert after.heatmap is not None
    known = ~np.isnan(before.heatmap.cells[:, :-1]).all(axis=0)
    assert known.sum() >= 9
    assert np.array_equal(
        after.heatmap.cells[:, :-1][:, known], before.heatmap.cells[:, :-1][:, known]
    )
    assert [one.price for one in after.clusters] == [one.price for one in before.clusters] != []
    assert after.volume is not None
    assert before.volume is not None
    assert sum(one.sold_1h for one in after.volume.classes) > 0


def bare(row: object) -> object:
    """Return a row without the message it came in, which is not kept."""
    return replace(row, evidence=replace(row.evidence, raw=b""))  # type: ignore[type-var,attr-defined]  # a TapeRow


def test_a_column_that_was_shown_is_not_estimated_again(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        first.hear(market(range(300)))
        first.end()
        columns = stored(tmp_path, "SELECT ts, usd FROM map_columns ORDER BY ts")
    with running(tmp_path, 301) as second:
        # The same minutes come again as history, at another price.
        second.core.engine.hold("BTC")
        second.hear(replace(candle(60 * n, 150.0), seen=at(302)) for n in range(1, 5))
        second.core.engine.begin("BTC")
        while second.core.engine.catch_up("BTC"):
            pass
        second.hear(market(range(302, 400)))
    again = stored(tmp_path, "SELECT ts, usd FROM map_columns ORDER BY ts")
    assert again[: len(columns)] == columns
    assert len(columns) >= 4


def stored(folder: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(f"file:{folder / FILE_NAME}?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_what_an_exchange_tells_again_counts_once(tmp_path: Path) -> None:
    told = [liquidation(second, 100.0, 1000.0) for second in (10, 20, 20)]
    with running(tmp_path) as first:
        first.hear([mark(0, 100.0), *told])
    with running(tmp_path, 100) as second:
        assert second.since == at(20)
        again = [replace(one, seen=at(101)) for one in told]
        fresh = [replace(liquidation(50, 100.0, 1000.0), seen=at(102))]
        second.hear([mark(101, 100.0), *again, *fresh, replace(told[2], seen=at(103))])
        assert second.shown().tape.total == 5
        assert second.shown().headline.long_1h == 5000.0
    rows = stored(tmp_path, "SELECT (ts - 1790000040000) / 1000 FROM liquidations ORDER BY id")
    assert rows == [(10,), (20,), (20,), (50,), (20,)]


def test_sums_of_a_day_outlive_a_restart(tmp_path: Path) -> None:
    hour = 3600
    with running(tmp_path) as first:
        first.hear([mark(0, 100.0), liquidation(10, 100.0, 1000.0), liquidation(70, 100.0, 500.0)])
    with running(tmp_path, 3 * hour) as second:
        fresh = replace(liquidation(3 * hour, 100.0, 20.0), seen=at(3 * hour))
        second.hear([mark(3 * hour, 100.0), fresh])
        headline = second.shown().headline
        assert headline.long_1h == 20.0
        assert [window.long for window in headline.longer] == [1520.0, 1520.0]
    with running(tmp_path, 20 * hour) as third:
        third.hear([mark(20 * hour, 100.0)])
        headline = third.shown().headline
        assert (headline.long_1h, headline.since) == (0.0, at(0))
        assert [window.long for window in headline.longer] == [0.0, 1520.0]


def test_the_hole_between_two_runs_is_a_gap_and_told_beside_the_sums(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        first.hear(market(range(120)))
        assert stored(tmp_path, "SELECT * FROM gaps") == []
    with running(tmp_path, 720) as second:
        second.hear([mark(721, 100.0)])
        shown = second.shown()
        assert second.since == at(119)
        assert any("may be missing" in note.text for note in shown.log)
        assert shown.headline.whole_since == at(720)
        assert shown.heatmap is not None
        assert shown.heatmap.unheard is not None
        assert shown.heatmap.unheard.sum() == 11
    assert stored(tmp_path, "SELECT venue, reason FROM gaps") == [("toy", NOT_RUN)]
    with running(tmp_path, 730) as third:
        third.hear([mark(731, 100.0)])
        heatmap = third.shown().heatmap
        assert heatmap is not None
        assert heatmap.unheard is not None
        assert heatmap.unheard.sum() == 11


def test_alerts_go_on_where_they_were(tmp_path: Path) -> None:
    policy = Policy(1000.0, frozenset({AlertKind.PRINT}), 10)
    large = liquidation(30, 100.0, 3e6)
    with running(tmp_path, policy=policy) as first:
        first.hear([*market(range(30)), large, mark(32, 100.0)])
        told = first.shown().alerts
        assert [alert.kind for alert in told] == [AlertKind.PRINT]
        knows = first.core.watchful
    with running(tmp_path, 40, policy) as second:
        assert second.shown().alerts == told
        assert second.core.watchful.number == knows.number == 1
        assert second.core.watchful.coins["BTC"].flows == knows.coins["BTC"].flows
        second.hear([replace(large, seen=at(41)), mark(43, 100.0)])
        assert second.shown().alerts == told


def test_what_the_rules_knew_and_nobody_can_read_is_left(tmp_path: Path) -> None:
    with running(tmp_path, policy=Policy()) as first:
        first.hear(market(range(10)))
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("UPDATE states SET body = x'00'")
    connection.commit()
    connection.close()
    with running(tmp_path, 20, Policy()) as second:
        assert second.core.watchful.number == 0
        assert second.core.failure is None


def test_one_process_writes_and_the_other_shows_the_same(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        first.hear(market(range(120)))
        first.memory.close()
        with running(tmp_path, 130) as writing, running(tmp_path, 131) as reading:
            assert (writing.memory.writes, reading.memory.writes) == (True, False)
            writing.hear([mark(131, 100.0)])
            reading.hear([mark(132, 100.0), liquidation(133, 99.0)])
            assert len(reading.shown().tape.rows) == 3
            assert "writes" in reading.shown().notices[0]
    assert stored(tmp_path, "SELECT count(*) FROM liquidations") == [(2,)]


def test_only_what_is_watched_is_sampled_but_every_liquidation_kept(tmp_path: Path) -> None:
    other = instrument(symbol="DOGEUSDT", base="DOGE")
    with running(tmp_path) as first:
        first.hear(
            [
                interest(1, 5.0, of=other),
                interest(1, 5.0, of=ETH),
                liquidation(2, 0.1, of=other),
                mark(3, 1.0, of=ETH),
            ]
        )
    query = "SELECT symbol FROM {} JOIN contracts c ON c.id = contract"
    assert stored(tmp_path, query.format("open_interest")) == [("ETHUSDT",)]
    assert stored(tmp_path, query.format("liquidations")) == [("DOGEUSDT",)]


async def test_what_was_fetched_or_heard_need_not_be_fetched(tmp_path: Path) -> None:
    bars = [replace(candle(60 * n, 100.0 + n), seen=at(0)) for n in range(-60, 1)]
    with running(tmp_path, 0) as first:
        whole = (at(-3600), at(0))
        assert await first.memory.missing(BTC, *whole) == [
            (whole[0] // (300 * SECOND) * 300 * SECOND, whole[1])
        ]
        first.hear([*bars, funding(0, 1e-4)])
        first.memory.fetched(BTC, at(-3600), at(60))
    with running(tmp_path, 400) as second:
        [(start, end)] = await second.memory.missing(BTC, at(-3500), at(400))
        assert end == at(400)
        assert at(-300) < start <= at(60)
        past = await second.memory.past(BTC, at(-3500), [(start, end)], at(400))
        assert past
        assert {event.seen for event in past} == {at(400)}
        assert all(event.at <= start for event in past if not isinstance(event, Funding))
        assert await second.memory.past(ETH, 0, (), at(400)) == []


async def test_the_liquidations_of_a_coin_teach_its_map(tmp_path: Path) -> None:
    doubtful = liquidation(6, 50.0)
    with running(tmp_path) as first:
        first.hear([mark(0, 100.0), liquidation(5, 99.0), doubtful, liquidation(7, 9.0, of=ETH)])
    with running(tmp_path, 10) as second:
        assert await second.memory.liquidations("BTC", 0) == [liquidation(5, 99.0)]


async def test_a_coin_that_is_watched_later_has_its_past_columns(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        first.hear(replace(event, instrument=ETH) for event in market(range(200)))
    with running(tmp_path, 210) as second:
        second.core.look(replace(VIEW, base="ETH"))
        heatmap = second.shown().heatmap
        assert heatmap is None
        await second.memory.recall(second.core, "ETH")
        second.hear([mark(211, 100.0, of=ETH)])
        heatmap = second.shown().heatmap
        assert heatmap is not None
        assert (~np.isnan(heatmap.cells).all(axis=0)).sum() >= 2


def test_the_score_goes_on_from_its_ledger(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        for n in range(3):
            first.memory.ledger(_SCORED % (at(600 * n) // 10**6))
    with running(tmp_path, 4000) as second:
        assert scored(second) == 3


_SCORED = (
    b'{"type":"scored","ts":%d,"base":"BTC","method":"uniform","horizon_s":1800,"side":"long",'
    b'"crossed":5,"events":2.0,"usd":10.0,"predicted_usd":9.0,"gain":0.1}'
)


def scored(run: Run) -> int:
    score = run.core.engine.track("BTC").score()
    assert score is not None
    return max(grade.windows for grade in score.grades if grade.method == "uniform")


def test_lines_of_the_ledger_are_kept(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        first.memory.ledger(b'{"type":"predicted","ts":5,"base":"BTC"}')
    assert stored(tmp_path, "SELECT base, ts, type FROM ledger") == [("BTC", 5, "predicted")]


def test_the_score_of_a_former_run_is_that_of_the_next(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        scored = Engine({"toy": Label("Toy", "TOY")}, ["BTC"], ledger=first.memory.ledger)
        scored.begin("BTC")
        for minute in range(4 * 60):
            price = 100.0 + 3.0 * (minute % 60) / 60
            scored.handle(mark(60 * minute, price))
            scored.handle(interest(60 * minute + 1, 1e6 + minute))
            scored.handle(liquidation(60 * minute + 2, price, 1e4, Side.SHORT))
        before = scored.situation().standings[0].score
    with running(tmp_path, 4 * 3600) as second:
        after = second.core.engine.situation().standings[0].score
    assert before is not None
    assert after is not None
    assert (after.grades, after.touches, after.since) == (
        before.grades, before.touches, before.since,
    )  # fmt: skip
    assert any(grade.windows for grade in after.grades)


def test_what_cannot_be_read_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        first.hear(market(range(120)))
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.execute("UPDATE liquidations SET side = 'upwards'")
    connection.execute("UPDATE map_columns SET usd = x'00'")
    connection.commit()
    connection.close()
    with running(tmp_path, 200) as second:
        assert "archive: not all of it can be read" in second.shown().notices[0]
        second.hear(market(range(200, 300)))
        assert second.shown().tape.rows
    assert len(stored(tmp_path, "SELECT * FROM liquidations WHERE side = 'long'")) == 2


async def test_a_past_that_cannot_be_read_is_fetched(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        first.hear([liquidation(1, 100.0), interest(2, 5.0)])
        first.memory.fetched(BTC, at(-3600), at(300))
    with running(tmp_path, 400) as second:
        connection = sqlite3.connect(tmp_path / FILE_NAME)
        connection.execute("DROP TABLE coverage")
        connection.close()
        [(start, end)] = await second.memory.missing(BTC, at(-3600), at(400))
        assert start <= at(-3600)
        assert end == at(400)
        await second.memory.missing(BTC, at(-3600), at(400))
        assert len([n for n in second.shown().notices if "no such table" in n]) == 1


def test_another_process_that_is_writing_leaves_no_hole(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        first.hear(market(range(120)))
        with running(tmp_path, 120) as reading:
            reading.hear([mark(121, 100.0)])
            assert not any("missing" in note.text for note in reading.shown().log)


def test_the_archive_that_cannot_be_opened_is_told_and_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with running(tmp_path / "data") as run:
        run.hear(market(range(60)))
        assert str(tmp_path / "data") in run.shown().notices[0]
        assert run.shown().tape.rows
        assert not run.memory.writes
