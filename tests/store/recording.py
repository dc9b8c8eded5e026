"""A process that records until it is killed: ``python -m tests.store.recording FOLDER``.

It takes 2,000 numbered lines a second and says how many are on disk.
"""

import sys
import time
from pathlib import Path

from liqtui.protocol.raw import Raw
from liqtui.store.recorder import Limits, Recorder

RATE = 2000
BODY = b'{"e":"aggTrade","E":%d,"s":"BTCUSDT","p":"64990.90","q":"0.002","n":%d}'


def main(folder: str) -> None:
    limits = Limits(size=20_000, span=2_000_000_000)
    recorder = Recorder(Path(folder), time.time_ns(), print, limits=limits)
    begun, number, said = time.monotonic(), 0, 0
    while True:
        for _ in range(round((time.monotonic() - begun) * RATE) - number):
            now = time.time_ns()
            recorder.take(
                Raw("toy", "a#1", "in", "ws://toy.example", now, BODY % (now // 10**6, number))
            )
            number += 1
        if (lines := recorder.told().lines) != said:
            said = lines
            print(lines, flush=True)
        time.sleep(0.001)


if __name__ == "__main__":
    main(sys.argv[1])
