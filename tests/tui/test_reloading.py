import os
from pathlib import Path

from liqtui.tui.reloading import Files


def test_a_file_that_is_written_comes_or_goes_is_noticed_once(tmp_path: Path) -> None:
    file, theme = tmp_path / "config.toml", tmp_path / "themes" / "mine.toml"
    files = Files([theme.parent, tmp_path / "nowhere"], file)
    assert not files.changed()
    file.write_text("")
    assert files.changed()
    assert not files.changed()
    theme.parent.mkdir()
    theme.write_text("x")
    assert files.changed()
    os.utime(theme, ns=(1, 1))
    assert files.changed()
    theme.unlink()
    assert files.changed()
    (theme.parent / "notes.txt").write_text("no theme")
    assert not files.changed()
