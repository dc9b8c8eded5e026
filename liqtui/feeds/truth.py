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


async def listen(
    port: int,
    take: Callable[[Truth], None],
    lose: Callable[[], None],
    patience: float = 10.0,
) -> str:
    """Hand on every truth until the stream ends, and return the reason.

    Args:
        port: of 127.0.0.1.
        take: called with each.
        lose: called whenever none has come for too long, and at the end.
        patience: seconds that are not too long.
    """
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=_LONGEST)
    except OSError as error:
        return plain(str(error))
    try:
        writer.write(_ASK)
        while line := await _line(reader, lose, patience):
            take(decode(line))
    except (OSError, BadTruthError) as error:
        return plain(str(error))
    except ValueError:  # what a reader raises at its limit
        return f"a line of more than {_LONGEST} bytes"
    finally:
        writer.close()
        lose()
    return "the simulation ended"


async def _line(reader: asyncio.StreamReader, lose: Callable[[], None], patience: float) -> bytes:
    """Return the next line, however long it takes; empty at the end."""
    while True:
        try:
            async with asyncio.timeout(patience):
                return await reader.readline()
        except TimeoutError:
            lose()
