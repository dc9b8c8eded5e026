"""What OKX prints: v5 perpetual swaps.

Documents: docs/venues-core.md 0 (facts 12 to 15), 4, 7.3, 8; the tickers as the API's reference
shows them. Every number is a string and every size a count of contracts; a liquidation names the
order's side and, in hedge mode, the position's, and prints the price it traded at. One subscription
covers all swaps. Lists are newest first.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from msgspec import structs

from liqtui.model.market import ContractKind, Coverage, Side, Taker
from liqtui.sim import printing, wire
from liqtui.sim.listing import Listing
from liqtui.sim.printing import MS, Asked, asked, decoded, encoded, places, short, text
from liqtui.sim.rules import Charge, Reply, Rules, after
from liqtui.sim.wire import Answer, Book, Contract, Frame, Happening, Socket

_MAJOR: Final = wire.schedule(
    (0, 0.004, 100), (2e6, 0.006, 75), (8e6, 0.01, 50), (20e6, 0.02, 25), (60e6, 0.05, 10)
)
_MINOR: Final = wire.schedule((0, 0.01, 50), (400e3, 0.02, 25), (4e6, 0.05, 10))
_linear: Final = partial(
    Contract, venue="okx", market="swap", tiers=_MAJOR, trigger_fee=0.0005,
    coverage=Coverage.PARTIAL,
)  # fmt: skip
_inverse: Final = partial(_linear, quote="USD", kind=ContractKind.INVERSE)
CONTRACTS: Final = (
    _linear(symbol="BTC-USDT-SWAP", base="BTC", size=0.01, tick="0.1", lot="0.01"),
    _linear(symbol="ETH-USDT-SWAP", base="ETH", size=0.1, tick="0.01", lot="0.01"),
    _linear(symbol="SOL-USDT-SWAP", base="SOL", size=1.0, tick="0.01", lot="0.01"),
    _linear(symbol="PEPE-USDT-SWAP", base="PEPE", size=1e7, tick="0.000000001", lot="0.1",
            tiers=_MINOR),
    _inverse(symbol="BTC-USD-SWAP", base="BTC", size=100.0, tick="0.1"),
    _inverse(symbol="ETH-USD-SWAP", base="ETH", size=10.0, tick="0.01"),
)  # fmt: skip
WS: Final = "wss://ws.okx.com/ws/v5/public"
API: Final = "https://www.okx.com/api/v5"
CONNECTION: Final = "a4d3ae55"
_CHANNELS: Final = ("trades", "mark-price", "open-interest", "funding-rate")
_EVERYTHING: Final = {"channel": "liquidation-orders", "instType": "SWAP"}
_WRONG: Final = (
    "Wrong URL or channel:{channel},instId:{instId} doesn't exist. Please use the correct URL, "
    "channel and parameters referring to API document."
)


def _family(contract: Contract) -> str:
    return contract.symbol.removesuffix("-SWAP")


def _price(contract: Contract, price: float) -> str:
    return short(contract.printed(price), places(contract.tick))


def _quantity(contract: Contract, quantity: float, price: float) -> str:
    return short(contract.counted(quantity, price), places(contract.lot))


def topic(arg: Mapping[str, Any]) -> str:
    """Return the name under which a subscription's argument is kept."""
    return ":".join(str(arg[key]) for key in ("channel", "instType", "instId") if key in arg)


def push(arg: Mapping[str, str], *rows: object) -> dict[str, Any]:
    """Wrap rows for those who subscribed to ``arg``."""
    return {"arg": arg, "data": rows}


def _channel(name: str, contract: Contract) -> dict[str, str]:
    return {"channel": name, "instId": contract.symbol}


def _detail(one: wire.Liquidated, net: bool) -> dict[str, str]:
    long = one.side is Side.LONG
    return {
        "bkLoss": "0", "bkPx": _price(one.contract, one.fill), "ccy": "",
        "posSide": "net" if net else "long" if long else "short", "side": "sell" if long else "buy",
        "sz": _quantity(one.contract, one.quantity, one.fill), "ts": str(one.at // MS),
    }  # fmt: skip


def liquidation(*batch: wire.Liquidated, net: bool = False) -> dict[str, Any]:
    """Encode liquidations of one contract, in no order that a reader may count on.

    Args:
        batch: oldest first.
        net: whether the positions are of accounts that know one direction only.
    """
    contract = batch[0].contract
    family = _family(contract)
    row = {
        "details": [_detail(one, net) for one in reversed(batch)], "instFamily": family,
        "instId": contract.symbol, "instType": "SWAP", "uly": family,
    }  # fmt: skip
    return push(_EVERYTHING, row)


def trade(one: wire.Traded) -> dict[str, Any]:
    """Encode a trade; the side is the taker's."""
    contract = one.contract
    row = {
        "instId": contract.symbol, "tradeId": str(one.number), "px": _price(contract, one.price),
        "sz": _quantity(contract, one.quantity, one.price),
        "side": "buy" if one.taker is Taker.BUY else "sell", "ts": str(one.at // MS), "count": "1",
    }  # fmt: skip
    return push(_channel("trades", contract), row)


def mark_row(one: wire.Marked) -> dict[str, str]:
    """Encode a mark price."""
    price, time = _price(one.contract, one.mark), str(one.at // MS)
    return {"instId": one.contract.symbol, "instType": "SWAP", "markPx": price, "ts": time}


def index(ticker: wire.Ticker) -> dict[str, Any]:
    """Encode an index; it goes by the pair's name, not the swap's."""
    contract, day = ticker.contract, ticker.day
    opened = _price(contract, day.open)
    row = {
        "instId": _family(contract), "idxPx": _price(contract, ticker.marked.index),
        "open24h": opened, "high24h": _price(contract, day.high),
        "low24h": _price(contract, day.low), "sodUtc0": opened, "sodUtc8": opened,
        "ts": str(ticker.at // MS),
    }  # fmt: skip
    return push({"channel": "index-tickers", "instId": _family(contract)}, row)


def _amounts(one: wire.Interest) -> tuple[str, str, str]:
    """Return open interest in contracts, coins and USD."""
    contracts = one.contract.counted(one.quantity, one.mark)
    return short(contracts, 2), short(one.quantity, 4), short(one.quantity * one.mark, 4)


def interest_row(one: wire.Interest) -> dict[str, str]:
    """Encode open interest, one-sided."""
    contracts, coins, usd = _amounts(one)
    return {
        "instId": one.contract.symbol, "instType": "SWAP", "oi": contracts, "oiCcy": coins,
        "oiUsd": usd, "ts": str(one.at // MS),
    }  # fmt: skip


def funding_row(one: wire.Marked) -> dict[str, str]:
    """Encode the funding to come; its interval is the step between the two times."""
    step = one.contract.funding_hours * 3_600_000
    return {
        "formulaType": "withRate", "fundingRate": short(one.funding, 16),
        "fundingTime": str(one.due // MS), "impactValue": "", "instId": one.contract.symbol,
        "instType": "SWAP", "interestRate": "0.0001", "method": "current_period",
        "maxFundingRate": "0.00375", "minFundingRate": "-0.00375", "nextFundingRate": "",
        "nextFundingTime": str(one.due // MS + step),
        "premium": short(one.mark / one.index - 1, 16),
        "settFundingRate": short(one.funding, 16), "settState": "settled", "ts": str(one.at // MS),
    }  # fmt: skip


def envelope(rows: Sequence[object], code: str = "0", said: str = "") -> dict[str, Any]:
    """Wrap the rows of a GET."""
    return {"code": code, "msg": said, "data": rows}


def listed(contract: Contract) -> dict[str, str]:
    """Encode a swap; contracts are of base (linear) or of USD (inverse)."""
    inverse = contract.inverse
    return {
        "alias": "", "ctMult": "1", "ctType": "inverse" if inverse else "linear",
        "ctVal": short(contract.size), "ctValCcy": "USD" if inverse else contract.base,
        "instFamily": _family(contract), "instId": contract.symbol, "instType": "SWAP",
        "lever": short(contract.max_leverage), "listTime": "1573557408000", "lotSz": contract.lot,
        "minSz": contract.lot, "ruleType": "normal",
        "settleCcy": contract.base if inverse else contract.quote, "state": "live",
        "tickSz": contract.tick, "uly": _family(contract),
    }  # fmt: skip


def tiers(contract: Contract, price: float) -> list[dict[str, str]]:
    """Encode margin tiers; their bounds are contracts."""
    ends = [contract.counted(end / price, price) for end in wire.caps(contract.tiers)]
    bounds = zip([0.0, *ends], ends, contract.tiers, strict=False)
    return [
        {
            "baseMaxLoan": "", "imr": short(1 / tier.max_leverage, 6), "instId": "",
            "maxLever": short(tier.max_leverage), "maxSz": short(end, 2), "minSz": short(start, 2),
            "mmr": short(tier.rate, 6), "optMgnFactor": "0", "quoteMaxLoan": "",
            "tier": str(number), "uly": _family(contract), "instFamily": _family(contract),
        }
        for number, (start, end, tier) in enumerate(bounds, 1)
    ]  # fmt: skip


def candle(bar: wire.Bar) -> list[str]:
    """Encode a finished bar: contracts, base and quote currency traded."""
    contract, price = bar.contract, (bar.high + bar.low) / 2
    prices = (_price(contract, p) for p in (bar.open, bar.high, bar.low, bar.close))
    traded = _quantity(contract, bar.volume, price)
    return [
        str(bar.at // MS), *prices, traded, short(bar.volume, 4), short(bar.volume * price, 4), "1",
    ]  # fmt: skip


def interest_point(one: wire.Interest) -> list[str]:
    """Encode a point of the open-interest history."""
    return [str(one.at // MS), *_amounts(one)]


def settled(one: wire.Settled) -> dict[str, str]:
    """Encode funding that was paid."""
    rate = short(one.rate, 10)
    return {
        "instType": "SWAP", "instId": one.contract.symbol, "fundingRate": rate,
        "realizedRate": rate, "fundingTime": str(one.at // MS),
    }  # fmt: skip


def past_trade(one: wire.Traded) -> dict[str, str]:
    """Encode a trade as REST does, where each is told by itself."""
    (told,) = trade(one)["data"]
    return {key: told[key] for key in ("instId", "side", "sz", "px", "tradeId", "ts")}


def ticker(one: wire.Ticker) -> dict[str, str]:
    """Encode the last price and the last 24 hours, in contracts and in base."""
    contract, day = one.contract, one.day
    last, opened = _price(contract, one.last), _price(contract, day.open)
    return {
        "instType": "SWAP", "instId": contract.symbol, "last": last, "lastSz": contract.lot,
        "askPx": last, "askSz": contract.lot, "bidPx": last, "bidSz": contract.lot,
        "open24h": opened, "high24h": _price(contract, day.high),
        "low24h": _price(contract, day.low), "volCcy24h": short(day.volume, 4),
        "vol24h": _quantity(contract, day.volume, (day.high + day.low) / 2),
        "ts": str(one.at // MS), "sodUtc0": opened, "sodUtc8": opened,
    }  # fmt: skip


def _newest(get: Asked, rows: Sequence[Any], names: tuple[str, str], most: int) -> list[Any]:
    """Select rows strictly between the two named times, newest first."""
    since, until = get.number(names[0], 0) + 1, get.number(names[1], 1 << 53) - 1
    return printing.newest(rows, since, until, min(get.number("limit", 100), most))


def _candles(get: Asked, book: Book, most: int) -> list[Any]:
    bars = book.candles(get.seconds("bar"))
    return [candle(bar) for bar in _newest(get, bars, ("before", "after"), most)]


_BARS: Final = "1m 3m 5m 15m 30m 1H 2H 4H"
"""Up to where days have to begin somewhere."""
_OF_ONE: Final[Mapping[str, Callable[[Asked, Book], list[Any]]]] = {
    "candles": lambda get, book: _candles(get, book, 300),
    "history-candles": lambda get, book: _candles(get, book, 100),
    "open-interest-history": lambda get, book: [
        interest_point(one)
        for one in _newest(get, book.points(get.seconds("period")), ("begin", "end"), 100)
    ],
    "funding-rate-history": lambda get, book: [
        settled(one) for one in _newest(get, book.settled, ("before", "after"), 400)
    ],
    "position-tiers": lambda _, book: tiers(book.ticker.contract, book.ticker.marked.mark),
    "funding-rate": lambda _, book: [funding_row(book.ticker.marked)],
    "ticker": lambda _, book: [ticker(book.ticker)],
    "trades": lambda get, book: [
        past_trade(one) for one in _newest(get, book.trades, ("before", "after"), 500)
    ],
}
_OF_ALL: Final[Mapping[str, Callable[[Book], dict[str, str]]]] = {
    "instruments": lambda book: listed(book.ticker.contract),
    "open-interest": lambda book: interest_row(book.ticker.interest),
    "mark-price": lambda book: mark_row(book.ticker.marked),
    "tickers": lambda book: ticker(book.ticker),
}
_LIMITS: Final = {
    "candles": 40, "open-interest-history": 10, "position-tiers": 10, "funding-rate": 10,
    "mark-price": 10,
}  # fmt: skip
"""Calls in two seconds where they are not 20."""


def charge(url: str) -> Charge:
    """Return what a GET costs: a call of its endpoint, for its instrument."""
    get = asked(url)
    what = get.path.rpartition("/")[2]
    return Charge(f"{what} {get.params.get('instId', '')}", _LIMITS.get(what, 20), 2.0)


def _refused(_at: int, wait: float) -> Reply:
    return Reply(429, encoded(envelope([], "50011", "Too Many Requests")), after(wait))


def _notice(_at: int) -> bytes:
    said = "The connection will soon be closed for a service upgrade. Please reconnect."
    return encoded({"event": "notice", "code": "64008", "msg": said, "connId": CONNECTION})


RULES: Final = Rules(
    quiet=30.0, quiet_side="server", notice=_notice, charge=charge, refused=_refused
)


class Okx(Listing, frozen=True):
    """The exchange's side of its wire."""

    together: bool = False
    """Whether liquidations of a contract share a message, of accounts in net mode."""
    contracts: tuple[Contract, ...] = CONTRACTS
    venue: str = "okx"
    rules: Rules = RULES
    marks_together: bool = False

    def variants(self) -> "Sequence[Okx]":
        """Return what differs in how liquidations are put together."""
        return [structs.replace(self, together=together) for together in (False, True)]

    def sockets(self, at: int) -> tuple[Socket, ...]:
        """One for everything; what is silent for 30 s is cut, so the client says ``ping``."""
        of_each = [_channel(name, one) for one in self.contracts for name in _CHANNELS]
        indices = [{"channel": "index-tickers", "instId": _family(one)} for one in self.contracts]
        hello = text({"id": "1", "op": "subscribe", "args": [_EVERYTHING, *of_each, *indices]})
        return (Socket("public", WS, (hello,), ping="ping"),)

    def opened(self, url: str) -> frozenset[str]:
        """Return nothing: a URL names no topics here."""
        return frozenset()

    def answer(self, url: str, frame: bytes, held: frozenset[str], at: int) -> Answer:
        """Answer a ping or a subscription, each of whose arguments stands for itself."""
        if frame == b"ping":
            return Answer((b"pong",), held)
        message = decoded(frame)
        given = {"id": message["id"]} if "id" in message else {}
        operation, args = str(message.get("op")), message.get("args", 0)
        readable = isinstance(args, list) and all(isinstance(arg, dict) for arg in args)
        if operation not in {"subscribe", "unsubscribe"} or not readable:
            said = f"Invalid request: {frame.decode(errors='replace')}"
            refusal = {"event": "error", "code": "60012", "msg": said, "connId": CONNECTION}
            return Answer((encoded(given | refusal),), held)
        replies = []
        for arg in args:
            known = topic(arg) in self._topics()
            replies.append(encoded(given | (_ack(operation, arg) if known else _refusal(arg))))
            if known:
                held = held | {topic(arg)} if operation == "subscribe" else held - {topic(arg)}
        return Answer(tuple(replies), held)

    def _topics(self) -> set[str]:
        names = (*_CHANNELS, "tickers")
        own = {f"{name}:{one.symbol}" for name in names for one in self.contracts}
        return own | {topic(_EVERYTHING)} | {f"index-tickers:{_family(c)}" for c in self.contracts}

    def batches(self, liquidated: Sequence[wire.Liquidated]) -> list[wire.Batch]:
        """Publish each by itself, at once; or those of half a second together."""
        if self.together:
            return wire.windows(liquidated, wire.SECOND // 2)
        return wire.windows(liquidated, 0, most=1)

    def frames(self, url: str, happened: Sequence[Happening], at: int) -> Iterable[Frame]:
        """Yield one message per happening and channel."""
        if asked(url).path != asked(WS).path:
            return
        dead: dict[str, list[wire.Liquidated]] = {}
        for number, one in enumerate(happened):
            if isinstance(one, wire.Liquidated):
                key = one.contract.symbol if self.together else str(number)
                dead.setdefault(key, []).append(one)
                continue
            for every, message in _messages(one):
                yield Frame(topic(message["arg"]), encoded(message), every)
        for batch in dead.values():
            body = encoded(liquidation(*batch, net=self.together))
            yield Frame(topic(_EVERYTHING), body, liquidated=len(batch))

    def listing(self) -> Sequence[str]:
        """Return the swaps and each family's tiers."""
        tiers_of = f"{API}/public/position-tiers?instType=SWAP&tdMode=cross&instFamily="
        families = [tiers_of + _family(one) for one in self.contracts]
        return [f"{API}/public/instruments?instType=SWAP", *families]

    def past(self, contract: Contract, since: int, until: int, minutes: int) -> Sequence[str]:
        """Return candles (300 a page), open interest (100 a page) and funding."""
        of = f"instId={contract.symbol}"
        bars = f"{API}/market/candles?{of}&bar={minutes}m"
        points = f"{API}/rubik/stat/contracts/open-interest-history?{of}&period=5m"
        span = f"before={since // MS - 1}&after={until // MS}"
        return [
            *(f"{bars}&before={start - 1}&after={end}&limit=300"
              for start, end in printing.pages(since, until, minutes * 18_000_000)),
            *(f"{points}&begin={start - 1}&end={end}&limit=100"
              for start, end in printing.pages(since, until, 30_000_000)),
            f"{API}/public/funding-rate-history?{of}&{span}&limit=400",
        ]  # fmt: skip

    def polls(self) -> Sequence[str]:
        """Return nothing: the socket tells it all."""
        return ()

    def rest(self, url: str, books: Mapping[str, Book], at: int) -> Reply:
        """Answer a GET."""
        get = asked(url)
        what = get.path.rpartition("/")[2]
        if what == "time":
            return Reply(200, encoded(envelope([{"ts": str(at // MS)}])))
        own = [books[one.symbol] for one in self.contracts if one.symbol in books]
        name = get.params.get("instId") or get.params.get("instFamily", "") + "-SWAP"
        one = [book for book in own if book.ticker.contract.symbol == name]
        if what in _OF_ALL:
            return Reply(200, encoded(envelope([_OF_ALL[what](book) for book in one or own])))
        if what not in _OF_ONE or not one:
            missing = "Instrument ID or Spread ID doesn't exist."
            return Reply(200, encoded(envelope([], "51001", missing)))
        for name in ("bar", "period"):
            if get.unheard_of(name, _BARS):
                return Reply(200, encoded(envelope([], "51000", f"Parameter {name} error")))
        return Reply(200, encoded(envelope(_OF_ONE[what](get, one[0]))))


def _ack(operation: str, arg: object) -> dict[str, Any]:
    return {"event": operation, "arg": arg, "connId": CONNECTION}


def _refusal(arg: Mapping[str, Any]) -> dict[str, Any]:
    said = _WRONG.format(channel=arg.get("channel"), instId=arg.get("instId"))
    return {"event": "error", "msg": said, "code": "60018", "connId": CONNECTION}


def _messages(one: wire.Traded | wire.Ticker) -> Iterator[tuple[float, dict[str, Any]]]:
    """Yield messages with the seconds the exchange lets pass between two of a kind."""
    match one:
        case wire.Traded():
            yield 0.0, trade(one)
        case wire.Ticker(marked=marked, interest=interest):
            yield 0.2, push(_channel("mark-price", one.contract), mark_row(marked))
            yield 0.1, index(one)
            yield 0.1, push(_channel("tickers", one.contract), ticker(one))
            yield 3.0, push(_channel("open-interest", one.contract), interest_row(interest))
            yield 60.0, push(_channel("funding-rate", one.contract), funding_row(marked))


WIRE: Final = Okx()
