"""The known answers in the docstrings."""

import doctest
import pkgutil
from importlib import import_module

import pytest

import liqtui.alerts

MODULES = sorted(
    found.name for found in pkgutil.walk_packages(liqtui.alerts.__path__, "liqtui.alerts.")
)


@pytest.mark.parametrize("name", MODULES)
def test_they_are_right(name: str) -> None:
    assert doctest.testmod(import_module(name)).failed == 0
