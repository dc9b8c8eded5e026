"""What clients that others wrote read from the simulated exchanges, against the market's numbers.

They come with the dependency group ``strangers``. What ccxt reads is kept as a table in
``docs/strangers.md``, which is true as long as these tests pass.
"""

import asyncio
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from msgspec import Struct, structs

from liqtui.model.market import Side, Taker
from liqtui.sim.driven import Driven
from liqtui.sim.feed import Feed, Moment
from liqtui.sim.past import lived
from liqtui.sim.printing import MS
from liqtui.sim.wire import SECOND, Book, Contract, Liquidated, Traded
from liqtui.sim.wires import wires
from tests import approval
from tests.conditions import LIMIT, becomes
from tests.sim import made
from tests.sim.stage import HOSTS, Stage, Still, contract, stage

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    ccxt = pytest.importorskip("ccxt.pro", reason="ccxt is not installed: group strangers")

pytestmark = pytest.mark.filterwarnings("default")

Facts: TypeAlias = dict[str, Any]
BOTH: Final = ("BTC/USDT:USDT", "BTC/USD:BTC")
TYPES: Final = {"binance": ["linear", "inverse"], "bybit": ["linear", "inverse"]}
"""ccxt's names for what is simulated; for the others it is ``swap``."""
DEATH: Final = {"price": 80_000.0, "quantity": 12.5}
"""Large enough for several fills, whole in all contracts."""


class Case(Struct, frozen=True):
    """One contract, by ccxt and by the market."""

    on: Stage
    client: Any
    symbol: str
    contract: Contract
    book: Book
    """What the market knows of it."""
    symbols: list[str]
    """Of all that its exchange lists."""

    @property
    def listed(self) -> Any:
        return self.client.market(self.symbol)

    def base(self, contracts: float, price: float) -> float:
        """Return an amount of contracts in base."""
        units = float(contracts * self.listed["contractSize"])
        return round(units / price if self.listed["inverse"] else units, 9)


def moved(tree: Any, base: Mapping[str, str], local: Mapping[str, str], hostname: str) -> Any:
    """Point every URL of a client at the servers; those that are not served lead nowhere."""
    if isinstance(tree, dict):
        return {name: moved(branch, base, local, hostname) for name, branch in tree.items()}
    url = str(tree).replace("{hostname}", hostname).replace(":443", "")
    for role, start in base.items():
        if url.startswith(start):
            return local[role] + url.removeprefix(start)
    return "http://127.0.0.1:9"


@asynccontextmanager
async def connected(on: Stage, venue: str) -> AsyncIterator[Any]:
    """Yield a client of ccxt's that knows the markets."""
    options = {"defaultType": "swap", "fetchMarkets": {"types": TYPES.get(venue, ["swap"])}}
    client = getattr(ccxt, venue)({"enableRateLimit": False, "options": options})
    client.has["fetchCurrencies"] = False  # needs a key
    hostname = getattr(client, "hostname", None) or ""
    local = on.servers.local_hosts(venue)
    client.urls["api"] = moved(client.urls["api"], HOSTS[venue], local, hostname)
    try:
        await client.load_markets()
        yield client
    finally:
        await client.close()


async def pushed(on: Stage, wanted: Awaitable[Any], *happened: Liquidated | Traded) -> Any:
    """Let something happen again and again until it is told."""
    task = asyncio.ensure_future(wanted)
    async with asyncio.timeout(LIMIT):
        while not task.done():
            now = on.clock.now()
            on.play(*(structs.replace(one, at=now) for one in happened), seconds=1.2)
            await asyncio.sleep(0.02)
        return (await task)[-1]


async def instruments(case: Case) -> tuple[Facts, Facts]:
    one, market = case.listed, case.contract
    read = {
        "symbols": sorted(entry["id"] for entry in case.client.markets.values()),
        "inverse": one["inverse"], "size": one["contractSize"], "tick": one["precision"]["price"],
        "lot": one["precision"]["amount"], "base": one["base"], "quote": one["quote"],
    }  # fmt: skip
    true = {
        "symbols": sorted(case.symbols), "inverse": market.inverse,
        "size": market.size, "tick": float(market.tick), "lot": float(market.lot),
        "base": market.base, "quote": market.quote,
    }  # fmt: skip
    return read, true


async def ticker(case: Case) -> tuple[Facts, Facts]:
    found, held = await case.client.fetch_ticker(case.symbol), case.book.ticker
    true = {
        "last": held.last, "high": held.day.high, "low": held.day.low,
        "mark": held.marked.mark, "index": held.marked.index,
    }  # fmt: skip
    names = {"mark": "markPrice", "index": "indexPrice"}
    read = {name: found[names.get(name, name)] for name in true}
    unsaid = [name for name in names if read[name] is None]  # by another call of theirs
    return {n: v for n, v in read.items() if n not in unsaid}, {
        n: v for n, v in true.items() if n not in unsaid
    }


async def volume(case: Case) -> tuple[Facts, Facts]:
    told = await case.client.fetch_ticker(case.symbol)
    true = case.book.ticker.day.volume
    if case.contract.venue == "gate":
        true = float(round(true))  # it prints whole coins
    return {"24h": told["baseVolume"]}, {"24h": true}


def trade(case: Case, told: Any) -> Facts:
    """Return what ccxt says of a trade."""
    amount = case.base(told["amount"], told["price"])
    return {"price": told["price"], "amount": amount, "side": told["side"]}


async def trades(case: Case) -> tuple[Facts, Facts]:
    one = made.traded(case.contract, Taker.SELL, 0.25)
    case.on.play(structs.replace(one, at=case.on.clock.now()))
    (told,) = await case.client.fetch_trades(case.symbol, limit=1)
    at = (case.on.clock.now() // MS) - 100
    true = {"price": 8e4, "amount": 0.25, "side": "sell", "at": at}
    return trade(case, told) | {"at": told["timestamp"]}, true


async def trades_pushed(case: Case) -> tuple[Facts, Facts]:
    wanted = case.client.watch_trades(case.symbol, params=PARAMS.get(case.contract.venue, {}))
    told = await pushed(case.on, wanted, made.traded(case.contract, Taker.BUY, 0.5))
    return trade(case, told), {"price": 8e4, "amount": 0.5, "side": "buy"}


PARAMS: Final = {"binance": {"name": "aggTrade"}}


async def interest(case: Case) -> tuple[Facts, Facts]:
    past = await case.client.fetch_open_interest_history(case.symbol, "5m", limit=3)
    point = case.book.points(300)[-1]
    told = past[-1]
    count = told["openInterestAmount"] or told["openInterestValue"]
    read = {"past": case.base(count, point.mark), "at": told["timestamp"]}
    true = {"past": point.quantity, "at": point.at // MS}
    if case.contract.venue in {"binance", "okx"}:  # Bybit's is the past, Gate's is not read
        now, held = await case.client.fetch_open_interest(case.symbol), case.book.ticker.interest
        read["now"] = case.base(now["openInterestAmount"], held.mark)
        true["now"] = held.quantity
    return read, true


async def funding(case: Case) -> tuple[Facts, Facts]:
    told = await case.client.fetch_funding_rate(case.symbol)
    paid = await case.client.fetch_funding_rate_history(case.symbol, limit=3)
    held = case.book.ticker.marked
    read = {"rate": told["fundingRate"], "due": told["fundingTimestamp"],
            "paid": [(one["timestamp"], one["fundingRate"]) for one in paid]}  # fmt: skip
    true = {"rate": held.funding, "due": held.due // MS,
            "paid": [(one.at // MS, one.rate) for one in list(case.book.settled)[-3:]]}  # fmt: skip
    return read, true


async def candles(case: Case) -> tuple[Facts, Facts]:
    told = await case.client.fetch_ohlcv(case.symbol, "5m")
    true = [
        [bar.at // MS, bar.open, bar.high, bar.low, bar.close] for bar in case.book.candles(300)
    ]
    return {"bars": [row[:5] for row in told]}, {"bars": true[-len(told) :]}


async def tiers(case: Case) -> tuple[Facts, Facts]:
    told = await case.client.fetch_market_leverage_tiers(case.symbol)
    read = sorted((one["maintenanceMarginRate"], one["maxLeverage"]) for one in told)
    true = sorted((one.rate, one.max_leverage) for one in case.contract.tiers)
    return {"tiers": read}, {"tiers": true}


async def liquidations(case: Case) -> tuple[Facts, Facts]:
    one = made.liquidated(case.contract, Side.LONG, DEATH["quantity"], price=DEATH["price"])
    if case.contract.venue == "gate":
        case.on.play(structs.replace(one, at=case.on.clock.now()))
        told = (await case.client.fetch_liquidations(case.symbol))[-1]
    else:
        wanted = case.client.watch_liquidations(case.symbol)
        told = await pushed(case.on, wanted, one, structs.replace(one, quantity=0.3))
    size = case.base(told["contracts"], told["price"])
    # a position that was long is closed by an order that sells
    return {"size": size, "price": told["price"], "side": told["side"]}, {
        "size": DEATH["quantity"], "price": one.fill, "side": "sell",
    }  # fmt: skip


QUANTITIES: Final[Mapping[str, Callable[[Case], Awaitable[tuple[Facts, Facts]]]]] = {
    "instruments": instruments, "ticker": ticker, "volume": volume, "trades": trades,
    "trades pushed": trades_pushed, "open interest": interest, "funding": funding,
    "candles": candles, "tiers": tiers, "liquidations": liquidations,
}  # fmt: skip


class Known(Struct, frozen=True):
    """Where ccxt is known to say something else, why, and what."""

    reason: str
    says: Callable[[Case, Facts], Facts]


def twice(_: Case, true: Facts) -> Facts:
    return true | {"past": true["past"] * 2}


def in_dollars(case: Case, true: Facts) -> Facts:
    middle = (case.book.ticker.day.high + case.book.ticker.day.low) / 2
    return {"24h": true["24h"] * middle} if case.contract.inverse else true


def in_contracts(case: Case, true: Facts) -> Facts:
    middle = (case.book.ticker.day.high + case.book.ticker.day.low) / 2
    return {"24h": case.contract.counted(true["24h"], middle)}


def in_percents(case: Case, true: Facts) -> Facts:
    percents = [(round(rate * 100, 9), leverage) for rate, leverage in true["tiers"]]
    return {"tiers": percents} if case.contract.inverse else true


def of_the_position(_: Case, true: Facts) -> Facts:
    return true | {"side": "buy"}


def of_the_bankrupt(_: Case, true: Facts) -> Facts:
    return true | {"side": "buy", "price": DEATH["price"] * 0.996}


def of_the_last_fill(_: Case, true: Facts) -> Facts:
    return true | {"size": true["size"] * 0.8}


KNOWN: Final[Mapping[tuple[str, str], Known]] = {
    ("binance", "liquidations"): Known("ccxt takes `l`, the last fill, for all", of_the_last_fill),
    ("binance", "tiers"): Known("needs a key", lambda _case, _true: UNREADABLE),
    ("bybit", "volume"): Known("inverse: ccxt takes USD for base", in_dollars),
    ("bybit", "open interest"): Known("ccxt passes both sides on", twice),
    ("bybit", "tiers"): Known("inverse: percents, as printed", in_percents),
    ("bybit", "liquidations"): Known(
        "ccxt passes the position's side and the bankruptcy price on", of_the_bankrupt
    ),
    ("gate", "open interest"): Known("the past only, and both sides of it", twice),
    ("gate", "liquidations"): Known("REST only; ccxt tells the position's side", of_the_position),
    ("okx", "volume"): Known("ccxt takes contracts for base", in_contracts),
}
"""What the documents say and ccxt does not (captures/MANIFEST.md, docs/venues-core.md 8)."""
UNREADABLE: Final[Facts] = {"refused": "AuthenticationError"}


async def told(case: Case, quantity: str) -> tuple[Facts, Facts]:
    """Return what a client read, and what it should have, of one quantity."""
    try:
        return await QUANTITIES[quantity](case)
    except ccxt.AuthenticationError as error:
        return {"refused": type(error).__name__}, {}


HALF_A_TICK: Final = 0.05 / 70_000 * 1.01
"""Of a price of BTC."""
HALF_A_DIGIT: Final = 0.5e-8
"""Of a funding rate."""


def alike(read: Any, true: Any) -> bool:
    """Tell whether two values are the same but for what an exchange rounds when it prints them."""
    if isinstance(true, dict):
        return read.keys() == true.keys() and all(alike(read[name], true[name]) for name in true)
    if isinstance(true, list | tuple):
        pairs = zip(read, true, strict=False)
        return len(read) == len(true) and all(alike(one, other) for one, other in pairs)
    if isinstance(true, float):
        return bool(read == pytest.approx(true, rel=HALF_A_TICK, abs=HALF_A_DIGIT))
    return bool(read == true)


class Paused:
    """A market of positions that has lived for a day and stands still."""

    def __init__(self) -> None:
        listed = [one for wire in wires() for one in wire.contracts if one.base == "BTC"]
        market = lived(listed, 1, made.AT // SECOND)
        self._books = list(Driven(market, listed).past())

    def past(self) -> list[Book]:
        return self._books

    def moments(self) -> Iterator[Moment]:
        return iter(())

    def truth(self, at: int) -> list[bytes]:
        return []


@pytest.fixture(scope="module", params=["made by hand", "lived for a day"])
def market(request: pytest.FixtureRequest) -> Feed:
    return Still() if request.param == "made by hand" else Paused()


@pytest.mark.parametrize("venue", HOSTS)
async def test_ccxt_reads_the_markets_numbers(venue: str, market: Feed) -> None:
    books = {book.ticker.contract: book for book in market.past()}
    symbols = [one.symbol for one in books if one.venue == venue]
    async with stage(feed=market) as on, connected(on, venue) as client:
        for quantity in QUANTITIES:
            known = KNOWN.get((venue, quantity))
            for symbol in BOTH:
                of = contract(venue, client.market(symbol)["id"])
                case = Case(on, client, symbol, of, books[of], symbols)
                read, true = await told(case, quantity)
                expected = known.says(case, true) if known else true
                assert alike(read, expected), (quantity, symbol, read, expected)


def test_the_table_says_what_is_tested() -> None:
    rows = [
        f"| {quantity} | "
        + " | ".join(known.reason if (known := KNOWN.get((venue, quantity))) else "equal"
                     for venue in HOSTS) + " |"
        for quantity in QUANTITIES
    ]  # fmt: skip
    head = [f"| | {' | '.join(HOSTS)} |", f"|---{'|---' * len(HOSTS)}|"]
    approval.check(TABLE, "\n".join([ABOUT, *head, *rows]) + "\n")


TABLE: Final = Path(__file__).parents[2] / "docs" / "strangers.md"
ABOUT: Final = f"""# What ccxt reads of the simulated exchanges

ccxt {ccxt.__version__.split(".")[0]}, pointed at `liqtui serve`, reads these quantities of each \
exchange's linear and inverse
BTC perpetual. *Equal* means: the simulator's own number, to the last digit an exchange prints.
Otherwise ccxt says something else, as its source does of the real exchange, and the difference is
held by the test, too. `tests/sim/test_strangers.py` makes this table and keeps it true.
"""


async def test_ccxt_reads_the_first_of_okxs_details_only() -> None:
    btc = contract("okx")
    three = [made.liquidated(btc, quantity=size) for size in (3.0, 2.0, 1.0)]
    async with stage() as on, connected(on, "okx") as client:
        on["okx"].switch("variant")
        wanted = asyncio.ensure_future(client.watch_liquidations(BOTH[0]))
        await becomes(lambda: any(one.topics for one in on["okx"].connections))
        on.play(*three, seconds=1)
        found = await wanted
        assert [one["contracts"] for one in found] == [100.0]


def silently(name: str) -> Any:
    """Import a stranger, or skip."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(name, reason=f"{name} is not installed: group strangers")


async def test_gates_own_client_reads_the_markets_numbers() -> None:
    gate_api = silently("gate_api")

    def ask(base: str) -> None:
        configuration = gate_api.Configuration(host=f"{base}/api/v4")
        api = gate_api.FuturesApi(gate_api.ApiClient(configuration))
        told = api.get_futures_contract("usdt", "BTC_USDT")
        assert float(told.position_size) * float(told.quanto_multiplier) == held.interest.quantity
        assert float(told.funding_rate) == held.marked.funding
        assert float(told.mark_price) == held.marked.mark
        (last,) = api.list_futures_tickers("usdt", contract="BTC_USDT")
        assert float(last.last) == held.last
        (traded,) = api.list_futures_trades("usdt", "BTC_USDT")
        assert (float(traded.size), float(traded.price)) == (-2500.0, 80_000.0)
        dead = api.list_liquidated_orders("usdt", contract="BTC_USDT")
        assert [float(one.order_size) for one in dead] == [-1900.0, -1900.0]

    btc = contract("gate")
    held = made.ticker(btc)
    async with stage() as on:
        on.play(made.traded(btc))
        await asyncio.to_thread(ask, on.servers.local_hosts("gate")["rest"])


async def test_okxs_own_client_reads_the_markets_numbers() -> None:
    public, market = silently("okx.PublicData"), silently("okx.MarketData")

    def ask(base: str) -> None:
        data = public.PublicAPI(flag="0", domain=base, debug=False)
        (interest,) = data.get_open_interest(instType="SWAP", instId="BTC-USDT-SWAP")["data"]
        assert float(interest["oiCcy"]) == held.interest.quantity
        (funding,) = data.get_funding_rate("BTC-USDT-SWAP")["data"]
        assert float(funding["fundingRate"]) == held.marked.funding
        prices = market.MarketAPI(flag="0", domain=base, debug=False)
        (last,) = prices.get_ticker("BTC-USDT-SWAP")["data"]
        assert float(last["last"]) == held.last
        (traded,) = prices.get_trades("BTC-USDT-SWAP")["data"]
        assert (traded["sz"], traded["px"], traded["side"]) == ("25", "80000", "sell")

    btc = contract("okx")
    held = made.ticker(btc)
    async with stage() as on:
        on.play(made.traded(btc))
        await asyncio.to_thread(ask, on.servers.local_hosts("okx")["rest"])


async def test_bybits_own_client_reads_the_markets_numbers() -> None:
    pybit = silently("pybit.unified_trading")

    def ask(base: str) -> None:
        http = pybit.HTTP(testnet=False)
        http.endpoint = base
        about = {"category": "linear", "symbol": "BTCUSDT"}
        (told,) = http.get_tickers(**about)["result"]["list"]
        assert float(told["singleOpenInterest"]) == held.interest.quantity
        assert float(told["openInterest"]) == 2 * held.interest.quantity
        assert float(told["markPrice"]) == held.marked.mark
        assert float(told["lastPrice"]) == held.last
        assert float(told["fundingRate"]) == held.marked.funding
        (traded,) = http.get_public_trade_history(**about)["result"]["list"]
        assert (traded["size"], traded["price"], traded["side"]) == ("0.250", "80000.00", "Sell")

    btc = contract("bybit")
    held = made.ticker(btc)
    async with stage() as on:
        on.play(made.traded(btc))
        await asyncio.to_thread(ask, on.servers.local_hosts("bybit")["rest"])


async def test_binances_own_client_listens_on_the_routes_it_should() -> None:
    package = "binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures"
    sdk = silently(package)
    btc = contract("binance")
    heard: list[Any] = []
    async with stage() as on:
        base = on.servers.local_hosts("binance")["ws-usdm"]
        streams = sdk.ConfigurationWebSocketStreams(stream_url=base)
        client = sdk.DerivativesTradingUsdsFutures(config_ws_streams=streams)
        connection = await client.websocket_streams.create_connection()
        for stream in (
            await connection.all_market_liquidation_order_streams(),
            await connection.aggregate_trade_streams(symbol="btcusdt"),
        ):
            stream.on("message", heard.append)
        await becomes(lambda: any(len(one.topics) == 2 for one in on["binance"].connections))
        on.play(made.traded(btc), made.liquidated(btc), seconds=2)
        await becomes(lambda: len(heard) == 2)
        await connection.close_connection(close_session=True)
    trade, liquidation = heard
    assert (trade.p, trade.q, trade.m) == ("80000.00", "0.250", True)
    order = liquidation.o
    assert (order.S, order.z, order.ap, order.p) == ("SELL", "0.190", "79920.00", "79680.00")
