"""The newest state of every feed, and what it means for a venue as a whole."""

from liqtui.model.events import FeedStatus
from liqtui.model.market import FeedState

_WORSE = [
    FeedState.LIVE,
    FeedState.CONNECTING,
    FeedState.STALE,
    FeedState.REJECTED,
    FeedState.DOWN,
    FeedState.BLOCKED,
]
"""From well to ill."""


class FeedStates:
    """By venue and stream."""

    def __init__(self) -> None:
        self._states: dict[str, dict[str, FeedStatus]] = {}

    def apply(self, event: FeedStatus) -> None:
        """Take in one change; the time of a state is when it began, not when it was said again."""
        streams = self._states.setdefault(event.venue, {})
        held = streams.get(event.stream)
        if held is None or (held.state, held.reason) != (event.state, event.reason):
            streams[event.stream] = event

    def worst(self, venue: str) -> FeedStatus | None:
        """Return the state of the venue's illest stream, None before any was heard of."""
        streams = self._states.get(venue)
        if not streams:
            return None
        return max(streams.values(), key=lambda status: (_WORSE.index(status.state), status.at))
