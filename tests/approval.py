"""Compare a text with the one that was approved; ``LIQTUI_APPROVE=1`` approves what is there."""

import os
from pathlib import Path


def check(approved: Path, text: str) -> None:
    """Assert that ``text`` equals the approved file.

    Raises:
        AssertionError: it differs, or nothing was approved yet.
    """
    if os.environ.get("LIQTUI_APPROVE") == "1":
        approved.parent.mkdir(parents=True, exist_ok=True)
        approved.write_text(text, encoding="utf-8")
    assert approved.exists(), f"nothing approved: look at it, then LIQTUI_APPROVE=1 ({approved})"
    assert approved.read_text(encoding="utf-8") == text
