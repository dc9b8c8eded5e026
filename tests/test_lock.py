"""One process at a time."""

import os
import subprocess
import sys
from pathlib import Path

from liqtui.lock import Lock, holder


def test_only_one_has_it_and_says_who(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first = Lock.taken(path)
    assert first is not None
    assert Lock.taken(path) is None
    assert holder(path) == os.getpid()
    first.release()
    assert holder(path) is None
    second = Lock.taken(path)
    assert second is not None
    second.release()


def test_it_is_free_when_its_process_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    hold = (
        "import sys; from pathlib import Path; from liqtui.lock import Lock;"
        "held = Lock.taken(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        assert Lock.taken(path) is None
        assert holder(path) == child.pid
        child.kill()
    assert holder(path) is None


def test_nobody_holds_what_is_not_there(tmp_path: Path) -> None:
    assert holder(tmp_path / "nowhere") is None
