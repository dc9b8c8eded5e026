from liqtui.protocol.facts import Facts
from liqtui.protocol.raw import Direction, Raw
from liqtui.sim.recorded import RecordedVenue
from liqtui.sim.replay import Replayed
from tests.making import BTC, START
from tests.toy import HOSTS, ToyVenue

MARKS = f"{HOSTS['ws']}/marks"


def raw(body: bytes, direction: Direction = "in", url: str = MARKS) -> Raw:
    return Raw("toy", "a#1", direction, url, START, body)


def recorded(*lines: Raw) -> RecordedVenue:
    return RecordedVenue(ToyVenue(), Replayed(lines), lambda url: url)


def test_a_stream_without_a_recording_is_not_opened() -> None:
    assert recorded().streams(Facts(), ["BTC"]) == []
    (stream,) = recorded(raw(b"x")).streams(Facts(), ["BTC"])
    assert stream.name == "marks"


def test_what_was_found_once_stays_when_the_journal_is_used_up() -> None:
    journal = Replayed([raw(b"x")])
    venue = RecordedVenue(ToyVenue(), journal, lambda url: url)
    assert len(venue.streams(Facts(), [])) == 1
    assert journal.recording(MARKS, frozenset()) is not None
    assert len(venue.streams(Facts(), ["BTC"])) == 1


def test_only_recorded_calls_are_made() -> None:
    assert recorded().bootstrap() == []
    listed = raw(b"{}", url=f"{HOSTS['rest']}/instruments")
    assert len(recorded(listed).bootstrap()) == 1
    assert recorded(listed).backfill(BTC, 0, 1) == []


def test_it_is_the_venue_otherwise() -> None:
    venue, toy = recorded(), ToyVenue()
    assert (venue.name, venue.title, venue.tag) == (toy.name, toy.title, toy.tag)
    assert (venue.markets, venue.hosts) == (toy.markets, toy.hosts)
    assert venue.capabilities == toy.capabilities
    assert venue.at({"ws": "ws://127.0.0.1:1"}, ["linear"]).hosts["ws"] == "ws://127.0.0.1:1"
    assert venue.pools[0].limit > toy.pools[0].limit
    assert list(venue.read("x", b"ok", 0, Facts())) == list(toy.read("x", b"ok", 0, Facts()))
    assert list(venue.session("x", Facts()).receive(b"ok", 0))
    assert venue.polls(Facts(), []) == []
