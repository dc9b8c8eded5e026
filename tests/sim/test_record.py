"""Recordings: what feeds show of a market, against what happened in it."""

import gzip
import json
import math
import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec import Struct

from liqtui.model import wire as public
from liqtui.model.events import Event, Funding, Liquidation, Listing, MarkPrice, OpenInterest, Trade
from liqtui.model.market import Coverage, FundingKind, Side
from liqtui.model.reading import Reader
from liqtui.sim import families, record, standing
from liqtui.sim.feed import Moment
from liqtui.sim.market import Market
from liqtui.sim.record import Recorder, Teller, instrument
from liqtui.sim.scenarios import scenario
from liqtui.sim.wire import SECOND, Liquidated, Traded, Wire
from liqtui.sim.wires import wires
from tests.sim import made

START = 1_794_960_000
STEPS = 90


class Session(Struct):
    """Fifteen minutes of a cascade, from just before a settlement on, in steps of ten seconds."""

    lines: list[bytes]
    events: list[Event]
    truths: list[bytes]
    moments: list[Moment]
    standing: bytes
    exchanges: list[Wire]


def exchanges() -> list[Wire]:
    return [
        wire.listing_only({one.symbol for one in wire.contracts if one.base == "BTC"})
        for wire in wires()
    ]


def moments(market: Market, steps: int) -> Iterator[Moment]:
    for _ in range(steps):
        done = market.step(10.0)
        happened: list[Liquidated | Traded] = [*done.traded, *done.liquidated]
        yield Moment(done.at, happened, market.tickers(), (), done.settled)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    folder = tmp_path_factory.mktemp("recording")
    heard = exchanges()
    listed = [one for wire in heard for one in wire.contracts]
    since = START + 8 * 3600 - 60
    market, taken = Market(listed, 1, since), []
    market.switch(scenario("cascade"))
    told = b""

    def truth(_: int) -> list[bytes]:
        nonlocal told
        told = standing.line(market.truth("BTC"))
        return [told]

    with Recorder(folder, heard, truth, since * SECOND) as recorder:
        for moment in moments(market, STEPS):
            taken.append(moment)
            recorder.take(moment)
    lines = (folder / "events.ndjson").read_bytes().splitlines()
    reader = Reader()
    events = [event for event in map(reader.read, lines) if event]
    truths = (folder / "truth.ndjson").read_bytes().splitlines()
    return Session(lines, events, truths, taken, told, heard)


def test_every_line_is_read_back_and_written_the_same(session: Session) -> None:
    assert len(session.events) == len(session.lines)
    for line, event in zip(session.lines, session.events, strict=True):
        assert public.line(event) == line


def test_what_is_listed_comes_first_and_all_else_in_the_order_of_its_receipt(
    session: Session,
) -> None:
    listed = [one for one in session.events if isinstance(one, Listing)]
    assert session.events[: len(listed)] == listed
    assert len(listed) == sum(len(one.contracts) for one in session.exchanges)
    assert all(one.instrument.tiers for one in listed)
    seen = [one.seen for one in session.events]
    assert seen == sorted(seen)
    assert all(one.at <= one.seen for one in session.events)


def happened(session: Session) -> dict[tuple[str, str], list[Liquidated]]:
    found: dict[tuple[str, str], list[Liquidated]] = defaultdict(list)
    for moment in session.moments:
        for one in moment.happened:
            if isinstance(one, Liquidated):
                found[one.contract.venue, one.contract.symbol].append(one)
    return found


def shown(session: Session) -> dict[tuple[str, str], list[Liquidation]]:
    found: dict[tuple[str, str], list[Liquidation]] = defaultdict(list)
    for one in session.events:
        if isinstance(one, Liquidation):
            found[one.instrument.key].append(one)
    return found


def test_feeds_show_no_more_than_died_and_full_ones_all_that_is_due(session: Session) -> None:
    true, told = happened(session), shown(session)
    assert set(told) <= set(true)
    assert sum(map(len, true.values())) > 200
    for key, dead in true.items():
        assert len(told[key]) <= len(dead)
        instruments = {one.instrument for one in told[key]}
        sampled = any(one.coverage is Coverage.SAMPLED for one in instruments)
        if not sampled:
            until = session.moments[-1].at - SECOND
            due = sorted(one.at for one in dead if one.at <= until)
            assert [one.at for one in told[key]][: len(due)] == due
    usd = sum(one.notional or 0.0 for ones in told.values() for one in ones)
    assert 0 < usd <= 1.02 * sum(one.quantity * one.fill for ones in true.values() for one in ones)


def test_a_sampled_feed_shows_each_window_s_largest(session: Session) -> None:
    true, told = happened(session), shown(session)
    checked = hidden = 0
    for key, dead in true.items():
        sampling = dead[0].contract.sampling
        if sampling is None:
            continue
        assert sampling.pick == "largest"
        until, opened = session.moments[-1].at, 0
        windows: list[list[Liquidated]] = []
        for one in sorted(dead, key=lambda one: one.at):
            if one.at >= opened + round(sampling.window_s * SECOND) or not windows:
                windows.append([])
                opened = one.at
            windows[-1].append(one)
        due = [w for w in windows if w[0].at + round(sampling.window_s * SECOND) <= until]
        assert len(told[key]) == len(due)
        for window, shown_one in zip(due, told[key], strict=True):
            largest = max(each.quantity for each in window)
            best = {each.at for each in window if each.quantity == largest}
            assert shown_one.at in best
            assert shown_one.quantity == pytest.approx(largest, rel=0.02)
            assert shown_one.seen == window[0].at + SECOND
            checked, hidden = checked + 1, hidden + len(window) - 1
    assert checked > 20
    assert hidden > 20


def test_prices_are_of_the_kind_the_exchange_prints(session: Session) -> None:
    true = happened(session)
    kinds = set()
    for key, told in shown(session).items():
        for one in told:
            kinds.add(one.price_kind)
            assert one.price_kind is one.instrument.liquidation_price
            there = [each for each in true[key] if each.at == one.at and each.side is one.side]
            tick = float(there[0].contract.tick)
            assert min(abs(one.price - each.price) for each in there) <= tick
    assert len(kinds) == 3


def test_trades_tell_the_whole_volume_and_its_sides(session: Session) -> None:
    told: dict[tuple[str, str], float] = defaultdict(float)
    for one in session.events:
        if isinstance(one, Trade):
            sign = 1.0 if one.taker.value == "buy" else -1.0
            told[one.instrument.key] += sign * (one.quantity or math.nan)
    true: dict[tuple[str, str], float] = defaultdict(float)
    gross: dict[tuple[str, str], float] = defaultdict(float)
    for moment in session.moments:
        for trade in moment.happened:
            if not isinstance(trade, Liquidated):
                sign = 1.0 if trade.taker.value == "buy" else -1.0
                true[trade.contract.venue, trade.contract.symbol] += sign * trade.quantity
                gross[trade.contract.venue, trade.contract.symbol] += trade.quantity
    assert set(told) == set(true)
    for key, net in true.items():
        assert told[key] == pytest.approx(net, abs=1e-6 * gross[key])


def test_open_interest_comes_as_often_as_the_exchange_tells_it(session: Session) -> None:
    polled = {one.venue for one in session.exchanges if one.polls()}
    times: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one in session.events:
        if isinstance(one, OpenInterest):
            times[one.instrument.key].append(one.seen)
            assert one.quantity
    for (venue, _), seen in times.items():
        gaps = {(later - earlier) / SECOND for earlier, later in pairwise(seen)}
        assert gaps == ({30.0} if venue in polled else {10.0})


def test_marks_and_funding_are_told_of_every_contract(session: Session) -> None:
    contracts = {(o.venue, o.symbol) for wire in session.exchanges for o in wire.contracts}
    marks = {one.instrument.key for one in session.events if isinstance(one, MarkPrice)}
    kinds = defaultdict(set)
    for one in session.events:
        if isinstance(one, Funding):
            kinds[one.instrument.key].add(one.kind)
    assert marks == set(kinds) == contracts
    assert all(found == set(FundingKind) for found in kinds.values())


def test_the_truth_is_what_the_accounts_hold(session: Session) -> None:
    assert len(session.truths) == 2, "at eight and ten past"
    assert session.truths[1] == session.standing
    told = json.loads(session.truths[1])
    assert told["ts"] == (START + 8 * 3600 + 600) * 1000
    assert told["long_oi"] == pytest.approx(told["short_oi"], rel=1e-6)
    assert 0 < sum(usd for _, usd in told["long"]) <= told["long_oi"]
    assert all(price < told["price"] * 1.01 for price, _ in told["long"])
    assert all(price > told["price"] * 0.99 for price, _ in told["short"])


def test_a_cascade_kills_longs_in_the_feeds_too(session: Session) -> None:
    sides = [one.side for one in session.events if isinstance(one, Liquidation)]
    assert sides.count(Side.LONG) > 3 * sides.count(Side.SHORT)


def test_scaled_and_inverse_contracts_are_told_in_units_of_base() -> None:
    wire = next(one for one in wires() if one.venue == "bybit")
    scaled, inverse = (made.contract(wire, name) for name in ("1000PEPEUSDT", "BTCUSD"))
    assert instrument(scaled).tick == pytest.approx(1e-9)
    told = list(
        Teller(wire).tell(
            Moment(
                made.AT + SECOND,
                [
                    made.liquidated(scaled, quantity=5e7, price=4.6e-6),
                    made.liquidated(inverse, quantity=0.5),
                ],
            )
        )
    )
    pepe, coin = told
    assert isinstance(pepe, Liquidation)
    assert isinstance(coin, Liquidation)
    assert pepe.quantity == 5e7
    assert pepe.price == pytest.approx(4.6e-6 * 0.996, rel=1e-3)
    assert pepe.notional == pytest.approx(5e7 * 4.6e-6, rel=0.01)
    assert coin.notional == 40_000.0, "whole contracts of a dollar at the trigger"
    assert coin.quantity == pytest.approx(40_000 / (80_000 * 0.996))


def test_some_publish_their_open_interest_late() -> None:
    family = families.family("blocks")
    (contract,) = exchanges()[1].listing_only({"BTCUSDT"}).contracts
    market = Market([contract], 1, START, family)
    told, true = [], []
    for _ in range(20):
        market.step(10.0)
        (ticker,) = market.tickers()
        told.append(ticker.interest.quantity * ticker.marked.mark)
        true.append(market.truth("BTC").long_oi * 1.0)
    late = round(family.late / 10)
    for number in range(late, 20):
        # Marks have moved meanwhile, which changes what as many coins are worth.
        assert told[number] == pytest.approx(true[number - late], rel=0.01)
        assert told[number] != pytest.approx(true[number], rel=1e-9)


@pytest.mark.parametrize("compress", [False, True])
def test_the_command_writes_both_files(
    compress: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["--base", "ETH", "--hours", "0.25", "--unseen", "0.1", "--step", "30"]
    words += ["--compress"] if compress else []
    monkeypatch.setattr(sys, "argv", ["record", str(tmp_path / "made"), *words])
    record.main()
    if compress:
        with gzip.open(tmp_path / "made" / "events.ndjson.gz") as file:
            first = json.loads(file.readline())
    else:
        first = json.loads((tmp_path / "made" / "events.ndjson").read_bytes().splitlines()[0])
        assert json.loads((tmp_path / "made" / "truth.ndjson").read_bytes())["base"] == "ETH"
    assert (first["type"], first["base"]) == ("instrument", "ETH")


def test_the_past_is_what_somebody_who_starts_then_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["--base", "ETH", "--hours", "0.1", "--unseen", "1", "--step", "30", "--past"]
    monkeypatch.setattr(sys, "argv", ["record", str(tmp_path), *words])
    record.main()
    lines = (tmp_path / "events.ndjson").read_bytes().splitlines()
    told = [json.loads(line) for line in lines]
    start = min(one["ts"] for one in told if one["type"] == "instrument")
    contracts = {(one["venue"], one["symbol"]) for one in told if one["type"] == "instrument"}
    before = [one for one in told if one["ts"] <= start and one["type"] != "instrument"]
    assert {one["type"] for one in before} >= {"candle", "open_interest"}
    assert {one["seen"] for one in before} == {start}
    bars = [one["ts"] for one in before if one["type"] == "candle"]
    assert len(bars) == 60 * len(contracts)
    assert bars == sorted(bars)
    assert max(bars) == start


def test_equal_seeds_make_equal_recordings(tmp_path: Path) -> None:
    def written(name: str) -> bytes:
        heard = exchanges()
        market = Market([one for wire in heard for one in wire.contracts], 5, START)
        with Recorder(tmp_path / name, heard, lambda _: (), START * SECOND) as recorder:
            for moment in moments(market, 6):
                recorder.take(moment)
        return (tmp_path / name / "events.ndjson").read_bytes()

    assert written("one") == written("other")
