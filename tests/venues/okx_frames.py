"""OKX messages as its documents show them; every argument changes one field."""

import json
from collections.abc import Iterable, Sequence
from typing import TypeVar

from liqtui.protocol.facts import Facts
from liqtui.protocol.items import Item
from liqtui.venues import shipped
from liqtui.venues.okx import VENUE

T = 1_790_000_000_000
"""UTC ms at which everything here is received."""
SEEN = T * 1_000_000
HOUR = 3_600_000
API = "https://www.okx.com/api/v5"
SOCKET = "wss://ws.okx.com/ws/v5/public"
Kind = TypeVar("Kind")


def wire(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def push(channel: str, *rows: object, **arg: str) -> bytes:
    return wire({"arg": {"channel": channel} | arg, "data": rows})


def detail(**changed: str) -> dict[str, str]:
    told = {"bkLoss": "0", "bkPx": "82655.5", "ccy": "", "posSide": "long", "side": "sell"}
    return {**told, "sz": "8.5", "ts": str(T - 150), **changed}


def liquidated(name: str, *details: object) -> bytes:
    row = {"details": details, "instId": name, "instType": "SWAP"}
    return push("liquidation-orders", row, instType="SWAP")


def trade(name: str = "BTC-USDT-SWAP", **changed: str) -> dict[str, str]:
    told = {"instId": name, "tradeId": "1", "px": "82651.2", "sz": "7", "side": "buy"}
    return {**told, "ts": str(T - 10), **changed}


def mark(name: str = "BTC-USDT-SWAP", px: str = "82650") -> dict[str, str]:
    return {"instId": name, "instType": "SWAP", "markPx": px, "ts": str(T - 10)}


def rate(name: str = "BTC-USDT-SWAP", **changed: str) -> dict[str, str]:
    told = {"instId": name, "fundingRate": "0.0001", "fundingTime": str(T + HOUR)}
    told |= {"nextFundingTime": str(T + 9 * HOUR), "nextFundingRate": "", "ts": str(T - 10)}
    return {**told, "settFundingRate": "0.00009", "settState": "settled", **changed}


def listed(name: str, **changed: str) -> dict[str, str]:
    base, quote = name.split("-")[:2]
    told = {"instId": name, "instType": "SWAP", "ctType": "linear", "ctVal": "0.01", "ctMult": "1"}
    told |= {"ctValCcy": base, "settleCcy": quote, "lever": "100", "tickSz": "0.1"}
    return {**told, "state": "live", **changed}


def tier(low: str, mmr: str = "0.004", family: str = "BTC-USDT") -> dict[str, str]:
    told = {"instFamily": family, "uly": family, "instId": "", "minSz": low, "maxSz": "1e9"}
    return {**told, "mmr": mmr, "imr": "0.01", "maxLever": "100", "tier": "1"}


def receive(*frames: bytes, facts: Facts | None = None, seen: int = SEEN) -> list[Item]:
    session = VENUE.session(SOCKET, shipped("okx") if facts is None else facts)
    return [item for frame in frames for item in session.receive(frame, seen)]


def read(path: str, *rows: object, facts: Facts | None = None, code: str = "0") -> list[Item]:
    body = wire({"code": code, "msg": "" if code == "0" else "No such thing", "data": rows})
    known = shipped("okx") if facts is None else facts
    return list(VENUE.read(f"{API}/{path}", body, SEEN, known))


def of(kind: type[Kind], items: Iterable[object]) -> list[Kind]:
    return [item for item in items if isinstance(item, kind)]


def one(kind: type[Kind], items: Sequence[object]) -> Kind:
    assert [type(item) for item in items] == [kind]
    return of(kind, items)[0]
