"""The whole way, from an alert told to a request received, through faults and restarts."""

import asyncio
import contextlib
import json
import sqlite3
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random

import pytest

from liqtui.clock import SystemClock
from liqtui.delivery import grave, outbox, route
from liqtui.delivery.courier import LOCK_NAME, Courier
from liqtui.delivery.letter import Letter, letter
from liqtui.delivery.outbox import Outbox
from liqtui.delivery.outlets import Outlet, outlets
from liqtui.delivery.sink import Outcome, Verdict
from liqtui.feeds.timing import Timing
from liqtui.lock import Lock
from liqtui.model.alert import AlertKind
from liqtui.model.market import FeedState
from liqtui.model.snapshot import FeedHealth
from liqtui.settings import SinkSettings
from tests.conditions import becomes, until
from tests.delivery import receiver as served
from tests.delivery.receiver import SECRET, START, Receiver, alert, receiver, status
from tests.delivery.test_signature import verifier

QUICK = Timing(base=0.001, cap=0.01)
FAST = 600.0


def hook(url: str, **more: object) -> SinkSettings:
    given: dict[str, object] = {"secret": "env:KEY", "per_minute": FAST, "timeout_s": 20.0, **more}
    return SinkSettings(url=url, **given)  # type: ignore[arg-type]  # each is of its field's type


@contextmanager
def courier(directory: Path, **sinks: SinkSettings) -> Iterator[Courier]:
    clock = SystemClock()
    opened = list(outlets(sinks, {"KEY": SECRET}, clock))
    made = Courier(opened, directory, clock, Random(1).random, timing=QUICK)
    made.start()
    try:
        yield made
    finally:
        assert made.stop(20.0)


class Heard:
    """A sink that remembers."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.letters]

    async def send(self, sent: Letter) -> Outcome:
        self.letters.append(sent)
        return Outcome(Verdict.SENT, "")


def given(directory: Path, *opened: Outlet) -> Courier:
    return Courier(opened, directory, SystemClock(), Random(1).random, timing=QUICK)


def row(sending: Courier) -> FeedHealth:
    rows = sending.health()
    return rows[0] if rows else FeedHealth("", "", FeedState.CONNECTING, "", 0)


def ids(*numbers: int) -> list[str]:
    return [letter(alert(number)).id for number in numbers]


async def test_alerts_arrive_signed_in_order_and_once(tmp_path: Path) -> None:
    async with receiver() as here:
        with courier(tmp_path, hook=hook(here.url)) as sending:
            for number in range(1, 21):
                sending.tell(alert(number))
            await becomes(lambda: len(here.got) == 20)
            await becomes(lambda: row(sending).frames == 20)
    assert here.ids == ids(*range(1, 21))
    genuine = verifier()
    now = time.time_ns() // 10**9
    assert all(genuine(SECRET, got.headers, got.body, now) for got in here.got)
    found = row(sending)
    assert (found.venue, found.stream, found.state) == ("alerts", "hook", FeedState.LIVE)
    assert found.last == "20 sent"


async def test_nothing_is_lost_by_any_fault_nor_out_of_order(tmp_path: Path) -> None:
    faults = (
        status(500), status(429, Retry_After="0"), status(503), served.reset, served.hang,
        status(302, Location="http://127.0.0.1:1/"), served.endless(500), status(408),
    )  # fmt: skip
    async with receiver(*faults) as here:
        with courier(tmp_path, hook=hook(here.url, timeout_s=2.0)) as sending:
            for number in range(1, 6):
                sending.tell(alert(number))
            await becomes(lambda: row(sending).frames == 5)
    assert here.ids[: len(faults)] == ids(1) * len(faults)
    assert list(dict.fromkeys(here.ids)) == ids(1, 2, 3, 4, 5)
    assert not (tmp_path / grave.FILE_NAME).exists()


async def test_what_is_refused_is_dead_at_once_and_the_rest_goes_on(tmp_path: Path) -> None:
    async with receiver(status(404, b"no such hook"), status(200), status(410)) as here:
        with courier(tmp_path, hook=hook(here.url)) as sending:
            for number in (1, 2, 3, 4):
                sending.tell(alert(number))
            await becomes(lambda: row(sending).frames == 2)
            assert row(sending).malformed == 2
    assert here.ids == ids(1, 2, 3, 4)
    dead = [json.loads(line) for line in (tmp_path / grave.FILE_NAME).read_text().splitlines()]
    assert [one["alert"]["id"] for one in dead] == ids(1, 3)
    assert dead[0]["reason"] == "HTTP 404: no such hook"


async def test_dead_letters_go_out_when_they_are_revived(tmp_path: Path) -> None:
    async with receiver(status(404)) as here:
        with courier(tmp_path, hook=hook(here.url)) as sending:
            sending.tell(alert(1))
            await becomes(lambda: row(sending).malformed == 1)
        with Outbox(tmp_path) as box:
            assert box.revive("hook", time.time_ns()) == 1
        with courier(tmp_path, hook=hook(here.url)) as sending:
            await becomes(lambda: row(sending).frames == 1)
    assert here.ids == ids(1, 1)


async def test_retry_after_is_waited_for_even_over_a_restart(tmp_path: Path) -> None:
    async with receiver(status(429, Retry_After="3600")) as here:
        with courier(tmp_path, hook=hook(here.url)) as sending:
            sending.tell(alert(1))
            await becomes(lambda: "HTTP 429" in row(sending).reason)
        with courier(tmp_path, hook=hook(here.url)) as sending:
            sending.tell(alert(2))
            await becomes(lambda: sending.health() and "2 waiting" in row(sending).reason)
        with Outbox(tmp_path) as box:
            waits = (box.standing("hook").due - time.time_ns()) / 1e9
            assert 3000 < waits <= 3960
            box.revive("hook", 0)  # as `liqtui alerts retry` would
        with courier(tmp_path, hook=hook(here.url)) as sending:
            await becomes(lambda: row(sending).frames == 2)
    assert here.ids == ids(1, 1, 2)


async def test_what_cannot_be_sent_in_its_time_is_dead(tmp_path: Path) -> None:
    with courier(tmp_path, hook=hook("http://127.0.0.1:1/", give_up_s=1.0)) as sending:
        sending.tell(alert(1))
        await becomes(lambda: row(sending).malformed == 1)
    (dead,) = (tmp_path / grave.FILE_NAME).read_text().splitlines()
    assert json.loads(dead)["reason"].startswith("given up after ")


async def test_one_that_hangs_holds_no_other(tmp_path: Path) -> None:
    async with receiver(*[served.hang] * 100) as dead, receiver() as well:
        sinks = {"dead": hook(dead.url, timeout_s=60.0), "well": hook(well.url)}
        with courier(tmp_path, **sinks) as sending:
            for number in range(1, 11):
                sending.tell(alert(number))
            await becomes(lambda: len(well.got) == 10)
            assert len(dead.got) <= 1
    assert well.ids == ids(*range(1, 11))
    with Outbox(tmp_path) as box:
        assert box.standing("dead").waiting == 10


def test_who_tells_waits_for_no_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck, put = threading.Event(), Outbox.put

    def slow(box: Outbox, *given: object) -> None:
        stuck.wait()
        put(box, *given)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(Outbox, "put", slow)
    heard = Heard()
    made = given(tmp_path, Outlet("well", SinkSettings(per_minute=FAST), lambda: heard))
    made.start()
    for number in range(1, 21):
        made.tell(alert(number))
    assert not heard.ids
    stuck.set()
    until(lambda: len(heard.ids) == 20)
    assert made.stop(20.0)
    assert heard.ids == ids(*range(1, 21))


async def test_each_gets_what_it_wants(tmp_path: Path) -> None:
    async with receiver() as here:
        sinks = {
            "large": hook(f"{here.url}/large", least=3e6),
            "prints": hook(f"{here.url}/prints", kinds=("print",)),
            "btc": hook(f"{here.url}/btc", bases=("BTC",)),
            "eth": hook(f"{here.url}/eth", bases=("ETH",)),
            "sure": hook(f"{here.url}/sure", confidence=("high",)),
        }
        with courier(tmp_path, **sinks) as sending:
            sending.tell(alert(1))
            await becomes(lambda: len(here.got) == 2)
        opened = {one.name: one for one in outlets(sinks, {"KEY": SECRET}, SystemClock())}
    assert {got.path for got in here.got} == {"/hook/btc", "/hook/sure"}
    feed = type(alert())(at=START, kind=AlertKind.FEED, text="down")
    assert opened["eth"].wants(feed)
    assert not opened["prints"].wants(feed)
    doubtful = type(alert())(at=START, kind=AlertKind.APPROACH, text="x", confidence="low")
    assert not opened["sure"].wants(doubtful)


async def test_only_one_sends_and_another_takes_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liqtui.delivery.courier._AGAIN_S", 0.01)
    async with receiver() as here:
        with courier(tmp_path, hook=hook(here.url)) as first:
            first.tell(alert(1))
            await becomes(lambda: len(here.got) == 1)
            with courier(tmp_path, hook=hook(here.url)) as second:
                await becomes(second.health)
                assert row(second).state is FeedState.CONNECTING
                assert "another liqtui" in row(second).reason
                second.tell(alert(2))
                first.tell(alert(3))
                await becomes(lambda: len(here.got) == 2)
                assert first.stop(20.0)
                await becomes(lambda: row(second).state is FeedState.LIVE)
                second.tell(alert(4))
                await becomes(lambda: len(here.got) == 3)
    assert here.ids == ids(1, 3, 4)


async def test_the_pace_is_kept(tmp_path: Path) -> None:
    async with receiver() as here:
        with courier(tmp_path, hook=hook(here.url, per_minute=8.0)) as sending:
            for number in range(1, 11):
                sending.tell(alert(number))
            await becomes(lambda: len(here.got) == 2)
            await becomes(lambda: "8 waiting" in row(sending).reason)
    assert here.ids == ids(1, 2)


async def test_a_queue_that_is_busy_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liqtui.delivery.courier._AGAIN_S", 0.01)
    busy, opened = [sqlite3.OperationalError("database is locked")] * 3, outbox.opened

    def failing(directory: Path) -> Outbox:
        if busy:
            raise busy.pop()
        return opened(directory)

    monkeypatch.setattr(outbox, "opened", failing)
    async with receiver() as here:
        with courier(tmp_path, hook=hook(here.url)) as sending:
            sending.tell(alert(1))
            await becomes(lambda: row(sending).frames == 1)
    assert here.ids == ids(1)


def test_one_that_can_never_send_ends_when_it_is_told(tmp_path: Path) -> None:
    made = given(tmp_path / "nowhere", Outlet("well", SinkSettings(), Heard))
    made.start()
    made.tell(alert(1))
    until(lambda: row(made).state is FeedState.DOWN)
    assert "nothing can be sent" in row(made).reason
    assert made.stop(20.0)


async def test_a_disk_that_takes_nothing_is_told_and_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liqtui.delivery.courier._AGAIN_S", 0.01)
    full, put = threading.Event(), Outbox.put

    def failing(box: Outbox, *given: object) -> None:
        if not full.is_set():
            raise sqlite3.OperationalError("database or disk is full")
        put(box, *given)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(Outbox, "put", failing)
    async with receiver() as here:
        with courier(tmp_path, hook=hook(here.url)) as sending:
            sending.tell(alert(1))
            sending.tell(alert(2))
            await becomes(lambda: "disk is full" in row(sending).reason)
            assert row(sending).state is FeedState.DOWN
            full.set()
            await becomes(lambda: row(sending).frames == 2)
    assert here.ids == ids(1, 2)


async def test_what_came_of_a_try_is_not_tried_again_where_the_disk_forgets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "_DISK_S", 0.01)
    failures, sent = [sqlite3.OperationalError("disk is full")] * 5, Outbox.sent

    def failing(box: Outbox, *given: object) -> None:
        if failures:
            raise failures.pop()
        sent(box, *given)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(Outbox, "sent", failing)
    async with receiver() as here:
        with courier(tmp_path, hook=hook(here.url)) as sending:
            sending.tell(alert(1))
            sending.tell(alert(2))
            await becomes(lambda: row(sending).frames == 2)
    assert here.ids == ids(1, 2)


@contextlib.asynccontextmanager
async def process(
    directory: Path, url: str, count: int
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that sends; killed at the end, whatever it does."""
    command = [sys.executable, "-m", "tests.delivery.sender", str(directory), url, str(count)]
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        yield child
    finally:
        child.kill()
        await child.wait()


async def killed(directory: Path, here: Receiver, count: int, when: Callable[[], object]) -> None:
    async with process(directory, here.url, count) as child:
        assert child.stdout is not None
        await child.stdout.readline()
        await becomes(when)


async def test_kill_nine_loses_nothing_and_doubles_nothing_by_id(tmp_path: Path) -> None:
    count = 16
    faults = [status(429, Retry_After="0"), status(500), served.reset, status(200)] * 10
    async with receiver(*faults) as here:
        # All are on the disk when the first process says so; later ones tell them all again.
        await killed(tmp_path, here, count, lambda: waiting(tmp_path) >= count - 5)
        for part in (4, 10):
            await killed(tmp_path, here, count, partial(_got, here, part))
        await killed(tmp_path, here, count, lambda: sent(tmp_path) >= count)
    assert set(here.ids) == set(ids(*range(1, count + 1)))
    firsts = list(dict.fromkeys(here.ids))
    assert firsts == ids(*range(1, count + 1))
    lock = Lock.taken(tmp_path / LOCK_NAME)
    assert lock is not None
    with lock, Outbox(tmp_path) as box:
        assert (box.standing("hook").sent, box.standing("hook").dead) == (count, 0)


def _got(here: Receiver, count: int) -> bool:
    return len(here.got) >= count


def waiting(directory: Path) -> int:
    return _counted(directory, "waiting") + _counted(directory, "sent")


def sent(directory: Path) -> int:
    return _counted(directory, "sent")


def _counted(directory: Path, what: str) -> int:
    if not (directory / outbox.FILE_NAME).exists():
        return 0
    with contextlib.suppress(sqlite3.Error), Outbox(directory) as box:
        return int(getattr(box.standing("hook"), what))
    return 0
