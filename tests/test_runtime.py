"""A live run against a journal served over real loopback sockets."""

import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event as Flag
from threading import Thread

import msgspec
import pytest
from msgspec.structs import replace

from liqtui.archive.retention import Limits
from liqtui.clock import SystemClock
from liqtui.commands.replay import serving
from liqtui.core import Core
from liqtui.feeds.past import COARSE
from liqtui.feeds.timing import Timing
from liqtui.memory import Memory
from liqtui.model.events import Candle, Event, Gap, MarkPrice
from liqtui.model.market import FeedState, Instrument
from liqtui.model.view import Reconnect, Record, Skip, View, Watch
from liqtui.protocol.bars import FINE
from liqtui.protocol.facts import Facts
from liqtui.protocol.items import Item
from liqtui.protocol.raw import Raw
from liqtui.protocol.venue import Request
from liqtui.runtime import contracts_on, live
from liqtui.settings import Settings
from liqtui.sim.replay import JournalServer, Replayed
from liqtui.store.recorder import Deck
from liqtui.store.segments import Recording
from liqtui.venues import shipped
from tests.conditions import LIMIT, until
from tests.making import START, at, candle, instrument
from tests.toy import HOSTS, ToyVenue, frame

MARKS = f"{HOSTS['ws']}/marks"
QUICK = Timing(base=0.01, cap=0.05, spacing=0.0, gather=0.0, close=0.05)


def raw(seconds: float, body: bytes, url: str = MARKS) -> Raw:
    rest = url.startswith("http")
    return Raw(
        "toy", "rest" if rest else "marks#1", "in", url, at(seconds), body, 200 if rest else None
    )


LISTED = raw(0, b"{}", f"{HOSTS['rest']}/instruments")
JOURNAL = [LISTED, *(raw(second, frame(second, 100.0 + second)) for second in range(5))]

TRUTH = b'{"type":"truth","ts":%d,"base":"BTC","price":104.0,"long":[[102.0,7e6]],"short":[]}\n' % (
    START // 1_000_000
)


class Past(ToyVenue, frozen=True):
    """A venue with a past, of which it is noted what is asked for."""

    asked: list[tuple[int, int, int]] = msgspec.field(default_factory=list)

    def backfill(
        self, instrument: Instrument, since: int, until: int, step: int = FINE
    ) -> Sequence[Request]:
        self.asked.append((since, until, step))
        return [Request(f"{self.hosts['rest']}/history")]

    def read(self, url: str, body: bytes, seen: int, facts: Facts) -> Iterable[Item]:
        if not url.endswith("/history"):
            return ToyVenue.read(self, url, body, seen, facts)
        return [replace(candle(0, 100.0), at=seen - 90_000_000_000, seen=seen)]


@contextmanager
def running(
    lines: list[Raw],
    control: int | None = None,
    deck: Deck | None = None,
    memory: Memory | None = None,
    venue: ToyVenue | None = None,
) -> Iterator[tuple[Core, list[Event]]]:
    server = JournalServer(Replayed(lines), {"toy": HOSTS}, lambda _seen: 0.0)
    with serving(server):
        hosts = {**server.local_hosts("toy"), **(dict(venue.hosts) if venue else {})}
        core = live(
            Settings(),
            [(venue or ToyVenue()).at(hosts, ("linear",))],
            SystemClock(),
            Random(1).random,
            deck=deck,
            timing=QUICK,
            control=control,
            memory=memory,
        )
        events: list[Event] = []
        core.listeners.append(events.append)
        core.start()
        try:
            yield core, events
        finally:
            assert core.stop(5.0)
            assert core.failure is None


def marks(events: list[Event]) -> list[float]:
    return [event.price for event in events if isinstance(event, MarkPrice)]


def test_what_was_recorded_comes_out_of_the_real_feeds() -> None:
    with running(JOURNAL) as (core, events):
        until(lambda: len(marks(events)) == 5)
        assert marks(events) == [100.0, 101.0, 102.0, 103.0, 104.0]
        until(lambda: core.snapshot().headline.price == 104.0)
        states = {feed.stream: feed.state for feed in core.snapshot().feeds}
        assert states["marks"] is FeedState.LIVE
        assert states["rest:bootstrap"] is FeedState.LIVE


def test_the_map_begins_as_soon_as_the_past_is_there() -> None:
    def warming(core: Core) -> str:
        heatmap = core.snapshot().heatmap
        return heatmap.warming if heatmap else "reading history"

    with running(JOURNAL) as (core, events):
        until(lambda: len(marks(events)) == 5)
        until(lambda: warming(core) != "reading history")


def test_a_venue_that_does_not_answer_is_red_and_says_why() -> None:
    with running([]) as (core, _events):
        until(lambda: [row.state for row in core.snapshot().venues][:1] == [FeedState.DOWN])
        assert core.snapshot().venues[0].state_reason


def test_commands_reach_the_feeds() -> None:
    with running(JOURNAL) as (core, events):
        until(lambda: len(marks(events)) == 5)
        core.command(Watch("ETH"))
        core.command(Reconnect("nosuch"))
        core.command(Reconnect("toy"))
        until(lambda: len(core.snapshot().notices) == 3)
        assert core.snapshot().notices == (
            "watching ETH",
            "no venue 'nosuch' is connected",
            "opening toy anew",
        )
        assert "ETH" in core.engine.watched


TWICE = [*JOURNAL, *(replace(line, conn="marks#2") for line in JOURNAL[1:])]


def test_recording_is_switched_on_and_off(tmp_path: Path) -> None:
    with running(TWICE, deck=Deck(tmp_path)) as (core, events):
        until(lambda: len(marks(events)) == 5)
        core.command(Record(True))
        until(lambda: core.snapshot().recorded is not None)
        core.command(Reconnect("toy"))
        until(lambda: len(marks(events)) == 10)
        core.command(Record(False))
        until(lambda: core.snapshot().recorded is None)
        until(lambda: "recorded" in core.snapshot().notices[-1])
    (folder,) = (tmp_path / "journals").iterdir()
    raws = list(Recording(str(folder), pytest.fail).raws())
    frames = [raw.body for raw in raws if raw.direction == "in" and raw.url.endswith("/marks")]
    assert frames == [raw.body for raw in JOURNAL[1:]]
    assert {raw.direction for raw in raws} >= {"open", "out", "in"}


def test_a_journal_that_is_being_written_at_the_end_is_ended(tmp_path: Path) -> None:
    with running(TWICE, deck=Deck(tmp_path)) as (core, _):
        core.command(Record(True))
        until(lambda: core.snapshot().recorded is not None)
        core.command(Reconnect("toy"))
        until(lambda: (state := core.snapshot().recorded) is not None and state.lines > 0)
    (folder,) = (tmp_path / "journals").iterdir()
    assert list(Recording(str(folder), pytest.fail).raws())


def remembering(folder: Path) -> Memory:
    return Memory(folder, Limits(days=1e5), SystemClock(), keep=100)


PASSED = [*JOURNAL, raw(0, b"{}", f"{HOSTS['rest']}/history")]


def test_a_second_run_fetches_what_the_first_did_not(tmp_path: Path) -> None:
    whole, rest = Past(hosts={}), Past(hosts={})
    with running(PASSED, memory=remembering(tmp_path), venue=whole) as (core, events):
        until(lambda: any(isinstance(event, Candle) for event in events))
        until(lambda: feed(core, "rest:backfill") is FeedState.LIVE)
    with running(PASSED, memory=remembering(tmp_path), venue=rest) as (core, events):
        until(lambda: any(isinstance(event, Gap) for event in events))
        until(lambda: feed(core, "rest:backfill") is FeedState.LIVE)
    asked = [((end - start) / 86_400e9, step) for start, end, step in whole.asked]
    assert 3.0 < sum(days for days, step in asked if step == FINE) < 3.2
    (weeks,) = (days for days, step in asked if step == COARSE)
    assert weeks > 26.0
    (hole, again) = rest.asked
    assert hole[1] - hole[0] < 1200e9
    assert hole[1] > whole.asked[0][1]
    assert again[2] == COARSE, "what is known of weeks is not as fine as what is kept"


def feed(core: Core, stream: str) -> FeedState | None:
    return next((one.state for one in core.snapshot().feeds if one.stream == stream), None)


def test_the_past_can_be_left_alone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        venue = Hanging(hosts={}, asked=[], history=f"http://127.0.0.1:{port}/history")
        with running(JOURNAL, venue=venue) as (core, events):
            until(lambda: venue.asked and len(marks(events)) == 5)
            until(lambda: bool(core.snapshot().progress))
            core.command(Skip())
            until(lambda: core.snapshot().notices == ("no more of the past is fetched",))
            until(lambda: not core.snapshot().progress)
            until(lambda: not core.engine.snapshot(View()).progress)
            heatmap = core.snapshot().heatmap
            assert heatmap is None or heatmap.warming != "reading history"


class Hanging(Past, frozen=True):
    """A venue that does not answer when asked for its past."""

    history: str = ""

    def backfill(
        self, instrument: Instrument, since: int, until: int, step: int = FINE
    ) -> Sequence[Request]:
        self.asked.append((since, until, step))
        return [Request(self.history)]


def test_without_a_deck_nothing_is_recorded() -> None:
    with running(JOURNAL) as (core, _):
        core.command(Record(True))
        until(lambda: core.snapshot().notices == ("nothing can be recorded here",))


@contextmanager
def telling_truth(end: Flag) -> Iterator[int]:
    """Tell one truth and hang up once told to."""

    class Teller(StreamRequestHandler):
        def handle(self) -> None:
            assert self.rfile.readline().startswith(b"truth")
            self.wfile.write(TRUTH)
            end.wait(LIMIT)

    with ThreadingTCPServer(("127.0.0.1", 0), Teller) as server:
        Thread(target=server.serve_forever, args=(0.01,)).start()
        try:
            yield server.server_address[1]
        finally:
            end.set()
            server.shutdown()


def test_the_truth_is_shown_until_it_is_told_no_more() -> None:
    end = Flag()
    with telling_truth(end) as control, running(JOURNAL, control) as (core, _):
        core.look(View(truth=True))
        until(lambda: core.snapshot().truth is not None)
        shown = core.snapshot().truth
        assert shown is not None
        assert (shown.at, shown.long.sum()) == (START, 7e6)
        end.set()
        until(lambda: core.snapshot().truth is None)
        until(lambda: bool(core.snapshot().notices))
        assert core.snapshot().notices == ("the truth is not told any more: the simulation ended",)


def test_only_perpetuals_in_dollars_have_a_past_worth_reading() -> None:
    facts = shipped("binance")
    odd: Mapping[str, dict[str, object]] = {
        "dated": {"perpetual": False},
        "coins": {"quote": "BTC"},
        "good": {},
        "other": {"base": "ETH"},
    }
    facts.instruments.clear()
    for symbol, changes in odd.items():
        facts.instruments[symbol] = instrument(symbol=symbol, **changes)
    assert [one.symbol for one in contracts_on("BTC", facts)] == ["good"]


@pytest.mark.parametrize("source", ["live", "simulated"])
def test_the_source_is_shown(source: str) -> None:
    core = live(Settings(), [ToyVenue()], SystemClock(), Random(1).random, source=source)
    assert core.snapshot().source == "live"
    core.take_picture()
    assert core.snapshot().source == source
