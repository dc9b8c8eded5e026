"""What an exchange demands of its clients, and in which words it turns them away."""

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Final, Literal, TypeAlias

from msgspec import Struct

HTML: Final = "text/html"


class Reply(Struct, frozen=True):
    """An answer to a GET."""

    status: int
    body: bytes
    headers: Mapping[str, str] = {}
    content: str = "application/json"


class Charge(Struct, frozen=True):
    """What a GET costs, and of what."""

    pool: str
    """The calls that share one limit."""
    most: int
    """Weight allowed in a window."""
    window: float
    """Seconds."""
    weight: int = 1


class Spent(Struct, frozen=True):
    """How far a pool is used up after a call."""

    charge: Charge
    used: int
    resets: int
    """When all of it is free again, UTC ns."""


Refusing: TypeAlias = Callable[[int, float], Reply]
"""Makes a refusal at a time (UTC ns) that holds for so many seconds."""


def free(_url: str) -> Charge:
    """Charge nothing worth counting."""
    return Charge("", 1 << 30, 1.0)


def _untold(_spent: Spent) -> Mapping[str, str]:
    return {}


class Rules(Struct, frozen=True, kw_only=True):
    """One exchange's; seconds unless said, and None for what it does not do."""

    pings: float | None = None
    """Between two ping frames of the server's."""
    pong_within: float = 600.0
    """After a ping frame, until the connection is cut."""
    quiet: float | None = None
    """Until a connection is cut on which nothing was sent by ``quiet_side``."""
    quiet_side: Literal["client", "server"] = "client"
    messages: int | None = None
    """Frames of any kind a client may send in a second."""
    lifetime: float | None = None
    """Of every connection."""
    notice: Callable[[int], bytes] | None = None
    """What is said (at UTC ns) ``notice_ahead`` of a service upgrade that closes connections."""
    notice_ahead: float = 60.0
    charge: Callable[[str], Charge] = free
    """Of a GET, by its URL."""
    told: Callable[[Spent], Mapping[str, str]] = _untold
    """The headers that tell how much is used up."""
    refused: Refusing
    """For asking too much."""
    patience: int = 10
    """Refusals in a row after which an address is banned."""
    banned: Refusing | None = None
    ban: float = 120.0
    blocked: Reply | None = None
    """For asking from a country where it does no business."""


class Budget:
    """What one address may still ask for.

    Args:
        rules: the exchange's.
        haste: factor by which its seconds are shorter.
    """

    def __init__(self, rules: Rules, haste: float = 1.0) -> None:
        self._rules = rules
        self._haste = haste
        self._paid: dict[str, deque[tuple[float, int]]] = defaultdict(deque)
        self._refusals = 0
        self._banned_until = 0.0

    def spend(self, url: str, now: int, monotonic: float) -> tuple[Reply | None, Mapping[str, str]]:
        """Charge a GET.

        Args:
            url: of the GET.
            now: UTC ns.
            monotonic: seconds.

        Returns:
            The refusal, or None where it may be answered; and headers for the answer.
        """
        charge = self._rules.charge(url)
        window, paid = charge.window / self._haste, self._paid[charge.pool]
        while paid and paid[0][0] <= monotonic - window:
            paid.popleft()
        free = (paid[0][0] + window if paid else monotonic + window) - monotonic
        used = sum(weight for _, weight in paid) + charge.weight
        headers = self._rules.told(Spent(charge, used, now + round(free * 1e9)))
        if monotonic < self._banned_until:
            return self._ban(now, self._banned_until - monotonic), headers
        if used > charge.most:
            return self.refuse(now, free, monotonic), headers
        paid.append((monotonic, charge.weight))
        self._refusals = 0
        return None, headers

    def refuse(self, now: int, wait: float, monotonic: float) -> Reply:
        """Refuse a call, and ban an address that does not stop asking."""
        self._refusals += 1
        if self._rules.banned is not None and self._refusals > self._rules.patience:
            self._refusals = 0
            ban = self._rules.ban / self._haste
            self._banned_until = monotonic + ban
            return self._ban(now, ban)
        return self._rules.refused(now, wait)

    def _ban(self, now: int, wait: float) -> Reply:
        assert self._rules.banned is not None
        return self._rules.banned(now, wait)


def after(seconds: float) -> dict[str, str]:
    """Return the header that says when to ask again, in whole seconds."""
    return {"Retry-After": str(max(1, round(seconds)))}
