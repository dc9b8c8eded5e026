import os
import subprocess
import sys
from pathlib import Path

import pytest

from liqtui.delivery.lock import HeldError, Lock


def test_one_at_a_time_has_it(tmp_path: Path) -> None:
    with Lock(tmp_path), pytest.raises(HeldError, match=f"process {os.getpid()}"):
        Lock(tmp_path)
    with Lock(tmp_path):
        pass


def test_a_process_that_is_killed_lets_go(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from liqtui.delivery.lock import Lock;"
        "lock = Lock(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        with pytest.raises(HeldError, match=f"process {child.pid}"):
            Lock(tmp_path)
        child.kill()
    with Lock(tmp_path):
        pass
