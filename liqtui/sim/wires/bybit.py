"""What Bybit prints: v5 linear and inverse contracts.

Documents: docs/venues-core.md 0 (facts 7 to 11), 3, 7.2, 8. A liquidation names the POSITION's side
(Buy: a long was closed) and its bankruptcy price. Linear counts base, inverse counts USD; open
interest is printed two-sided, with the one-sided number beside it. Lists are newest first.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from liqtui.model.market import ContractKind, PriceKind, Side, Taker
from liqtui.sim import printing, wire
from liqtui.sim.listing import Listing
from liqtui.sim.printing import MS, Asked, asked, decoded, encoded, fixed, places, short, text
from liqtui.sim.rules import HTML, Charge, Reply, Rules
from liqtui.sim.wire import Answer, Book, Contract, Frame, Happening, Socket

_MAJOR: Final = wire.schedule(
    (0, 0.005, 100), (2e6, 0.01, 50), (10e6, 0.02, 25), (50e6, 0.05, 10), (200e6, 0.1, 5)
)
_MINOR: Final = wire.schedule((0, 0.01, 50), (500e3, 0.02, 25), (3e6, 0.05, 10))
_linear: Final = partial(
    Contract, venue="bybit", market="linear", tiers=_MAJOR, trigger_fee=0.00055,
    liquidation_price=PriceKind.BANKRUPTCY,
)  # fmt: skip
_inverse: Final = partial(_linear, market="inverse", quote="USD", kind=ContractKind.INVERSE)
CONTRACTS: Final = (
    _linear(symbol="BTCUSDT", base="BTC", tick="0.10", lot="0.001"),
    _linear(symbol="ETHUSDT", base="ETH", tick="0.01", lot="0.01"),
    _linear(symbol="SOLUSDT", base="SOL", tick="0.010", lot="0.1"),
    _linear(symbol="1000PEPEUSDT", base="PEPE", tick="0.0000010", lot="100", scale=1000,
            tiers=_MINOR),
    _inverse(symbol="BTCUSD", base="BTC", tick="0.10"),
    _inverse(symbol="ETHUSD", base="ETH", tick="0.01"),
    _inverse(symbol="SOLUSD", base="SOL", tick="0.010"),
)  # fmt: skip
MARKETS: Final = ("linear", "inverse")
WS: Final = "wss://stream.bybit.com/v5/public"
API: Final = "https://api.bybit.com/v5/market"
CONNECTION: Final = "db292md48aephea0qcg0-cg8d"
_CHANNELS: Final = ("allLiquidation", "publicTrade", "tickers")
_ARGS: Final = 21_000
"""Characters of all topics of a connection."""
_DELIVERY: Final = {
    "predictedDeliveryPrice": "", "basisRate": "", "deliveryFeeRate": "", "deliveryTime": "0",
    "basis": "", "basisRateYear": "",
}  # fmt: skip


def _price(contract: Contract, price: float) -> str:
    return fixed(contract.printed(price), contract.tick)


def _quantity(contract: Contract, quantity: float, price: float) -> str:
    return fixed(contract.counted(quantity, price), contract.lot)


def _event(topic: str, data: object, at: int, kind: str = "snapshot") -> dict[str, Any]:
    return {"topic": topic, "type": kind, "ts": at // MS, "data": data}


def liquidations(batch: Sequence[wire.Liquidated], at: int) -> dict[str, Any]:
    """Encode the liquidations of one symbol in half a second."""
    rows = [
        {
            "T": one.at // MS, "s": one.contract.symbol,
            "S": "Buy" if one.side is Side.LONG else "Sell",
            "v": _quantity(one.contract, one.quantity, one.bankruptcy),
            "p": _price(one.contract, one.bankruptcy),
        }
        for one in batch
    ]  # fmt: skip
    return _event(f"allLiquidation.{batch[0].contract.symbol}", rows, at)


def trades(batch: Sequence[wire.Traded], at: int) -> dict[str, Any]:
    """Encode trades of one symbol; the side is the taker's."""
    rows = [
        {
            "T": one.at // MS, "s": one.contract.symbol,
            "S": "Buy" if one.taker is Taker.BUY else "Sell",
            "v": _quantity(one.contract, one.quantity, one.price),
            "p": _price(one.contract, one.price),
            "L": "PlusTick" if one.taker is Taker.BUY else "MinusTick",
            "i": f"00000000-0000-5000-8000-{one.number:012x}", "BT": False, "RPI": False,
            "seq": one.number,
        }
        for one in batch
    ]  # fmt: skip
    return _event(f"publicTrade.{batch[0].contract.symbol}", rows, at)


def _interest(one: wire.Interest) -> dict[str, str]:
    """Return open interest: twice and once, with values in USD or, inverse, in base."""
    contract = one.contract
    single = contract.counted(one.quantity, one.mark)
    value = one.quantity * (1.0 if contract.inverse else one.mark)
    return {
        "openInterest": fixed(single * 2, contract.lot),
        "openInterestValue": f"{value * 2:.2f}",
        "singleOpenInterest": fixed(single, contract.lot),
        "singleOpenInterestValue": f"{value:.2f}",
    }


def _day(ticker: wire.Ticker) -> dict[str, str]:
    """Return what the last 24 hours were."""
    contract, day = ticker.contract, ticker.day
    price = (day.high + day.low) / 2
    turnover = day.volume * (1.0 if contract.inverse else price)
    return {
        "price24hPcnt": f"{ticker.last / day.open - 1:.6f}",
        "prevPrice24h": _price(contract, day.open),
        "highPrice24h": _price(contract, day.high),
        "lowPrice24h": _price(contract, day.low),
        "prevPrice1h": _price(contract, ticker.hour_ago),
        "turnover24h": f"{turnover:.4f}",
        "volume24h": f"{contract.counted(day.volume, price):.4f}",
    }


def fields(ticker: wire.Ticker) -> dict[str, str]:
    """Return every field of a ticker; a socket sends only those that changed."""
    contract, marked = ticker.contract, ticker.marked
    tick = float(contract.tick) / contract.scale
    size = fixed(1000 * float(contract.lot), contract.lot)
    return {
        "symbol": contract.symbol, "lastPrice": _price(contract, ticker.last),
        "markPrice": _price(contract, marked.mark), "indexPrice": _price(contract, marked.index),
        **_day(ticker), **_interest(ticker.interest),
        "fundingIntervalHour": str(contract.funding_hours), "fundingCap": "0.005",
        "nextFundingTime": str(marked.due // MS), "fundingRate": short(marked.funding, 8),
        "bid1Price": _price(contract, ticker.last - tick), "bid1Size": size,
        "ask1Price": _price(contract, ticker.last), "ask1Size": size, "preOpenPrice": "",
        "preQty": "", "curPreListingPhase": "",
    }  # fmt: skip


def ticker(one: wire.Ticker, at: int) -> dict[str, Any]:
    """Encode a ticker: whole for readers who know nothing, else what changed."""
    now, topic = fields(one), f"tickers.{one.contract.symbol}"
    sequence = {"cs": at // MS}
    if one.before is None:
        rising = one.last >= one.hour_ago
        whole = {**now, "tickDirection": "PlusTick" if rising else "MinusTick"}
        return _event(topic, whole, at) | sequence
    known = fields(one.before)
    changed = {name: value for name, value in now.items() if known[name] != value}
    return _event(topic, {"symbol": now["symbol"], **changed}, at, "delta") | sequence


def envelope(result: object, at: int, code: int = 0, said: str = "OK") -> dict[str, Any]:
    """Wrap the result of a GET; a refusal is HTTP 200 with another code."""
    return {"retCode": code, "retMsg": said, "result": result, "retExtInfo": {}, "time": at // MS}


def listed(contract: Contract) -> dict[str, Any]:
    """Encode a contract; the funding interval is in minutes."""
    leverage = {"minLeverage": "1", "maxLeverage": f"{contract.max_leverage:.2f}"}
    price = {"minPrice": contract.tick, "maxPrice": "1999999.80", "tickSize": contract.tick}
    lots = {"minOrderQty": contract.lot, "qtyStep": contract.lot, "minNotionalValue": "5"}
    return {
        "symbol": contract.symbol,
        "contractType": "InversePerpetual" if contract.inverse else "LinearPerpetual",
        "status": "Trading", "baseCoin": contract.symbol.removesuffix(contract.quote),
        "quoteCoin": contract.quote, "launchTime": "1585526400000", "deliveryTime": "0",
        "deliveryFeeRate": "", "priceScale": str(places(contract.tick)),
        "leverageFilter": leverage | {"leverageStep": "0.01"}, "priceFilter": price,
        "lotSizeFilter": {"maxOrderQty": "100000000", **lots}, "unifiedMarginTrade": True,
        "fundingInterval": contract.funding_hours * 60,
        "settleCoin": contract.base if contract.inverse else contract.quote,
        "copyTrading": "none", "upperFundingRate": "0.005", "lowerFundingRate": "-0.005",
        "isPreListing": False, "preListingInfo": None, "symbolType": "",
    }  # fmt: skip


def tiers(contract: Contract, price: float) -> list[dict[str, Any]]:
    """Encode margin tiers, highest first: fractions of USD or, inverse, percents of coin."""
    percent, unit = (100.0, price) if contract.inverse else (1.0, 1.0)
    ends = wire.caps(contract.tiers)
    rows = [
        {
            "id": number, "symbol": contract.symbol, "riskLimitValue": short(end / unit, 2),
            "maintenanceMargin": short(tier.rate * percent, 6),
            "initialMargin": short(percent / tier.max_leverage, 6),
            "isLowestRisk": int(number == 1), "maxLeverage": f"{tier.max_leverage:.2f}",
            "mmDeduction": short((tier.deduction or 0.0) / unit, 6),
        }
        for number, (tier, end) in enumerate(zip(contract.tiers, ends, strict=True), 1)
    ]  # fmt: skip
    return rows[::-1]


def kline(bar: wire.Bar) -> list[str]:
    """Encode a bar; volume and turnover swap units between linear and inverse."""
    contract, price = bar.contract, (bar.high + bar.low) / 2
    prices = (_price(contract, p) for p in (bar.open, bar.high, bar.low, bar.close))
    turnover = f"{bar.volume:.8f}" if contract.inverse else f"{bar.volume * price:.4f}"
    return [str(bar.at // MS), *prices, _quantity(contract, bar.volume, price), turnover]


def interest_row(one: wire.Interest) -> dict[str, str]:
    """Encode a point of the open-interest history."""
    single = one.contract.counted(one.quantity, one.mark)
    time, once = str(one.at // MS), fixed(single, one.contract.lot)
    return {"openInterest": f"{single * 2:.8f}", "singleOpenInterest": once, "timestamp": time}


def settled(one: wire.Settled) -> dict[str, str]:
    """Encode funding that was paid."""
    rate, time = short(one.rate, 8), str(one.at // MS)
    return {"symbol": one.contract.symbol, "fundingRate": rate, "fundingRateTimestamp": time}


def past_trade(one: wire.Traded) -> dict[str, Any]:
    """Encode a trade as REST does."""
    told = trades([one], one.at)["data"][0]
    return {
        "execId": told["i"], "symbol": told["s"], "price": told["p"], "size": told["v"],
        "side": told["S"], "time": str(told["T"]), "isBlockTrade": False, "isRPITrade": False,
        "seq": str(told["seq"]),
    }  # fmt: skip


def _newest(get: Asked, rows: Sequence[Any], names: tuple[str, str], most: int) -> list[Any]:
    """Select rows as asked, newest first."""
    since, until = get.number(names[0], 0), get.number(names[1], 1 << 53)
    return printing.newest(rows, since, until, min(get.number("limit", 200), most))


_INTERVALS: Final = "1 3 5 15 30 60 120 240 360 720 D W M"
_TIMES: Final = "5min 15min 30min 1h 4h 1d"


def _result(what: str, get: Asked, book: Book) -> dict[str, Any]:
    times = ("startTime", "endTime")
    contract = book.ticker.contract
    of = {"symbol": contract.symbol, "category": contract.market}
    match what:
        case "kline":
            rows = _newest(get, book.candles(get.seconds("interval")), ("start", "end"), 1000)
            return of | {"list": [kline(row) for row in rows]}
        case "open-interest":
            rows = _newest(get, book.points(get.seconds("intervalTime")), times, 200)
            return of | {"list": [interest_row(row) for row in rows], "nextPageCursor": ""}
        case "history":
            rows = _newest(get, book.settled, times, 200)
            return {"category": contract.market, "list": [settled(row) for row in rows]}
        case "recent-trade":
            rows = _newest(get, book.trades, times, 1000)
            return {"category": contract.market, "list": [past_trade(row) for row in rows]}
        case "tickers":
            row = fields(book.ticker) | _DELIVERY
            return {"category": contract.market, "list": [row], "nextPageCursor": ""}
    found = tiers(contract, book.ticker.marked.mark)
    return {"category": contract.market, "list": found, "nextPageCursor": ""}


def _refused(at: int, _wait: float) -> Reply:
    return Reply(200, encoded(envelope({}, at, 10006, "Too many visits!")))


def _banned(_at: int, _wait: float) -> Reply:
    return Reply(403, b"<html><body><h1>403, access too frequent</h1></body></html>", content=HTML)


_BLOCKED: Final = (
    b"<HTML><HEAD><TITLE>ERROR: The request could not be satisfied</TITLE></HEAD><BODY>"
    b"<H1>403 ERROR</H1><H2>The request could not be satisfied.</H2>The Amazon CloudFront "
    b"distribution is configured to block access from your country.</BODY></HTML>"
)
RULES: Final = Rules(
    quiet=60.0,
    charge=lambda _url: Charge("address", 600, 5.0),
    refused=_refused,
    patience=0,
    banned=_banned,
    ban=600.0,
    blocked=Reply(403, _BLOCKED, content=HTML),
)


class Bybit(Listing, frozen=True):
    """The exchange's side of its wire."""

    contracts: tuple[Contract, ...] = CONTRACTS
    venue: str = "bybit"
    rules: Rules = RULES
    marks_together: bool = False

    def sockets(self, at: int) -> tuple[Socket, ...]:
        """One per category; a topic a message, for one bad topic costs its whole message."""
        ping = text({"req_id": "ping", "op": "ping"})
        hello = {
            market: tuple(
                text({"req_id": topic, "op": "subscribe", "args": [topic]})
                for topic in sorted(self._topics(market))
            )
            for market in MARKETS
        }
        return tuple(Socket(one, f"{WS}/{one}", hello[one], ping=ping) for one in MARKETS)

    def _topics(self, market: str) -> frozenset[str]:
        symbols = [one.symbol for one in self.contracts if one.market == market]
        return frozenset(f"{name}.{symbol}" for name in _CHANNELS for symbol in symbols)

    def opened(self, url: str) -> frozenset[str]:
        """Return nothing: a URL names no topics here."""
        return frozenset()

    def answer(self, url: str, frame: bytes, held: frozenset[str], at: int) -> Answer:
        """Answer a ping or a subscription; one bad topic refuses its whole message."""
        message = decoded(frame)
        said = {"conn_id": CONNECTION, "req_id": message.get("req_id", ""), "op": message.get("op")}
        args = printing.names(message, "args")
        if said["op"] == "ping":
            return Answer((encoded({"success": True, "ret_msg": "pong", **said}),), held)
        done = encoded({"success": True, "ret_msg": "", **said})
        if said["op"] == "unsubscribe":
            return Answer((done,), held - frozenset(args))
        known = self._topics(asked(url).path.rpartition("/")[2])
        for topic in args:
            if topic in held or topic not in known:
                reason = "already subscribed" if topic in held else "handler not found"
                return _refusal(f"{reason},topic:{topic}", said, held)
        if sum(map(len, held.union(args))) > _ARGS:
            return _refusal(f"args longer than {_ARGS} characters", said, held)
        return Answer((done,), held | frozenset(args))

    def batches(self, liquidated: Sequence[wire.Liquidated]) -> list[wire.Batch]:
        """Publish everything, each symbol's every half a second."""
        return wire.windows(liquidated, wire.SECOND // 2)

    def frames(self, url: str, happened: Sequence[Happening], at: int) -> Iterable[Frame]:
        """Yield one message per symbol and channel."""
        market = asked(url).path.rpartition("/")[2]
        own = [one for one in happened if one.contract.market == market]
        for message in self._messages(own, at):
            topic, rows = message["topic"], message["data"]
            dead = len(rows) if topic.startswith("allLiquidation.") else 0
            yield Frame(topic, encoded(message), liquidated=dead)

    def _messages(self, own: Sequence[Happening], at: int) -> Iterator[dict[str, Any]]:
        dead: dict[str, list[wire.Liquidated]] = {}
        traded: dict[str, list[wire.Traded]] = {}
        for one in own:
            match one:
                case wire.Liquidated():
                    dead.setdefault(one.contract.symbol, []).append(one)
                case wire.Traded():
                    traded.setdefault(one.contract.symbol, []).append(one)
                case wire.Ticker():
                    yield ticker(one, at)
        yield from (trades(batch, at) for batch in traded.values())
        yield from (liquidations(batch, at) for batch in dead.values())

    def listing(self) -> Sequence[str]:
        """Return both categories' instruments and every contract's tiers."""
        limits = f"{API}/risk-limit?category="
        infos = [f"{API}/instruments-info?category={market}&limit=1000" for market in MARKETS]
        return infos + [f"{limits}{one.market}&symbol={one.symbol}" for one in self.contracts]

    def past(self, contract: Contract, since: int, until: int, minutes: int) -> Sequence[str]:
        """Return candles (1000 a page), open interest (200 a page) and funding."""
        of = f"category={contract.market}&symbol={contract.symbol}"
        bars, points = f"{API}/kline?{of}&interval={minutes}", f"{API}/open-interest?{of}"
        span = f"startTime={since // MS}&endTime={until // MS - 1}"
        return [
            *(f"{bars}&start={start}&end={end - 1}&limit=1000"
              for start, end in printing.pages(since, until, minutes * 60_000_000)),
            *(f"{points}&intervalTime=5min&startTime={start}&endTime={end - 1}&limit=200"
              for start, end in printing.pages(since, until, 60_000_000)),
            f"{API}/funding/history?{of}&{span}&limit=200",
        ]  # fmt: skip

    def polls(self) -> Sequence[str]:
        """Return nothing: the tickers tell it all."""
        return ()

    def rest(self, url: str, books: Mapping[str, Book], at: int) -> Reply:
        """Answer a GET; the category tells the market."""
        get = asked(url)
        market, what = get.params.get("category", "linear"), get.path.rpartition("/")[2]
        own = [one for one in self.contracts if one.market == market]
        whole, symbol = {"category": market, "nextPageCursor": ""}, get.params.get("symbol", "")
        if what == "time":
            now = {"timeSecond": str(at // wire.SECOND), "timeNano": str(at)}
            found = envelope(now, at)
        elif what == "instruments-info":
            named = [one for one in own if symbol in {"", one.symbol}]
            found = envelope(whole | {"list": [listed(one) for one in named]}, at)
        elif what == "tickers" and not symbol:
            rows = [fields(books[one.symbol].ticker) | _DELIVERY for one in own]
            found = envelope(whole | {"list": rows}, at)
        elif what == "risk-limit" and not symbol:
            rows = [row for one in own for row in tiers(one, books[one.symbol].ticker.marked.mark)]
            found = envelope(whole | {"list": rows}, at)
        elif get.unheard_of("interval", _INTERVALS) or get.unheard_of("intervalTime", _TIMES):
            found = envelope({}, at, 10001, "Invalid period!")
        elif symbol in {one.symbol for one in own} and symbol in books:
            found = envelope(_result(what, get, books[symbol]), at)
        else:
            found = envelope({}, at, 10001, "symbol params err")
        return Reply(200, encoded(found))


def _refusal(reason: str, said: Mapping[str, Any], held: frozenset[str]) -> Answer:
    return Answer((encoded({"success": False, "ret_msg": f"error:{reason}", **said}),), held)


WIRE: Final = Bybit()
