"""What a message is made of, so that an encoded one can be held against a documented one."""

import json
from typing import Any


def kind(value: Any) -> str:
    """Name what a JSON scalar is: a number in quotes is not a number without."""
    if value is None or isinstance(value, bool | int | float):
        return type(value).__name__
    try:
        float(value)
    except ValueError:
        return "text" if value else "empty"
    return "digits"


def differences(documented: Any, encoded: Any, at: str = "") -> list[str]:
    """List where the encoded message departs from the documented one, key by key.

    Lists of objects are compared by their first elements; a text that is empty on one side may be
    anything quoted on the other.
    """
    if isinstance(documented, dict) and isinstance(encoded, dict):
        lacking = [f"{at}/{key}: lacking" for key in documented if key not in encoded]
        foreign = [f"{at}/{key}: foreign" for key in encoded if key not in documented]
        inner = [
            difference
            for key in documented
            if key in encoded
            for difference in differences(documented[key], encoded[key], f"{at}/{key}")
        ]
        return lacking + foreign + inner
    if isinstance(documented, list) and isinstance(encoded, list):
        if documented and isinstance(documented[0], dict | list):
            return differences(documented[0], encoded[0], f"{at}/0") if encoded else [f"{at}: none"]
        if len(documented) != len(encoded):
            return [f"{at}: {len(encoded)} columns for {len(documented)}"]
        pairs = zip(documented, encoded, strict=True)
        return [d for n, (a, b) in enumerate(pairs) for d in differences(a, b, f"{at}/{n}")]
    known, found = kind(documented), kind(encoded)
    quoted = {"digits", "text", "empty"}
    if known == found or ("empty" in {known, found} and {known, found} <= quoted):
        return []
    return [f"{at}: {found} for {known}"]


def check(documented: str, encoded: Any, *known: str) -> None:
    """Assert that a message has the documented shape, but for the differences that are known.

    Args:
        documented: JSON, verbatim.
        encoded: what the encoder made, or its bytes.
        known: each difference that is meant, as `differences` words it.
    """
    made = json.loads(encoded) if isinstance(encoded, bytes) else json.loads(json.dumps(encoded))
    assert differences(json.loads(documented), made) == list(known)
