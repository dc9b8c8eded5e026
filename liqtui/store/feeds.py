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
        """Return the state a venue as a whole is in, None before any was heard of.

        Its sockets speak for it: one REST schedule that fails costs one number. While there is no
        socket, or where the venue does not serve us over REST at all, its REST speaks.
        """
        streams = self._states.get(venue)
        if not streams:
            return None
        sockets = [status for status in streams.values() if not _is_rest(status)]
        blocked = [status for status in streams.values() if status.state is FeedState.BLOCKED]
        told = [*sockets, *blocked] or list(streams.values())
        return max(told, key=lambda status: (_WORSE.index(status.state), status.at))


def _is_rest(status: FeedStatus) -> bool:
    return status.stream.startswith("rest")
