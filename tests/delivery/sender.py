"""``python -m tests.delivery.sender DIR URL COUNT``: a process that sends, and may be killed.

It tells alerts 1 to COUNT, of which those that an earlier one told are known already, says which it
has handed over, and goes on until it is ended.
"""

import sys
import time
from pathlib import Path
from random import Random

from liqtui.clock import SystemClock
from liqtui.delivery.courier import Courier
from liqtui.delivery.outlets import outlets
from liqtui.feeds.timing import Timing
from liqtui.settings import SinkSettings
from tests.delivery.receiver import SECRET, alert


def main(directory: str, url: str, count: str) -> None:
    """Send until killed."""
    sinks = {"hook": SinkSettings(url=url, secret="env:KEY", per_minute=600.0, timeout_s=5.0)}
    clock = SystemClock()
    opened = list(outlets(sinks, {"KEY": SECRET}, clock))
    timing = Timing(base=0.01, cap=0.1)
    courier = Courier(opened, Path(directory), clock, Random().random, timing=timing)
    courier.start()
    for number in range(1, int(count) + 1):
        courier.tell(alert(number))
    print("told", flush=True)
    while True:
        time.sleep(1.0)


if __name__ == "__main__":
    main(*sys.argv[1:])
