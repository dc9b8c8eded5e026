from pathlib import Path

import pytest

from liqtui.clock import ManualClock, SystemClock
from liqtui.core import Core
from liqtui.engine import Engine
from liqtui.model.events import Event, FeedStatus, Gap, MarkPrice
from liqtui.model.market import FeedState
from liqtui.model.view import Pace, Reconnect, Seek, Watch
from liqtui.playback import JournalClock, Playback, first_seen
from liqtui.protocol.facts import Facts
from liqtui.protocol.raw import Direction, Raw
from liqtui.store import journal
from liqtui.store.board import Label
from liqtui.store.reading import Reader
from liqtui.store.segments import Recording
from tests.conditions import LIMIT, until
from tests.making import START, at
from tests.toy import TOY, frame

URL = "wss://toy.example/ws/marks"


def raw(
    seconds: float, body: bytes = b"", direction: Direction = "in", conn: str = "marks#1"
) -> Raw:
    return Raw("toy", conn, direction, URL, at(seconds), body)


def reader(venue: str) -> Reader | None:
    return Reader(TOY, Facts()) if venue == "toy" else None


def played(
    lines: list[Raw],
    *,
    speed: float = 0.0,
    start_at: int = 0,
    skipped: tuple[int, int] | None = None,
    linger: bool = False,
) -> Core:
    engine = Engine({"toy": Label("Toy", "TOY")}, ["BTC"])
    clock = JournalClock(SystemClock(), START, speed)
    drive = Playback(lines, reader, clock, start_at=start_at, skipped=skipped, linger=linger)
    return Core(engine, drive, clock, fps=200)


def heard(core: Core) -> list[Event]:
    events: list[Event] = []
    core.listeners.append(events.append)
    core.start()
    assert core.join(LIMIT)
    assert core.failure is None
    return events


LINES = [
    raw(0, direction="open"),
    raw(0, b"subscribe", "out"),
    raw(0, b"ok"),
    raw(1, frame(1, 100.0)),
    raw(2, b"what"),
    raw(2, b"{]"),
    raw(3, frame(3, 101.0)),
    raw(4, direction="close"),
    raw(5, frame(5, 102.0), conn="marks#2"),
]


def test_events_come_in_order_with_what_happened_to_their_connection() -> None:
    core = played(LINES)
    kinds = [
        (type(event).__name__, event.state.value if isinstance(event, FeedStatus) else "")
        for event in heard(core)
    ]
    assert kinds == [
        ("FeedStatus", "live"),
        ("MarkPrice", ""),
        ("MarkPrice", ""),
        ("FeedStatus", "down"),
        ("Gap", ""),
        ("FeedStatus", "live"),
        ("MarkPrice", ""),
    ]
    shot = core.snapshot()
    assert shot.at == at(5)
    (feed,) = shot.feeds
    assert (feed.state, feed.malformed, feed.unknown, feed.reconnects) == (FeedState.LIVE, 1, 1, 1)
    assert "ends here" in shot.notices[-1]


def test_twice_the_same_journal_is_twice_the_same_events() -> None:
    assert heard(played(LINES)) == heard(played(LINES))


def test_other_venues_lines_are_passed_over() -> None:
    stranger = Raw("nosuch", "a#1", "in", URL, START, b"{}")
    assert heard(played([stranger])) == []


def test_pacing_waits_for_the_recorded_times() -> None:
    core = played([raw(0, frame(0, 1.0)), raw(3600, frame(3600, 2.0))], speed=1.0)
    core.start()
    until(lambda: core.snapshot().headline.price == 1.0)
    assert core.engine.now < at(600)
    assert core.stop()


def test_a_start_is_reached_without_waiting_and_the_rest_at_speed() -> None:
    lines = [raw(s, frame(s, 100.0 + s)) for s in range(0, 3600, 60)]
    core = played(lines, speed=1.0, start_at=at(1800))
    core.start()
    until(lambda: core.snapshot().headline.price == 1900.0)
    assert at(1800) <= core.engine.now < at(1860)
    assert core.stop()


def test_a_lingering_playback_still_obeys() -> None:
    core = played(LINES, linger=True)
    core.start()
    until(lambda: any("ends here" in notice for notice in core.snapshot().notices))
    core.command(Watch("ETH"))
    until(lambda: "watching ETH" in core.snapshot().notices)
    core.command(Reconnect())
    until(lambda: "no connections" in core.snapshot().notices[-1])
    assert core.engine.watched == ("BTC", "ETH")
    assert core.stop()


def test_the_speed_can_be_changed_while_it_waits() -> None:
    core = played([raw(0, frame(0, 1.0)), raw(3600, frame(3600, 2.0))], speed=0.001)
    core.start()
    until(lambda: core.snapshot().headline.price == 1.0)
    core.command(Pace(0.0))
    until(lambda: "at once" in core.snapshot().notices)
    assert core.join(LIMIT)
    assert core.engine.now == at(3600)
    assert core.snapshot().headline.price == 2.0


def test_what_is_still_to_come_can_be_gone_to() -> None:
    lines = [raw(s, frame(s, 100.0 + s)) for s in range(0, 7200, 60)]
    core = played(lines, speed=1.0)
    core.start()
    until(lambda: core.snapshot().headline.price == 100.0)
    core.command(Seek(at(3600)))
    until(lambda: core.snapshot().headline.price == 3700.0)
    assert at(3600) <= core.engine.now < at(3660)
    core.command(Seek(at(60)))
    until(lambda: "forward" in core.snapshot().notices[-1])
    assert core.stop()


def test_a_stretch_that_is_left_out_is_a_hole() -> None:
    lines = [raw(0, frame(0, 1.0)), raw(600, frame(600, 2.0))]
    core = played(lines, skipped=(at(60), at(600)))
    gaps = [event for event in heard(core) if isinstance(event, Gap)]
    assert [(gap.venue, gap.start, gap.end) for gap in gaps] == [("toy", at(60), at(600))]


def test_a_journal_file_is_read_and_a_broken_one_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"".join(map(journal.format_line, LINES)) + b"not a raw line\n")
    assert list(Recording(str(path), pytest.fail).raws()) == LINES
    torn = tmp_path / "x.gz"
    torn.write_bytes(b"nothing like gzip")
    core = played([])
    core._drive._lines = Recording(str(torn), pytest.fail).raws()  # type: ignore[attr-defined]  # the test's own drive
    assert heard(core) == []
    assert "broke off" in core.snapshot().notices[0]


def test_the_first_time_is_found_without_losing_a_line() -> None:
    lines = [Raw("toy", "a#1", "in", URL, 0, b"x"), *LINES]
    start, again = first_seen(iter(lines))
    assert start == START
    assert list(again) == lines
    assert first_seen([])[0] == 0


def test_the_journals_clock_runs_at_its_speed() -> None:
    real = ManualClock()
    clock = JournalClock(real, START, 10.0)
    real.advance(2.0)
    assert clock.now() == at(20)
    assert clock.until(at(40)) == 2.0
    clock.jump(at(100))
    assert clock.now() == at(100)
    real.advance(1.0)
    assert clock.now() == at(110)
    assert JournalClock(real, START, 0.0).until(at(9)) == 0.0


def test_gaps_and_marks_are_the_events_meant() -> None:
    events = heard(played(LINES))
    assert sum(isinstance(event, Gap) for event in events) == 1
    assert [event.price for event in events if isinstance(event, MarkPrice)] == [
        100.0,
        101.0,
        102.0,
    ]
