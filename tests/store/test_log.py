from msgspec.structs import replace

from liqtui.model.alert import Alert, AlertKind
from liqtui.model.events import FeedStatus, Gap
from liqtui.model.market import FeedState
from liqtui.model.snapshot import NoteKind
from liqtui.store.log import Log
from tests.making import at, liquidation


def turned(state: FeedState, reason: str = "") -> FeedStatus:
    return FeedStatus("toy", "marks", state, reason, at(0), at(0))


def test_a_feed_is_noted_when_it_fails_and_when_it_is_back() -> None:
    log = Log()
    for state in (FeedState.CONNECTING, FeedState.LIVE, FeedState.STALE, FeedState.CONNECTING):
        log.status(turned(state, "silent" if state is FeedState.STALE else ""))
    log.status(turned(FeedState.LIVE))
    log.status(turned(FeedState.LIVE))
    assert [(note.text, note.well) for note in log.notes] == [
        ("toy marks live", True),
        ("toy marks stale: silent", False),
    ]


def test_gaps_and_liquidations_that_are_large_or_odd() -> None:
    log = Log()
    log.gap(Gap("toy", "marks", at(0), at(4.25), "closed", at(5), at(5)))
    log.liquidation(liquidation(6, 100.0, 1e4), "")
    log.liquidation(liquidation(7, 100.0, 2e6), "")
    log.liquidation(liquidation(8, 100.0, 2e6), "absurd")
    assert [note.kind for note in log.notes] == [NoteKind.ODD, NoteKind.LARGE, NoteKind.GAP]
    assert log.notes[0].text.endswith(": absurd")
    assert "4.2 s may be missing" in log.notes[2].text


def test_only_the_newest_are_kept() -> None:
    log = Log()
    for n in range(500):
        log.gap(Gap("toy", "marks", at(n), at(n + 1), "", at(n), at(n)))
    assert len(log.notes) == 200
    assert log.notes[0].at == at(499)


def test_alerts_are_noted_unless_they_have_a_note_of_their_own() -> None:
    log = Log()
    one = Alert(at=at(0), kind=AlertKind.BURST, text="Burst \x1b[2J", base="BTC", usd=4e6)
    for kind in (AlertKind.BURST, AlertKind.PRINT, AlertKind.FEED):
        log.alert(replace(one, kind=kind))
    log.alert(replace(one, kind=AlertKind.PRINT, usd=2e5))
    assert [note.text for note in log.notes] == ["BTC: Burst \ufffd[2J"] * 2
    assert {note.kind for note in log.notes} == {NoteKind.ALERT}
