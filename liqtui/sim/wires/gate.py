"""What Gate prints: v4 futures settled in USDT and in BTC.

Documents: docs/venues-core.md 0 (facts 16 to 19), 5, 7.4, 8. Sizes count contracts and carry their
direction as a sign: a trade's is the taker's, a published liquidation's the order's (negative: a
long was closed, the likelier reading), and its price is the order's limit. ``total_size`` and the
statistics count both sides of open interest, ``position_size`` one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from msgspec import structs

from liqtui.model.market import ContractKind, PriceKind, Side, Taker
from liqtui.sim import printing, wire
from liqtui.sim.listing import Listing
from liqtui.sim.printing import MS, Asked, asked, between, decoded, encoded, places, short
from liqtui.sim.rules import Charge, Reply, Rules, Spent
from liqtui.sim.wire import SECOND, Answer, Book, Contract, Frame, Happening, Socket

_MAJOR: Final = wire.schedule(
    (0, 0.004, 125), (1e6, 0.006, 75), (4e6, 0.01, 50), (15e6, 0.02, 25), (60e6, 0.05, 10)
)
_MINOR: Final = wire.schedule((0, 0.01, 50), (200e3, 0.02, 25), (2e6, 0.05, 10))
_usdt: Final = partial(
    Contract, venue="gate", market="usdt", tiers=_MAJOR, trigger_fee=0.0005,
    liquidation_price=PriceKind.ORDER,
)  # fmt: skip
_btc: Final = partial(_usdt, market="btc", quote="USD", kind=ContractKind.INVERSE)
CONTRACTS: Final = (
    _usdt(symbol="BTC_USDT", base="BTC", size=0.0001, tick="0.1"),
    _usdt(symbol="ETH_USDT", base="ETH", size=0.01, tick="0.01"),
    _usdt(symbol="SOL_USDT", base="SOL", size=1.0, tick="0.01"),
    _usdt(symbol="PEPE_USDT", base="PEPE", size=1e7, tick="0.0000000001", tiers=_MINOR),
    _btc(symbol="BTC_USD", base="BTC", tick="0.1"),
)
SETTLES: Final = ("usdt", "btc")
WS: Final = "wss://fx-ws.gateio.ws/v4/ws"
API: Final = "https://api.gateio.ws/api/v4/futures"
DECIMAL: Final = {"X-Gate-Size-Decimal": "1"}
_SIZED: Final = "x-gate-size-decimal"
_LIQUIDATES: Final = "futures.public_liquidates"
_ADL: Final = "futures.adl_warning"
_FLUSH: Final = 20


def _price(contract: Contract, price: float) -> str:
    return short(contract.printed(price), places(contract.tick))


def event(channel: str, result: object, at: int, kind: str = "update") -> dict[str, Any]:
    """Wrap a result for a channel's readers."""
    times = {"time": at // SECOND, "time_ms": at // MS}
    return {**times, "channel": channel, "event": kind, "result": result}


def sized(value: float, decimal: bool) -> str | int:
    """Encode a size: a decimal string for those who asked with the header, else truncated."""
    return short(value, 4) if decimal else int(value)


def liquidation(one: wire.Liquidated, decimal: bool) -> dict[str, Any]:
    """Encode a liquidation order."""
    contract = one.contract
    count = contract.counted(one.quantity, one.fill)
    sign = -1 if one.side is Side.LONG else 1
    return {
        "price": _price(contract, one.bankruptcy), "size": sized(sign * count, decimal),
        "time": one.at // MS, "contract": contract.symbol,
    }  # fmt: skip


def liquidation_row(one: wire.Liquidated, decimal: bool) -> dict[str, Any]:
    """Encode a liquidation as REST does: ``size`` is the position, ``order_size`` the order."""
    contract = one.contract
    count = contract.counted(one.quantity, one.fill)
    position = count if one.side is Side.LONG else -count
    return {
        "time": one.at // SECOND, "contract": contract.symbol, "size": sized(position, decimal),
        "order_size": sized(-position, decimal), "order_price": _price(contract, one.bankruptcy),
        "fill_price": _price(contract, one.fill), "left": sized(0, decimal),
    }  # fmt: skip


def trade(one: wire.Traded, decimal: bool) -> dict[str, Any]:
    """Encode a trade."""
    contract = one.contract
    count = contract.counted(one.quantity, one.price)
    signed = count if one.taker is Taker.BUY else -count
    return {
        "size": sized(signed, decimal), "id": one.number, "create_time": one.at // SECOND,
        "create_time_ms": one.at // MS, "price": _price(contract, one.price),
        "contract": contract.symbol,
    }  # fmt: skip


def _now(ticker: wire.Ticker) -> dict[str, Any]:
    """Return what both forms of a ticker say."""
    contract, marked, day = ticker.contract, ticker.marked, ticker.day
    single = contract.counted(ticker.interest.quantity, ticker.interest.mark)
    rate = short(marked.funding, 6)
    return {
        "contract": contract.symbol, "last": _price(contract, ticker.last),
        "mark_price": _price(contract, marked.mark), "index_price": _price(contract, marked.index),
        "funding_rate": rate, "funding_rate_indicative": rate, "total_size": short(single * 2, 0),
        "volume_24h": short(contract.counted(day.volume, (day.high + day.low) / 2), 0),
        "change_percentage": f"{(ticker.last / day.open - 1) * 100:.4f}",
    }  # fmt: skip


def ticker(one: wire.Ticker) -> dict[str, Any]:
    """Encode a ticker for a socket."""
    return _now(one) | {
        "funding_interval": one.contract.funding_hours * 3600, "funding_offset": 0,
        "funding_next_apply": one.marked.due // SECOND, "t": one.at // MS,
    }  # fmt: skip


def ticker_row(one: wire.Ticker) -> dict[str, Any]:
    """Encode a ticker as REST does, which leaves the funding interval out."""
    contract, day = one.contract, one.day
    usd = short(day.volume * (day.high + day.low) / 2, 0)
    coins, last = short(day.volume, 0), _price(contract, one.last)
    return _now(one) | {
        "low_24h": _price(contract, day.low), "high_24h": _price(contract, day.high),
        "volume_24h_btc": coins, "volume_24h_usd": usd, "volume_24h_base": coins,
        "volume_24h_quote": usd, "volume_24h_settle": coins if contract.inverse else usd,
        "highest_bid": last, "highest_size": "100", "lowest_ask": last, "lowest_size": "1000",
    }  # fmt: skip


def listed(ticker: wire.Ticker, decimal: bool) -> dict[str, Any]:
    """Encode a contract with its present state; a multiplier of 0 means one USD."""
    contract, marked = ticker.contract, ticker.marked
    lowest, rate = contract.tiers[0], short(marked.funding, 6)
    single = contract.counted(ticker.interest.quantity, ticker.interest.mark)
    return {
        "name": contract.symbol, "type": "inverse" if contract.inverse else "direct",
        "quanto_multiplier": "0" if contract.inverse else short(contract.size),
        "mark_type": "index", "order_price_round": contract.tick, "mark_price_round": contract.tick,
        "order_size_min": 1, "enable_decimal": False, "leverage_min": "1",
        "leverage_max": short(lowest.max_leverage), "maintenance_rate": short(lowest.rate, 6),
        "risk_limit_base": short(wire.caps(contract.tiers)[0], 0),
        "risk_limit_max": short(wire.caps(contract.tiers)[-1], 0), "interest_rate": "0.0003",
        "funding_rate": rate, "funding_rate_indicative": rate, "funding_offset": 0,
        "funding_interval": contract.funding_hours * 3600, "funding_cap_ratio": "0.75",
        "funding_rate_limit": "0.003", "funding_next_apply": marked.due // SECOND,
        "last_price": _price(contract, ticker.last), "mark_price": _price(contract, marked.mark),
        "index_price": _price(contract, marked.index), "position_size": sized(single, decimal),
        "long_users": 5706, "short_users": 2559, "in_delisting": False, "is_pre_market": False,
        "status": "trading", "contract_type": "",
    }  # fmt: skip


def tiers(contract: Contract, price: float) -> list[dict[str, Any]]:
    """Encode margin tiers; their limits are in the settlement currency."""
    unit, ends = price if contract.inverse else 1.0, wire.caps(contract.tiers)
    return [
        {
            "maintenance_rate": short(tier.rate, 6), "tier": number,
            "initial_rate": short(1 / tier.max_leverage, 6),
            "leverage_max": short(tier.max_leverage), "risk_limit": short(end / unit, 4),
            "contract": contract.symbol, "deduction": short((tier.deduction or 0.0) / unit, 6),
        }
        for number, (tier, end) in enumerate(zip(contract.tiers, ends, strict=True), 1)
    ]  # fmt: skip


def candle(bar: wire.Bar) -> dict[str, Any]:
    """Encode a bar: contracts and their value in the settlement currency."""
    contract, price = bar.contract, (bar.high + bar.low) / 2
    prices = {"c": bar.close, "h": bar.high, "l": bar.low, "o": bar.open}
    return {"t": bar.at // SECOND, "v": int(contract.counted(bar.volume, price))} | {
        key: _price(contract, value) for key, value in prices.items()
    } | {"sum": short(bar.volume * (1.0 if contract.inverse else price), 4)}  # fmt: skip


def stats(one: wire.Interest, dead: Sequence[wire.Liquidated]) -> dict[str, Any]:
    """Encode the statistics of a stretch of time.

    Args:
        one: open interest at its start.
        dead: what was liquidated in it.
    """
    contract = one.contract
    single = contract.counted(one.quantity, one.mark)
    found: dict[str, Any] = {
        "time": one.at // SECOND, "lsr_taker": 1.0, "lsr_account": 1.2, "top_lsr_size": 1.02,
        "top_lsr_account": 1.1, "mark_price": _price(contract, one.mark),
        "open_interest": int(single * 2),
        "open_interest_usd": round(one.quantity * one.mark * 2, 4),
    }  # fmt: skip
    for side in Side:
        own = [death for death in dead if death.side is side]
        base = sum(death.quantity for death in own)
        found[f"{side.value}_liq_size"] = int(contract.counted(base, one.mark))
        found[f"{side.value}_liq_amount"] = round(base, 8)
        found[f"{side.value}_liq_usd"] = round(sum(death.quantity * death.fill for death in own), 4)
    return found


def _span(get: Asked, rows: Sequence[Any]) -> list[Any]:
    """Select rows as asked, oldest first: from a time on, else the last ones."""
    since, until = get.number("from", 0) * 1000, get.number("to", 1 << 40) * 1000
    chosen = between(rows, since, until)
    most = get.number("limit", 2000 if since else 100)
    return chosen[:most] if since else chosen[-most:]


_INTERVALS: Final = "10s 1m 5m 15m 30m 1h 4h 8h 1d 7d 30d"


def _stats(get: Asked, book: Book) -> list[Any]:
    step = get.seconds("interval")
    return [
        stats(one, between(book.liquidated, one.at // MS, one.at // MS + step * 1000 - 1))
        for one in _span(get, book.points(step))[:100]
    ]


def _funding(get: Asked, book: Book) -> list[Any]:
    since, until = get.number("from", 0) * 1000, get.number("to", 1 << 40) * 1000
    rows = printing.newest(book.settled, since, until, get.number("limit", 100))
    return [{"t": one.at // SECOND, "r": short(one.rate, 6)} for one in rows]


_OF_ONE: Final[Mapping[str, Callable[[Asked, Book], list[Any]]]] = {
    "candlesticks": lambda get, book: [
        candle(bar) for bar in _span(get, book.candles(get.seconds("interval")))
    ],
    "contract_stats": _stats,
    "funding_rate": _funding,
    "risk_limit_tiers": lambda _, book: tiers(book.ticker.contract, book.ticker.marked.mark),
}


def charge(url: str) -> Charge:
    """Return what a GET costs: a call of its endpoint."""
    return Charge(asked(url).path.rpartition("/")[2], 200, 10.0)


def _told(spent: Spent) -> dict[str, str]:
    head = "X-Gate-RateLimit"
    return {
        f"{head}-Requests-Remain": str(max(spent.charge.most - spent.used, 0)),
        f"{head}-Limit": str(spent.charge.most),
        f"{head}-Reset-Timestamp": str(spent.resets // SECOND),
    }


def _refused(_at: int, _wait: float) -> Reply:
    said = {"label": "TOO_MANY_REQUESTS", "message": "Request Rate Limit Exceeded"}
    return Reply(429, encoded(said))


def _notice(at: int) -> bytes:
    said = "The connection will soon be closed for a service upgrade. Please reconnect."
    return encoded(event("futures.system", {"type": "upgrade", "msg": said}, at))


RULES: Final = Rules(
    pings=20.0, pong_within=60.0, notice=_notice, charge=charge, told=_told, refused=_refused
)
"""How often it sends ping frames, and how long it waits, it does not say."""


class Gate(Listing, frozen=True):
    """The exchange's side of its wire."""

    decimal: bool = True
    """Whether the client asked for decimal sizes."""
    grouped: bool = True
    """Whether liquidations come as arrays, as since 2026-08-20, or one object each."""
    contracts: tuple[Contract, ...] = CONTRACTS
    venue: str = "gate"
    rules: Rules = RULES
    marks_together: bool = False

    def facing(self, headers: Mapping[str, str]) -> "Gate":
        """Return what prints sizes as the client asked for them."""
        sent = {name.lower(): value for name, value in headers.items()}
        return structs.replace(self, decimal=sent.get(_SIZED) == "1")

    def variants(self) -> "Sequence[Gate]":
        """Return what differs in whether liquidations come as arrays or objects."""
        return [structs.replace(self, grouped=grouped) for grouped in (True, False)]

    def _own(self, url: str, at: int = -1) -> list[Contract]:
        """Return the contracts of the settlement currency at one place of a URL's path."""
        settle = ["", *asked(url).path.split("/")][at]
        return [one for one in self.contracts if one.market == settle]

    def sockets(self, at: int) -> tuple[Socket, ...]:
        """One per settlement currency."""
        return tuple(
            Socket(settle, f"{WS}/{settle}", tuple(_hello(own, at)), DECIMAL)
            for settle in SETTLES
            if (own := [one.symbol for one in self.contracts if one.market == settle])
        )

    def opened(self, url: str) -> frozenset[str]:
        """Return nothing: a URL names no topics here."""
        return frozenset()

    def answer(self, url: str, frame: bytes, held: frozenset[str], at: int) -> Answer:
        """Answer a ping or a subscription; one unknown contract refuses its whole message."""
        message = decoded(frame)
        channel, kind = str(message.get("channel", "")), str(message.get("event", ""))
        if channel == "futures.ping":
            return Answer((encoded(event("futures.pong", None, at, "")),), held)
        given = printing.names(message, "payload")
        names = [name for name in given if name == "!all" or "_" in name]
        own = self._own(url)
        known = {one.symbol for one in own} | {"!all"}
        for name in names:
            if name not in known:
                refusal = {"code": 2, "message": f"unknown contract {name}"}
                failed = event(channel, {"status": "fail"}, at, kind) | {"error": refusal}
                return Answer((encoded(failed),), held)
        topics = frozenset(f"{channel}:{name}" for name in names)
        done = encoded(event(channel, {"status": "success"}, at, kind))
        if kind == "unsubscribe":
            return Answer((done,), held - topics)
        warned = [one for one in own if channel == _ADL and {one.symbol, "!all"} & set(names)]
        return Answer((*(encoded(_warning(one, at)) for one in warned), done), held | topics)

    def batches(self, liquidated: Sequence[wire.Liquidated]) -> list[wire.Batch]:
        """Publish everything, each contract's every second or every twenty orders."""
        return wire.windows(liquidated, SECOND, most=_FLUSH)

    def frames(self, url: str, happened: Sequence[Happening], at: int) -> Iterable[Frame]:
        """Yield one message per contract and channel."""
        settle = asked(url).path.rpartition("/")[2]
        own: dict[str, list[Happening]] = {}
        for one in happened:
            if one.contract.market == settle:
                own.setdefault(one.contract.symbol, []).append(one)
        for alike in own.values():
            yield from self._frames(alike, at)

    def _frames(self, happened: Sequence[Happening], at: int) -> Iterator[Frame]:
        symbol = happened[0].contract.symbol
        dead = [liquidation(e, self.decimal) for e in happened if isinstance(e, wire.Liquidated)]
        traded = [trade(e, self.decimal) for e in happened if isinstance(e, wire.Traded)]
        told = [ticker(e) for e in happened if isinstance(e, wire.Ticker)]
        for channel, rows in (("futures.tickers", told), ("futures.trades", traded)):
            if rows:
                yield Frame(f"{channel}:{symbol}", encoded(event(channel, rows, at)))
        for result in [dead] if self.grouped and dead else dead:
            body = encoded(event(_LIQUIDATES, result, at))
            for name in ("!all", symbol):
                count = len(dead) if self.grouped else 1
                yield Frame(f"{_LIQUIDATES}:{name}", body, liquidated=count)

    def listing(self) -> Sequence[str]:
        """Return both settlement currencies' contracts and every contract's tiers."""
        tiers_of = "risk_limit_tiers?contract="
        limits = [f"{API}/{one.market}/{tiers_of}{one.symbol}" for one in self.contracts]
        return [*(f"{API}/{settle}/contracts" for settle in SETTLES), *limits]

    def past(self, contract: Contract, since: int, until: int, minutes: int) -> Sequence[str]:
        """Return candles, open interest (100 a page) and funding."""
        api, of = f"{API}/{contract.market}", f"contract={contract.symbol}"
        span = f"from={since // SECOND}&to={until // SECOND - 1}"
        starts = range(since // SECOND, until // SECOND, 30_000)
        history = f"{api}/contract_stats?{of}&interval=5m"
        return [
            f"{api}/candlesticks?{of}&interval={minutes}m&{span}",
            *(f"{history}&from={start}&limit=100" for start in starts),
            f"{api}/funding_rate?{of}&{span}",
        ]

    def polls(self) -> Sequence[str]:
        """Return nothing: the tickers tell it all."""
        return ()

    def rest(self, url: str, books: Mapping[str, Book], at: int) -> Reply:
        """Answer a GET; the path tells the settlement currency."""
        get = asked(url)
        what, name = get.path.rpartition("/")[2], get.params.get("contract", "")
        if what == "time":
            return Reply(200, encoded({"server_time": at // MS}))
        _, alone, single = get.path.rpartition("/contracts/")
        if alone:
            return self._contract(single, books)
        own = [books[one.symbol] for one in self._own(url, -2) if one.symbol in books]
        chosen = [book for book in own if book.ticker.contract.symbol == name]
        match what:
            case "contracts":
                rows = [listed(book.ticker, self.decimal) for book in own]
            case "tickers":
                rows = [ticker_row(book.ticker) for book in chosen or own]
            case "liq_orders":
                dead = [one for book in chosen or own for one in _span(get, book.liquidated)]
                rows = [liquidation_row(one, self.decimal) for one in dead]
            case "trades" if chosen:
                rows = [trade(one, self.decimal) for one in _span(get, chosen[0].trades)[::-1]]
            case _ if get.unheard_of("interval", _INTERVALS):
                return _invalid(get.params["interval"])
            case _ if what in _OF_ONE and chosen:
                rows = _OF_ONE[what](get, chosen[0])
            case _:
                return _invalid(name)
        return Reply(200, encoded(rows))

    def _contract(self, name: str, books: Mapping[str, Book]) -> Reply:
        if name not in books:
            return _invalid(name)
        return Reply(200, encoded(listed(books[name].ticker, self.decimal)))


def _invalid(name: str) -> Reply:
    refusal = {"label": "INVALID_PARAM_VALUE", "message": f"invalid argument: {name}"}
    return Reply(400, encoded(refusal))


def _warning(contract: Contract, at: int) -> dict[str, Any]:
    """Return what is said of a contract before its subscription is acknowledged."""
    state = {"settle": contract.market, "state": "normal", "update_time": at // MS}
    return event(_ADL, {"contract": contract.symbol, **state}, at, "all")


def _hello(symbols: Sequence[str], at: int) -> Iterator[str]:
    payloads = {_LIQUIDATES: ["!all"], "futures.tickers": symbols, "futures.trades": symbols}
    for channel, payload in payloads.items():
        request = {"time": at // SECOND, "channel": channel, "event": "subscribe"}
        yield printing.text(request | {"payload": payload})


WIRE: Final = Gate()
