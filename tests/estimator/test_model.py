import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liqtui.estimator import Exposure
from liqtui.estimator.mixture import OPINIONS
from liqtui.estimator.model import Model
from liqtui.estimator.standing import MEMBERS
from liqtui.model.events import Candle, Gap, MarketEvent, MarkPrice, OpenInterest, Trade
from liqtui.model.market import (
    CandlePrice,
    ContractKind,
    Coverage,
    Instrument,
    Sampling,
    Side,
    Taker,
    Unit,
)
from tests.estimator.market import walk
from tests.making import BTC, START, at, candle, instrument, interest, liquidation, mark, trade

INVERSE = instrument(
    symbol="BTCUSD", kind=ContractKind.INVERSE, contract_unit=Unit.QUOTE, market="inverse"
)
NO_FEED = instrument(coverage=Coverage.NONE)


def fed(events: list[MarketEvent]) -> Model:
    model = Model()
    for event in events:
        model.update(event)
    return model


def shown(model: Model) -> Exposure:
    exposure = model.exposure()
    assert exposure is not None
    return exposure


def sound(exposure: Exposure) -> None:
    arrays = [exposure.long, exposure.short]
    if exposure.bands is not None:
        arrays += [*exposure.bands.long, *exposure.bands.short]
    for array in arrays:
        assert np.isfinite(array).all()
        assert (array >= 0).all()


def test_nothing_is_said_before_a_price_and_open_interest() -> None:
    model = Model()
    assert model.exposure() is None
    assert model.warming() == "no price yet"
    model.update(mark(0, 100.0))
    assert model.warming() == "no open interest yet"
    assert shown(model).long.sum() == 0
    model.update(interest(1, 1e6))
    assert model.warming() == "0 % of the open interest traded so far"
    assert shown(model).long.sum() > 0
    model.update(trade(2, 100.0, 6e5))
    assert model.warming() == ""


def test_the_unseen_book_stands_on_both_sides_and_not_at_the_price() -> None:
    exposure = shown(fed([mark(0, 100.0), interest(1, 1e6)]))
    here = exposure.grid.index(100.0)
    assert exposure.long[here:].sum() == 0
    assert exposure.short[: here + 1].sum() == 0
    assert 0.05e8 < exposure.long.sum() < 1e8
    assert 0.05e8 < exposure.short.sum() < 1.7e8


def test_each_side_sums_to_the_open_interest() -> None:
    model = fed(walk(1, 240))
    book = next(iter(model.books))
    held = book.shares().sum(axis=0)
    assert held == pytest.approx(np.ones((2, MEMBERS, len(OPINIONS))), rel=1e-6)


def test_what_the_mark_went_through_is_gone() -> None:
    model = fed(walk(2, 60))
    model.update(mark(4000, 95.0))
    exposure = shown(model)
    assert exposure.long[exposure.grid.index(95.0) :].sum() == 0
    model.update(mark(4001, 105.0))
    exposure = shown(model)
    assert exposure.long[exposure.grid.index(95.0) :].sum() == 0
    assert exposure.short[: exposure.grid.index(105.0) + 1].sum() == 0


def test_growth_is_entered_where_it_was_traded() -> None:
    start: list[MarketEvent] = [mark(0, 100.0), interest(1, 1e5)]
    quiet = shown(fed([*start, mark(99, 100.0), interest(100, 1e5)]))
    opened = shown(fed([*start, trade(50, 100.0, 1e6), mark(99, 100.0), interest(100, 1.1e6)]))
    grid = opened.grid
    near = slice(grid.index(88.0), grid.index(99.5))
    assert opened.long[near].sum() > 5 * quiet.long[near].sum()


def test_crossing_without_liquidations_lowers_what_stands_near() -> None:
    calm_path: list[MarketEvent] = [mark(0, 100.0), interest(1, 1e6)]
    busy_path = list(calm_path)
    for second in range(10, 3000, 10):
        price = 100.0 - 3.0 * second / 3000
        calm_path.append(mark(second, price))
        busy_path += [mark(second, price), liquidation(second + 1, price, 2e5)]
    calm, busy = shown(fed(calm_path)), shown(fed(busy_path))
    near = slice(calm.grid.index(93.0), calm.grid.index(96.9))
    assert busy.long[near].sum() > 2 * calm.long[near].sum()


def test_without_a_feed_nothing_is_learned_from_silence() -> None:
    path = [mark(s, 100.0 - 3.0 * s / 3000, NO_FEED) for s in range(10, 3000, 10)]
    model = fed([mark(0, 100.0, NO_FEED), interest(1, 1e6, NO_FEED), *path])
    book = next(iter(model.books))
    before = fed([mark(0, 100.0, NO_FEED), interest(1, 1e6, NO_FEED)])
    first = next(iter(before.books))
    assert book.mixture.shares == pytest.approx(first.mixture.shares)


def test_a_history_that_no_liquidation_is_told_of_teaches_nothing() -> None:
    def bars(seen: float | None) -> Model:
        model = fed([candle(60, 100.0, seen=seen), interest(61, 1e6)])
        for minute in range(2, 120):
            low = 100.0 - 4.0 * minute / 120
            model.update(candle(60 * minute, low, low, low, seen=seen))
            model.update(interest(60 * minute, 1e6))
        return model

    def shares(model: Model) -> float:
        mixture = next(iter(model.books)).mixture
        return float(np.einsum("bl,kbl->k", mixture.weights, mixture.shares)[:8].sum())

    past, live, none = (
        bars(seen=90_000),
        bars(seen=None),
        fed([candle(60, 100.0), interest(61, 1e6)]),
    )
    assert shares(live) < 0.99 * shares(none)
    assert shares(past) == pytest.approx(shares(none))


def test_the_same_events_give_the_same_map() -> None:
    one, other = (shown(fed(walk(3, 120))) for _ in range(2))
    assert (one.long == other.long).all()
    assert (one.short == other.short).all()


def test_looking_changes_nothing() -> None:
    events = walk(4, 120)
    looked = Model()
    for event in events:
        looked.update(event)
        looked.exposure()
    assert (shown(looked).long == shown(fed(events)).long).all()


def test_when_somebody_looks_does_not_matter() -> None:
    fall: list[MarketEvent] = [
        event
        for second in range(7300, 7500, 5)
        for price in [100.0 - (second - 7300) / 50]
        for event in (mark(second, price), liquidation(second, price, 1e5))
    ]
    early = fed(walk(6, 120))
    early.exposure()
    for event in fall:
        early.update(event)
    late = fed([*walk(6, 120), *fall])
    one, other = shown(early), shown(late)
    assert (one.long == other.long).all()
    assert one.bands is not None
    assert other.bands is not None
    assert (one.bands.long[1] == other.bands.long[1]).all()


def test_a_map_that_nothing_changed_is_the_same_one() -> None:
    model = fed(walk(7, 120))
    first = shown(model)
    model.update(trade(7300, 100.0, 1.0))
    assert shown(model) is first
    model.update(mark(7301, 90.0))
    assert shown(model) is not first


def test_a_book_of_contracts_in_dollars_is_counted_in_dollars() -> None:
    quoted = OpenInterest(INVERSE, None, 5e7, at(1), at(1))
    exposure = shown(fed([mark(0, 100.0, INVERSE), quoted]))
    assert 1e6 < exposure.long.sum() < 5e7


def test_venues_add_up() -> None:
    other = instrument(venue="other")
    alone = shown(fed([mark(0, 100.0), interest(1, 1e6)]))
    both = shown(
        fed([mark(0, 100.0), interest(1, 1e6), mark(2, 100.0, other), interest(3, 1e6, other)])
    )
    assert both.long == pytest.approx(2 * alone.long, rel=1e-4)


def test_bands_hold_the_map_and_widen_with_doubt() -> None:
    exposure = shown(fed(walk(5, 60)))
    assert exposure.bands is not None
    low, high = exposure.bands.long
    assert low.sum() < exposure.long.sum() < high.sum()
    contradictory = [
        interest(4000 + 60 * step, 1e6 * (1.0 + 0.2 * (step % 2))) for step in range(1, 20)
    ]
    doubtful = shown(fed([*walk(5, 60), *contradictory]))
    assert doubtful.bands is not None
    spread = doubtful.bands.long[1].sum() / doubtful.long.sum()
    assert spread > high.sum() / exposure.long.sum()


def test_a_wider_window_says_the_same() -> None:
    events = walk(9, 180)
    usual, wide = Model(), Model(4000)
    for event in events:
        usual.update(event)
        wide.update(event)
    here, there = shown(usual), shown(wide)
    start = here.grid.first - there.grid.first
    within = slice(start, start + here.grid.size)
    for narrow, broad in ((here.long, there.long), (here.short, there.short)):
        assert broad[within] == pytest.approx(narrow, rel=1e-9, abs=1e-6)
        assert broad.sum() == pytest.approx(narrow.sum())


def test_candles_do_where_there_are_no_trades() -> None:
    def bar(minute: int, close: float, kind: CandlePrice) -> Candle:
        end = at(60 * minute)
        return Candle(BTC, 60, close, close * 1.001, close * 0.999, close, 5e3, 3e3, kind, end, end)

    events: list[MarketEvent] = [bar(1, 100.0, CandlePrice.LAST), interest(61, 1e5)]
    for minute in range(2, 60):
        events += [bar(minute, 100.0, CandlePrice.LAST), interest(60 * minute, 1e5 + 2e3 * minute)]
    exposure = shown(fed(events))
    grid = exposure.grid
    assert exposure.long[grid.index(85.0) : grid.index(99.0)].sum() > 1e6
    sound(exposure)


def test_an_absurd_reading_of_open_interest_is_a_doubt_and_no_new_position() -> None:
    model = fed([mark(0, 100.0), interest(1, 1e6), trade(30, 100.0, 10.0), interest(60, 9e6)])
    assert next(iter(model.books)).doubts == 1
    sound(shown(model))


def test_a_sampled_feed_counts_for_more_than_it_shows() -> None:
    sampled = instrument(coverage=Coverage.SAMPLED, sampling=Sampling(1.0, "latest"))

    def falls(of: Instrument) -> Model:
        events: list[MarketEvent] = [mark(0, 100.0, of), interest(1, 1e6, of)]
        for second in range(10, 1200):
            price = 100.0 - 3.0 * second / 1200
            events.append(mark(second, price, of))
            events.append(trade(second, price, 1e4, of))
            events.append(liquidation(second, price, 1e4, Side.LONG, of))
        return fed(events)

    full, hidden = shown(falls(BTC)), shown(falls(sampled))
    near = slice(full.grid.index(93.0), full.grid.index(96.9))
    assert hidden.long[near].sum() > full.long[near].sum()


def spread(model: Model) -> float:
    """Return by how much the upper bound of the longs exceeds the map."""
    exposure = shown(model)
    assert exposure.bands is not None
    return float(exposure.bands.long[1].sum() / exposure.long.sum())


def later(*events: MarketEvent) -> list[MarketEvent]:
    """Two hours of a market, then these, then ten quiet minutes."""
    last = events[-1].at if events else at(7200)
    quiet = [mark((last - START) / 1e9 + 30 * n, 100.0) for n in range(1, 30)]
    return [*walk(8, 120, turn=1e-4), *events, *quiet]


def test_what_was_not_heard_widens_the_bands_and_is_said() -> None:
    known = fed(later())
    hole = fed(later(mark(7200 + 5400, 100.0)))
    assert spread(hole) > 1.1 * spread(known)
    assert "minutes unheard" in hole.warming()
    assert "unheard" not in known.warming()


def test_a_clock_that_jumps_is_a_hole_too() -> None:
    known, jumped = fed(later()), fed(later(mark(1e6, 100.0), mark(7230, 100.0)))
    assert spread(jumped) > 1.1 * spread(known)
    sound(shown(jumped))


def test_a_feed_of_open_interest_that_stopped_is_said() -> None:
    stopped = [*walk(9, 60, turn=1e-4)]
    stopped += [
        event
        for second in range(3600, 7200, 30)
        for event in (mark(second, 100.0), trade(second, 100.0, 5.0))
    ]
    assert "open interest is not heard" in fed(stopped).warming()


def published(late: int, minutes: int = 400) -> Model:
    """Return a model of a market whose open interest is told so many seconds too late."""
    rng, model, held = np.random.default_rng(1), Model(), [1e6]
    for minute in range(minutes):
        model.update(mark(minute * 60, 100.0))
        for second in range(5, 60, 10):
            quantity = rng.lognormal(5.0, 1.5)
            model.update(trade(minute * 60 + second, 100.0, quantity))
            held.append(held[-1] + 0.5 * quantity * rng.normal())
        model.update(interest(minute * 60 + 60, held[max(len(held) - 1 - late // 10, 0)]))
    return model


def test_open_interest_that_is_published_late_is_said_and_its_doubts_forgotten() -> None:
    prompt, late = published(0), published(120)
    assert prompt.remark() == ""
    assert late.remark() == "toy: open interest 120 s late"
    assert late.warming() == ""
    assert late.books[0].doubts <= prompt.books[0].doubts + 2


def test_a_jump_beyond_the_window_is_survived_and_doubted() -> None:
    known = fed(later())
    jumped = fed([*later(), mark(9000, 1e4), interest(9001, 1e6), mark(9061, 1e4)])
    sound(shown(jumped))
    assert spread(jumped) > spread(known)


prices = st.floats(1e-6, 1e7)
amounts = st.floats(0.0, 1e15)
events = st.one_of(
    st.builds(lambda s, p: mark(s, p), st.integers(-9000, 90_000), prices),
    st.builds(lambda s, q: interest(s, q), st.integers(-9000, 90_000), amounts),
    st.builds(lambda s, p, q: trade(s, p, q), st.integers(0, 9000), prices, amounts),
    st.builds(
        lambda s, p, u, side: liquidation(s, p, u, side),
        st.integers(0, 9000), prices, amounts, st.sampled_from(Side),
    ),
    st.builds(
        lambda p, q: Trade(INVERSE, Taker.SELL, p, q, at(5), at(5)), prices, amounts
    ),
    st.builds(lambda p: MarkPrice(INVERSE, p, None, at(5), at(5)), prices),
    st.builds(lambda u: OpenInterest(INVERSE, None, u, at(6), at(6)), amounts),
)  # fmt: skip


@settings(max_examples=40)
@given(st.lists(events, max_size=30))
def test_no_events_make_it_say_what_is_no_number(given_: list[MarketEvent]) -> None:
    model = fed(given_)
    exposure = model.exposure()
    if exposure is not None:
        sound(exposure)


def test_silence_before_the_second_reading_settles_no_opinion() -> None:
    path = [mark(s, 100.0 - s / 1000) for s in range(2, 200, 2)]
    book = next(iter(fed([mark(0, 100.0), interest(1, 1e6), *path]).books))
    assert book.mixture.weights.sum(axis=0).max() < 0.5


def width(model: Model) -> float:
    """Upper over lower USD of the longs, all of them."""
    bands = shown(model).bands
    assert bands is not None
    low, high = (float(edge.sum()) for edge in bands.long)
    return high / low


def test_what_a_feed_lost_and_a_feed_that_is_not_well_widen_the_bands() -> None:
    model = fed(walk(1, 60))
    usual = width(model)
    model.ail("toy", ill=True)
    assert width(model) > usual
    model.ail("toy", ill=False)
    assert width(model) == usual
    model.missed(Gap("other", "linear", at(0), at(3000), "reset", at(3000), at(3000)))
    assert width(model) == usual
    model.missed(Gap("toy", "linear", at(0), at(3000), "reset", at(3000), at(3000)))
    assert width(model) > usual
    assert "minutes unheard" in model.warming()


def test_a_contract_first_heard_of_while_its_venue_is_not_well_is_doubted_too() -> None:
    well, ill = Model(), Model()
    ill.ail("toy", ill=True)
    for event in walk(1, 30):
        well.update(event)
        ill.update(event)
    assert width(ill) > width(well)
