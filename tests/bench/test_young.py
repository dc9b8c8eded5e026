"""What `tests.bench.young` writes is of the wire, and true to itself."""

from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from liqtui.model.events import Event, Liquidation, Listing, MarkPrice
from liqtui.model.market import Coverage, Sampling, Side
from liqtui.model.reading import Reader
from liqtui.model.truth import decode
from tests.bench.traders import moments
from tests.bench.worlds import FAMILIES, World, drawn
from tests.bench.young import BUFFER, Exchange, write


def wild(family: str) -> World:
    """Return a wild three quarters of an hour, the last half hour recorded."""
    return replace(
        drawn(family, 1), unseen=1 / 96, recorded=1 / 48, hold=0.4, volatility=0.3, interest=2e8,
        coverage=("full", "sampled"), paired=True, each=False,
    )  # fmt: skip


def read(folder: Path) -> list[Event]:
    """Return the events, each of which must be one."""
    reader = Reader()
    found = map(reader.read, (folder / "events.ndjson").read_bytes().splitlines())
    return [event for event in found if event is not None]


@pytest.fixture(scope="module", params="ABC")
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp(request.param)
    write(wild(request.param), path)
    return path


def test_every_line_is_of_the_wire(folder: Path) -> None:
    events = read(folder)
    assert len(events) == len((folder / "events.ndjson").read_bytes().splitlines())
    assert [e.at for e in events] == sorted(e.at for e in events)
    truths = [*map(decode, (folder / "truth.ndjson").read_bytes().splitlines())]
    assert len(truths) == 3
    for truth in truths:
        assert truth.long
        assert truth.short
        assert all(price < truth.price for price, _ in truth.long)
        assert all(price > truth.price for price, _ in truth.short)


def test_a_liquidation_was_reached_by_the_mark(folder: Path) -> None:
    after: dict[str, float] = {}
    judged = 0
    for event in reversed(read(folder)):
        if isinstance(event, MarkPrice):
            after[event.instrument.venue] = event.price
        elif isinstance(event, Liquidation):
            sign = 1.0 if event.side is Side.LONG else -1.0
            level = event.price / (1.0 - sign * BUFFER)
            assert sign * (level - after[event.instrument.venue]) > -0.1  # prices are rounded
            judged += 1
    assert judged > 10


def test_a_sampled_feed_shows_the_latest_of_a_second(tmp_path: Path) -> None:
    sampled, whole = wild("A"), replace(wild("A"), coverage=("full", "full"))
    write(sampled, tmp_path / "sampled")
    write(whole, tmp_path / "whole")
    shown, all_ = read(tmp_path / "sampled"), read(tmp_path / "whole")
    listed = [event.instrument for event in shown if isinstance(event, Listing)]
    assert [of.coverage for of in listed] == [Coverage.FULL, Coverage.SAMPLED]
    assert [of.sampling for of in listed] == [None, Sampling(1.0, "latest")]
    latest = {event.at // 1_000_000_000: event.price for event in of_gate(all_)}
    assert [event.price for event in of_gate(shown)] == [*latest.values()]
    assert len(latest) < len(of_gate(all_))


def of_gate(events: list[Event]) -> list[Liquidation]:
    """Return the second venue's liquidations."""
    found = [event for event in events if isinstance(event, Liquidation)]
    return [event for event in found if event.instrument.venue == "gate"]


@pytest.mark.parametrize("paired", [True, False])
def test_open_interest_is_the_larger_side(paired: bool) -> None:
    world, rng = replace(wild("B"), paired=paired), np.random.default_rng(1)
    exchange, told = Exchange("bybit", "full", world, rng), 0
    for now in moments(world, rng):
        lines = [*exchange.published(now, exchange.step(now))]
        sign, quantity = exchange.book["sign"], exchange.book["quantity"]
        long, short = quantity[sign > 0].sum(), quantity[sign < 0].sum()
        for line in lines:
            if line["type"] == "open_interest":
                told += 1
                assert line["oi"] == pytest.approx(max(long, short))
                assert line["oi_usd"] == pytest.approx(line["oi"] * now.price)
    assert told == 45
    assert bool(long == pytest.approx(short)) is paired


def test_equal_seeds_write_equal_files(tmp_path: Path) -> None:
    for folder, seed in (("one", 1), ("two", 1), ("other", 2)):
        write(replace(wild("C"), seed=seed, coverage=("full",)), tmp_path / folder)
    for name in ("events.ndjson", "truth.ndjson"):
        one, two, other = ((tmp_path / f / name).read_bytes() for f in ("one", "two", "other"))
        assert one == two != other


def test_worlds_differ_by_seed_and_family() -> None:
    assert drawn("A", 1) == drawn("A", 1)
    assert len({(w.hold, w.volatility, w.tilt) for w in (drawn("A", n) for n in range(20))}) > 5
    assert len({drawn(family, 1).habits for family in FAMILIES}) == 3
