"""A venue that exists nowhere: frames are ``{"p": price, "ts": seconds}`` marks.

Other words are acks (``ok``), unknown kinds (``what``) and rejections (``no``).
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from liqtui.model.events import MarkPrice
from liqtui.model.market import Instrument
from liqtui.protocol.bars import FINE
from liqtui.protocol.facts import Facts
from liqtui.protocol.items import Ack, Item, Malformed, Rejected, Unknown
from liqtui.protocol.venue import Capabilities, Poll, Pool, Request, Session, Stream
from tests.making import BTC, at


class _Frame(msgspec.Struct):
    p: float
    ts: float


class ToySession:
    """Reads frames; counts how many it has read, as a session with state would."""

    def __init__(self) -> None:
        self.read = 0

    def receive(self, frame: bytes, seen: int) -> Iterable[Item]:
        self.read += 1
        if frame == b"ok":
            return (Ack("marks"),)
        if frame == b"what":
            return (Unknown("what"),)
        if frame == b"no":
            return (Rejected("marks", "not today"),)
        try:
            found = msgspec.json.decode(frame, type=_Frame)
        except msgspec.MsgspecError as error:
            return (Malformed(str(error)),)
        return (MarkPrice(BTC, found.p, None, at(found.ts), seen),)


HOSTS = {"ws": "wss://toy.example/ws", "rest": "https://toy.example"}


class ToyVenue(msgspec.Struct, frozen=True):
    """Satisfies `Venue`."""

    name: str = "toy"
    title: str = "Toy"
    tag: str = "TOY"
    markets: tuple[str, ...] = ("linear",)
    hosts: Mapping[str, str] = msgspec.field(default_factory=lambda: dict(HOSTS))
    pools: tuple[Pool, ...] = (Pool("all", 1000.0, 60.0),)
    capabilities: tuple[Capabilities, ...] = (
        Capabilities("linear", "none", "none", "none", "none", "none"),
    )

    def at(self, hosts: Mapping[str, str], markets: Sequence[str]) -> "ToyVenue":
        return replace(self, hosts={**self.hosts, **hosts}, markets=tuple(markets))

    def bootstrap(self) -> Sequence[Request]:
        return [Request(f"{self.hosts['rest']}/instruments")]

    def streams(self, facts: Facts, watched: Sequence[str]) -> Sequence[Stream]:
        return [
            Stream(
                name="marks",
                url=f"{self.hosts['ws']}/marks",
                session=ToySession,
                hello=lambda _now: ["subscribe marks"],
                canary=(MarkPrice,),
                topics=frozenset({"marks", *watched}),
            )
        ]

    def polls(self, facts: Facts, watched: Sequence[str]) -> Sequence[Poll]:
        return []

    def backfill(
        self, instrument: Instrument, since: int, until: int, step: int = FINE
    ) -> Sequence[Request]:
        return []

    def session(self, url: str, facts: Facts, market: str = "") -> Session:
        return ToySession()

    def read(self, url: str, body: bytes, seen: int, facts: Facts) -> Iterable[Item]:
        if url.endswith("/instruments"):
            return (facts.learn(BTC, seen),)
        return ToySession().receive(body, seen)


TOY = ToyVenue()


def frame(seconds: float, price: float) -> bytes:
    return msgspec.json.encode({"p": price, "ts": seconds})
