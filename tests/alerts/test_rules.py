import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from liqtui.alerts.rules import advance
from liqtui.alerts.state import State
from liqtui.model.alert import Alert, AlertKind, Policy
from liqtui.model.market import FeedState, Side
from liqtui.model.score import Grade, Score
from liqtui.model.situation import VenueState
from liqtui.model.snapshot import Cluster, TapeRow
from tests.alerts.situations import STALE, WELL, Watch, cluster, row, situation, standing
from tests.making import START

FAR = 63_000.0
KIND = AlertKind


def kinds(told: list[Alert]) -> list[AlertKind]:
    return [alert.kind for alert in told]


def likely(price: float, mark: float, chance: float, **changes: object) -> Cluster:
    return cluster(price, mark, touch=(chance / 2, chance, 1.0), **changes)


def test_a_cluster_is_told_when_it_is_likely_and_large_enough_with_its_evidence() -> None:
    watch = Watch()
    assert not watch.see(0, standing(FAR, likely(61_480.0, FAR, 0.1)))
    for second in range(1, 361):
        price = FAR - 160.0 * second / 60
        assert not watch.see(second, standing(price, likely(61_480.0, price, 0.1)))
    (alert,) = watch.see(361, standing(62_040.0, likely(61_480.0, 62_040.0, 0.44)))
    assert alert.kind is KIND.APPROACH
    assert alert.about == "BTC-long-1"
    assert alert.text == (
        "Approaching estimated $47M long-liquidation cluster at $61,480 (0.9% below, ~4 min at "
        "current speed, 25x/50x, P(touch 1h) 44%, band $31–66M, confidence medium)"
    )
    assert alert.line.startswith("BTC: Approaching")
    assert (alert.chance, alert.band, alert.tiers) == (0.44, (31e6, 66e6), (25, 50))


def test_a_larger_cluster_is_told_earlier_and_a_small_one_not_at_all() -> None:
    for usd, chance, told in ((18e6, 0.3, 0), (22e6, 0.3, 1), (6e6, 0.9, 0), (4e9, 0.2, 0)):
        watch = Watch()
        watch.see(0, standing(62_040.0, likely(61_480.0, 62_040.0, chance, usd=usd)))
        assert len(watch.told) == told, (usd, chance)


def test_what_is_expected_to_fire_counts_and_not_what_stands() -> None:
    for expected, told in ((1.2e6, 0), (1.4e6, 1)):
        watch = Watch()
        watch.see(0, standing(62_040.0, likely(61_480.0, 62_040.0, 0.9, expected=expected)))
        assert len(watch.told) == told, expected
    assert "P(touch 1h) 90%, then $1.4M expected to fire, band" in watch.told[0].text


def test_why_it_is_told_again_is_said() -> None:
    watch = Watch()
    watch.see(0, standing(62_040.0, likely(61_480.0, 62_040.0, 0.44)))
    watch.see(1, standing(62_040.0, likely(61_480.0, 62_040.0, 0.44, usd=1e8)))
    watch.see(2, standing(61_700.0, likely(61_480.0, 61_700.0, 0.8, usd=1e8)))
    for second in (3, 1000):
        watch.see(second, standing(61_700.0, likely(61_480.0, 61_700.0, 0.1, usd=1e8)))
    watch.see(2000, standing(61_700.0, likely(61_480.0, 61_700.0, 0.8, usd=1e8)))
    assert [alert.text.split(" estimated ")[0] for alert in watch.told] == [
        "Approaching", "Approaching, now larger:", "Closer to", "Approaching again:",
    ]  # fmt: skip


def test_one_that_was_told_is_followed_however_small() -> None:
    watch = Watch()
    small = likely(61_480.0, 62_040.0, 0.9, usd=2e6, expected=1.4e6)
    watch.see(0, standing(62_040.0, small))
    watch.see(1, standing(61_850.0, likely(61_480.0, 61_850.0, 0.9, usd=2e6, expected=1.4e6)))
    watch.see(2, standing(61_480.0))
    assert kinds(watch.told) == [KIND.APPROACH, KIND.TOUCHED]


def test_the_identity_survives_small_shifts_and_flickering() -> None:
    watch = Watch()
    dice = random.Random(7)
    for second in range(1200):
        peak = 61_480.0 * (1 + dice.uniform(-0.001, 0.001))
        shown = [likely(peak, 62_040.0, 0.44)] if dice.random() > 0.2 else []
        watch.see(second, standing(62_040.0, *shown))
    assert kinds(watch.told) == [KIND.APPROACH]


def test_two_clusters_side_by_side_are_two() -> None:
    watch = Watch()
    near, next_to = (likely(price, 62_040.0, 0.44) for price in (61_480.0, 61_120.0))
    for second in range(5):
        watch.see(second, standing(62_040.0, *((near, next_to) if second % 2 else (next_to, near))))
    assert sorted(alert.about for alert in watch.told) == ["BTC-long-1", "BTC-long-2"]


def test_peaks_of_one_pile_are_told_once() -> None:
    watch = Watch()
    watch.see(0, standing(62_040.0, likely(61_480.0, 62_040.0, 0.44)))
    watch.see(1, standing(62_040.0, likely(61_200.0, 62_040.0, 0.44)))
    assert len(watch.told) == 1
    watch.see(2, standing(62_040.0, likely(61_200.0, 62_040.0, 0.44, usd=9.5e7)))
    watch.see(3, standing(62_040.0, likely(60_700.0, 62_040.0, 0.44)))
    assert [alert.about for alert in watch.told[1:]] == ["BTC-long-2", "BTC-long-3"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0.002, 0.03), st.floats(1e6, 4e8), st.floats(0, 1), st.booleans()),
        max_size=80,
    ),
    st.integers(1, 200),
)
def test_an_approach_is_told_again_only_nearer_larger_or_later(
    course: list[tuple[float, float, float, bool]], step: int
) -> None:
    watch = Watch(Policy(most=1000))
    for number, (away, usd, chance, there) in enumerate(course):
        mark = 61_480.0 * (1 + away)
        shown = [likely(61_480.0, mark, chance, usd=usd)] if there else []
        watch.see(number * step, standing(mark, *shown))
    told = [alert for alert in watch.told if alert.kind is KIND.APPROACH]
    for before, after in pairwise(told):
        assert before.distance is not None
        assert after.distance is not None
        nearer = abs(after.distance) <= abs(before.distance) / 2 + 1e-12
        larger = (after.usd or 0) >= 2 * (before.usd or 0)
        later = after.at - before.at >= 30 * 60 * 10**9
        assert nearer or larger or later


def touch_down(watch: Watch, **changes: object) -> Cluster:
    said = likely(61_480.0, 62_040.0, 0.44, **changes)
    watch.see(0, standing(62_040.0, said))
    (alert,) = watch.see(1, standing(61_500.0))
    assert alert.kind is KIND.TOUCHED
    return said


def test_a_touched_cluster_fires_when_a_good_part_of_it_is_liquidated() -> None:
    watch = Watch(Policy(kinds=frozenset(KIND) - {KIND.BURST, KIND.PRINT}))
    touch_down(watch)
    assert not watch.see(2, standing(61_480.0), row(2, 1e6), row(2, 9e6, Side.SHORT))
    told = watch.see(60, standing(61_480.0), row(60, 9e6), row(60, 50e6, price=55_000.0))
    fired = next(alert for alert in told if alert.kind is KIND.FIRED)
    assert fired.usd == 10e6
    assert fired.about == "BTC-long-1"
    for second in range(61, 2000, 10):
        told = watch.see(second, standing(61_480.0))
        assert not {KIND.FAILED, KIND.FIRED, KIND.TOUCHED} & set(kinds(told))


def test_a_touched_cluster_that_stays_silent_failed_unless_nobody_listened() -> None:
    for venue, told in ((WELL, [KIND.FAILED]), (STALE, [])):
        watch = Watch(Policy(kinds=frozenset({KIND.TOUCHED, KIND.FIRED, KIND.FAILED})))
        touch_down(watch)
        for second in range(2, 1000):
            watch.see(second, standing(61_400.0), venue=venue)
        assert kinds(watch.told)[1:] == told


def test_of_a_cluster_that_dwindled_on_the_way_nothing_is_said() -> None:
    watch = Watch()
    watch.see(0, standing(62_040.0, likely(61_480.0, 62_040.0, 0.44)))
    watch.see(1, standing(61_700.0, likely(61_480.0, 61_700.0, 0.9, usd=3e5, expected=0.0)))
    assert not watch.see(2, standing(61_480.0), row(2, 1e5))


def test_a_cluster_that_melts_is_not_told_to_have_fired() -> None:
    watch = Watch(Policy(kinds=frozenset({KIND.TOUCHED, KIND.FIRED, KIND.FAILED})))
    touch_down(watch, expected=1e6)
    assert not watch.see(2, standing(61_500.0), row(2, 1.4e6))
    for second in range(3, 1000):
        watch.see(second, standing(61_500.0, oi_usd=1.47e10))
    melted = watch.told[-1]
    assert (melted.kind, melted.usd) == (KIND.FAILED, 1.4e6)
    assert "≥$1.4M (3%) of the $47M of longs" in melted.text
    assert melted.text.endswith("(open interest -2.0% since)")


def test_a_trickle_is_no_success_where_nothing_was_expected() -> None:
    watch = Watch(Policy(kinds=frozenset({KIND.TOUCHED, KIND.FIRED, KIND.FAILED})))
    touch_down(watch, expected=0.0)
    assert not watch.see(2, standing(61_480.0), row(2, 2.3e6))
    assert kinds(watch.see(3, standing(61_480.0), row(3, 0.1e6))) == [KIND.FIRED]


def test_a_cluster_born_around_the_price_is_not_touched() -> None:
    watch = Watch()
    for second in range(10):
        watch.see(second, standing(61_480.0, likely(61_480.0, 61_481.0, 1.0)))
    assert not watch.told


def test_nothing_rests_on_an_estimate_without_half_of_its_market() -> None:
    watch = Watch(Policy(kinds=frozenset(KIND) - {KIND.FEED}))
    for second in range(100):
        told = watch.see(second, standing(62_040.0, cluster()), venue=STALE)
        assert not told
    (alert,) = watch.see(
        100, standing(62_040.0, cluster(), shares=(("toy", 0.31), ("other", 0.69))), venue=STALE
    )
    assert alert.text.endswith("confidence medium, Toy stale: 31% of OI)")


def test_a_burst_is_told_with_its_progress_and_once() -> None:
    watch = Watch(Policy(kinds=frozenset({KIND.BURST})))
    for second in range(200):
        watch.see(second, standing(62_040.0), row(second, 1e5))
    first, second_ = watch.told
    assert (first.again, second_.again) == (False, True)
    assert first.usd == pytest.approx(7.5e6)
    assert second_.usd == pytest.approx(15e6)
    assert "≥$15M of longs liquidated in 5 min" in second_.text
    assert "for 75 s" in second_.text or "for 1 min" in second_.text


def test_what_is_a_burst_is_learned_from_the_coin() -> None:
    quiet, busy = (Watch(Policy(kinds=frozenset({KIND.BURST}))) for _ in range(2))
    for minute in range(500):
        quiet.see(60 * minute, standing(62_040.0))
        busy.see(60 * minute, standing(62_040.0), row(60 * minute, 3e6))
    quiet.told.clear()
    busy.told.clear()
    late = 60 * 500
    assert kinds(quiet.see(late, standing(62_040.0), row(late, 2e6))) == [KIND.BURST]
    assert not busy.see(late, standing(62_040.0), row(late, 2e6))


def test_liquidations_reported_late_are_no_burst() -> None:
    watch = Watch()
    assert not watch.see(4000, standing(62_040.0), row(100, 9e9))


def test_a_large_print_is_told_and_one_of_unknown_size_is_not() -> None:
    watch = Watch(Policy(kinds=frozenset({KIND.PRINT})))
    assert not watch.see(0, standing(62_040.0), row(0, 1.4e6), row(0, None))
    assert kinds(watch.see(1, standing(62_040.0), row(1, 1.6e6))) == [KIND.PRINT]
    assert not watch.see(2, standing(62_040.0), row(2, 1.7e6))
    assert kinds(watch.see(3, standing(62_040.0), row(3, 3.3e6))) == [KIND.PRINT]


def test_a_touched_cluster_and_a_burst_are_a_cascade_once() -> None:
    watch = Watch()
    touch_down(watch)
    for second in range(2, 60):
        watch.see(second, standing(61_400.0), row(second, 1e6))
    assert kinds(watch.told).count(KIND.CASCADE) == 1


def test_funding_extremes_and_flips() -> None:
    watch = Watch()
    for second, rate in enumerate((1e-4, 6e-4, 6e-4, 3e-4, 6e-4, 13e-4, -1e-5, -1e-4, 1e-4)):
        watch.see(second, standing(62_040.0, funding_8h=rate))
    assert kinds(watch.told) == [KIND.FUNDING, KIND.FUNDING, KIND.FLIP]
    watch.see(4000, standing(62_040.0, funding_8h=1e-4))
    assert kinds(watch.told[3:]) == [KIND.FLIP]


def test_open_interest_that_jumps_or_drops() -> None:
    watch = Watch()
    for minute in range(7):
        moved = 0.05 if minute == 0 else 0.01
        watch.see(60 * minute, standing(62_040.0, oi_5m=moved, oi_1h=0.03))
    watch.see(421, standing(62_040.0, oi_5m=-0.02, oi_1h=None))
    watch.see(422, standing(62_040.0, oi_5m=-0.02, oi_1h=0.06))
    assert [alert.text for alert in watch.told] == [
        "Open interest down 2.0% in 5 min (now $15B)",
        "Open interest up 6.0% in 1 h (now $15B)",
    ]


def test_a_venue_is_told_once_it_is_ill_for_long_and_when_it_is_back() -> None:
    watch = Watch()
    down = VenueState("toy", "Toy", FeedState.DOWN, "refused")
    connecting = VenueState("toy", "Toy", FeedState.CONNECTING)
    for second in range(200):
        state = WELL if second < 10 else (down, connecting)[second % 2] if second < 100 else WELL
        state = down if second == 12 else state
        watch.see(second, standing(), venue=STALE if 20 <= second < 90 else state)
    assert [(alert.text, alert.well) for alert in watch.told] == [
        ("Toy stale: silent", False),
        ("Toy is heard again", True),
    ]


def test_a_short_cut_is_not_told() -> None:
    watch = Watch()
    for second in range(300):
        watch.see(second, standing(), venue=STALE if second % 30 < 10 else WELL)
    assert not watch.told


def test_lost_confidence_is_told_after_there_was_some() -> None:
    watch = Watch()
    bad = Score("BTC", 0, "liqtui", (Grade("liqtui", 1800, low=-0.3, high=-0.1),))
    for second in range(100):
        watch.see(second, standing(warming="no open interest yet"))
    assert not watch.told
    for second in range(100, 200):
        watch.see(second, standing(score=bad if second > 120 else None))
    for second in range(200, 300):
        watch.see(second, standing())
    assert [alert.text for alert in watch.told] == [
        "Estimate not to be trusted: no better than an even spread, as scored",
        "Estimate trusted again",
    ]


def test_a_cascade_is_told_in_any_storm() -> None:
    watch = Watch(Policy(most=2))
    touch_down(watch)
    for second in range(2, 30):
        watch.see(second, standing(61_400.0), row(second, 1e6))
    assert kinds(watch.told) == [KIND.APPROACH, KIND.TOUCHED, KIND.CASCADE]


def test_a_storm_is_one_digest_a_minute_and_nothing_is_silently_lost() -> None:
    watch = Watch(Policy(most=3))
    for second in range(150):
        usd = 1.6e6 * 2.0 ** (second / 4) if second < 60 else 0.0
        watch.see(second, standing(62_040.0), row(second, usd))
    storms = [alert for alert in watch.told if alert.kind is KIND.STORM]
    assert storms
    held = sum(int(storm.text.split()[1]) for storm in storms)
    alone = Watch(Policy(most=10_000))
    for second in range(150):
        usd = 1.6e6 * 2.0 ** (second / 4) if second < 60 else 0.0
        alone.see(second, standing(62_040.0), row(second, usd))
    assert held + len(watch.told) - len(storms) == len(alone.told)
    for second in range(150):
        within = [a for a in watch.told if 0 <= a.at - START - second * 10**9 < 60 * 10**9]
        assert len(within) <= 4


def test_numbers_count_what_was_told() -> None:
    watch = Watch()
    touch_down(watch)
    assert [alert.number for alert in watch.told] == [1, 2]


def test_what_is_not_wanted_is_not_told() -> None:
    watch = Watch(Policy(kinds=frozenset({KIND.FEED})))
    watch.see(0, standing(62_040.0, cluster()), row(0, 9e9))
    assert not watch.told


def test_the_same_situations_give_the_same_alerts_and_change_nothing_given() -> None:
    def course() -> list[Alert]:
        dice, state, told = random.Random(3), State(), list[Alert]()
        price = 62_040.0
        for second in range(900):
            price *= 1 + dice.gauss(0, 2e-4)
            shown = (
                likely(61_480.0, price, dice.random()),
                likely(62_700.0, price, dice.random()),
            )
            prints: list[TapeRow] = []
            if dice.random() < 0.2:
                prints.append(row(second, dice.expovariate(1e-6), price=price))
            before = repr(state)
            now = situation(second, standing(price, *shown), *prints)
            after, alerts = advance(state, now)
            assert advance(state, now) == (after, alerts)
            assert repr(state) == before
            state = after
            told += alerts
        return told

    first = course()
    assert first
    assert course() == first


def test_prices_that_jump_and_unknown_numbers_are_survived() -> None:
    watch = Watch()
    nothing = standing(None, oi_usd=None, shares=())
    for second, price in enumerate((None, 1e-9, 1e9, 62_040.0, None)):
        watch.see(second, replace(nothing, price=price))
    assert not watch.told
