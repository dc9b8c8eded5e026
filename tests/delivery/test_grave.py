import json
import stat
from pathlib import Path

import pytest

from liqtui.delivery import grave
from liqtui.delivery.letter import letter
from liqtui.delivery.outbox import Waiting
from tests.delivery.receiver import START, alert


def test_a_line_says_what_did_not_get_where_and_why(tmp_path: Path) -> None:
    for number in (1, 2):
        dead = Waiting(number, letter(alert(number)), START, 3)
        grave.bury(tmp_path, "phone", dead, START, 'HTTP 404: "no"\n')
    file = tmp_path / grave.FILE_NAME
    first, second = map(json.loads, file.read_text().splitlines())
    assert (first["sink"], first["tries"], first["reason"]) == ("phone", 3, 'HTTP 404: "no"\n')
    assert second["alert"] == json.loads(letter(alert(2)).body)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_line_that_a_crash_tore_takes_no_other_with_it(tmp_path: Path) -> None:
    file = tmp_path / grave.FILE_NAME
    file.write_text('{"sink":"phone","ts":17')
    grave.bury(tmp_path, "phone", Waiting(1, letter(alert(1)), START, 3), START, "x")
    torn, whole = file.read_text().splitlines()
    assert torn.endswith(":17")
    assert json.loads(whole)["sink"] == "phone"


def test_the_file_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grave, "_SIZE", 1500)
    for number in range(30):
        grave.bury(tmp_path, "phone", Waiting(number, letter(alert(number)), START, 3), START, "x")
    sizes = [file.stat().st_size for file in tmp_path.iterdir()]
    assert len(sizes) == 2
    assert max(sizes) < 2500
