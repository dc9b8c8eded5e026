"""An exchange small enough to be read at a glance: JSON frames, one market, one socket."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from liqtui.model.events import Liquidation, MarkPrice, OpenInterest, Trade
from liqtui.model.market import ContractKind, Instrument, PriceKind, Side, Taker
from liqtui.protocol.bars import FINE
from liqtui.protocol.facts import Facts
from liqtui.protocol.items import (
    Ack,
    Closing,
    Item,
    Malformed,
    Pong,
    Rejected,
    Reply,
    Unknown,
)
from liqtui.protocol.numbers import MS
from liqtui.protocol.venue import Capabilities, Heartbeat, Poll, Pool, Request, Stream

NOW = 1_790_000_000_000
"""Milliseconds: when the toy's events happen."""
CANARY = (MarkPrice,)


def instrument(symbol: str = "BTC") -> Instrument:
    return Instrument(
        venue="toy",
        market="linear",
        symbol=symbol,
        base=symbol,
        quote="USDT",
        kind=ContractKind.LINEAR,
    )


def frame(**fields: Any) -> str:
    return msgspec.json.encode(fields).decode()


def mark(price: float = 100.0, at: int = NOW, symbol: str = "BTC") -> str:
    return frame(k="mark", s=symbol, p=price, t=at)


def liquidation(price: float = 100.0, at: int = NOW, quantity: float = 1.0) -> str:
    return frame(k="liq", s="BTC", p=price, q=quantity, t=at)


def trade(price: float = 100.0, at: int = NOW) -> str:
    return frame(k="trade", s="BTC", p=price, q=1.0, t=at)


def ack(topic: str = "mark") -> str:
    return frame(k="ack", topic=topic)


def rejection(topic: str, why: str) -> str:
    return frame(k="no", topic=topic, why=why)


class ToySession:
    """Reads one frame at a time; at ``boom`` it breaks its promise never to raise."""

    def receive(self, frame: bytes, seen: int) -> Iterator[Item]:
        try:
            body = msgspec.json.decode(frame)
            kind = body["k"]
        except (msgspec.MsgspecError, TypeError, KeyError) as error:
            yield Malformed(str(error))
            return
        yield self._item(kind, body, seen)

    def _item(self, kind: str, body: dict[str, Any], seen: int) -> Item:
        known = instrument(body.get("s", "BTC"))
        match kind:
            case "mark":
                return MarkPrice(known, body["p"], None, body["t"] * MS, seen)
            case "liq":
                kindly = PriceKind.FILL
                usd = body["p"] * body["q"]
                at = body["t"] * MS
                return Liquidation(known, Side.LONG, body["p"], kindly, body["q"], usd, at, seen)
            case "trade":
                return Trade(known, Taker.BUY, body["p"], body["q"], body["t"] * MS, seen)
            case "ack":
                return Ack(body["topic"])
            case "no":
                return Rejected(body["topic"], body["why"])
            case "bye":
                return Closing(body["why"])
            case "ping":
                return Reply(frame(k="pong", n=body["n"]))
            case "pong":
                return Pong()
            case "boom":
                raise RuntimeError("boom")
        return Unknown(kind)


def stream(
    url: str,
    *,
    name: str = "main",
    topics: Iterable[str] = ("mark", "liq"),
    quiet: float = 5.0,
    pace: float = 0.0,
    max_frame: int = 1 << 20,
    heartbeat: Heartbeat | None = None,
    lifetime: float | None = None,
    headers: Mapping[str, str] | None = None,
    canary: tuple[type[Any], ...] = CANARY,
) -> Stream:
    asked = frozenset(topics)

    def hello(now: int) -> Sequence[str]:
        return [frame(op="subscribe", topic=topic) for topic in sorted(asked)]

    return Stream(
        name=name,
        url=url,
        session=ToySession,
        hello=hello,
        canary=canary,
        topics=asked,
        headers=headers or {},
        pace=pace,
        heartbeat=heartbeat,
        quiet=quiet,
        max_frame=max_frame,
        lifetime=lifetime,
    )


class Toy:
    """The venue: instruments, open interest and history by REST, one socket.

    Args:
        ws: base URL of its sockets.
        rest: base URL of its REST calls.
        name: to run several beside each other.
    """

    title = "Toy"
    tag = "TOY"
    markets: tuple[str, ...] = ("linear",)
    capabilities: tuple[Capabilities, ...] = ()

    def __init__(self, ws: str, rest: str, name: str = "toy") -> None:
        self.name = name
        self.hosts: Mapping[str, str] = {"ws": ws, "rest": rest}
        self.pools: tuple[Pool, ...] = (Pool("weight", 4000.0, 60.0, used_header="X-Used"),)
        self.poll_every = 60.0

    def at(self, hosts: Mapping[str, str], markets: Sequence[str]) -> "Toy":
        merged = {**self.hosts, **hosts}
        return Toy(merged["ws"], merged["rest"], self.name)

    def request(self, path: str, **params: str) -> Request:
        return Request(self.hosts["rest"] + path, tuple(params.items()))

    def bootstrap(self) -> Sequence[Request]:
        return [msgspec.structs.replace(self.request("/instruments"), lists="linear")]

    def streams(self, facts: Facts, watched: Sequence[str]) -> Sequence[Stream]:
        trades = [f"trade.{base}" for base in watched if base in facts.instruments]
        return [stream(self.hosts["ws"] + "/main", topics=["mark", "liq", *trades])]

    def polls(self, facts: Facts, watched: Sequence[str]) -> Sequence[Poll]:
        return [
            Poll(f"oi-{base}", self.request("/oi", symbol=base), self.poll_every)
            for base in watched
        ]

    def backfill(
        self, instrument: Instrument, since: int, until: int, step: int = FINE
    ) -> Sequence[Request]:
        return [self._history(instrument.symbol, 0, "" if step == FINE else str(step))]

    def _history(self, symbol: str, page: int, step: str) -> Request:
        def following(body: bytes) -> Request | None:
            more = msgspec.json.decode(body)["more"]
            return self._history(symbol, page + 1, step) if more else None

        steps = {"step": step} if step else {}
        request = self.request("/history", symbol=symbol, page=str(page), **steps)
        return msgspec.structs.replace(request, following=following)

    def session(self, url: str, facts: Facts, market: str = "") -> ToySession:
        return ToySession()

    def read(self, url: str, body: bytes, seen: int, facts: Facts) -> Iterator[Item]:
        try:
            answer = msgspec.json.decode(body)
            kind = answer["k"]
        except (msgspec.MsgspecError, TypeError, KeyError) as error:
            yield Malformed(str(error))
            return
        match kind:
            case "instruments":
                for symbol in answer["list"]:
                    yield facts.learn(instrument(symbol), seen)
            case "oi":
                known = facts.instruments.get(answer["s"], instrument(answer["s"]))
                yield OpenInterest(known, answer["q"], None, answer["t"] * MS, seen)
            case "no":
                yield Rejected(answer["topic"], answer["why"], answer.get("often", False))
            case "ack":
                yield Ack("all")
            case _:
                yield Unknown(kind)
