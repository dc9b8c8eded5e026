"""What Binance prints: USD-M and COIN-M futures.

Documents: docs/venues-core.md 0 (facts 1 to 6), 1 (USD-M), 2 (COIN-M), 7.1, 8; the 24-hour ticker
as both products' references show it. The order's side is printed (SELL: a long was closed), ``ap``
is the fill and ``p`` the limit near the bankruptcy price; COIN-M counts contracts of fixed USD.
All-market liquidations of both products go out on both hosts.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, Literal, TypeAlias

from msgspec import structs

from liqtui.model.market import ContractKind, Coverage, Sampling, Side, Taker
from liqtui.sim import printing, wire
from liqtui.sim.listing import Listing
from liqtui.sim.printing import MS, Asked, asked, between, decoded, encoded, fixed, places
from liqtui.sim.rules import Charge, Reply, Rules, after
from liqtui.sim.wire import Answer, Book, Contract, Frame, Happening, Socket

_MAJOR: Final = wire.schedule(
    (0, 0.004, 150), (3e5, 0.005, 100), (8e5, 0.0065, 75), (3e6, 0.01, 50), (12e6, 0.02, 25)
)
_SECOND: Final = wire.schedule(
    (0, 0.005, 100), (50e3, 0.0065, 75), (400e3, 0.01, 50), (1e6, 0.02, 25), (8e6, 0.05, 10)
)
_MINOR: Final = wire.schedule((0, 0.0065, 75), (20e3, 0.01, 50), (300e3, 0.02, 25), (3e6, 0.05, 10))
_NEW: Final = wire.schedule((0, 0.05, 10), (10e3, 0.1, 5), (60e3, 0.125, 4))
_COIN: Final = wire.schedule(
    (0, 0.004, 125), (500e3, 0.0065, 75), (2e6, 0.01, 50), (1e7, 0.025, 20)
)
_usdm: Final = partial(
    Contract, venue="binance", market="usdm", coverage=Coverage.SAMPLED,
    sampling=Sampling(1.0, "largest"),
)  # fmt: skip
_coinm: Final = partial(_usdm, market="coinm", quote="USD", kind=ContractKind.INVERSE, tiers=_COIN)
CONTRACTS: Final = (
    _usdm(symbol="BTCUSDT", base="BTC", tick="0.10", lot="0.001", tiers=_MAJOR),
    _usdm(symbol="ETHUSDT", base="ETH", tick="0.01", lot="0.001", tiers=_MAJOR),
    _usdm(symbol="SOLUSDT", base="SOL", tick="0.0100", lot="0.01", tiers=_SECOND),
    _usdm(symbol="1000PEPEUSDT", base="PEPE", tick="0.0000001", scale=1000, tiers=_MINOR),
    _usdm(symbol="币安人生USDT", base="币安人生", tick="0.0000100", funding_hours=4, tiers=_NEW),
    _coinm(symbol="BTCUSD_PERP", base="BTC", tick="0.1", size=100.0),
    _coinm(symbol="ETHUSD_PERP", base="ETH", tick="0.01", size=10.0),
    _coinm(symbol="SOLUSD_PERP", base="SOL", tick="0.01", size=10.0),
)
WS: Final = {"usdm": "wss://fstream.binance.com", "coinm": "wss://dstream.binance.com"}
FAPI, DAPI = "https://fapi.binance.com", "https://dapi.binance.com"
API: Final = {"usdm": f"{FAPI}/fapi/v1", "coinm": f"{DAPI}/dapi/v1"}
_FINE: Final = "0.00000001"

_MARK_EVERY: Final = 3.0
"""Seconds; the stream with ``@1s`` in its name is the faster one."""

StPlace: TypeAlias = Literal["inside", "top", "absent"]


def _pair(contract: Contract) -> str:
    return contract.symbol.partition("_")[0]


def _product(contract: Contract) -> int:
    return 2 if contract.inverse else 1


def _price(contract: Contract, price: float) -> str:
    return fixed(contract.printed(price), contract.tick)


def _exact(contract: Contract, price: float) -> str:
    return fixed(price * contract.scale, _FINE)


def _quantity(contract: Contract, quantity: float, price: float) -> str:
    return fixed(contract.counted(quantity, price), contract.lot)


def liquidation(one: wire.Liquidated, at: int, st: StPlace = "inside") -> dict[str, Any]:
    """Encode a forced order; ``l`` is the last of its fills, less than ``z`` in large ones."""
    contract = one.contract
    filled, lot = contract.counted(one.quantity, one.fill), float(contract.lot)
    last = round(filled * 0.8 / lot) * lot if filled > 10 * lot else filled
    quantity = fixed(filled, contract.lot)
    order = {
        "s": contract.symbol, "S": "SELL" if one.side is Side.LONG else "BUY", "o": "LIMIT",
        "f": "IOC", "q": quantity, "p": _price(contract, one.bankruptcy),
        "ap": _price(contract, one.fill), "X": "FILLED", "l": fixed(last, contract.lot),
        "z": quantity, "T": one.at // MS,
    }  # fmt: skip
    product = {"ps": _pair(contract), "st": _product(contract)}
    inside, top = product if st == "inside" else {}, product if st == "top" else {}
    return {"e": "forceOrder", "E": at // MS, "o": order | inside, **top}


def trade(one: wire.Traded, at: int) -> dict[str, Any]:
    """Encode an aggregate trade; only USD-M tells the quantity without retail price improvement."""
    contract = one.contract
    quantity = _quantity(contract, one.quantity, one.price)
    unimproved = {} if contract.inverse else {"nq": quantity}
    return {
        "e": "aggTrade", "E": at // MS, "a": one.number, "s": contract.symbol,
        "p": _price(contract, one.price), "q": quantity, **unimproved, "f": one.number * 2,
        "l": one.number * 2, "T": one.at // MS, "m": one.taker is Taker.SELL,
        "st": _product(contract),
    }  # fmt: skip


def mark(one: wire.Marked) -> dict[str, Any]:
    """Encode mark, index and the funding to come."""
    contract = one.contract
    price, index = _exact(contract, one.mark), _exact(contract, one.index)
    linear = {} if contract.inverse else {"ap": price}
    return {
        "e": "markPriceUpdate", "E": one.at // MS, "s": contract.symbol, "p": price, **linear,
        "P": index, "i": index, "r": fixed(one.funding, _FINE), "T": one.due // MS,
        "st": _product(contract),
    }  # fmt: skip


def kline(bar: wire.Bar) -> list[Any]:
    """Encode a bar; the counter values are in quote currency or, COIN-M, in base."""
    contract, price = bar.contract, (bar.high + bar.low) / 2
    counter, step = (1.0, _FINE) if contract.inverse else (price, "0.00001")
    return [
        bar.at // MS,
        *(_price(contract, p) for p in (bar.open, bar.high, bar.low, bar.close)),
        _quantity(contract, bar.volume, price),
        bar.at // MS + bar.seconds * 1000 - 1,
        fixed(bar.volume * counter, step),
        bar.trades,
        _quantity(contract, bar.taker_buy, price),
        fixed(bar.taker_buy * counter, step),
        "0",
    ]


def listed(contract: Contract) -> dict[str, Any]:
    """Encode a contract as exchangeInfo lists it."""
    filters = [
        {"filterType": "PRICE_FILTER", "tickSize": contract.tick},
        {"filterType": "LOT_SIZE", "stepSize": contract.lot},
    ]
    of_product = (
        {"contractStatus": "TRADING", "contractSize": int(contract.size), "equalQtyPrecision": 4}
        if contract.inverse
        else {"status": "TRADING", "underlyingType": "COIN", "underlyingSubType": []}
    )
    return {
        "symbol": contract.symbol, "pair": _pair(contract), "contractType": "PERPETUAL",
        "deliveryDate": 4133404800000, "onboardDate": 1569398400000, **of_product,
        "maintMarginPercent": "2.5000", "requiredMarginPercent": "5.0000",
        "baseAsset": _pair(contract).removesuffix(contract.quote), "quoteAsset": contract.quote,
        "marginAsset": contract.base if contract.inverse else contract.quote,
        "pricePrecision": places(contract.tick), "quantityPrecision": places(contract.lot),
        "baseAssetPrecision": 8, "quotePrecision": 8, "filters": filters,
    }  # fmt: skip


def exchange_info(contracts: Sequence[Contract], at: int) -> dict[str, Any]:
    """Encode the list of contracts."""
    weight = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1}
    return {
        "timezone": "UTC", "serverTime": at // MS, "rateLimits": [weight | {"limit": 2400}],
        "exchangeFilters": [], "symbols": [listed(one) for one in contracts],
    }  # fmt: skip


def adjusted(contracts: Sequence[Contract]) -> list[dict[str, Any]]:
    """Encode the contracts whose funding is not settled every 8 hours."""
    bounds = {"adjustedFundingRateCap": "0.02000000", "adjustedFundingRateFloor": "-0.02000000"}
    odd = {one.symbol: one.funding_hours for one in contracts if one.funding_hours != 8}
    rest = bounds | {"disclaimer": False}
    return [{"symbol": name, "fundingIntervalHours": h, **rest} for name, h in odd.items()]


def interest(one: wire.Interest) -> dict[str, Any]:
    """Encode open interest now: base (USD-M) or contracts (COIN-M), one-sided."""
    contract = one.contract
    now = {"openInterest": _quantity(contract, one.quantity, one.mark), "time": one.at // MS}
    pair = {"pair": _pair(contract), "contractType": "PERPETUAL"} if contract.inverse else {}
    return {"symbol": contract.symbol, **pair, **now}


def interest_row(one: wire.Interest) -> dict[str, Any]:
    """Encode a point of the open-interest history; its value is USD or, COIN-M, base."""
    contract = one.contract
    amount = contract.counted(one.quantity, one.mark)
    value = fixed(one.quantity * (1.0 if contract.inverse else one.mark), _FINE)
    sums = {"sumOpenInterestValue": value, "timestamp": one.at // MS}
    if contract.inverse:
        pair = {"pair": _pair(contract), "contractType": "PERPETUAL"}
        return {**pair, "sumOpenInterest": fixed(amount, "1"), **sums}
    return {"symbol": contract.symbol, "sumOpenInterest": fixed(amount, _FINE), **sums}


def premium(one: wire.Marked) -> dict[str, Any]:
    """Encode mark, index and funding as REST does."""
    contract = one.contract
    pair = {"pair": _pair(contract)} if contract.inverse else {}
    index = _exact(contract, one.index)
    return {
        "symbol": contract.symbol, **pair, "markPrice": _exact(contract, one.mark),
        "indexPrice": index, "estimatedSettlePrice": index,
        "lastFundingRate": fixed(one.funding, _FINE), "interestRate": "0.00010000",
        "nextFundingTime": one.due // MS, "time": one.at // MS,
    }  # fmt: skip


def settled(one: wire.Settled) -> dict[str, Any]:
    """Encode funding that was paid."""
    rate = {"fundingRate": fixed(one.rate, _FINE), "fundingTime": one.at // MS}
    marked = {"markPrice": _exact(one.contract, one.mark), "rateType": "Regular"}
    return {"symbol": one.contract.symbol, **rate, **({} if one.contract.inverse else marked)}


def past_trade(one: wire.Traded) -> dict[str, Any]:
    """Encode an aggregate trade as REST does: of a symbol that was asked for."""
    told = trade(one, one.at)
    return {key: told[key] for key in ("a", "p", "q", "nq", "f", "l", "T", "m") if key in told}


def day(ticker: wire.Ticker) -> dict[str, Any]:
    """Encode the last 24 hours; COIN-M counts contracts, and base beside them."""
    contract, bar, last = ticker.contract, ticker.day, ticker.last
    middle, change = (bar.high + bar.low) / 2, last - bar.open
    volume = _quantity(contract, bar.volume, middle)
    counter = (
        {"pair": _pair(contract), "baseVolume": fixed(bar.volume, _FINE)}
        if contract.inverse
        else {"quoteVolume": fixed(bar.volume * middle, "0.01")}
    )
    return {
        "symbol": contract.symbol, "priceChange": _price(contract, change),
        "priceChangePercent": fixed(change / bar.open * 100, "0.001"),
        "weightedAvgPrice": _price(contract, middle), "lastPrice": _price(contract, last),
        "lastQty": contract.lot, "openPrice": _price(contract, bar.open),
        "highPrice": _price(contract, bar.high), "lowPrice": _price(contract, bar.low),
        "volume": volume, **counter, "openTime": bar.at // MS, "closeTime": ticker.at // MS,
        "firstId": 1, "lastId": bar.trades, "count": bar.trades,
    }  # fmt: skip


def _rows(
    encode: Callable[[Any], Any], get: Asked, rows: Sequence[Any], limit: int, top: int = 1000
) -> list[Any]:
    """Encode rows as asked: the first ones from a start time, else the last ones."""
    since, until = get.number("startTime", 0), get.number("endTime", 1 << 53)
    chosen, most = between(rows, since, until), min(get.number("limit", limit), top)
    return [encode(row) for row in (chosen[:most] if since else chosen[-most:])]


_OF_ALL: Final[Mapping[str, Callable[[Book], object]]] = {
    "premiumIndex": lambda book: premium(book.ticker.marked),
    "24hr": lambda book: day(book.ticker),
}


def _of_one(tell: Callable[[Book], object]) -> Callable[[Asked, Book], object]:
    """COIN-M answers with a list, be it of one."""

    def told(_: Asked, book: Book) -> object:
        return [tell(book)] if book.ticker.contract.inverse else tell(book)

    return told


_OF_ONE: Final[Mapping[str, Callable[[Asked, Book], object]]] = {
    "klines": lambda get, book: _rows(kline, get, book.candles(get.seconds("interval")), 500, 1500),
    "openInterestHist": lambda get, book: _rows(
        interest_row, get, book.points(get.seconds("period")), 30, 500
    ),
    "fundingRate": lambda get, book: _rows(settled, get, book.settled, 100),
    "openInterest": lambda _, book: interest(book.ticker.interest),
    "aggTrades": lambda get, book: _rows(past_trade, get, book.trades, 500),
    **{what: _of_one(tell) for what, tell in _OF_ALL.items()},
}
_INTERVALS: Final = "1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M"
_PERIODS: Final = "5m 15m 30m 1h 2h 4h 6h 12h 1d"
_KLINES: Final = ((99, 1), (499, 2), (1000, 5), (1 << 62, 10))
"""Bars at most, and what they cost."""


def charge(url: str) -> Charge:
    """Return what a GET costs: weight a minute of both products, or calls of two other pools."""
    get = asked(url)
    what = get.path.rpartition("/")[2]
    if "/futures/data/" in get.path:
        return Charge("data", 1000, 300.0)
    if what in {"fundingRate", "fundingInfo"}:
        return Charge("funding", 500, 300.0)
    return Charge("weight", 2400, 60.0, _weight(what, get))


def _weight(what: str, get: Asked) -> int:
    if what == "klines":
        return next(w for most, w in _KLINES if get.number("limit", 500) <= most)
    if what in _OF_ALL and "symbol" not in get.params:
        return {"premiumIndex": 10, "24hr": 40}[what]
    return 20 if what == "aggTrades" else 1


def _refused(_at: int, wait: float) -> Reply:
    said = (
        "Too many requests; current limit is 2400 requests per minute. Please use the websocket "
        "for live updates to avoid polling the API."
    )
    return Reply(429, encoded({"code": -1003, "msg": said}), after(wait))


def _banned(at: int, wait: float) -> Reply:
    until = at // MS + round(wait * 1000)
    said = f"Way too many requests; IP banned until {until}."
    return Reply(418, encoded({"code": -1003, "msg": said}), after(wait))


_BLOCKED: Final = (
    "Service unavailable from a restricted location according to 'b. Eligibility' in "
    "https://www.binance.com/en/terms. Please contact customer service if you believe you received "
    "this message in error."
)
RULES: Final = Rules(
    pings=180.0,
    pong_within=600.0,
    messages=10,
    lifetime=86_400.0,
    charge=charge,
    told=lambda spent: (
        {"X-MBX-USED-WEIGHT-1M": str(spent.used)} if spent.charge.pool == "weight" else {}
    ),
    refused=_refused,
    banned=_banned,
    blocked=Reply(451, encoded({"code": 0, "msg": _BLOCKED})),
)


class Binance(Listing, frozen=True):
    """The exchange's side of its wire."""

    st: StPlace = "inside"
    """Where a liquidation says which product it is of."""
    contracts: tuple[Contract, ...] = CONTRACTS
    venue: str = "binance"
    rules: Rules = RULES
    marks_together: bool = True

    def variants(self) -> "Sequence[Binance]":
        """Return what differs in where a liquidation says its product."""
        places: tuple[StPlace, ...] = ("inside", "top", "absent")
        return [structs.replace(self, st=place) for place in places]

    def _own(self, product: str) -> list[Contract]:
        return [one for one in self.contracts if one.market == product]

    def sockets(self, at: int) -> tuple[Socket, ...]:
        """One per product; liquidations of both come with the first."""
        path = {"usdm": "/market/stream", "coinm": "/stream"}
        return tuple(Socket(of, host + path[of], (self._hello(of),)) for of, host in WS.items())

    def _hello(self, product: str) -> str:
        merged = ["!forceOrder@arr"] if product == "usdm" else []
        trades = [f"{one.symbol.lower()}@aggTrade" for one in self._own(product)]
        streams = [*merged, "!markPrice@arr@1s", *trades]
        return printing.text({"method": "SUBSCRIBE", "params": streams, "id": 1})

    def opened(self, url: str) -> frozenset[str]:
        """Return the streams of ``/ws/a/b`` and ``/stream?streams=a/b``."""
        get = asked(url)
        named = get.params.get("streams") or get.path.partition("/ws/")[2]
        return frozenset(named.split("/")) - {""}

    def answer(self, url: str, frame: bytes, held: frozenset[str], at: int) -> Answer:
        """Acknowledge anything well-formed: an unknown stream or a wrong route stays silent."""
        message = decoded(frame)
        result: dict[str, Any] = {"result": None}
        match message.get("method"), frozenset(printing.names(message, "params")):
            case "SUBSCRIBE", streams:
                held |= streams
            case "UNSUBSCRIBE", streams:
                held -= streams
            case "LIST_SUBSCRIPTIONS", _:
                result = {"result": sorted(held)}
            case "SET_PROPERTY", _:
                pass
            case _:
                result = {"error": {"code": 2, "msg": "Invalid request: unknown method"}}
        return Answer((encoded({**result, "id": message.get("id")}),), held)

    def batches(self, liquidated: Sequence[wire.Liquidated]) -> list[wire.Batch]:
        """Keep one liquidation per symbol and second, the largest, told when the second is over."""
        return [wire.largest(batch) for batch in wire.windows(liquidated, wire.SECOND)]

    def frames(self, url: str, happened: Sequence[Happening], at: int) -> Iterable[wire.Frame]:
        """Yield events in a stream's envelope, or bare where the path is not ``/stream``."""
        get = asked(url)
        product = "coinm" if get.host in WS["coinm"] else "usdm"
        if product == "usdm" and not get.path.startswith("/market/"):
            return
        wrapped = get.path.endswith("/stream")
        for topic, data in self._events(product, happened, at):
            body = encoded({"stream": topic, "data": data} if wrapped else data)
            every = _MARK_EVERY if topic.endswith("@markPrice") else 0.0
            yield Frame(topic, body, every, int("forceOrder" in topic))

    def _events(
        self, product: str, happened: Sequence[Happening], at: int
    ) -> Iterator[tuple[str, object]]:
        marks = []
        for one in happened:
            own, stream = one.contract.market == product, one.contract.symbol.lower()
            match one:
                case wire.Liquidated():
                    data = liquidation(one, at, self.st)
                    yield "!forceOrder@arr", data
                    if own:
                        yield f"{stream}@forceOrder", data
                case wire.Traded() if own:
                    yield f"{stream}@aggTrade", trade(one, at)
                case wire.Ticker() if own:
                    marks.append(mark(one.marked))
                    yield f"{stream}@markPrice@1s", marks[-1]
                    yield f"{stream}@markPrice", marks[-1]
        if marks:
            yield "!markPrice@arr@1s", marks

    def listing(self) -> Sequence[str]:
        """Return both products' exchangeInfo and the exceptions from 8-hourly funding."""
        infos = [f"{API[product]}/exchangeInfo" for product in API]
        return [*infos, f"{API['usdm']}/fundingInfo"]

    def past(self, contract: Contract, since: int, until: int, minutes: int) -> Sequence[str]:
        """Return candles, open interest and funding; a day of minutes fits one page."""
        api, span = API[contract.market], f"startTime={since // MS}&endTime={until // MS - 1}"
        of = f"symbol={contract.symbol}"
        pair = f"pair={_pair(contract)}&contractType=PERPETUAL" if contract.inverse else of
        data = (DAPI if contract.inverse else FAPI) + "/futures/data"
        return (
            f"{api}/klines?{of}&interval={minutes}m&{span}&limit=1500",
            f"{data}/openInterestHist?{pair}&period=5m&{span}&limit=500",
            f"{api}/fundingRate?{of}&{span}&limit=100",
        )

    def polls(self) -> Sequence[str]:
        """Return open interest, which no socket tells."""
        return [f"{API[one.market]}/openInterest?symbol={one.symbol}" for one in self.contracts]

    def rest(self, url: str, books: Mapping[str, Book], at: int) -> Reply:
        """Answer a GET; the host tells the product."""
        get = asked(url)
        own = self._own("coinm" if get.host in API["coinm"] else "usdm")
        what = get.path.rpartition("/")[2]
        if what == "exchangeInfo":
            return Reply(200, encoded(exchange_info(own, at)))
        if what == "fundingInfo":
            return Reply(200, encoded(adjusted(own)))
        if what == "time":
            return Reply(200, encoded({"serverTime": at // MS}))
        if what in _OF_ALL and not {"symbol", "pair"} & set(get.params):
            rows = [_OF_ALL[what](books[one.symbol]) for one in own if one.symbol in books]
            return Reply(200, encoded(rows))
        named = {one.symbol: one for one in own} | {_pair(one): one for one in own}
        found = named.get(get.params.get("symbol") or get.params.get("pair", ""))
        if what not in _OF_ONE or found is None or found.symbol not in books:
            return Reply(400, encoded({"code": -1121, "msg": "Invalid symbol."}))
        if get.unheard_of("interval", _INTERVALS) or get.unheard_of("period", _PERIODS):
            return Reply(400, encoded({"code": -1120, "msg": "Invalid interval."}))
        return Reply(200, encoded(_OF_ONE[what](get, books[found.symbol])))


WIRE: Final = Binance()
