"""What there is, in a line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from liqtui.archive import schema
from liqtui.archive.summary import summary
from liqtui.model.records import Kept
from tests.archive.opening import kept, writer
from tests.making import at, interest, liquidation


def test_what_there_is_is_summed_up(tmp_path: Path) -> None:
    kept(tmp_path, Kept(liquidation(1, 100.0)), interest(-60, 5.0)).close()
    found = summary(tmp_path)
    assert (found.version, found.liquidations, found.writer) == (schema.VERSION, 1, None)
    assert (found.oldest, found.newest) == (at(-60) // 10**6, at(1) // 10**6)
    assert found.size > 4096
    assert "2026-09-21 14:13 to 2026-09-21 14:14 UTC, 1 liquidations; nobody" in found.line


def test_who_writes_it_is_told(tmp_path: Path) -> None:
    one = writer(tmp_path)
    assert summary(tmp_path).line.endswith(
        f"empty, 0 liquidations; process {os.getpid()} writes it"
    )
    one.stop()


def test_where_there_is_none_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(schema.ArchiveError, match="no archive at"):
        summary(tmp_path)


def test_it_needs_nothing_that_takes_long_to_load() -> None:
    asked = "import sys; import liqtui.archive.summary; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, check=True)
    assert done.stdout == b"False\n"
