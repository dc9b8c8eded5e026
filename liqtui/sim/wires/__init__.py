"""Every module is one exchange's wire, from its documents; discovered, never listed."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from liqtui.sim.wire import Wire


def wires() -> Iterator[Wire]:
    """Yield the wire of every module here, by name."""
    for module in sorted(iter_modules(__path__), key=lambda found: found.name):
        yield import_module(f"{__name__}.{module.name}").WIRE
