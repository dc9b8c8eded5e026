"""Situations as tests want them: one coin, times in seconds from `START`."""

from typing import Any

from liqtui.alerts.policy import DEFAULT
from liqtui.alerts.rules import advance
from liqtui.alerts.state import State
from liqtui.model.alert import Alert, Policy
from liqtui.model.market import Coverage, FeedState, PriceKind, Side
from liqtui.model.situation import Situation, Standing, VenueState
from liqtui.model.snapshot import Cluster, TapeRow
from tests.making import at

WELL = VenueState("toy", "Toy", FeedState.LIVE)
STALE = VenueState("toy", "Toy", FeedState.STALE, "silent")


def cluster(price: float = 61_480.0, mark: float = 62_040.0, **changes: Any) -> Cluster:
    fields: dict[str, Any] = {
        "side": Side.LONG if price < mark else Side.SHORT,
        "price": price,
        "low": price * 0.999,
        "high": price * 1.001,
        "usd": 47e6,
        "distance": price / mark - 1.0,
        "band": (31e6, 66e6),
        "touch": (0.2, 0.44, 0.8),
        "tiers": (25, 50),
    }
    return Cluster(**{**fields, **changes})


def standing(price: float | None = 62_040.0, *clusters: Cluster, **changes: Any) -> Standing:
    fields: dict[str, Any] = {"oi_usd": 1.5e10, "shares": (("toy", 0.6), ("other", 0.4))}
    return Standing("BTC", price, clusters, 0.0, 0.0, **{**fields, **changes})


def row(
    second: float, usd: float | None, side: Side = Side.LONG, price: float = 61_480.0
) -> TapeRow:
    return TapeRow(
        number=0,
        venue="toy",
        tag="TOY",
        base="BTC",
        symbol="BTCUSDT",
        side=side,
        price=price,
        price_kind=PriceKind.FILL,
        quantity=None,
        notional=usd,
        coverage=Coverage.FULL,
        at=at(second),
    )


def situation(second: float, of: Standing, *prints: TapeRow, venue: VenueState = WELL) -> Situation:
    return Situation(at(second), (of,), (venue,), prints)


class Watch:
    """Advances, and keeps everything that was told."""

    def __init__(self, policy: Policy = DEFAULT) -> None:
        self.state = State()
        self.told: list[Alert] = []
        self._policy = policy

    def see(
        self, second: float, of: Standing, *prints: TapeRow, venue: VenueState = WELL
    ) -> list[Alert]:
        """Return what a situation gives."""
        self.state, told = advance(
            self.state, situation(second, of, *prints, venue=venue), self._policy
        )
        self.told += told
        return list(told)
