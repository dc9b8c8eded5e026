"""What the live screen is made of."""

from pathlib import Path

from msgspec.structs import replace

from liqtui.clock import SystemClock
from liqtui.commands import watch
from liqtui.composition import memory
from liqtui.settings import ArchiveSettings, Settings
from tests.toy import ToyVenue


def test_nothing_is_kept_where_nothing_is_wanted(home: Path) -> None:
    off = replace(Settings(), archive=ArchiveSettings(enabled=False))
    assert memory(off, SystemClock()) is None
    assert memory(Settings(), SystemClock()) is not None
    assert not (home / "data").exists()


def test_what_is_heard_is_kept_in_the_data_directory(home: Path, toy: ToyVenue) -> None:
    core = watch.own(Settings())
    assert not (home / "data" / "archive.db").exists()
    core.start()
    try:
        from tests.conditions import until

        until((home / "data" / "archive.db").exists)
    finally:
        assert core.stop(5.0)
        assert core.failure is None
