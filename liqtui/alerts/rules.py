"""All the rules: what was known and a situation in, what is known and alerts out.

No clock, no I/O, no randomness: the situation says when it is. Every threshold is a coin's own
(`flows`, `levels`, `approach` say how it is learned), with what is known of it to begin with.
"""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from liqtui.alerts import approach, flows, health, levels, silence, text, touch
from liqtui.alerts import likely as risk
from liqtui.alerts.health import Condition
from liqtui.alerts.policy import DEFAULT, MINUTE, SECOND, Moment, blind, silent
from liqtui.alerts.state import Coin, State
from liqtui.alerts.zones import followed
from liqtui.model.alert import Alert, AlertKind, Policy
from liqtui.model.market import Side
from liqtui.model.situation import Situation, Standing
from liqtui.model.snapshot import TapeRow

_OI_SHARE: Final = 1e-3
_SPEED_OVER: Final = 5 * MINUTE


def advance(
    state: State, situation: Situation, policy: Policy = DEFAULT
) -> tuple[State, tuple[Alert, ...]]:
    """Look at a situation; return what is known after it, and what to tell.

    Args:
        state: after the situation before.
        situation: not older than that; about a second later.
        policy: what is wanted.
    """
    moment = Moment(situation.at, policy, silent(situation.venues))
    told: list[Alert] = []
    venues, coins = {}, {}
    for heard in situation.venues:
        before = state.venues.get(heard.venue, Condition())
        venues[heard.venue], alerts = health.venue(before, heard, moment)
        told += alerts
    prints = flows.recent(situation.prints, moment.now)
    for standing in situation.standings:
        own = [row for row in prints if row.base == standing.base]
        coin = state.coins.get(standing.base, Coin())
        coins[standing.base], alerts = _coin(coin, standing, own, moment)
        told += alerts
    wanted = [one for one in told if one.kind in policy.kinds]
    hushed, wanted = silence.applied(state.silence, wanted, moment.now)
    state = replace(state, coins=coins, venues=venues, rows=situation.rows, silence=hushed)
    return _calmed(state, wanted, moment)


def _coin(
    coin: Coin, standing: Standing, prints: Sequence[TapeRow], moment: Moment
) -> tuple[Coin, list[Alert]]:
    minute = moment.now // MINUTE
    begun = minute != coin.minute
    coin = replace(coin, minute=minute)
    flowing, burst = flows.advance(coin.flows, standing, prints, moment, minute=begun)
    level, levelled = levels.advance(coin.levels, standing, moment, minute=begun)
    estimate, doubted = health.estimate(coin.estimate, standing, moment)
    coin = replace(coin, flows=flowing, levels=level, estimate=estimate)
    coin, zoned = _zones(coin, standing, prints, moment, begun=begun)
    danger, likely = risk.advance(coin.danger, coin.flows, standing, moment)
    coin, cascades = _cascades(coin, standing, moment)
    coin = replace(coin, danger=danger)
    return coin, [*likely, *zoned, *burst, *cascades, *levelled, *doubted]


def _zones(
    coin: Coin, standing: Standing, prints: Sequence[TapeRow], moment: Moment, *, begun: bool
) -> tuple[Coin, list[Alert]]:
    price, now = standing.price, moment.now
    if price is None:
        return coin, []
    if begun:
        kept = tuple(one for one in coin.prices if now - one[0] <= _SPEED_OVER)
        coin = replace(coin, prices=(*kept, (now, price)))
    least = worth(coin, standing, moment)
    zones, told = touch.advance(coin.zones, standing, price, prints, moment, least)
    zones = followed(zones, standing.clusters, price, coin.next, now)
    if not (blind(standing, moment) or standing.warming):
        pace = speed(coin.prices, now, price)
        zones, more = approach.advance(zones, standing, moment, coin.flows, pace)
        told += more
    following = max((zone.number + 1 for zone in zones), default=1)
    return replace(coin, zones=zones, next=max(coin.next, following)), told


def worth(coin: Coin, standing: Standing, moment: Moment) -> float:
    """Return the USD from which on it is told what came of any cluster of a coin."""
    burst = min(flows.bursting(coin.flows.of(side), standing, moment) for side in Side)
    return max(burst, _OI_SHARE * (standing.oi_usd or 0.0))


def speed(prices: Sequence[tuple[int, float]], now: int, price: float) -> float | None:
    """Return the relative change of a price a second, over about five minutes; None if unknown."""
    if not prices or now - prices[0][0] < MINUTE:
        return None
    return (price / prices[0][1] - 1.0) / ((now - prices[0][0]) / SECOND)


def _cascades(coin: Coin, standing: Standing, moment: Moment) -> tuple[Coin, list[Alert]]:
    """Tell of a side where a cluster was touched and a burst is on; once a cluster."""
    told: list[Alert] = []
    for side in flows.raging(coin.flows):
        zone = touch.lately(coin.zones, side, moment.now)
        if zone is None or coin.cascade.get(side) == zone.number:
            continue
        coin = replace(coin, cascade={**coin.cascade, side: zone.number})
        came = coin.flows.of(side).usd
        told.append(
            Alert(
                at=moment.now,
                kind=AlertKind.CASCADE,
                text=text.cascade(side, came, zone.cluster.price),
                base=standing.base,
                about=f"{standing.base}-{side.value}-{zone.number}",
                side=side,
                price=zone.cluster.price,
                usd=came,
            )
        )
    return coin, told


def _calmed(
    state: State, told: Sequence[Alert], moment: Moment
) -> tuple[State, tuple[Alert, ...]]:  # fmt: skip
    """Let through what a person can read in a minute; sum up the rest."""
    recent = tuple(at for at in state.recent if moment.now - at < MINUTE)
    held = state.held
    if held and moment.now - held[0].at >= MINUTE:
        digest = Alert(at=moment.now, kind=AlertKind.STORM, text=text.storm(held))
        told, held = [digest, *told], ()
    room = max(moment.policy.most - len(recent), 1 if state.held and not held else 0)
    passed: list[Alert] = []
    for alert in told:
        if not (alert.hushed or room or alert.kind is AlertKind.CASCADE):  # what all wait for
            held = (*held, alert)
            continue
        passed.append(replace(alert, number=state.number + len(passed) + 1))
        if not alert.hushed:
            room, recent = max(room - 1, 0), (*recent, moment.now)
    number = state.number + len(passed)
    return replace(state, recent=recent, held=held, number=number), tuple(passed)
