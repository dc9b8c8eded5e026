"""Binance's messages as its tests want them: every field has a default."""

from collections.abc import Sequence
from typing import Any

import msgspec

from liqtui.model.events import Liquidation
from liqtui.protocol.facts import Facts
from liqtui.protocol.items import Item
from liqtui.protocol.venue import Stream
from liqtui.venues import shipped
from liqtui.venues.binance import VENUE

MS = 1_000_000
T = 1_790_000_000_000
SEEN = (T + 1_500) * MS
FAPI = "https://fapi.binance.com/fapi/v1"
DAPI = "https://dapi.binance.com/dapi/v1"
FSTREAM = "wss://fstream.binance.com/market/ws"
DSTREAM = "wss://dstream.binance.com/ws"


def usdm(symbol: str, base: str, **more: Any) -> dict[str, Any]:
    filters = [{"filterType": "PRICE_FILTER", "tickSize": "0.10"}]
    return {
        "symbol": symbol,
        "baseAsset": base,
        "quoteAsset": "USDT",
        "contractType": "PERPETUAL",
        "status": "TRADING",
        "filters": filters,
        **more,
    }


def coinm(symbol: str, base: str, size: float, **more: Any) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "baseAsset": base,
        "quoteAsset": "USD",
        "contractType": "PERPETUAL",
        "contractStatus": "TRADING",
        "contractSize": size,
        "filters": [],
        **more,
    }


def body(what: object) -> bytes:
    return msgspec.json.encode(what)


def listed() -> Facts:
    facts = shipped("binance")
    rows = [
        usdm("BTCUSDT", "BTC"),
        usdm("ETHUSDT", "ETH"),
        usdm("1000PEPEUSDT", "1000PEPE"),
        usdm("BTCUSDT_261225", "BTC", contractType="CURRENT_QUARTER"),
        usdm("ETHBTC", "ETH", quoteAsset="BTC"),
    ]
    list(VENUE.read(f"{FAPI}/exchangeInfo", body({"symbols": rows}), SEEN, facts))
    rows = [coinm("BTCUSD_PERP", "BTC", 100), coinm("ETHUSD_PERP", "ETH", 10)]
    list(VENUE.read(f"{DAPI}/exchangeInfo", body({"symbols": rows}), SEEN, facts))
    return facts


def receive(frame: object, url: str = FSTREAM, facts: Facts | None = None) -> list[Item]:
    raw = frame if isinstance(frame, bytes) else body(frame)
    session = VENUE.session(url, listed() if facts is None else facts)
    return list(session.receive(raw, SEEN))


def answer(url: str, what: object, facts: Facts | None = None) -> list[Item]:
    return list(VENUE.read(url, body(what), SEEN, listed() if facts is None else facts))


def order(symbol: str = "BTCUSDT", **more: Any) -> dict[str, Any]:
    fields = {
        "s": symbol,
        "S": "SELL",
        "o": "LIMIT",
        "f": "IOC",
        "q": "0.500",
        "p": "79800.00",
        "ap": "80000.00",
        "X": "FILLED",
        "l": "0.100",
        "z": "0.500",
        "T": T,
    }
    return {key: value for key, value in {**fields, **more}.items() if value is not None}


def forced(symbol: str = "BTCUSDT", **more: Any) -> dict[str, Any]:
    return {"e": "forceOrder", "E": T + 1_000, "o": order(symbol, **more)}


def liquidation(frame: object, url: str = FSTREAM, facts: Facts | None = None) -> Liquidation:
    (item,) = receive(frame, url, facts)
    assert isinstance(item, Liquidation)
    return item


def marked(symbol: str = "BTCUSDT", **more: Any) -> dict[str, Any]:
    fields = {"s": symbol, "p": "80010.5", "i": "80005.0", "r": "0.0001", "T": T + 3_600_000}
    return {"e": "markPriceUpdate", "E": T, **fields, **more}


def traded(symbol: str = "BTCUSDT", **more: Any) -> dict[str, Any]:
    return {
        "e": "aggTrade", "E": T, "s": symbol, "p": "80000", "q": "2", "T": T, "m": False, **more
    }  # fmt: skip


def topics(stream: Stream) -> list[str]:
    frames = [msgspec.json.decode(frame) for frame in stream.hello(SEEN)]
    assert all(frame["method"] == "SUBSCRIBE" for frame in frames)
    return [topic for frame in frames for topic in frame["params"]]


def streams(markets: Sequence[str], watched: Sequence[str] = ()) -> dict[str, Stream]:
    venue = VENUE.at({}, markets)
    return {stream.name: stream for stream in venue.streams(listed(), watched)}


def kline(opened: int, volume: str = "206") -> list[Any]:
    prices = ["9640.7", "9642.4", "9640.6", "9642.0"]
    return [opened, *prices, volume, opened + 299_999, "2.136", 48, "119", "1.234", "0"]
