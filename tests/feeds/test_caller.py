"""The REST calls of one venue."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from msgspec.structs import replace

from liqtui.feeds.caller import Caller
from liqtui.feeds.rest import Rest
from liqtui.model.events import Listing, OpenInterest
from liqtui.protocol.facts import Facts
from liqtui.protocol.venue import Pool, Request
from tests.conditions import LIMIT
from tests.feeds import toy
from tests.feeds.rig import BLOCKED, DOWN, REJECTED, Heard, context
from tests.feeds.servers import page, pages

OI = toy.frame(k="oi", s="BTC", q=5.0, t=toy.NOW)


class Desk:
    """A caller with everything around it."""

    def __init__(self, url: str, rest: Rest) -> None:
        self.heard = Heard()
        self.venue = toy.Toy("ws://127.0.0.1:9", url)
        self.facts = Facts()
        self.listed = 0
        self.context = context(
            self.heard, tap=self.heard.raws.append, banned=500.0, throttled=500.0
        )
        self.rest = rest
        self.caller = self._caller()
        self.report = self.context.report("rest:test")

    def _caller(self) -> Caller:
        return Caller(self.venue, self.facts, self.context, self.rest, self._list)

    def spending(self, *pools: Pool) -> "Desk":
        self.venue.pools = pools
        self.caller = self._caller()
        return self

    def _list(self) -> None:
        self.listed += 1


@asynccontextmanager
async def desk(url: str) -> AsyncIterator[Desk]:
    place = Desk(url, Rest(context(Heard()).timing))
    async with place.rest:
        yield place


async def test_answers_are_read_and_emitted() -> None:
    async with pages(oi=page(OI)) as (url, asked), desk(url) as place:
        assert (
            await place.caller.ask(place.venue.request("/oi", symbol="BTC"), place.report) is None
        )
    assert [event.quantity for event in place.heard.of(OpenInterest)] == [5.0]
    assert asked == ["/oi?symbol=BTC"]


async def test_listings_teach_the_facts_and_are_told_once_a_call() -> None:
    body = toy.frame(k="instruments", list=["BTC", "币"])
    async with pages(instruments=page(body)) as (url, _), desk(url) as place:
        await place.caller.ask(place.venue.bootstrap()[0], place.report)
    assert list(place.facts.instruments) == ["BTC", "币"]
    assert len(place.heard.of(Listing)) == 2
    assert place.listed == 1


def listing(*symbols: str, **more: Any) -> str:
    return toy.frame(k="instruments", list=symbols, **more)


async def test_what_a_listing_does_not_name_is_forgotten_and_told_once_if_it_was_named() -> None:
    answers = iter([listing("BTC", "ETH"), listing("BTC"), listing("BTC")])

    async def instruments(_request: web.Request) -> web.StreamResponse:
        return web.Response(text=next(answers))

    async with pages(instruments=instruments) as (url, _), desk(url) as place:
        shipped, elsewhere = toy.instrument("XRP"), replace(toy.instrument("TRX"), market="inverse")
        place.facts.instruments |= {"XRP": shipped, "TRX": elsewhere}
        known = []
        for _ in range(3):
            await place.caller.ask(place.venue.bootstrap()[0], place.report)
            known.append(sorted(place.facts.instruments))
    assert known == [["BTC", "ETH", "TRX"], ["BTC", "TRX"], ["BTC", "TRX"]]
    gone = [event for event in place.heard.of(Listing) if not event.listed]
    assert [event.instrument.symbol for event in gone] == ["ETH"]
    assert place.report.meter.last == "no longer listed: ETH"
    assert place.listed == 3


@pytest.mark.parametrize("torn", ["[]", listing()])
async def test_a_listing_that_cannot_be_read_or_names_nothing_costs_no_contract(torn: str) -> None:
    async def instruments(request: web.Request) -> web.StreamResponse:
        first = request.query.get("page") != "1"
        return web.Response(text=listing("BTC") if first and torn == "[]" else torn)

    async with pages(instruments=instruments) as (url, _), desk(url) as place:
        place.facts.instruments["ETH"] = toy.instrument("ETH")
        call = place.venue.bootstrap()[0]
        second = replace(call, params=(("page", "1"),))
        await place.caller.ask(replace(call, following=lambda _: second), place.report)
    assert "ETH" in place.facts.instruments


async def test_a_call_that_lists_nothing_forgets_nothing() -> None:
    async with pages(oi=page(OI)) as (url, _), desk(url) as place:
        place.facts.instruments["ETH"] = toy.instrument("ETH")
        await place.caller.ask(place.venue.request("/oi", symbol="BTC"), place.report)
    assert "ETH" in place.facts.instruments


async def test_further_pages_are_followed() -> None:
    async def history(request: web.Request) -> web.StreamResponse:
        number = int(request.query["page"])
        answer = {"k": "oi", "s": "BTC", "q": float(number), "t": toy.NOW, "more": number < 3}
        return web.json_response(answer)

    async with pages(history=history) as (url, asked), desk(url) as place:
        call = place.venue.backfill(toy.instrument(), 0, 1)[0]
        assert await place.caller.ask(call, place.report) is None
    assert [event.quantity for event in place.heard.of(OpenInterest)] == [0.0, 1.0, 2.0, 3.0]
    assert len(asked) == 4


async def test_pages_without_end_end() -> None:
    endless = toy.frame(k="oi", s="BTC", q=1.0, t=toy.NOW, more=True)
    async with pages(history=page(endless)) as (url, asked), desk(url) as place:
        place.spending()
        call = place.venue.backfill(toy.instrument(), 0, 1)[0]
        setback = await place.caller.ask(call, place.report)
    assert setback is not None
    assert "more than 500 pages" in setback.reason
    assert len(asked) == 500


async def test_an_unreadable_next_page_is_malformed() -> None:
    async with pages(history=page(OI)) as (url, _), desk(url) as place:
        call = place.venue.backfill(toy.instrument(), 0, 1)[0]
        assert await place.caller.ask(call, place.report) is None
    assert place.report.meter.malformed == 1
    assert "next page: KeyError" in place.report.meter.last


async def test_an_answer_with_nothing_readable_in_it_is_no_answer() -> None:
    async with pages(oi=page("<html>sign in</html>")) as (url, _), desk(url) as place:
        setback = await place.caller.ask(place.venue.request("/oi"), place.report)
    assert setback is not None
    assert setback.state is DOWN
    assert "malformed" in setback.reason


async def test_a_refusal_in_the_body_is_in_the_venues_words() -> None:
    body = toy.frame(k="no", topic="oi", why="Too many visits!")
    async with pages(oi=page(body)) as (url, _), desk(url) as place:
        setback = await place.caller.ask(place.venue.request("/oi"), place.report)
    assert setback is not None
    assert (setback.state, setback.reason) == (REJECTED, "oi: Too many visits!")


async def test_other_words_in_a_body_are_noted() -> None:
    async with (
        pages(a=page(toy.frame(k="novel")), b=page(toy.frame(k="ack"))) as (url, _),
        desk(url) as place,
    ):
        assert await place.caller.ask(place.venue.request("/a"), place.report) is None
        assert await place.caller.ask(place.venue.request("/b"), place.report) is None
    assert place.heard.events == []
    assert place.report.health().unknown == 1


async def test_after_a_ban_nothing_is_asked_of_the_venue() -> None:
    banned = page("banned until later", status=418, Retry_After="700")
    async with pages(oi=banned, instruments=page("{}")) as (url, asked), desk(url) as place:
        first = await place.caller.ask(place.venue.request("/oi"), place.report)
        second = await place.caller.ask(place.venue.bootstrap()[0], place.report)
    assert asked == ["/oi"]
    assert first is not None
    assert second is not None
    assert first.wait == 700
    assert 690 < second.wait <= 700
    assert second.reason == first.reason


async def test_a_ban_reaches_the_calls_that_wait_for_the_budget() -> None:
    banned = page("banned", status=418, Retry_After="700")
    async with pages(oi=banned) as (url, asked), desk(url) as place:
        place.spending(Pool("p", limit=4.0, window=0.1))
        call = place.venue.request("/oi")
        async with asyncio.TaskGroup() as group:
            calls = [group.create_task(place.caller.ask(call, place.report)) for _ in range(4)]
    assert len(asked) == 1
    assert all(made.result() for made in calls)


async def test_a_refused_page_does_not_stop_the_others() -> None:
    geoblock = page("<html><title>blocked</title></html>", status=403)
    async with pages(a=geoblock, oi=page(OI)) as (url, _), desk(url) as place:
        setback = await place.caller.ask(place.venue.request("/a"), place.report)
        assert setback is not None
        assert setback.state is BLOCKED
        assert await place.caller.ask(place.venue.request("/oi"), place.report) is None


async def test_a_refusal_for_too_many_calls_keeps_everyone_from_asking() -> None:
    often = toy.frame(k="no", topic="oi", why="Too many visits!", often=True)
    async with pages(oi=page(often), mark=page(OI)) as (url, asked), desk(url) as place:
        for path in ("/oi", "/mark"):
            setback = await place.caller.ask(place.venue.request(path), place.report)
            assert setback is not None
            assert (setback.state, setback.reason) == (BLOCKED, "oi: Too many visits!")
            assert setback.wait > 0.0
    assert asked == ["/oi"]


async def test_calls_wait_for_the_budget_in_their_order() -> None:
    async with pages(oi=page(OI)) as (url, asked), desk(url) as place:
        place.spending(Pool("p", limit=8.0, window=0.2))
        calls = [place.venue.request("/oi", n=str(number)) for number in range(6)]
        async with asyncio.TaskGroup() as group:
            for call in calls:
                group.create_task(place.caller.ask(call, place.report))
    sent = [raw for raw in place.heard.raws if raw.direction == "out"]
    assert [raw.url for raw in sent] == [call.full_url for call in calls]
    times = [raw.seen for raw in sent]
    assert all(b - a >= 0.199e9 for a, b in zip(times, times[2:], strict=False))
    assert len(asked) == 6


async def test_a_contract_has_a_budget_of_its_own_where_the_venue_says_so() -> None:
    async with pages(oi=page(OI)) as (url, asked), desk(url) as place:
        place.spending(Pool("p", limit=4.0, window=1000.0, apart="symbol"))

        async def ask(symbol: str) -> None:
            await place.caller.ask(place.venue.request("/oi", symbol=symbol), place.report)

        async with asyncio.timeout(LIMIT):
            await ask("BTC")
            await ask("ETH")
        assert place.caller.spent == 1.0
        waiting = asyncio.create_task(ask("BTC"))
        async with asyncio.timeout(LIMIT):
            await ask("SOL")
        assert not waiting.done()
        waiting.cancel()
    assert asked == ["/oi?symbol=BTC", "/oi?symbol=ETH", "/oi?symbol=SOL"]


async def test_what_the_venue_says_was_used_counts() -> None:
    async with pages(oi=page(OI, X_Used="1000")) as (url, _), desk(url) as place:
        await place.caller.ask(place.venue.request("/oi"), place.report)
        waiting = asyncio.create_task(place.caller.ask(place.venue.request("/oi"), place.report))
        async with asyncio.timeout(LIMIT):
            await place.caller.ask(Request(url + "/oi", weight=9999), place.report)
        assert not waiting.done()
        waiting.cancel()


async def test_a_call_heavier_than_its_budget_is_shown() -> None:
    async with pages() as (url, asked), desk(url) as place:
        setback = await place.caller.ask(Request(url + "/oi", weight=9999), place.report)
    assert setback is not None
    assert "over a quarter" in setback.reason
    assert asked == []


async def test_raw_lines_are_tapped_with_status_and_rate_headers() -> None:
    answer = page("busy", status=429, Retry_After="1", X_Used="7", X_Other="no")
    async with pages(oi=answer) as (url, _), desk(url) as place:
        await place.caller.ask(place.venue.request("/oi", symbol="BTC"), place.report)
    out, back = place.heard.raws
    assert (out.direction, out.conn, out.url) == ("out", "rest", f"{url}/oi?symbol=BTC")
    assert (back.direction, back.status, back.body) == ("in", 429, b"busy")
    assert back.headers == {"retry-after": "1", "x-used": "7"}


async def test_no_answer_is_a_setback_and_a_raw_line() -> None:
    async with pages() as (url, _):
        pass
    async with desk(url) as place:
        setback = await place.caller.ask(place.venue.request("/oi"), place.report)
    assert setback is not None
    assert setback.state is DOWN
    assert [raw.direction for raw in place.heard.raws] == ["out", "close"]
