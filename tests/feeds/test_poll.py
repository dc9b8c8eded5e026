"""REST schedules."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from liqtui.clock import ManualClock
from liqtui.feeds.caller import Caller
from liqtui.feeds.poll import Schedule
from liqtui.feeds.rest import Rest
from liqtui.model.events import OpenInterest
from liqtui.protocol.facts import Facts
from liqtui.protocol.venue import Poll
from tests.conditions import becomes
from tests.feeds import toy
from tests.feeds.rig import BLOCKED, CONNECTING, DOWN, LIVE, STALE, Heard, context, running
from tests.feeds.servers import page, pages

OI = toy.frame(k="oi", s="BTC", q=5.0, t=toy.NOW)


@asynccontextmanager
async def scheduled(
    heard: Heard, url: str, every: float = 0.01, **patience: Any
) -> AsyncIterator[Schedule]:
    venue, place = toy.Toy("ws://127.0.0.1:9", url), context(heard, **patience)
    async with Rest(place.timing) as rest:
        caller = Caller(venue, Facts(), place, rest, lambda: None)
        schedule = Schedule(Poll("oi", venue.request("/oi"), every), caller, place)
        async with running(schedule.run()):
            yield schedule


async def test_a_call_is_repeated() -> None:
    heard = Heard()
    async with pages(oi=page(OI)) as (url, _), scheduled(heard, url) as schedule:
        await becomes(lambda: len(heard.of(OpenInterest)) > 3)
        health = schedule.health()
    assert heard.states == [CONNECTING, LIVE]
    assert (health.stream, health.state) == ("rest:oi", LIVE)
    assert health.frames >= 4


async def test_a_failing_call_is_shown_and_recovers() -> None:
    heard = Heard()
    answers = iter([500, 500, 200])

    async def moody(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=next(answers, 200), text=OI)

    async with pages(oi=moody) as (url, _), scheduled(heard, url, every=60.0, cap=0.02):
        await becomes(lambda: LIVE in heard.states)
    assert heard.states == [CONNECTING, DOWN, LIVE]
    assert heard.gaps == []


async def test_a_user_can_ask_at_once_but_not_against_a_ban() -> None:
    heard = Heard()
    answers = iter([403, 418])

    async def refuse(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=next(answers), headers={"Retry-After": "600"})

    async with pages(oi=refuse) as (url, asked), scheduled(heard, url) as schedule:
        await becomes(lambda: heard.said(BLOCKED, "403"))
        schedule.renew()
        await becomes(lambda: heard.said(BLOCKED, "418"))
        schedule.renew()
        await becomes(lambda: not schedule._hurry)
    assert len(asked) == 2


async def test_another_question_is_asked_at_once() -> None:
    heard = Heard()
    async with (
        pages(oi=page(OI)) as (url, asked),
        scheduled(heard, url, every=600.0) as schedule,
    ):
        venue = toy.Toy("", url)
        await becomes(lambda: len(heard.of(OpenInterest)) == 1)
        schedule.replace(Poll("oi", venue.request("/oi"), 600.0))
        assert not schedule._hurry
        schedule.replace(Poll("oi", venue.request("/oi", symbol="ETH"), 600.0))
        await becomes(lambda: len(asked) == 2)
    assert asked == ["/oi", "/oi?symbol=ETH"]


async def test_a_suspected_answer_is_stale_until_there_is_a_new_one() -> None:
    heard = Heard()
    async with pages(oi=page(OI)) as (url, _), scheduled(heard, url, every=600.0) as schedule:
        await becomes(lambda: LIVE in heard.states)
        schedule.suspect("clock jumped")
        assert schedule.health().state is STALE
        schedule.renew()
        await becomes(lambda: schedule.health().state is LIVE)


async def test_what_lists_contracts_is_asked_again_after_a_refusal_but_not_at_once() -> None:
    heard, clock = Heard(), ManualClock()
    async with pages(oi=page(OI), instruments=page(OI)) as (url, asked):
        venue = toy.Toy("ws://127.0.0.1:9", url)
        place = context(heard, clock=clock, cap=60.0)
        async with Rest(place.timing) as rest:
            caller = Caller(venue, Facts(), place, rest, lambda: None)
            polls = [
                Poll("all", venue.bootstrap()[0], 600.0),
                Poll("oi", venue.request("/oi"), 600.0),
            ]
            every = [Schedule(poll, caller, place) for poll in polls]
            place.refusals.extend(schedule.relist for schedule in every)
            async with running(every[0].run()), running(every[1].run()):
                await becomes(lambda: len(heard.of(OpenInterest)) == 2)
                place.refuse()
                assert not any(schedule._hurry for schedule in every)
                clock.advance(61.0)
                place.refuse()
                await becomes(lambda: len(heard.of(OpenInterest)) == 3)
    assert sorted(asked) == ["/instruments", "/instruments", "/oi"]


async def test_a_refusal_right_after_a_listing_is_looked_into_a_moment_later() -> None:
    heard = Heard()
    async with pages(instruments=page(OI)) as (url, asked):
        venue, place = toy.Toy("ws://127.0.0.1:9", url), context(heard, cap=0.05)
        async with Rest(place.timing) as rest:
            caller = Caller(venue, Facts(), place, rest, lambda: None)
            schedule = Schedule(Poll("all", venue.bootstrap()[0], 600.0), caller, place)
            async with running(schedule.run()):
                await becomes(lambda: len(heard.of(OpenInterest)) == 1)
                schedule.relist()
                await becomes(lambda: len(heard.of(OpenInterest)) == 2)
    assert asked == ["/instruments"] * 2


@asynccontextmanager
async def pair(heard: Heard, url: str) -> AsyncIterator[tuple[Schedule, Schedule]]:
    """Run two schedules of one venue that wait for ever after a failure."""
    venue, place = toy.Toy("ws://127.0.0.1:9", url), context(heard, base=600.0, cap=600.0)
    async with Rest(place.timing) as rest:
        caller = Caller(venue, Facts(), place, rest, lambda: None)
        first, second = (
            Schedule(Poll(path, venue.request(f"/{path}"), 600.0), caller, place)
            for path in ("oi", "mark")
        )
        place.revivals.extend([first.revive, second.revive])
        async with running(first.run()), running(second.run()):
            await becomes(lambda: first.health().state is second.health().state is DOWN)
            yield first, second


async def test_one_answer_after_an_outage_is_news_for_all_that_failed() -> None:
    heard, up = Heard(), False

    async def moody(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=200 if up else 502, text=OI)

    async with pages(oi=moody, mark=moody) as (url, asked), pair(heard, url) as (first, second):
        up = True
        first.renew()
        await becomes(lambda: first.health().state is second.health().state is LIVE)
    assert asked.count("/mark") == 2


async def test_what_keeps_failing_is_not_asked_with_every_answer_to_others() -> None:
    heard, broken = Heard(), True

    async def moody(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=502 if broken else 200, text=OI)

    async def sick(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=502)

    async with pages(oi=moody, mark=sick) as (url, asked), pair(heard, url) as (first, second):
        broken = False
        for count in range(4):
            first.renew()
            await becomes(lambda: len(heard.of(OpenInterest)) == count + 1)  # noqa: B023
            await becomes(lambda: asked.count("/mark") == 2 and not second._hurry)
    assert asked.count("/mark") == 2
