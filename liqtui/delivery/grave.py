"""The file of letters that did not arrive: one JSON object a line, for whoever looks for them."""

import os
from pathlib import Path
from typing import Final

import msgspec

from liqtui.delivery.outbox import Waiting

FILE_NAME: Final = "alerts.dead.ndjson"
_SIZE: Final = 1 << 20
"""Beyond this a file is put aside, in place of the one put aside before."""


def bury(directory: Path, sink: str, dead: Waiting, now: int, told: str) -> None:
    """Write a letter down, on the disk when this returns.

    Args:
        directory: of the file, which is for its owner's eyes only.
        sink: that it did not get to.
        dead: the letter.
        now: UTC ns.
        told: why.

    Raises:
        OSError: it cannot be written.
    """
    file = directory / FILE_NAME
    line = msgspec.json.encode(
        {
            "sink": sink,
            "ts": now // 1_000_000,
            "tries": dead.tries,
            "reason": told,
            "alert": msgspec.Raw(dead.letter.body),
        }
    )
    if file.exists() and file.stat().st_size > _SIZE:
        file.replace(file.with_suffix(".1.ndjson"))
    flags = os.O_CREAT | os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW
    with os.fdopen(os.open(file, flags, 0o600), "ab") as out:
        size = os.fstat(out.fileno()).st_size
        torn = size and os.pread(out.fileno(), 1, size - 1) != b"\n"
        out.write((b"\n" if torn else b"") + line + b"\n")
        out.flush()
        os.fsync(out.fileno())
