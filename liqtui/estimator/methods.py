"""Every way of estimating, by name."""

from collections.abc import Callable, Mapping
from functools import partial
from importlib.util import find_spec
from typing import Final

from liqtui.estimator import Estimator
from liqtui.estimator.baselines import seed
from liqtui.estimator.baselines.drops import Drops
from liqtui.estimator.baselines.entered import Entered
from liqtui.estimator.baselines.floating import Floating, radial, uniform
from liqtui.estimator.baselines.profile import VolumeProfile
from liqtui.estimator.calibration import Calibrated
from liqtui.estimator.fire import Forms
from liqtui.estimator.oi_candle import OiCandle

CALIBRATED: Final = "+cal"
MODEL: Final = "liqtui"
_MODULE: Final = "liqtui.estimator.model"

_SIMPLE: Final[Mapping[str, Callable[[], Estimator]]] = {
    "seed1": partial(Floating, "seed1", seed.average),
    "seed2": Drops,
    "seed3": partial(Floating, "seed3", seed.by_funding),
    "seed-tiers": partial(Floating, "seed-tiers", seed.tiers),
    "seed1-repaired": partial(Entered, "seed1-repaired", seed.REPAIRED_AVERAGE),
    "seed2-repaired": partial(Drops, repaired=True),
    "seed3-repaired": partial(Entered, "seed3-repaired", seed.tilted_by_funding),
    "seed-tiers-repaired": partial(Entered, "seed-tiers-repaired", seed.REPAIRED_TIERS),
    "oi-candle": OiCandle,
    "oi-candle-taker": partial(OiCandle, by_taker=True),
    "volume-profile": VolumeProfile,
    "uniform": partial(Floating, "uniform", uniform),
    "distance": partial(Floating, "distance", radial),
}


class UnknownMethodError(ValueError):
    """A name that no method has."""


def names() -> tuple[str, ...]:
    """Return the names of all methods, the model first, without their calibrated forms."""
    model = (MODEL,) if find_spec(_MODULE) else ()
    return (*model, *_SIMPLE)


def make(name: str) -> Estimator:
    """Return a fresh estimator.

    Args:
        name: one of `names`, with ``+cal`` behind it for its calibrated form.

    Raises:
        UnknownMethodError: there is no such method.
    """
    plain = name.removesuffix(CALIBRATED)
    if plain not in names():
        raise UnknownMethodError(f"no method {name!r}")
    estimator = _model() if plain == MODEL else _SIMPLE[plain]()
    return expecting(estimator) if name.endswith(CALIBRATED) else estimator


def expecting(estimator: Estimator) -> Estimator:
    """Return what an estimator expects to fire where the price goes; to be fed in its place.

    The simple methods all have the same layer, the model its own.
    """
    return Calibrated(estimator, Forms() if estimator.method == MODEL else None)


def _model() -> Estimator:
    from importlib import import_module

    made: Estimator = import_module(_MODULE).Model()
    return made
