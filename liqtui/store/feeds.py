"""The newest state of every feed, and what it means for a venue as a whole."""

from collections.abc import Collection

from msgspec.structs import replace

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
_WELL = (FeedState.LIVE, FeedState.CONNECTING)


class FeedStates:
    """By venue and stream."""

    def __init__(self) -> None:
        self._states: dict[str, dict[str, FeedStatus]] = {}

    def apply(self, event: FeedStatus) -> None:
        """Take in one change; a state's time is when it began, whatever is said of it since."""
        streams = self._states.setdefault(event.venue, {})
        held = streams.get(event.stream)
        if held is not None and held.state is event.state:
            event = replace(event, at=held.at)
        streams[event.stream] = event

    def keep(self, streams: Collection[tuple[str, str]]) -> None:
        """Forget the streams that are not among these (venue, stream): they are wanted no more."""
        for venue, states in self._states.items():
            for stream in [name for name in states if (venue, name) not in streams]:
                del states[stream]

    def all(self) -> list[FeedStatus]:
        """Return the newest of every stream."""
        return [status for states in self._states.values() for status in states.values()]

    def worst(self, venue: str) -> FeedStatus | None:
        """Return the state a venue as a whole is in, None before any was heard of.

        Its sockets speak for it: one REST schedule that fails costs one number. While there is no
        socket its REST speaks; where the venue serves us sockets but no REST, it is half there.
        """
        streams = self._states.get(venue)
        if not streams:
            return None
        sockets = [status for status in streams.values() if not _is_rest(status)]
        told = max(sockets or streams.values(), key=_illness)
        blocked = [status for status in streams.values() if status.state is FeedState.BLOCKED]
        if blocked and told.state is FeedState.LIVE:
            return replace(blocked[0], state=FeedState.STALE, reason=f"REST: {blocked[0].reason}")
        return told

    def ill(self) -> dict[str, bool]:
        """Return by venue whether it is stale, down or refused as a whole."""
        worst = {venue: self.worst(venue) for venue in self._states}
        return {v: told is not None and told.state not in _WELL for v, told in worst.items()}


def _illness(status: FeedStatus) -> tuple[int, int]:
    return _WORSE.index(status.state), status.at


def _is_rest(status: FeedStatus) -> bool:
    return status.stream.startswith("rest")
