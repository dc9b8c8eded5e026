import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from liqtui.cli import main
from liqtui.delivery.letter import letter
from liqtui.delivery.outbox import Outbox
from tests.delivery.receiver import SECRET, Receiver, alert, status
from tests.delivery.test_signature import verifier
from tests.delivery.threaded import serving


def settings(file: Path, here: Receiver, more: str = "") -> None:
    key = file.with_name("key")
    key.write_text(SECRET)
    key.chmod(0o600)
    file.write_text(
        f'[alerts.sinks.hook]\nurl = "{here.url}/hunter22"\nsecret = "file:{key}"\n{more}'
    )


def put(home: Path, *numbers: int) -> None:
    (home / "state").mkdir(exist_ok=True)
    with Outbox(home / "state") as box:
        for number in numbers:
            box.put(letter(alert(number)), ["hook"], time.time_ns())


def test_a_test_arrives_marked_and_signed(
    settings_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving() as here:
        settings(settings_file, here)
        assert main(["alerts", "test"]) == 0
    assert capsys.readouterr().out == "hook: sent: HTTP 200\n"
    (got,) = here.got
    told = json.loads(got.body)
    assert told["source"] == "test"
    assert told["text"].startswith("TEST ")
    assert verifier()(SECRET, got.headers, got.body, time.time_ns() // 10**9)


def test_one_that_does_not_arrive_is_told_with_what_came_back(
    settings_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(status(403, b"go away hunter22")) as here:
        settings(settings_file, here, '[alerts.sinks.ok]\nkind = "command"\ncommand = ["true"]\n')
        assert main(["alerts", "test"]) == 1
    refused, done = capsys.readouterr().out.splitlines()
    assert refused.startswith("hook: refused: ")
    assert "HTTP 403" in refused
    assert "hunter22" not in refused
    assert done == "ok: sent: exit code 0"


def test_one_alone_can_be_tried_even_if_it_is_off(
    settings_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving() as here:
        settings(settings_file, here, "enabled = false\n")
        assert main(["alerts", "test"]) == 2
        assert main(["alerts", "test", "hook"]) == 0
        assert main(["alerts", "test", "hok"]) == 2
    assert "no sink 'hok' in the settings: did you mean 'hook'?" in capsys.readouterr().err


def test_one_that_is_left_alone_now_is_listed_as_that(
    settings_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = settings_file.parent.parent
    now = datetime.fromtimestamp(time.time_ns() / 1e9, UTC)
    hours = f"{now:%H:%M}-{now + timedelta(hours=2):%H:%M}"
    with serving() as here:
        settings(settings_file, here, f'quiet = "{hours}"\n')
    put(home, 1, 2)
    assert main(["alerts", "list"]) == 0
    assert f"webhook (quiet until {hours[-5:]})  2 " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('url = "http://hooks.example/x"', ":2: alerts.sinks.x.url: it is an https URL"),
        ('url = "env:NOWHERE"', ":2: alerts.sinks.x.url: the environment has no NOWHERE"),
        ('url = "https://a.example"\nsecret = "file:~/none"', ":3: alerts.sinks.x.secret: "),
        ('kind = "command"\ncommand = ["nowhere"]', ":3: alerts.sinks.x.command: there is no"),
    ],
)
def test_what_cannot_be_opened_is_told_with_its_place(
    text: str, told: str, settings_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings_file.write_text(f"[alerts.sinks.x]\n{text}\n")
    for asked in (["alerts", "test"], ["config", "check"]):
        assert main(asked) == 2
        assert f"{settings_file}{told}" in capsys.readouterr().err


def test_a_key_that_others_can_read_is_refused(
    settings_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving() as here:
        settings(settings_file, here)
        settings_file.with_name("key").chmod(0o644)
        assert main(["alerts", "test"]) == 2
    told = capsys.readouterr().err
    assert f"{settings_file}:3: alerts.sinks.hook.secret: " in told
    assert "chmod 600" in told
    assert SECRET not in told
    assert not here.got


def test_without_the_extra_it_is_named(
    settings_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PHONE", "tgram://1:hunter22/3")
    monkeypatch.setattr("liqtui.delivery.library.MODULE", "no_such_module")
    settings_file.write_text('[alerts.sinks.x]\nkind = "notify"\nurl = "env:PHONE"\n')
    assert main(["alerts", "test"]) == 2
    told = capsys.readouterr().err
    assert "pip install 'liqtui[notify]'" in told
    assert "hunter22" not in told


def test_the_list_says_how_each_is_doing_and_what_was_told(
    settings_file: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving() as here:
        settings(settings_file, here)
        assert main(["alerts", "list"]) == 0
        assert "nothing was ever sent" in capsys.readouterr().out
        put(home, 1, 2, 3)
        with Outbox(home / "state") as box:
            for end in ("sent", "dead"):
                first = box.first("hook")
                assert first is not None
                if end == "sent":
                    box.sent("hook", first.number, time.time_ns(), "HTTP 200")
                else:
                    box.died("hook", first.number, time.time_ns(), "HTTP 404: no", tried=True)
        assert main(["alerts", "list", "hook"]) == 0
    titles, row, *newest = capsys.readouterr().out.splitlines()
    assert titles.split()[:6] == ["SINK", "KIND", "WAITING", "SENT", "DEAD", "DROPPED"]
    assert row.split()[:6] == ["hook", "webhook", "1", "1", "1", "0"]
    assert "HTTP 404: no" in row
    assert [line.split()[0] for line in newest] == ["waiting", "dead", "sent"]
    assert newest[1].endswith("(HTTP 404: no)")


def test_a_queue_that_cannot_be_read_is_told(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "state").mkdir()
    (home / "state" / "outbox.sqlite").write_bytes(b"no database" * 999)
    assert main(["alerts", "list"]) == 2
    assert "the queue cannot be read: " in capsys.readouterr().err


def test_dead_letters_wait_again(
    settings_file: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving() as here:
        settings(settings_file, here)
        assert main(["alerts", "retry"]) == 0
        put(home, 1)
        with Outbox(home / "state") as box:
            first = box.first("hook")
            assert first is not None
            box.died("hook", first.number, time.time_ns(), "HTTP 404", tried=True)
        assert main(["alerts", "retry", "hook"]) == 0
    assert "hook: 1 alerts wait again" in capsys.readouterr().out
    with Outbox(home / "state") as box:
        assert box.standing("hook").waiting == 1


def test_the_settings_show_no_secret(
    settings_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving() as here:
        settings(settings_file, here)
        assert main(["config", "show"]) == 0
    shown = capsys.readouterr().out
    assert "hunter22" not in shown
    assert "/***" in shown
