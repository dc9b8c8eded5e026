"""What systemd is told by a service of ``Type=notify``: that it is ready, alive, about to end.

The protocol of sd_notify(3): datagrams to the socket that the environment names.
"""

import os
import socket
from collections.abc import Mapping
from typing import Final

_MICRO: Final = 1_000_000


def notify(state: str, environ: Mapping[str, str] | None = None) -> bool:
    """Tell a state such as ``READY=1``; return whether there was anybody to tell."""
    address = (os.environ if environ is None else environ).get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.setblocking(False)
        try:
            out.sendto(
                state.encode(), address.replace("@", "\0", 1) if address[0] == "@" else address
            )
        except OSError:  # it is gone, or has other things to do
            return False
    return True


def watchdog_s(environ: Mapping[str, str]) -> float | None:
    """Return the seconds within which life must be shown; None where nobody waits for it."""
    micros, pid = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not micros.isdecimal() or int(micros) == 0 or pid not in ("", str(os.getpid())):
        return None
    return int(micros) / _MICRO
