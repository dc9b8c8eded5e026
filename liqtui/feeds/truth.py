"""Where positions truly stand, as a simulation on this machine tells it on its control socket."""

import asyncio
from collections.abc import Callable
from typing import Final

from liqtui.model.text import plain
from liqtui.model.truth import BadTruthError, Truth, decode

_ASK: Final = b"truth 1\n"
"""Once a second."""
_LONGEST: Final = 1 << 20
"""Bytes of a line."""


async def listen(port: int, take: Callable[[Truth], None], patience: float = 10.0) -> str:
    """Hand on every truth until no more is told, and return the reason.

    Args:
        port: of 127.0.0.1.
        take: called with each.
        patience: seconds of silence after which there is nothing to wait for.
    """
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=_LONGEST)
    except OSError as error:
        return plain(str(error))
    try:
        writer.write(_ASK)
        return await _listen(reader, take, patience)
    except TimeoutError:
        return f"silent for {patience:g} s"
    except (OSError, BadTruthError) as error:
        return plain(str(error))
    except ValueError:  # what a reader raises at its limit
        return f"a line of more than {_LONGEST} bytes"
    finally:
        writer.close()


async def _listen(
    reader: asyncio.StreamReader, take: Callable[[Truth], None], patience: float
) -> str:
    while True:
        async with asyncio.timeout(patience):
            line = await reader.readline()
        if not line:
            return "the simulation ended"
        take(decode(line))
