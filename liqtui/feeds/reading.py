"""A guard around parsers: they promise never to raise, and a feed does not depend on it."""

from collections.abc import Callable, Iterable
from typing import ParamSpec

from liqtui.protocol.items import Item, Malformed

P = ParamSpec("P")


def items(read: Callable[P, Iterable[Item]], *args: P.args, **kwargs: P.kwargs) -> list[Item]:
    """Return what a parser yields; a fault in it costs this frame, not the feed."""
    try:
        return list(read(*args, **kwargs))
    except Exception as error:  # the fault is shown as any other unreadable frame
        return [Malformed(f"parser failed: {type(error).__name__}: {error}")]
