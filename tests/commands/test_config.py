import tomllib
from pathlib import Path

import pytest

from liqtui.cli import main
from tests.toy import ToyVenue


def test_path_is_where_the_file_belongs(
    settings_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "path"]) == 0
    assert main(["--config", "other.toml", "config", "path"]) == 0
    assert capsys.readouterr().out.splitlines() == [str(settings_file), "other.toml"]


def test_default_prints_the_example_with_its_comments(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "default"]) == 0
    out = capsys.readouterr().out
    assert tomllib.loads(out)["screen"]["color"] == "auto"
    assert "# The coin shown first." in out


def test_show_is_what_is_in_force_and_where_it_comes_from(
    settings_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    toy: ToyVenue,
) -> None:
    settings_file.write_text('[screen]\ntheme = "amber"\n[venues.toy]\nenabled = false\n')
    monkeypatch.setenv("LIQTUI_TAPE_LEAST", "5")
    assert main(["config", "show", "--ascii", "--color", "16"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"# defaults < {settings_file} < LIQTUI_TAPE_LEAST\n")
    shown = tomllib.loads(out)
    assert shown["screen"]["theme"] == "amber"
    assert (shown["screen"]["ascii"], shown["screen"]["color"]) == (True, "16")
    assert shown["tape"]["least"] == 5.0
    assert shown["venues"][toy.name] == {"enabled": False, "markets": [], "hosts": {}}


def test_check_says_which_file_is_right(
    settings_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "check"]) == 0
    assert "no file at" in capsys.readouterr().out
    settings_file.write_text(Path("config.example.toml").read_text())
    assert main(["config", "check"]) == 0
    assert capsys.readouterr().out == f"{settings_file}: all right\n"


@pytest.mark.parametrize("action", ["check", "show"])
def test_a_wrong_file_is_told_and_exits_2(
    action: str, settings_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings_file.write_text("[screen]\nfps = 99\ncolour = 1\n")
    assert main(["config", action]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"{settings_file}:2: screen.fps must be" in captured.err
    assert f"{settings_file}:3: unknown key 'colour' in [screen]: did you mean 'color'?" in (
        captured.err
    )


def test_a_named_file_must_exist_and_the_usual_one_must_be_readable(
    settings_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "check", "--config", "nowhere.toml"]) == 2
    assert "nowhere.toml: cannot be read: No such file" in capsys.readouterr().err
    settings_file.mkdir()
    assert main(["config", "check"]) == 2
    assert "Is a directory" in capsys.readouterr().err


def test_an_unknown_action_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["config", "shwo"])
    assert caught.value.code == 2
    assert "did you mean 'show'?" in capsys.readouterr().err
