from msgspec.structs import replace

from liqtui.store.told import Told
from tests.making import at, liquidation


def test_each_of_a_former_run_is_recognised_once() -> None:
    told, event = Told(), liquidation(1, 100.0)
    told.add(event)
    told.add(event)
    assert not told.again(liquidation(1, 101.0))
    assert not told.again(liquidation(2, 100.0))
    assert told.again(replace(event, seen=at(60)))
    assert told.again(replace(event, at=event.at + 999_999))
    assert not told.again(event)
