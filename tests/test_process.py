import sys
from pathlib import Path

import pytest

from liqtui.process import resident


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has /proc")
def test_a_python_takes_some_megabytes() -> None:
    held = resident()
    assert held is not None
    assert 5e6 < held < 5e9


def test_where_nothing_is_told_it_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: "1")
    assert resident() is None
