"""What holds for every venue that is found, each with its fixture of documented frames."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liqtui.model import wire
from liqtui.model.events import FeedStatus, Gap, Listing
from liqtui.protocol.facts import Facts
from liqtui.protocol.items import (
    Ack,
    Closing,
    Item,
    Malformed,
    Pong,
    Rejected,
    Reply,
    Unknown,
)
from liqtui.protocol.raw import Raw
from liqtui.protocol.venue import Venue
from liqtui.store import journal
from liqtui.store.reading import Reader
from liqtui.venues import UnknownVenueError, load, names, shipped
from tests import approval

FIXTURES = Path(__file__).parents[1] / "fixtures" / "venues"
APPROVED = Path(__file__).parent / "__approved__"
every_venue = pytest.mark.parametrize("name", names())
CONTROL = (Reply, Ack, Pong, Rejected, Closing, Unknown, Malformed)


def fixture_lines(name: str) -> list[bytes]:
    lines = (FIXTURES / f"{name}.jsonl").read_bytes().splitlines()
    return [line for line in lines[1:] if line.strip()]


def read_all(name: str, facts: Facts | None = None) -> Iterator[tuple[Raw, list[Item]]]:
    reader = Reader(load(name), shipped(name) if facts is None else facts)
    for line in fixture_lines(name):
        raw = journal.parse(line, name)
        yield raw, list(reader.read(raw))


def text(item: Item) -> str:
    if isinstance(item, CONTROL):
        return f"  {type(item).__name__.lower()} {msgspec.json.encode(item).decode()}"
    return "  " + wire.line(item).decode()


@every_venue
def test_fixture_is_read_as_approved(name: str) -> None:
    rows = []
    for raw, items in read_all(name):
        rows.append(f"{raw.direction} {raw.url} {raw.body[:100].decode(errors='replace')}")
        rows.extend(text(item) for item in items)
    approval.check(APPROVED / f"{name}.txt", "\n".join(rows) + "\n")


@every_venue
def test_fixture_says_where_it_comes_from(name: str) -> None:
    head, *lines = (FIXTURES / f"{name}.jsonl").read_bytes().splitlines()
    assert {"about", "sources"} <= set(msgspec.json.decode(head))
    kinds = {msgspec.json.decode(line)["kind"] for line in lines if line.strip()}
    assert kinds <= {"docs", "constructed"}


def numbers(value: Any) -> Iterator[float]:
    if isinstance(value, bool):
        return
    if isinstance(value, int | float):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from numbers(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from numbers(inner)


@every_venue
def test_events_are_sound(name: str) -> None:
    venue = load(name)
    kinds = set()
    for raw, items in read_all(name):
        for item in items:
            if isinstance(item, CONTROL):
                continue
            kinds.add(type(item).__name__)
            assert not isinstance(item, FeedStatus | Gap), "the runner says those"
            assert item.seen == raw.seen
            assert item.instrument.venue == name
            assert item.instrument.market in venue.markets
            assert all(math.isfinite(n) for n in numbers(msgspec.to_builtins(item)))
    assert {"Liquidation", "Trade", "MarkPrice", "Funding", "OpenInterest", "Candle"} <= kinds


@every_venue
def test_two_readings_agree(name: str) -> None:
    first = [items for _, items in read_all(name)]
    second = [items for _, items in read_all(name)]
    assert first == second


@every_venue
def test_listings_reach_the_facts(name: str) -> None:
    facts = Facts()
    listed = [i for _, items in read_all(name, facts) for i in items if isinstance(i, Listing)]
    assert listed
    assert {i.instrument.symbol for i in listed} <= set(facts.instruments)


@every_venue
def test_every_frame_of_every_kind_on_both_urls_never_raises(name: str) -> None:
    venue = load(name)
    urls = {journal.parse(line, name).url for line in fixture_lines(name)}
    for url in sorted(urls):
        for line in fixture_lines(name):
            body = journal.parse(line, name).body
            assert all(isinstance(item, msgspec.Struct) for item in answer(venue, url, body))


def answer(venue: Venue, url: str, body: bytes) -> list[Item]:
    facts = shipped(venue.name)
    if url.startswith("http"):
        return list(venue.read(url, body, 0, facts))
    return list(venue.session(url, facts).receive(body, 0))


@every_venue
@settings(max_examples=60)
@given(data=st.data())
def test_mutilated_frames_never_raise(name: str, data: st.DataObject) -> None:
    raw = journal.parse(data.draw(st.sampled_from(fixture_lines(name))), name)
    at = data.draw(st.integers(0, len(raw.body)))
    to = data.draw(st.integers(at, len(raw.body)))
    junk = data.draw(st.sampled_from([b"", b"NaN", b'"', b"-1", b"null", b"[", b"1e308", b"\xff"]))
    broken = raw.body[:at] + junk + raw.body[to:]
    for item in answer(load(name), raw.url, broken):
        assert all(math.isfinite(n) for n in numbers(msgspec.to_builtins(item)))


@every_venue
def test_streams_and_polls_are_named_apart(name: str) -> None:
    venue, facts = load(name), shipped(name)
    for _ in read_all(name, facts):
        pass
    streams, polls = venue.streams(facts, ["BTC"]), venue.polls(facts, ["BTC"])
    assert len({stream.name for stream in streams}) == len(streams) > 0
    assert len({poll.name for poll in polls}) == len(polls)
    for stream in streams:
        assert stream.canary
        assert stream.hello(1_790_000_000_000_000_000)
        assert any(stream.url.startswith(host) for host in venue.hosts.values())
    pools = {pool.name for pool in venue.pools}
    for request in [*venue.bootstrap(), *(poll.request for poll in polls)]:
        assert any(request.url.startswith(host) for host in venue.hosts.values())
        assert request.pool in {"", *pools}


@every_venue
def test_hosts_can_be_pointed_elsewhere(name: str) -> None:
    venue = load(name)
    local = {
        role: f"{'ws' if url.startswith('ws') else 'http'}://127.0.0.1:9/{role}"
        for role, url in venue.hosts.items()
    }
    moved, facts = venue.at(local, venue.markets), shipped(name)
    for _ in read_all(name, facts):
        pass
    urls = [stream.url for stream in moved.streams(facts, ["BTC"])]
    urls += [request.url for request in moved.bootstrap()]
    assert urls
    assert all("127.0.0.1:9/" in url for url in urls)


def test_an_unknown_venue_is_told_the_known_ones() -> None:
    with pytest.raises(UnknownVenueError, match="unknown venue 'nosuch'"):
        load("nosuch")


@every_venue
def test_each_market_has_one_call_that_lists_it_at_the_start_and_again_later(name: str) -> None:
    venue = load(name)
    polled = [poll.request for poll in venue.polls(Facts(), ())]
    for calls in (venue.bootstrap(), polled):
        assert sorted(call.lists for call in calls if call.lists) == sorted(venue.markets)
