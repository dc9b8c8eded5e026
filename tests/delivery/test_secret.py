import logging
import os
import pickle
import traceback
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqtui.delivery.secret import HIDDEN, Redactor, Secret, SecretError, read

TOKEN = "123456789:AAEhBOweik9ai2o01sdf-Dsz"
TEXTS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=60)


def kept(folder: Path, mode: int = 0o600, text: str = TOKEN + "\n") -> str:
    file = folder / "key"
    file.write_text(text)
    file.chmod(mode)
    return f"file:{file}"


def test_a_secret_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    assert read("env:KEY", {"KEY": TOKEN}).reveal() == TOKEN
    assert read(kept(tmp_path), {}).reveal() == TOKEN
    place = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert read("file:$CREDENTIALS_DIRECTORY/key", place).reveal() == TOKEN


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o601])
def test_a_file_that_others_may_read_is_refused(mode: int, tmp_path: Path) -> None:
    with pytest.raises(SecretError, match=r"can be read by others: chmod 600") as caught:
        read(kept(tmp_path, mode), {})
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("env:NOWHERE", "the environment has no NOWHERE"),
        ("file:key", "is not absolute"),
        ("file:/nowhere/at/all", "No such file"),
        ("file:/dev/null", "no file of at most"),
    ],
)
def test_what_cannot_be_had_is_told(reference: str, told: str) -> None:
    with pytest.raises(SecretError, match=told):
        read(reference, {})


@pytest.mark.parametrize("text", ["", "\n", "a\nb", "a\x00b", "x" * 5000])
def test_what_is_no_line_of_text_is_no_secret(text: str, tmp_path: Path) -> None:
    with pytest.raises(SecretError):
        read(kept(tmp_path, text=text), {})


def test_a_pipe_that_nobody_writes_to_stops_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(SecretError):
        read(f"file:{tmp_path / 'pipe'}", {})


def test_nobody_sees_one_by_accident(caplog: pytest.LogCaptureFixture) -> None:
    hidden = Secret(TOKEN)
    logging.getLogger("x").warning("%s %r %s", hidden, hidden, {"a": [hidden]})
    try:
        raise ValueError(hidden)
    except ValueError:
        shown = traceback.format_exc()
    assert TOKEN not in caplog.text + shown + f"{hidden}"
    with pytest.raises(TypeError):
        pickle.dumps(hidden)


@given(TEXTS, st.text(max_size=30), st.text(max_size=30), st.booleans())
def test_it_is_taken_out_of_any_text(secret: str, before: str, after: str, shout: bool) -> None:
    redact = Redactor(Secret(secret))
    for form in (secret, quote(secret), quote(secret, safe="")):
        said = before + (form.upper() if shout and form.isascii() else form) + after
        assert secret.lower() not in redact(said).lower().replace(HIDDEN, "")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (f"tgram://{TOKEN}/987654", f"POST https://api.telegram.org/bot{TOKEN}/sendMessage"),
        ("https://hooks.example/services/T0B1C2/XyZzY", "redirect to /services/T0B1C2/XyZzY?x"),
        ("https://me:hunter22@host.example/x", "401 for me:hunter22"),
        ("https://host.example/x?token=abcdef", "bad token abcdef"),
        ("mailto://user:p%40ssw0rd@mail.example", "login p@ssw0rd refused"),
    ],
)
def test_the_parts_of_an_address_are_taken_out_alone(url: str, said: str) -> None:
    shown = Redactor(Secret(url))(said)
    for part in (TOKEN, "AAEhBOweik9ai2o01sdf-Dsz", "T0B1C2", "XyZzY", "hunter22", "abcdef"):
        assert part not in shown
    assert "p@ssw0rd" not in shown
    assert HIDDEN in shown


def test_without_secrets_a_text_stays() -> None:
    assert Redactor()("as it is") == "as it is"
