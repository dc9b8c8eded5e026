import asyncio
from collections.abc import Iterable

import aiohttp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liqtui.clock import ManualClock, SystemClock
from liqtui.sim.feed import Moment
from liqtui.sim.servers import Servers
from liqtui.sim.wire import SECOND, Book
from liqtui.sim.wires import wires
from tests.conditions import LIMIT
from tests.sim import made
from tests.sim.stage import HOSTS, SUBSCRIBE, Still, contract, dead, stage


async def test_every_venue_has_its_hosts_and_keeps_their_schemes() -> None:
    async with stage() as on:
        for venue, roles in HOSTS.items():
            local = on.servers.local_hosts(venue)
            assert local.keys() == roles.keys()
            for role, base in local.items():
                scheme = "ws" if roles[role].startswith("wss") else "http"
                assert base == f"{scheme}://127.0.0.1:{on.servers.port}/{venue}/{role}"


async def test_only_what_is_hosted_is_served() -> None:
    servers = Servers(Still(), {"okx": HOSTS["okx"]}, ManualClock(made.AT))
    async with servers.running(), aiohttp.ClientSession() as client:
        assert list(servers.exchanges) == ["okx"]
        for path in ("binance/rest-usdm/fapi/v1/time", "okx/other/x", "x"):
            async with client.get(f"http://127.0.0.1:{servers.port}/{path}") as reply:
                assert reply.status == 404


async def test_a_second_server_does_not_take_the_first_ones_port() -> None:
    async with stage() as on:
        with pytest.raises(OSError, match="in use"):
            async with Servers(Still(), HOSTS, on.clock).running(on.servers.port):
                pass


async def test_a_market_is_played_by_the_clock() -> None:
    clock = ManualClock(made.AT - SECOND)
    steps = [Moment(made.AT + n * SECOND, dead("okx") if n == 1 else []) for n in range(2)]
    async with stage(clock=clock, feed=Still(steps)) as on, on.reading("okx") as talk:
        assert on["okx"].counts().happened == 0
        clock.advance(0.9)
        await talk.say("ping")
        assert await talk.hear() == "pong"
        assert on["okx"].counts().happened == 0
        clock.advance(0.1)
        assert (await talk.hear())["data"]
        clock.advance(1.0)
        async with asyncio.timeout(LIMIT):
            await on.servers.ended()


async def test_a_question_about_a_past_that_is_still_to_come_waits_for_it() -> None:
    late = made.book(contract("bybit", "ETHUSDT"))

    class Coming(Still):
        def past(self) -> Iterable[Book]:
            books = {one.ticker.contract: one for one in super().past()}
            books[late.ticker.contract] = Book(late.ticker, coming=True)
            return books.values()

    def bars(symbol: str) -> str:
        return f"/v5/market/kline?category=linear&symbol={symbol}&interval=1&limit=9"

    async with stage(feed=Coming()) as on:
        _, listed, _ = await on.get("bybit", "/v5/market/instruments-info?category=linear")
        assert "ETHUSDT" in {one["symbol"] for one in listed["result"]["list"]}
        _, there, _ = await on.get("bybit", bars("BTCUSDT"))
        assert len(there["result"]["list"]) == 9
        asking = asyncio.ensure_future(on.get("bybit", bars("ETHUSDT")))
        async with on.talk("bybit") as talk:
            await talk.say('{"op":"subscribe","args":["tickers.ETHUSDT","tickers.BTCUSDT"]}')
            assert [one.get("topic") for one in await talk.heard(2)] == [None, "tickers.BTCUSDT"]
            assert not asking.done()
            known = Moment(on.clock.now(), tickers=[late.ticker], known=[late])
            on["bybit"].take(known)
            on.servers.advance()
            assert (await talk.hear())["topic"] == "tickers.ETHUSDT"
        _, came, _ = await asking
        assert len(came["result"]["list"]) == 9


async def test_a_market_that_fails_is_told() -> None:
    class Failing(Still):
        def moments(self):  # type: ignore[no-untyped-def]
            yield Moment(made.AT)
            raise RuntimeError("the market is broken")

    servers = Servers(Failing(), HOSTS, ManualClock(made.AT))
    with pytest.raises(RuntimeError, match="broken"):
        async with servers.running():
            await servers.ended()


async def test_the_truth_is_the_markets() -> None:
    async with stage() as on:
        assert on.servers.truth() == [b'{"type":"truth","ts":1791565602120}']


@pytest.mark.parametrize("venue", HOSTS)
async def test_every_get_of_a_client_is_answered_over_http(venue: str) -> None:
    wire = next(one for one in wires() if one.venue == venue)
    async with stage(clock=SystemClock()) as on:
        urls = [*wire.listing(), *wire.polls()]
        past = wire.contracts[0]
        urls += wire.past(past, made.AT - 3600 * SECOND, made.AT, 5)
        for url in urls:
            role = next(name for name, base in HOSTS[venue].items() if url.startswith(base + "/"))
            status, body, _ = await on.get(venue, url.removeprefix(HOSTS[venue][role]), role)
            assert status == 200
            assert body


async def test_used_weight_is_told_and_then_refused() -> None:
    async with stage() as on:
        used = 0
        for number in range(62):
            status, body, headers = await on.get("binance", "/fapi/v1/ticker/24hr", "rest-usdm")
            if number < 60:
                used += 40
                assert (status, headers["X-MBX-USED-WEIGHT-1M"]) == (200, str(used))
        assert (status, body["code"]) == (429, -1003)
        assert int(headers["Retry-After"]) > 0


_LONG = "9" * 99
_words = st.text(st.characters(codec="utf-8", exclude_characters="/?#"), max_size=8)


@given(
    path=st.lists(_words, max_size=6),
    query=st.dictionaries(
        st.sampled_from(
            ["symbol", "limit", "interval", "period", "startTime", "from", "to", "contract",
             "instId", "category", "bar", "after", "before", "intervalTime", "pair"]
        ),
        st.one_of(_words, st.integers().map(str), st.sampled_from(["BTCUSDT", "0m", "²", _LONG])),
        max_size=4,
    ),
    last=st.sampled_from(
        ["klines", "tickers", "candlesticks", "contract_stats", "kline", "open-interest",
         "history", "candles", "open-interest-history", "openInterestHist", "liq_orders", "trades"]
    ),
)  # fmt: skip
@settings(max_examples=150)
def test_any_get_has_an_answer(path: list[str], query: dict[str, str], last: str) -> None:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    for wire in wires():
        books = BOOKS[wire.venue]
        for base in HOSTS[wire.venue].values():
            for url in (f"{base}/{'/'.join(path)}?{asked}", f"{base}/x/{last}?{asked}", base):
                assert wire.rest(url, books, made.AT).status in {200, 400}
                wire.rules.charge(url)


BOOKS = {wire.venue: made.books(wire) for wire in wires()}


async def test_a_client_may_ask_while_others_listen() -> None:
    async with stage() as on, on.talk("bybit") as talk:
        await talk.say(SUBSCRIBE["bybit"])
        on.play(*dead("bybit", 5), seconds=1)
        status, body, _ = await on.get("bybit", "/v5/market/tickers?category=linear")
        assert (status, body["retCode"]) == (200, 0)
        assert (await talk.hear())["success"] is True
