"""What this process takes of the machine."""

import os
from pathlib import Path


def resident() -> int | None:
    """Return the bytes of memory this process holds; None where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
