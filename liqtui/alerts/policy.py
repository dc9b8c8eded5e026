"""What every rule is given beside the coin it looks at."""

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from liqtui.model.alert import Policy
from liqtui.model.market import FeedState
from liqtui.model.situation import Standing, VenueState

SECOND: Final = 1_000_000_000
MINUTE: Final = 60 * SECOND
_WORTH: Final = 0.10
"""Share of a coin's open interest from which on a silent venue is named."""
_BLIND: Final = 0.50
"""And from which on nothing is said that rests on it."""


DEFAULT: Final = Policy()


class Moment(Struct, frozen=True):
    """What holds for all coins."""

    now: int
    """UTC ns."""
    policy: Policy
    silent: Mapping[str, VenueState]
    """The venues that are not heard as they should be, by name."""


def missing(standing: Standing, moment: Moment) -> float:
    """Return the share of a coin's open interest at venues that are not heard."""
    return sum(share for venue, share in standing.shares if venue in moment.silent)


def blind(standing: Standing, moment: Moment) -> bool:
    """Tell whether too much is not heard to say anything of what stands or does not happen."""
    return missing(standing, moment) >= _BLIND


def caveats(standing: Standing, moment: Moment) -> Iterator[str]:
    """Yield what of the coin is not heard, where it is worth saying."""
    for venue, share in standing.shares:
        state = moment.silent.get(venue)
        if state is not None and share >= _WORTH:
            yield f"{state.title} {state.state.value}: {share:.0%} of OI"


def silent(venues: tuple[VenueState, ...]) -> Mapping[str, VenueState]:
    """Return those that are not heard, by name."""
    return {state.venue: state for state in venues if state.state is not FeedState.LIVE}
