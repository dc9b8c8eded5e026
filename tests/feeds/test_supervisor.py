"""Venues beside each other."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import cycle, pairwise
from typing import Any

import msgspec
import pytest
from aiohttp import web
from websockets.asyncio.server import ServerConnection

from liqtui.clock import Clock, SystemClock
from liqtui.feeds.past import COARSE, Past
from liqtui.feeds.supervisor import Supervisor
from liqtui.model.events import FeedStatus, Liquidation, MarkPrice, OpenInterest
from liqtui.model.market import FeedState
from liqtui.model.snapshot import Progress
from liqtui.protocol.facts import Facts
from liqtui.protocol.venue import Poll
from tests.conditions import LIMIT, becomes
from tests.feeds import servers, toy
from tests.feeds.rig import BLOCKED, CONNECTING, DOWN, LIVE, QUICK, REJECTED, STALE, Heard, running
from tests.feeds.servers import exchange, page, pages, ticking

INSTRUMENTS = toy.frame(k="instruments", list=["BTC", "ETH"])
UNTIL = toy.NOW * 1_000_000
OI = toy.frame(k="oi", s="BTC", q=5.0, t=toy.NOW)


async def history(request: web.Request) -> web.StreamResponse:
    number = int(request.query["page"])
    answer = {"k": "oi", "s": "BTC", "q": float(number), "t": toy.NOW, "more": number < 1}
    return web.json_response(answer)


class Shifted:
    """The machine's clocks with a wall clock that can be set."""

    def __init__(self) -> None:
        self._system = SystemClock()
        self.shift = 0.0

    def now(self) -> int:
        return self._system.now() + round(self.shift * 1e9)

    def monotonic(self) -> float:
        return self._system.monotonic()


class World:
    """One good venue's servers and a supervisor over it and others."""

    def __init__(self, socket: servers.Exchange, url: str, asked: list[str]) -> None:
        self.heard = Heard()
        self.socket = socket
        self.asked = asked
        self.venue = toy.Toy(socket.url, url)
        self.facts = Facts()

    def supervisor(
        self, *others: toy.Toy, clock: Clock | None = None, **patience: Any
    ) -> Supervisor:
        venues = [(self.venue, self.facts), *((other, Facts()) for other in others)]
        return Supervisor(
            venues,
            ["BTC"],
            self.heard.events.append,
            clock or SystemClock(),
            random.Random(7).random,
            timing=msgspec.structs.replace(QUICK, **patience),
        )

    def states(self, stream: str, venue: str = "toy") -> list[FeedState]:
        return [
            status.state
            for status in self.heard.of(FeedStatus)
            if (status.venue, status.stream) == (venue, stream)
        ]


@asynccontextmanager
async def world(**other_pages: servers.Page) -> AsyncIterator[World]:
    routes: dict[str, servers.Page] = {
        "instruments": page(INSTRUMENTS),
        "oi": page(OI),
        "history": history,
    }
    async with (
        exchange(ticking(toy.mark)) as socket,
        pages(routes | other_pages) as (url, asked),
    ):
        yield World(socket, url, asked)


async def test_a_venue_is_learned_then_fed() -> None:
    async with world() as here:
        supervisor = here.supervisor()
        async with running(supervisor.run()):
            await becomes(lambda: here.heard.of(MarkPrice) and here.heard.of(OpenInterest))
            rows = {health.stream: health.state for health in supervisor.health()}
    assert rows == {"rest:bootstrap": LIVE, "main": LIVE, "rest:oi-BTC": LIVE}
    assert list(here.facts.instruments) == ["BTC", "ETH"]
    assert here.socket.paths == ["/main"]
    assert any("trade.BTC" in text for text in here.socket.asked)


async def test_an_unreachable_venue_is_shown_and_does_not_stop_the_others() -> None:
    async with world() as here:
        away = toy.Toy("ws://127.0.0.1:9", "http://nosuch.invalid", "away")
        supervisor = here.supervisor(away)
        async with running(supervisor.run()):
            await becomes(lambda: here.states("main") == [CONNECTING, LIVE])
            await becomes(lambda: DOWN in here.states("rest:bootstrap", "away"))
            rows = [health for health in supervisor.health() if health.venue == "away"]
    assert len(rows) == 1
    assert "name not resolved" in rows[0].reason


async def test_a_bootstrap_is_tried_until_it_is_answered() -> None:
    answers = iter([500, 451, 200])

    async def moody(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=next(answers, 200), text=INSTRUMENTS)

    async with world(instruments=moody) as here, running(here.supervisor().run()):
        await becomes(lambda: LIVE in here.states("main"))
    down, blocked = DOWN, BLOCKED
    assert here.states("rest:bootstrap") == [CONNECTING, down, blocked, LIVE]


async def test_what_is_known_already_is_fed_while_the_bootstrap_fails() -> None:
    async with world(instruments=page("", status=403)) as here:
        here.facts.learn(toy.instrument(), 0)
        async with running(here.supervisor().run()):
            await becomes(lambda: LIVE in here.states("main"))
            await becomes(lambda: BLOCKED in here.states("rest:bootstrap"))


async def test_watching_another_base_changes_streams_and_polls_without_a_loss() -> None:
    async with world() as here:
        supervisor = here.supervisor()
        async with running(supervisor.run()):
            await becomes(lambda: LIVE in here.states("main"))
            supervisor.watch("ETH")
            supervisor.watch("ETH")
            await becomes(lambda: len(here.socket.opened) == 2 and here.socket.open == 1)
            await becomes(lambda: "/oi?symbol=ETH" in here.asked)
            await becomes(lambda: LIVE in here.states("rest:oi-ETH"))
    assert any("trade.ETH" in text for text in here.socket.asked)
    assert here.states("main") == [CONNECTING, LIVE]
    assert here.heard.gaps == []
    assert here.asked.count("/instruments") == 1


async def test_instruments_that_a_poll_lists_are_subscribed() -> None:
    listing = toy.frame(k="instruments", list=["SOL"])
    async with world(oi=page(listing)) as here:
        supervisor = here.supervisor()
        async with running(supervisor.run()):
            await becomes(lambda: "SOL" in here.facts.instruments)
            supervisor.watch("SOL")
            await becomes(lambda: any("trade.SOL" in text for text in here.socket.asked))


async def test_a_venue_file_that_fails_on_what_is_listed_is_shown() -> None:
    class Brittle(toy.Toy):
        def polls(self, facts: Facts, watched: Sequence[str]) -> Sequence[Poll]:
            if "ETH" not in watched:
                raise KeyError("odd")
            return []

    async with world() as here:
        brittle = Brittle(here.socket.url, here.venue.hosts["rest"], "brittle")
        supervisor = here.supervisor(brittle)
        async with running(supervisor.run()):
            await becomes(lambda: LIVE in here.states("main"))
            await becomes(lambda: here.heard.said(DOWN, "KeyError: 'odd'"))
            supervisor.watch("ETH")
            await becomes(lambda: LIVE in here.states("rest:bootstrap", "brittle"))
            await becomes(lambda: LIVE in here.states("main", "brittle"))


async def test_a_user_can_reconnect_a_venue() -> None:
    async with world() as here:
        supervisor = here.supervisor()
        async with running(supervisor.run()):
            await becomes(lambda: LIVE in here.states("main"))
            supervisor.reconnect("toy")
            await becomes(lambda: len(here.socket.opened) == 2 and here.socket.open == 1)
            supervisor.reconnect()
            await becomes(lambda: len(here.socket.opened) == 3 and here.socket.open == 1)
    assert here.heard.gaps == []


async def test_a_jump_of_the_clock_makes_every_feed_stale_until_it_speaks() -> None:
    clock = Shifted()
    async with world() as here:
        supervisor = here.supervisor(clock=clock)
        async with running(supervisor.run()):
            await becomes(
                lambda: LIVE in here.states("main") and LIVE in here.states("rest:oi-BTC")
            )
            clock.shift = 600.0
            await becomes(lambda: here.states("main").count(LIVE) == 2)
            await becomes(lambda: STALE in here.states("rest:oi-BTC"))
    assert here.states("main") == [CONNECTING, LIVE, STALE, LIVE]
    assert "clock jumped by +600 s" in here.heard.reasons()
    assert len(here.socket.opened) == 1


def past(facts: Facts, *symbols: str) -> list[Past]:
    return [Past(one, UNTIL - 3_600_000_000_000, UNTIL) for one in facts.of(symbols)]


async def test_history_is_fetched_with_its_pages_and_progress() -> None:
    told: list[Progress] = []
    done: list[object] = []
    async with world() as here:
        supervisor = here.supervisor()
        async with running(supervisor.run()):
            await becomes(lambda: LIVE in here.states("main"))
            wanted = past(here.facts, "BTC", "ETH")
            await supervisor.backfill(wanted, told.append, lambda *one: done.append(one))
            rows = {health.stream: health.state for health in supervisor.health()}
    assert [progress.done for progress in told] == [0.0, 0.5, 1.0]
    assert sum(path.startswith("/history") for path in here.asked) == 4
    assert rows["rest:backfill"] is LIVE
    assert done == [one[:3] for one in wanted]


async def test_history_comes_newest_first_and_says_what_is_done() -> None:
    done: list[tuple[str, int, int]] = []
    now, day = UNTIL, 86_400_000_000_000
    async with world() as here:
        supervisor = here.supervisor()
        async with running(supervisor.run()):
            await becomes(lambda: LIVE in here.states("main"))
            wanted = [Past(one, now - 3 * day, now) for one in here.facts.of(["BTC", "ETH"])]
            await supervisor.backfill(
                wanted,
                lambda _: None,
                lambda one, start, end: done.append((one.symbol, start, end)),
            )
    ends = [end for _, _, end in done]
    assert ends == sorted(ends, reverse=True)
    for symbol in ("BTC", "ETH"):
        mine = sorted((start, end) for name, start, end in done if name == symbol)
        assert (mine[0][0], mine[-1][1]) == (now - 3 * day, now)
        assert all(one[1] == two[0] for one, two in pairwise(mine))


async def test_weeks_are_fetched_but_not_told_to_be_whole() -> None:
    done: list[object] = []
    async with world() as here:
        supervisor = here.supervisor()
        async with running(supervisor.run()):
            await becomes(lambda: LIVE in here.states("main"))
            (days,) = past(here.facts, "BTC")
            wanted = [days, days._replace(step=COARSE)]
            await supervisor.backfill(wanted, lambda _: None, lambda *one: done.append(one))
    assert done == [days[:3]]
    assert "/history?symbol=BTC&page=0&step=14400" in here.asked


async def test_history_that_fails_for_good_does_not_keep_anyone() -> None:
    told: list[Progress] = []
    async with world(history=page("", status=451)) as here:
        supervisor = here.supervisor(blocked=600.0)
        async with running(supervisor.run()):
            await becomes(lambda: LIVE in here.states("main"))
            await supervisor.backfill(past(here.facts, "BTC", "ETH"), told.append)
    assert told[-1].done == 1.0
    assert sum(path.startswith("/history") for path in here.asked) == 1
    assert BLOCKED in here.states("rest:backfill")


async def test_history_that_a_venue_rejects_is_skipped() -> None:
    told: list[Progress] = []
    async with world(history=page(toy.frame(k="no", topic="kline", why="no such"))) as here:
        supervisor = here.supervisor()
        async with running(supervisor.run()):
            await becomes(lambda: LIVE in here.states("main"))
            await supervisor.backfill(past(here.facts, "BTC", "ETH"), told.append)
    assert told[-1].done == 1.0
    assert sum(path.startswith("/history") for path in here.asked) == 2
    assert here.heard.said(REJECTED, "kline: no such")


async def test_history_that_fails_in_passing_is_asked_again() -> None:
    answers = iter([500, 200])

    async def moody(_request: web.Request) -> web.StreamResponse:
        body = toy.frame(k="oi", s="BTC", q=1.0, t=toy.NOW, more=False)
        return web.Response(status=next(answers, 200), text=body)

    async with world(history=moody) as here:
        supervisor = here.supervisor()
        async with running(supervisor.run()):
            await becomes(lambda: LIVE in here.states("main"))
            await supervisor.backfill(past(here.facts, "BTC"), lambda _: None)
    assert here.states("rest:backfill") == [LIVE]
    assert sum(path.startswith("/history") for path in here.asked) == 2


async def test_everything_ends_when_it_is_cancelled() -> None:
    async with world() as here:
        before = asyncio.all_tasks()
        task = asyncio.create_task(here.supervisor().run())
        await becomes(lambda: LIVE in here.states("main"))
        task.cancel()
        async with asyncio.timeout(LIMIT):
            await asyncio.wait([task])
        assert task.cancelled()
        await becomes(lambda: not here.socket.open)
        ours = asyncio.all_tasks() - before
        assert not [left for left in ours if "liqtui" in repr(left)]


async def test_a_fault_of_ours_ends_everything_and_is_seen() -> None:
    async with world() as here:

        def emit(event: object) -> None:
            if isinstance(event, MarkPrice):
                raise RuntimeError("engine")

        supervisor = Supervisor(
            [(here.venue, here.facts)],
            ["BTC"],
            emit,
            SystemClock(),
            random.Random(7).random,
            timing=QUICK,
        )
        with pytest.raises(BaseExceptionGroup) as caught:
            async with asyncio.timeout(LIMIT):
                await supervisor.run()
    assert caught.group_contains(RuntimeError, match="engine")


async def test_liquidations_that_stop_at_one_venue_only_are_doubted_and_asked_for_anew() -> None:
    stopped = False

    async def market(socket: ServerConnection, number: int) -> None:
        while True:
            await socket.send(toy.mark())
            if not stopped or number > 2:
                await socket.send(toy.liquidation(next(prices)))
            await asyncio.sleep(0.002)

    prices = (float(price) for price in range(1, 1_000_000))
    turns = cycle([True, False])

    def other() -> str:
        return toy.mark() if next(turns) else toy.liquidation()

    async with world() as here, exchange(market) as dry, exchange(ticking(other)) as wet:
        here.facts.instruments["BTC"] = toy.instrument()
        rest = here.venue.hosts["rest"]
        one, two = toy.Toy(dry.url, rest, "dry"), toy.Toy(wet.url, rest, "wet")
        supervisor = Supervisor(
            [(one, Facts()), (two, Facts())], ["BTC"], here.heard.events.append, SystemClock(),
            random.Random(7).random, timing=msgspec.structs.replace(QUICK, slot=0.02, dry=6),
        )  # fmt: skip
        async with running(supervisor.run()):
            await becomes(lambda: len(here.heard.of(Liquidation)) > 250)
            stopped = True
            await becomes(lambda: STALE in here.states("liquidations", "dry"))
            await becomes(lambda: len(dry.opened) == 2)
            supervisor.reconnect("dry")
            await becomes(lambda: here.states("liquidations", "dry") == [LIVE, STALE, LIVE])
            rows = {
                health.stream: health for health in supervisor.health() if health.venue == "dry"
            }
    assert rows["main"].state is LIVE
    assert here.states("liquidations", "wet") == []
    (gap,) = [gap for gap in here.heard.gaps if gap.stream == "liquidations"]
    assert gap.end - gap.start >= 0.12e9
