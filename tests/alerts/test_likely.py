import pytest

from liqtui.model.alert import AlertKind, Policy
from liqtui.model.market import Side
from liqtui.model.situation import Ahead, Standing
from tests.alerts.situations import STALE, WELL, Watch, row, standing

LIKELY = Policy(kinds=frozenset({AlertKind.LIKELY}))


def facing(usd: float, side: Side = Side.LONG, **changes: object) -> Standing:
    """Return a coin of which so much is expected to be liquidated within the hour."""
    away = -0.004 if side is Side.LONG else 0.004
    ahead = Ahead(side, usd, 62_040.0 * (1 + away), 31e6, away)
    return standing(62_040.0, ahead=(ahead,), moved=-0.006, **changes)


def test_much_that_is_expected_is_told_with_what_it_rests_on() -> None:
    watch = Watch(LIKELY)
    assert not watch.see(0, facing(2e6))
    (alert,) = watch.see(1, facing(4e7))
    assert (alert.side, alert.usd, alert.about) == (Side.LONG, 4e7, "BTC-long-ahead")
    assert alert.text == (
        "Cascade possible below $61,792: estimated $40M of longs liquidated within the hour "
        "(0.4% away, $31M stand within 2%, price -0.6% in 15 min)"
    )


def test_it_is_told_again_when_doubled_or_after_it_was_over() -> None:
    watch = Watch(LIKELY)
    for second, usd in enumerate((4e7, 5e7, 7e7, 8e7, 1e6, 4e7)):
        watch.see(second, facing(usd))
    assert [alert.usd for alert in watch.told] == [4e7, 8e7]
    watch.see(3600, facing(4e7))
    assert len(watch.told) == 3


def test_sides_are_told_apart() -> None:
    watch = Watch(LIKELY)
    watch.see(0, facing(4e7))
    watch.see(1, facing(4e7, Side.SHORT))
    assert [alert.about for alert in watch.told] == ["BTC-long-ahead", "BTC-short-ahead"]


def test_what_is_much_is_learned_from_the_coin() -> None:
    quiet, busy = Watch(LIKELY), Watch(LIKELY)
    for minute in range(120):
        quiet.see(60 * minute, standing())
        busy.see(60 * minute, standing(), row(60 * minute, 5e6))
    assert quiet.see(7200, facing(4e6))
    assert not busy.see(7200, facing(4e6))


@pytest.mark.parametrize(
    ("changes", "venue"),
    [({"warming": "no open interest yet"}, WELL), ({}, STALE), ({"oi_usd": None}, WELL)],
)
def test_nothing_is_told_that_rests_on_nothing(changes: dict[str, object], venue: object) -> None:
    watch = Watch(LIKELY)
    for second in range(100):
        watch.see(second, facing(4e8, **changes), venue=venue)  # type: ignore[arg-type] # of a table
    assert not watch.told
