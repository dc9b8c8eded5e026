"""Bars that follow each other, put together to longer ones."""

from msgspec.structs import replace

from liqtui.model.events import Candle
from liqtui.store.rings import MINUTE


def together(one: Candle, other: Candle, span: int) -> bool:
    """Whether one bar follows another without a hole, in the same ``span`` nanoseconds."""
    starts, follows = _start(one), _start(other) == one.at
    return follows and starts // span == (other.at - 1) // span


def _start(bar: Candle) -> int:
    return bar.at - bar.interval_s * MINUTE // 60


def joined(one: Candle, other: Candle) -> Candle:
    """Return one bar of two that follow each other."""
    return replace(
        other,
        interval_s=one.interval_s + other.interval_s,
        open=one.open,
        high=max(one.high, other.high),
        low=min(one.low, other.low),
        volume=_sum(one.volume, other.volume),
        taker_buy=_sum(one.taker_buy, other.taker_buy),
    )


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other
