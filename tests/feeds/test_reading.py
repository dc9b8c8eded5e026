"""The guard around parsers."""

from collections.abc import Iterator

import pytest

from liqtui.feeds import reading
from liqtui.protocol.items import Ack, Item, Malformed


def test_items_are_passed_on() -> None:
    def read(frame: bytes) -> Iterator[Item]:
        yield Ack(frame.decode())

    assert reading.items(read, b"x") == [Ack("x")]


@pytest.mark.parametrize("error", [ValueError("odd"), RecursionError(), KeyError("k")])
def test_a_fault_is_a_malformed_frame(error: Exception) -> None:
    def read(_frame: bytes) -> Iterator[Item]:
        yield Ack("x")
        raise error

    (item,) = reading.items(read, b"x")
    assert isinstance(item, Malformed)
    assert type(error).__name__ in item.reason
