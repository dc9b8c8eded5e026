"""What every run is composed of: the venues that settings ask for, and an engine for them."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import liqtui.venues
from liqtui import paths
from liqtui.archive import retention
from liqtui.clock import Clock
from liqtui.engine import Engine, Limits
from liqtui.estimator.methods import MODEL, make
from liqtui.memory import Memory
from liqtui.model.alert import AlertKind, Policy
from liqtui.protocol.venue import Venue
from liqtui.settings import Settings
from liqtui.store.board import Label


def chosen(settings: Settings, hosts: Mapping[str, Mapping[str, str]] | None = None) -> list[Venue]:
    """Return the venues that settings ask for, pointed where they say.

    Args:
        settings: which venues and markets, and their own base URLs.
        hosts: base URLs by venue and role that come before those of the settings.
    """
    wanted = settings.watch.venues or tuple(liqtui.venues.names())
    found = []
    for name in wanted:
        own = settings.venues.get(name)
        if own is not None and not own.enabled:
            continue
        venue = liqtui.venues.load(name)
        moved = {**(own.hosts if own else {}), **(hosts or {}).get(name, {})}
        found.append(venue.at(moved, own.markets if own and own.markets else venue.markets))
    return found


def labels(venues: Sequence[Venue]) -> dict[str, Label]:
    """Return how venues are written, in their order."""
    return {venue.name: Label(venue.title, venue.tag) for venue in venues}


def engine(
    settings: Settings,
    venues: Sequence[Venue],
    ledger: Callable[[bytes], object] | None = None,
) -> Engine:
    """Return an engine for these venues; ``ledger`` takes the lines of its score."""
    odd = settings.quarantine
    limits = Limits(odd.oi_share, odd.mark_distance)
    return Engine(
        labels(venues),
        settings.watch.bases,
        limits,
        settings.tape.keep,
        estimator=partial(make, MODEL),
        ledger=ledger,
    )


def memory(settings: Settings, clock: Clock) -> Memory | None:
    """Return what keeps what is heard, None where nothing is to be kept."""
    wanted = settings.archive
    if not wanted.enabled:
        return None
    limits = retention.Limits(wanted.days, wanted.max_mb * 1_000_000)
    return Memory(paths.data_dir(), limits, clock, settings.tape.keep, wanted.sample_s)


def policy(settings: Settings) -> Policy | None:
    """Return what is wanted of alerts, None where none are."""
    wanted = settings.alerts
    if not wanted.enabled:
        return None
    kinds = frozenset(AlertKind(kind) for kind in wanted.kinds) or frozenset(AlertKind)
    return Policy(wanted.least, kinds, wanted.per_minute)
