import os
from pathlib import Path

import pytest

from liqtui import venues
from liqtui.protocol.venue import Capabilities
from tests.toy import ToyVenue

CAPABILITIES = (
    Capabilities("linear", "full", "socket", "estimate, settled", "public", "1 year"),
    Capabilities("inverse", "sampled 1/s", "rest 5 s", "settled", "shipped", "none"),
)


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Directories of the test's own, and no setting from outside."""
    for name in [name for name in os.environ if name.startswith("LIQTUI_")]:
        monkeypatch.delenv(name)
    for kind in ("config", "data", "state", "runtime"):
        monkeypatch.setenv(f"LIQTUI_{kind.upper()}_DIR", str(tmp_path / kind))
    (tmp_path / "config").mkdir()
    return tmp_path


@pytest.fixture
def settings_file(home: Path) -> Path:
    """Where the user's file would be."""
    return home / "config" / "config.toml"


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> ToyVenue:
    """The only venue there is."""
    venue = ToyVenue(capabilities=CAPABILITIES, markets=("linear", "inverse"))
    monkeypatch.setattr(venues, "names", lambda: [venue.name])
    monkeypatch.setattr(venues, "load", lambda name: {venue.name: venue}[name])
    return venue
