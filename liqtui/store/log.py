"""The log of a session: alerts, feeds that fail and are back, gaps, odd and large prints."""

from collections import deque
from typing import Final

from msgspec.structs import replace

from liqtui.model.alert import Alert, AlertKind
from liqtui.model.events import FeedStatus, Gap, Liquidation
from liqtui.model.market import FeedState
from liqtui.model.snapshot import Note, NoteKind
from liqtui.model.text import narrow, plain

LARGE_USD: Final = 1e6
"""From which on a liquidation is noted."""
_KEPT: Final = 200
_LENGTH: Final = 400
_PASSING: Final = (FeedState.CONNECTING,)


class Log:
    """The newest notes."""

    def __init__(self) -> None:
        self._notes: deque[Note] = deque(maxlen=_KEPT)
        self._ill: set[tuple[str, str]] = set()

    @property
    def notes(self) -> tuple[Note, ...]:
        """Newest first."""
        return tuple(self._notes)

    def status(self, event: FeedStatus) -> None:
        """Note a feed that fails, and one that is back."""
        key = (event.venue, event.stream)
        live = event.state is FeedState.LIVE
        if event.state in _PASSING or (live and key not in self._ill):
            return
        self._ill = self._ill - {key} if live else self._ill | {key}
        reason = f": {plain(event.reason)}" if event.reason else ""
        self._add(event.at, NoteKind.FEED, f"{_feed(event)} {event.state.value}{reason}", live)

    def gap(self, event: Gap) -> None:
        """Note a stretch that may be incomplete."""
        lost = (event.end - event.start) / 1e9
        self._add(event.at, NoteKind.GAP, f"{_feed(event)} {lost:.1f} s may be missing")

    def liquidation(self, event: Liquidation, doubt: str) -> None:
        """Note one that cannot be true, or one that is large."""
        usd = event.notional
        told = f"{event.instrument.venue} {narrow(event.instrument.symbol)} {event.side.value}"
        if doubt:
            self._add(event.at, NoteKind.ODD, f"{told}: {doubt}")
        elif usd is not None and usd >= LARGE_USD:
            self._add(event.at, NoteKind.LARGE, f"{told} ${usd / 1e6:.2f}M at {event.price:,.8g}")

    def alert(self, alert: Alert) -> None:
        """Note an alert, unless it tells what has a note of its own."""
        noted = alert.kind is AlertKind.PRINT and (alert.usd or 0.0) >= LARGE_USD
        if alert.kind is not AlertKind.FEED and not noted:
            note = _note(alert)
            self._notes.appendleft(replace(note, dim=bool(alert.hushed)))

    def dim(self, alert: Alert) -> None:
        """Dim an alert that was acknowledged, and all that are about the same."""
        note = _note(alert)
        for place, one in enumerate(self._notes):
            same = one.about == note.about if note.about else one == note
            if one.kind is NoteKind.ALERT and same:
                self._notes[place] = replace(one, dim=True)

    def _add(self, at: int, kind: NoteKind, text: str, well: bool = False) -> None:
        self._notes.appendleft(Note(at, kind, text, well))


def _note(alert: Alert) -> Note:
    text = plain(alert.line, _LENGTH)
    return Note(alert.at, NoteKind.ALERT, text, alert.well, alert.about)


def _feed(event: FeedStatus | Gap) -> str:
    return f"{plain(event.venue)} {plain(event.stream)}"
