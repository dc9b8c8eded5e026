"""What liqtui's own feeds make of everything that can go wrong at an exchange, over real sockets.

Whatever it is, it is told while it lasts, costs the other exchanges nothing, and afterwards every
liquidation that an exchange sends is told again, once.
"""

from collections import Counter
from typing import Final

import pytest

from liqtui.engine import Engine
from liqtui.model.events import Gap, Liquidation, Listing
from liqtui.model.market import FeedState, Side
from liqtui.model.view import TapeFilter
from liqtui.sim.control import Control
from liqtui.sim.printing import MS
from liqtui.sim.wire import Contract, Liquidated
from liqtui.sim.wires import wires
from tests.conditions import becomes
from tests.sim import made
from tests.sim.client import Client, client
from tests.sim.stage import HOSTS

BLOCKED, DOWN, STALE = FeedState.BLOCKED, FeedState.DOWN, FeedState.STALE
VENUES: Final = tuple(HOSTS)
ETHER: Final = {
    "binance": "ETHUSDT", "bybit": "ETHUSDT", "gate": "ETH_USDT", "okx": "ETH-USDT-SWAP",
}  # fmt: skip


async def strikes(here: Client, fault: str, argument: str = "") -> None:
    for venue in VENUES:
        here.on[venue].switch(fault, argument)


async def over(here: Client, fault: str) -> None:
    """End a fault, and hold that each exchange's liquidations are told again, each once."""
    for venue in VENUES:
        here.on[venue].clear(fault)
    await here.lives()
    await tells_all(here)


async def tells_all(here: Client) -> None:
    sizes = {venue: here.kill(venue) for venue in VENUES}
    for venue, wanted in sizes.items():
        await here.applies(venue, wanted)
        assert sorted(size for size in here.sizes(venue) if size in wanted) == sorted(wanted)


def reconnects(here: Client, venue: str) -> int:
    return sum(feed.reconnects for feed in here.health(venue))


def malformed(here: Client, venue: str) -> int:
    return sum(feed.malformed for feed in here.health(venue))


async def test_a_silent_stall_with_live_pongs_is_stale_within_the_venues_patience() -> None:
    async with client(quiet=0.4, answer=0.4, open=0.4) as here:
        await strikes(here, "stall")
        for venue in VENUES:
            await becomes(lambda: here.said(venue, STALE, "no MarkPrice"))  # noqa: B023
            await becomes(lambda: here.said(venue, STALE, "subscribed, then no"))  # noqa: B023
        await over(here, "stall")
        for venue in VENUES:
            assert here.of(venue, Gap)


async def test_a_half_open_exchange_is_given_up_and_tried_again() -> None:
    async with client(quiet=0.4, answer=0.4, open=0.4) as here:
        await strikes(here, "half-open")
        for venue in VENUES:
            await becomes(lambda: not here.live(venue))  # noqa: B023
            await becomes(lambda: here.said(venue, DOWN, "no answer in time"))  # noqa: B023
        await over(here, "half-open")


HARMLESS: Final = {
    "garbage": "", "disorder": "", "numbers": "", "variant": "", "late": "2", "unknown": "",
    "skew": "7",
}  # fmt: skip
"""What costs no event and no connection, with an argument each."""


async def test_what_is_odd_and_readable_costs_nothing() -> None:
    async with client() as here:
        for fault, argument in HARMLESS.items():
            await strikes(here, fault, argument)
            await tells_all(here)
            await ODD[fault](here)
            await over(here, fault)
            assert [gap for venue in VENUES for gap in here.of(venue, Gap)] == [], fault
        assert not any(reconnects(here, venue) for venue in VENUES)


async def as_garbage(here: Client) -> None:
    for venue in VENUES:
        await becomes(lambda: malformed(here, venue) > 20)  # noqa: B023


async def as_late(here: Client) -> None:
    """A liquidation keeps its own time."""
    for venue in VENUES:
        told = here.of(venue, Liquidation)[-1]
        assert told.seen - told.at >= 2 * 10**9


async def as_unknown(here: Client) -> None:
    """A contract that nobody listed is told, with a size only where that is its number."""
    for venue in ("binance", "gate", "okx"):  # Bybit's are asked for by name
        await becomes(lambda: strangers(here, venue))  # noqa: B023
        sized = [one.quantity is not None for one in strangers(here, venue)]
        assert set(sized) == {venue == "binance"}


def strangers(here: Client, venue: str) -> list[Liquidation]:
    told: list[Liquidation] = here.of(venue, Liquidation)
    return [one for one in told if one.instrument.base == "未知"]


async def as_ahead(here: Client) -> None:
    """A clock that is seconds ahead is seen in the lag."""
    for venue in VENUES:
        await becomes(lambda: min(lags(here, venue)) < -5000)  # noqa: B023


def lags(here: Client, venue: str) -> list[float]:
    return [feed.lag_p50_ms or 0.0 for feed in here.health(venue)]


async def as_ever(here: Client) -> None:
    return None


ODD: Final = {
    "garbage": as_garbage, "disorder": as_ever, "numbers": as_ever, "variant": as_ever,
    "late": as_late, "unknown": as_unknown, "skew": as_ahead,
}  # fmt: skip


async def test_what_a_venue_says_twice_is_told_twice_but_not_what_it_repeats_to_who_returns() -> (
    None
):
    async with client(window=1000.0) as here:
        await strikes(here, "duplicate")
        sizes = {venue: here.kill(venue) for venue in VENUES}
        for venue, wanted in sizes.items():
            counts = here.on[venue].counts
            await becomes(lambda: len(here.sizes(venue)) == 2 * len(wanted))  # noqa: B023
            assert (counts().sent, counts().again) == (len(wanted), len(wanted))
        for venue, wanted in sizes.items():
            before = here.on[venue].counts().again
            here.supervisor.reconnect(venue)
            await becomes(lambda: here.on[venue].counts().again > before)  # noqa: B023
            assert sorted(set(here.sizes(venue))) == sorted(wanted)
            assert len(here.sizes(venue)) == 2 * len(wanted)
        await over(here, "duplicate")


async def test_an_oversize_frame_ends_the_connection_and_says_so() -> None:
    async with client() as here:
        await strikes(here, "oversize")
        for venue in VENUES:
            await becomes(lambda: here.said(venue, DOWN, "1009"))  # noqa: B023
        await over(here, "oversize")


async def test_only_what_is_listed_is_asked_for_and_what_is_delisted_is_told_once() -> None:
    async with client(bases=("BTC", "ETH", "SOL")) as here:
        assert not [feed for feed in here.supervisor.health() if feed.rejected]
        for venue, symbol in ETHER.items():
            assert asked_for(here, venue, symbol)
            here.on[venue].switch("delisting", symbol)
        for _ in range(2):
            here.supervisor.reconnect()
            for venue, symbol in ETHER.items():
                await becomes(lambda: gone(here, venue) == [symbol])  # noqa: B023
                await becomes(lambda: not asked_for(here, venue, symbol))  # noqa: B023
            await here.lives()
        await tells_all(here)


async def test_a_refused_subscription_is_reason_to_ask_what_is_listed() -> None:
    refusing = ("bybit", "gate", "okx")
    async with client(bases=("BTC", "ETH")) as here:
        for venue in refusing:
            here.on[venue].switch("delisting", ETHER[venue])
            for one in here.on[venue].connections:
                one.cut()
        for venue in refusing:
            await becomes(lambda: gone(here, venue) == [ETHER[venue]])  # noqa: B023
            await becomes(lambda: not asked_for(here, venue, ETHER[venue]))  # noqa: B023
        await tells_all(here)


def gone(here: Client, venue: str) -> list[str]:
    told: list[Listing] = here.of(venue, Listing)
    return [one.instrument.symbol for one in told if not one.listed]


def asked_for(here: Client, venue: str, symbol: str) -> bool:
    topics = {topic for one in here.on[venue].connections for topic in one.topics}
    return any(symbol.lower() in topic.lower() for topic in topics)


async def test_an_outage_of_one_exchange_is_its_own() -> None:
    async with client() as here:
        here.on["okx"].switch("outage")
        await becomes(lambda: here.said("okx", DOWN))
        for venue in ("binance", "bybit", "gate"):
            await here.applies(venue, here.kill(venue))
            assert not here.of(venue, Gap)
        await over(here, "outage")


@pytest.mark.parametrize("fault", ["outage", "storm"])
async def test_all_connections_come_back_after(fault: str) -> None:
    async with client() as here:
        await strikes(here, fault)
        for venue in VENUES:
            await becomes(lambda: here.said(venue, DOWN))  # noqa: B023
        await over(here, fault)


async def test_an_announced_upgrade_costs_nothing_where_it_is_announced() -> None:
    async with client() as here:
        for venue in ("okx", "gate"):
            here.on[venue].switch("upgrade")
        await becomes(lambda: all(len(here.on[v].connections) > 2 for v in ("okx", "gate")))
        await tells_all(here)
        assert not any(here.of(venue, Gap) for venue in ("okx", "gate"))


async def test_refused_questions_are_shown_and_sockets_go_on() -> None:
    async with client() as here:
        for venue in VENUES:
            here.on[venue].switch("geoblock" if venue == "binance" else "rate-limit")
            here.supervisor.reconnect(venue)
            await becomes(lambda: BLOCKED in states(here, venue))  # noqa: B023
        await tells_all(here)


def states(here: Client, venue: str) -> set[FeedState]:
    """Return the states a venue's schedules are in."""
    return {feed.state for feed in here.health(venue, sockets=False)}


async def test_every_liquidation_that_is_sent_in_a_crash_is_applied_by_the_engine() -> None:
    async with client() as here:
        ask, rounds = Control(here.on.servers).answer, 3
        for _ in range(rounds):
            here.on.play(*crash(here.on.clock.now()), seconds=0.0)
            await becomes(lambda: all(settled(ask("counts")[venue]) for venue in VENUES))
        counts: dict[str, dict[str, int]] = {venue: ask("counts")[venue] for venue in VENUES}
        sent = {venue: one["sent"] for venue, one in counts.items()}
        await becomes(
            lambda: sum(isinstance(e, Liquidation) for e in here.events) >= sum(sent.values())
        )
        engine = Engine({}, ["BTC"])
        for event in here.events:
            engine.handle(event)
        rows = engine.tape.shown(TapeFilter(), 10_000, engine.now).rows
        assert Counter(row.venue for row in rows) == sent
        assert {one["happened"] for one in counts.values()} == {rounds * 200}


def crash(at: int) -> list[Liquidated]:
    """Liquidate two hundred positions of each exchange, at once, over all its contracts."""
    return [
        made.liquidated(one, Side.LONG, lots(one, number + 1), at + number * MS)
        for wire in wires()
        for number in range(200)
        for one in [wire.contracts[number % len(wire.contracts)]]
    ]


def lots(of: Contract, count: int) -> float:
    """Return so many times the least quantity there is, at the price that `made` has."""
    least = float(of.lot) * of.size * (1 / 8e4 if of.inverse else of.scale)
    return count * least


def settled(counts: dict[str, int]) -> bool:
    """Whether nothing of what happened waits for its time."""
    return counts["sent"] + counts["hidden"] == counts["happened"] > 0
