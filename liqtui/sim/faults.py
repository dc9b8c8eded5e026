"""What can go wrong at an exchange, switched while it runs.

Documents: docs/venues-core.md 7.5 and 8, docs/ecosystem.md 3.6.
"""

import math
import re
from collections.abc import Iterator, Mapping
from itertools import cycle
from typing import Final

import msgspec
from msgspec import Struct, structs

from liqtui.sim.wire import Contract, Liquidated

FAULTS: Final[Mapping[str, str]] = {
    "stall": "sends no data, but answers and pongs",
    "half-open": "accepts, and then never says anything",
    "garbage": "sends a mangled frame after each one",
    "oversize": "sends every connection one frame of so many MiB",
    "duplicate": "sends everything twice, and what came last again after a subscription",
    "disorder": "sends each frame after the one that follows it",
    "numbers": "prints numbers where it prints texts of digits",
    "variant": "uses another form of its messages, by number",
    "late": "publishes liquidations so many seconds late",
    "unknown": "publishes each liquidation again, of a contract that is not listed",
    "delisting": "no longer lists a contract, by symbol",
    "storm": "accepts connections and closes them at once",
    "outage": "cuts everything and answers nothing",
    "skew": "has a clock that is so many seconds ahead",
    "upgrade": "says that connections will be closed, and closes them",
    "geoblock": "refuses questions from this country",
    "rate-limit": "refuses all questions, or bans who asks: refused or banned",
}
"""By name, what an exchange with it does."""
_DEFAULTS: Final[Mapping[str, str]] = {
    "oversize": "9", "variant": "1", "late": "180", "skew": "30", "rate-limit": "refused",
}  # fmt: skip
_NUMBERS: Final = {"oversize", "variant", "late", "skew"}
_REFUSALS: Final = {"refused", "banned"}
_MIB: Final = 1 << 20
_QUOTED: Final = re.compile(rb'"-?\d[\d.]*"')


class FaultError(ValueError):
    """A fault that does not exist, or not like this."""


class Faults:
    """What is wrong with one exchange now."""

    def __init__(self) -> None:
        self._on: dict[str, str] = {}

    def switch(self, name: str, argument: str = "") -> None:
        """Let something go wrong from now on.

        Raises:
            FaultError: there is no such fault, or it has no such argument.
        """
        if name not in FAULTS:
            raise FaultError(f"no fault {name!r}: there are {', '.join(FAULTS)}")
        given = argument or _DEFAULTS.get(name, "")
        if name in _NUMBERS and not finite(given):
            raise FaultError(f"{name} takes a number, not {argument!r}")
        if name == "rate-limit" and given not in _REFUSALS:
            raise FaultError(f"{name} takes refused or banned, not {argument!r}")
        self._on[name] = given

    def clear(self, name: str = "") -> None:
        """Let one thing be right again, or everything."""
        for gone in [name] if name else list(self._on):
            self._on.pop(gone, None)

    def __contains__(self, name: object) -> bool:
        return name in self._on

    def number(self, name: str) -> float:
        """Return a fault's number; 0 while it is off."""
        return float(self._on.get(name, 0.0))

    def text(self, name: str) -> str:
        """Return a fault's argument; empty while it is off."""
        return self._on.get(name, "")

    def on(self) -> dict[str, str]:
        """Return what is wrong, each with its argument."""
        return dict(self._on)


def finite(text: str) -> bool:
    """Tell whether a text is a number of a sensible size."""
    try:
        return math.isfinite(float(text)) and abs(float(text)) < 1e9
    except ValueError:
        return False


class Parcel(Struct, frozen=True):
    """A frame as it goes to one client."""

    body: bytes
    liquidated: int = 0
    """How many liquidations it tells of."""
    again: bool = False
    """Whether it was sent before."""
    binary: bool = False


class Distortion:
    """What faults do to the frames of one connection.

    Args:
        faults: of its exchange.
    """

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._held: Parcel | None = None
        self._burst = False
        self._kinds = cycle(range(len(_MANGLED) + 1))

    def frames(self, parcel: Parcel) -> Iterator[Parcel]:
        """Yield what becomes of a frame."""
        if "oversize" in self._faults and not self._burst:
            self._burst = True
            padding = b"x" * int(self._faults.number("oversize") * _MIB)
            yield Parcel(b'{"padding":"' + padding + b'"}')
        if "disorder" in self._faults and self._held is None:
            self._held = parcel
            return
        yield from self._copies(parcel)
        if self._held is not None:
            held, self._held = self._held, None
            yield from self._copies(held)

    def _copies(self, parcel: Parcel) -> Iterator[Parcel]:
        if "numbers" in self._faults:
            parcel = structs.replace(parcel, body=_QUOTED.sub(_bare, parcel.body))
        yield parcel
        if "duplicate" in self._faults:
            yield structs.replace(parcel, again=True)
        if "garbage" in self._faults:
            yield self._garbage(parcel.body)

    def _garbage(self, body: bytes) -> Parcel:
        kind = next(self._kinds)
        if kind == len(_MANGLED):
            return Parcel(b"\xff\x00\xfe" + body, binary=True)
        return Parcel(_MANGLED[kind](body))


_MANGLED: Final = (
    lambda body: body[: len(body) // 2].decode(errors="ignore").encode(),
    lambda body: _QUOTED.sub(b'"NaN"', body),
    lambda body: _QUOTED.sub(b'"-1e999"', body),
    lambda body: _QUOTED.sub(b"[[]]", body),
    lambda body: b"[" * 5000 + body,
    lambda _: b'{"e":"\\u001b]0;x\\u0007","stream":5,"topic":[],"channel":{},"arg":7}',
    lambda _: b"null",
    lambda _: b"",
)
"""Each makes something of a frame that is valid text, and no message."""


def _bare(match: re.Match[bytes]) -> bytes:
    """Take the quotes off digits, where that leaves a number of JSON."""
    digits = match[0][1:-1]
    try:
        msgspec.json.decode(digits)
    except msgspec.DecodeError:
        return match[0]
    return digits


def unlisted(one: Liquidated) -> Liquidated:
    """Return the same of a contract that nobody lists."""
    contract: Contract = one.contract
    symbol = contract.symbol.replace(contract.base, "未知")
    return structs.replace(one, contract=structs.replace(contract, symbol=symbol))
