import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqtui.model import wire
from liqtui.model.events import Event, FeedStatus, Gap, Liquidation, Listing, OpenInterest, Trade
from liqtui.model.market import (
    ContractKind,
    Coverage,
    FeedState,
    PriceKind,
    Sampling,
    Tier,
    Unit,
)
from liqtui.model.reading import BadLineError, Reader
from tests.making import START, at, candle, funding, instrument, interest, liquidation, mark, trade

COMMON = b'"venue":"v","symbol":"S","base":"S","ts":1790000040000'
LISTED = instrument(
    tiers=(Tier(0.0, 0.004, 125.0, 0.0), Tier(5e4, 0.005, 100.0)),
    sampling=Sampling(1.0, "largest"),
    coverage=Coverage.SAMPLED,
    liquidation_price=PriceKind.BANKRUPTCY,
    max_leverage=125.0,
    trigger_fee=5e-4,
    tick=0.1,
)


def read(*lines: bytes) -> Event | None:
    reader = Reader()
    found = None
    for line in lines:
        found = reader.read(line)
    return found


@pytest.mark.parametrize(
    "event",
    [
        liquidation(1, 100.0, 5e3, of=LISTED),
        trade(1, 7.0, 2.0, LISTED),
        interest(1, 9.0, LISTED),
        funding(1, -1e-4, of=LISTED),
        mark(1, 7.5, LISTED),
        candle(1, 10.0, 9.0, 11.0, LISTED),
        Listing(LISTED, START, START),
        Listing(LISTED, START, START, listed=False),
        FeedStatus("toy", "linear", FeedState.STALE, "12 s silent", START, START),
        Gap("toy", "linear", START, at(5), "cut", START, START),
    ],
    ids=lambda event: type(event).__name__,
)
def test_what_was_written_is_read(event: Event) -> None:
    assert read(wire.line(Listing(LISTED, START, START)), wire.line(event)) == event


def test_events_share_the_instrument_that_was_last_listed() -> None:
    reader = Reader()
    first = reader.read(wire.line(trade(0, 7.0, 2.0, LISTED)))
    listing = reader.read(wire.line(Listing(LISTED, START, START)))
    again = reader.read(wire.line(Listing(LISTED, at(1), at(1))))
    later = reader.read(wire.line(trade(1, 7.0, 2.0, LISTED)))
    assert isinstance(first, Trade)
    assert isinstance(listing, Listing)
    assert isinstance(again, Listing)
    assert isinstance(later, Trade)
    assert first.instrument.coverage is Coverage.PARTIAL
    assert first.instrument.in_dollars
    assert later.instrument is listing.instrument is again.instrument


def test_an_instrument_with_only_tiers_is_enough() -> None:
    found = read(b'{"type":"instrument",' + COMMON + b',"tiers":[[0,0.01,50]]}')
    assert isinstance(found, Listing)
    assert found.instrument.tiers == (Tier(0.0, 0.01, 50.0),)
    assert found.instrument.max_leverage == 50.0


def test_an_inverse_contract_is_fixed_in_dollars_unless_said_otherwise() -> None:
    listed = b'{"type":"instrument",' + COMMON + b',"kind":"inverse"}'
    found = read(listed, b'{"type":"open_interest",' + COMMON + b',"oi":1,"oi_usd":5}')
    assert isinstance(found, OpenInterest)
    assert found.instrument.kind is ContractKind.INVERSE
    assert found.instrument.contract_unit is Unit.QUOTE
    assert found.face == 5.0


def test_a_liquidation_without_a_price_kind_has_its_venues() -> None:
    listed = b'{"type":"instrument",' + COMMON + b',"liq_price_kind":"bankruptcy"}'
    found = read(listed, b'{"type":"liquidation",' + COMMON + b',"side":"long","price":2,"qty":3}')
    assert isinstance(found, Liquidation)
    assert found.price_kind is PriceKind.BANKRUPTCY
    assert found.notional == 6.0


def test_unknown_types_and_keys_are_passed_over() -> None:
    assert read(b'{"type":"truth","ts":1,"long":[[1,2]]}') is None
    assert isinstance(
        read(b'{"type":"trade",' + COMMON + b',"side":"buy","price":1,"new":{}}'), Trade
    )


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"{",
        b'{"ts":1}',
        b'{"type":"mark",' + COMMON + b"}",
        b'{"type":"mark",' + COMMON + b',"mark":0}',
        b'{"type":"mark",' + COMMON + b',"mark":1e999}',
        b'{"type":"mark",' + COMMON + b',"mark":NaN}',
        b'{"type":"mark","venue":"v","symbol":"a b","base":"B","ts":1,"mark":1}',
        b'{"type":"trade",' + COMMON + b',"side":"long","price":1}',
        b'{"type":"candle",' + COMMON + b',"interval_s":60,"open":1,"high":1,"low":2,"close":1}',
        b'{"type":"instrument",' + COMMON + b',"tiers":[[0]]}',
        b'{"type":"instrument",' + COMMON + b',"tiers":[[0,2,1]]}',
    ],
)
def test_a_bad_line_is_a_reason_and_no_event(line: bytes) -> None:
    with pytest.raises(BadLineError):
        read(line)


@given(st.binary(max_size=60))
def test_no_bytes_do_more_harm_than_that(line: bytes) -> None:
    for given_ in (line, b'{"type":"mark",' + line + b"}"):
        try:
            Reader().read(given_)
        except BadLineError:
            pass
