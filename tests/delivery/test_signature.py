"""Signatures: the standard's own example, and the lines that our page shows to receivers."""

import re
from pathlib import Path
from typing import Any

import pytest

from liqtui.delivery.letter import Letter, letter
from liqtui.delivery.secret import Secret
from liqtui.delivery.signature import Key, KeyLengthError
from tests.delivery.receiver import SECRET, alert

PAGE = Path(__file__).parents[2] / "docs" / "alerts.md"
NOW = 1_790_000_041


def verifier() -> Any:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    scope: dict[str, Any] = {}
    exec(code, scope)
    return scope["genuine"]


def headers(secret: str, sent: Letter, seconds: int = NOW) -> dict[str, str]:
    return {"webhook-id": sent.id, **Key(Secret(secret)).headers(sent, seconds)}


def test_the_example_of_the_standard_is_met() -> None:
    sent = Letter("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}')
    assert headers("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", sent, 1614265330) == {
        "webhook-id": sent.id,
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize("secret", [SECRET, "twenty-four bytes or more"])
def test_what_the_page_shows_verifies_it(secret: str) -> None:
    sent, genuine = letter(alert()), verifier()
    signed = headers(secret, sent)
    assert genuine(secret, signed, sent.body, NOW)
    assert not genuine(secret[:8] + "Z" + secret[9:], signed, sent.body, NOW)
    assert not genuine(secret, signed, sent.body + b" ", NOW)
    assert not genuine(secret, signed, sent.body, NOW + 301)
    assert not genuine(secret, {**signed, "webhook-id": "alert_0"}, sent.body, NOW)
    assert not genuine(secret, {**signed, "webhook-timestamp": str(NOW + 1)}, sent.body, NOW)


@pytest.mark.parametrize("secret", ["short", "whsec_c2hvcnQ=", "whsec_no base64 at all!!!!!!!!!!"])
def test_a_short_key_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(KeyLengthError, match="24 bytes") as caught:
        Key(Secret(secret))
    assert secret not in str(caught.value)
    assert "whsec" not in repr(Key(Secret(SECRET)))
