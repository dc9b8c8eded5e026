"""The known answers in the docstrings."""

import doctest
import pkgutil
from importlib import import_module

import pytest

import liqtui.estimator

MODULES = sorted(
    found.name for found in pkgutil.walk_packages(liqtui.estimator.__path__, "liqtui.estimator.")
)


@pytest.mark.parametrize("name", MODULES)
def test_they_are_right(name: str) -> None:
    assert doctest.testmod(import_module(name)).failed == 0
