import pytest

from liqtui.model.events import Listing, OpenInterest
from liqtui.model.market import ContractKind, Side, Unit
from liqtui.store.market import Market, funding_8h, oi_change, oi_usd
from tests.making import BTC, at, candle, funding, instrument, interest, liquidation, mark

OTHER = instrument(venue="other", symbol="BTC-PERP", kind=ContractKind.INVERSE)


def test_the_price_is_weighted_by_open_interest() -> None:
    market = Market()
    for event in (mark(0, 100.0), mark(0, 110.0, OTHER), interest(0, 3.0), interest(0, 1.0, OTHER)):
        market.apply(event)
    price = market.base("BTC").price
    assert price == pytest.approx((300 * 100 + 110 * 110) / (300 + 110))


def test_a_venue_that_fell_silent_does_not_hold_the_price_back() -> None:
    market = Market()
    for event in (mark(0, 110.0, OTHER), interest(0, 3.0), interest(0, 9.0, OTHER)):
        market.apply(event)
    market.apply(mark(59, 100.0))
    assert market.base("BTC").price == pytest.approx((300 * 100 + 990 * 110) / (300 + 990))
    market.apply(mark(61, 100.0))
    assert market.base("BTC").price == 100.0


def test_where_venues_liquidated_is_told_of_all_or_of_some() -> None:
    market = Market()
    base = market.base("BTC")
    base.liquidated(liquidation(1, 100.0, 5e3, Side.LONG))
    base.liquidated(liquidation(2, 101.0, 7e3, Side.SHORT, of=OTHER))
    base.liquidated(liquidation(3, 102.0, None))
    times, prices, usd = base.points(at(1), frozenset())
    assert (times.tolist(), prices.tolist()) == ([at(1), at(2)], [100.0, 101.0])
    assert usd.tolist() == [5e3, -7e3]
    assert base.points(0, frozenset({"other"}))[1].tolist() == [101.0]
    assert base.points(0, frozenset({"nobody"}))[1].tolist() == []


def test_a_price_in_another_coin_is_not_the_bases_price() -> None:
    market = Market()
    in_bitcoin = instrument(symbol="ETHBTC", base="ETH", quote="BTC")
    book = market.apply(mark(0, 0.05, in_bitcoin))
    assert book.price == 0.05
    assert market.base("ETH").price is None
    assert market.base("ETH").prices.near(at(0), 0) is None


def test_without_open_interest_it_is_the_median_and_without_marks_the_close() -> None:
    market = Market()
    market.apply(candle(0, 95.0))
    assert market.base("BTC").price == 95.0
    market.apply(mark(1, 100.0))
    assert market.base("BTC").price == 100.0
    assert market.base("ETH").price is None


def test_what_is_older_does_not_replace_what_is_newer() -> None:
    market = Market()
    for event in (interest(100, 5.0), interest(50, 4.0), mark(9, 2.0), mark(8, 1.0)):
        book = market.apply(event)
    assert book.interest is not None
    assert book.interest.quantity == 5.0
    assert book.price == 2.0


def test_a_contract_of_fixed_usd_does_not_grow_because_the_price_falls() -> None:
    coin = instrument(symbol="BTCUSD", kind=ContractKind.INVERSE, contract_unit=Unit.QUOTE)
    market = Market()
    for second, price in ((0, 100.0), (3600, 50.0)):
        market.apply(mark(second, price, coin))
        moment = at(second)
        market.apply(OpenInterest(coin, None, 5e6, moment, moment))
    books = market.base("BTC").books.values()
    assert oi_usd(books) == 5e6
    assert oi_change(books, at(3600), 60) == 0.0


def test_open_interest_changes_are_counted_in_contracts() -> None:
    market = Market()
    for event in (interest(0, 100.0), mark(0, 10.0), interest(3600, 110.0), mark(3600, 20.0)):
        market.apply(event)
    books = market.base("BTC").books.values()
    assert oi_usd(books) == 2200.0
    assert oi_change(books, at(3600), 60) == pytest.approx(0.10)
    assert oi_change(books, at(3600), 5) is None


def test_a_new_listing_is_no_growth() -> None:
    market = Market()
    for event in (interest(0, 100.0), mark(0, 10.0), interest(3600, 100.0)):
        market.apply(event)
    market.apply(mark(3600, 10.0, OTHER))
    market.apply(interest(3600, 500.0, OTHER))
    assert oi_change(market.base("BTC").books.values(), at(3600), 60) == pytest.approx(0.0)


def test_what_is_listed_no_more_is_in_no_sum() -> None:
    market = Market()
    in_bitcoin = instrument(symbol="BTCETH", quote="ETH")
    for of in (BTC, OTHER, in_bitcoin):
        market.apply(mark(0, 100.0, of))
        market.apply(interest(0, 2.0, of))
    for of in (OTHER, in_bitcoin):
        market.apply(Listing(of, at(1), at(1), listed=False))
    books = market.base("BTC").books
    assert list(books) == [BTC.key]
    assert oi_usd(books.values()) == 200.0


def test_unknown_is_not_zero() -> None:
    market = Market()
    market.apply(mark(0, 10.0))
    books = market.base("BTC").books.values()
    assert oi_usd(books) is None
    assert funding_8h(books) is None


def test_funding_is_normalised_to_eight_hours_and_weighted() -> None:
    market = Market()
    for event in (mark(0, 1.0), interest(0, 300.0), funding(0, 1e-4, 8.0)):
        market.apply(event)
    for event in (mark(0, 1.0, OTHER), interest(0, 100.0, OTHER), funding(0, 1e-4, 1.0, OTHER)):
        market.apply(event)
    assert funding_8h(market.base("BTC").books.values()) == pytest.approx((3e-4 + 8e-4) / 4)


def test_hours_are_per_side_and_venue() -> None:
    base = Market().base("BTC")
    base.liquidated(liquidation(0, 10.0, 700.0))
    base.liquidated(liquidation(0, 10.0, 300.0, of=OTHER))
    base.liquidated(liquidation(0, 10.0, 5.0, Side.SHORT))
    base.liquidated(liquidation(0, 10.0, None))
    assert base.total(Side.LONG, at(10)) == 1000.0
    assert base.total(Side.LONG, at(10), "toy") == 700.0
    assert base.total(Side.SHORT, at(10)) == 5.0
    assert base.total(Side.LONG, at(3700)) == 0.0
    assert base.total(Side.LONG, at(3700), "toy", 4) == 700.0
    assert base.total(Side.LONG, at(5 * 3600), hours=4) == 0.0
    assert base.total(Side.LONG, at(23 * 3600), hours=24) == 1000.0
    assert base.total(Side.LONG, at(25 * 3600), hours=24) == 0.0


def test_bases_are_ranked_by_open_interest() -> None:
    market = Market()
    eth = instrument(symbol="ETHUSDT", base="ETH")
    xrp = instrument(symbol="XRPUSDT", base="XRP")
    for event in (mark(0, 1.0), interest(0, 5.0), mark(0, 1.0, xrp)):
        market.apply(event)
    for event in (mark(0, 1.0, eth), interest(0, 50.0, eth)):
        market.apply(event)
    assert market.ranked() == ["ETH", "BTC", "XRP"]
    assert market.base("BTC").book(BTC).instrument is BTC
