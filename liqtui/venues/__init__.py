"""Every module in here is one exchange; they are found, never listed."""

import os
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any, cast

import msgspec

from liqtui.model.market import Instrument, Tier
from liqtui.protocol.facts import Facts
from liqtui.protocol.venue import Venue


class UnknownVenueError(LookupError):
    """No module of that name."""


class _Shipped(msgspec.Struct):
    """``data/<venue>.json``: facts that need a key to fetch, or that decode needs offline."""

    about: str = ""
    """What the facts are and where they are from."""
    date: str = ""
    """The day they held."""
    common: dict[str, Any] = {}
    """What all of ``instruments`` share."""
    instruments: list[dict[str, Any]] = []
    schedules: list[list[list[float]]] = []
    """Rows of floor, rate, max leverage and, where published, deduction: see `Tier`."""
    tiers: dict[str, int] = {}
    """Symbol to its schedule's index: thousands of symbols share a few hundred schedules."""


def names() -> list[str]:
    """Return the known venues, without importing any."""
    # pkgutil's search costs as much as everything else that `config check` looks at.
    files = (file.name.partition(".") for folder in __path__ for file in os.scandir(folder))
    return sorted(stem for stem, _, kind in files if kind == "py" and stem != "__init__")


def load(name: str) -> Venue:
    """Return one venue.

    Raises:
        UnknownVenueError: with the names there are.
    """
    if name not in names():
        raise UnknownVenueError(f"unknown venue {name!r}: there are {', '.join(names())}")
    return cast("Venue", import_module(f"{__name__}.{name}").VENUE)


def shipped(name: str) -> Facts:
    """Return what is known of a venue before it was asked anything."""
    instruments, tiers = _known(name)
    return Facts(instruments=dict(instruments), tiers=tiers)


@cache
def _known(name: str) -> tuple[Mapping[str, Instrument], Mapping[str, tuple[Tier, ...]]]:
    from importlib import resources  # 10 ms that few commands need

    file = resources.files(__name__) / "data" / f"{name}.json"
    if not file.is_file():
        return {}, {}
    data = msgspec.json.decode(file.read_bytes(), type=_Shipped)
    schedules = [tuple(Tier(*row) for row in schedule) for schedule in data.schedules]
    tiers = {symbol: schedules[index] for symbol, index in data.tiers.items()}
    known = (
        msgspec.convert({"tiers": tiers.get(row["symbol"], ()), **data.common, **row}, Instrument)
        for row in data.instruments
    )
    return {instrument.symbol: instrument for instrument in known}, tiers
