"""What the rules know, and how that outlives a restart."""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from liqtui.alerts.flows import Flows
from liqtui.alerts.health import Condition
from liqtui.alerts.levels import Levels
from liqtui.alerts.likely import Danger
from liqtui.alerts.silence import Silence
from liqtui.alerts.zones import Zone
from liqtui.model.alert import Alert
from liqtui.model.market import Side

_VERSION: Final = 1
"""To be raised where what was kept would be misread; what only grew has defaults."""
_HELD: Final = 100
"""Alerts held back that are kept; a digest of more says little else."""


class Coin(Struct, frozen=True):
    """What is known of one coin."""

    minute: int = 0
    """UTC, of the last situation."""
    prices: tuple[tuple[int, float], ...] = ()
    """(UTC ns, price), one a minute, the oldest first: for its speed."""
    zones: tuple[Zone, ...] = ()
    next: int = 1
    """The number of the next new zone."""
    flows: Flows = Flows()
    levels: Levels = Levels()
    danger: Danger = Danger()
    estimate: Condition | None = None
    """None: it was not trusted yet."""
    cascade: Mapping[Side, int] = {}
    """The zone by which one was told last."""


class State(Struct, frozen=True):
    """What is known of all, after a situation."""

    coins: Mapping[str, Coin] = {}
    venues: Mapping[str, Condition] = {}
    rows: int | None = None
    """Of the last situation: the next one's prints begin there; None: there was none."""
    number: int = 0
    """Of the last alert."""
    recent: tuple[int, ...] = ()
    """UTC ns of the alerts of the last minute."""
    held: tuple[Alert, ...] = ()
    """Held back since the last digest."""
    silence: Silence = Silence()
    """What a person does not want to hear."""


class _Kept(Struct, frozen=True):
    version: int
    state: State


def encode(state: State) -> bytes:
    """Return a state as it is kept; some ten kilobytes a coin."""
    # The next process counts its liquidations anew.
    kept = replace(state, rows=None, held=state.held[:_HELD])
    return msgspec.msgpack.encode(_Kept(_VERSION, kept))


def decode(kept: bytes) -> State | None:
    """Return the state that was kept, None where this program cannot read it."""
    try:
        found = msgspec.msgpack.decode(kept, type=_Kept)
    except msgspec.DecodeError:
        return None
    return found.state if found.version == _VERSION else None
