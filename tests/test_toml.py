from pathlib import Path

import pytest

from liqtui import toml
from liqtui.toml import TomlError


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"a = 1\nb = \n", ":2: not TOML: Invalid value"),
        (b"a = 1\na = 2\n", ":2: not TOML: Cannot overwrite a value"),
        (b'a = """\nx\n', ":2: not TOML: "),
        (b"a = " + b"[" * 20_000, ": not TOML: nested too deeply"),
        (b"a = 1" + b"0" * 5000, ":1: not TOML: "),
        (b"a = 1\n# \xff\n", ":2: not UTF-8"),
        (b"#" * 70_000, ": larger than 65536 bytes"),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(data: bytes, told: str, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(data)
    with pytest.raises(TomlError) as caught:
        toml.parse(toml.read(file), file)
    assert str(caught.value).startswith(f"{file}{told}")


@pytest.mark.parametrize(
    ("name", "told"), [("", "Is a directory"), ("missing.toml", "No such file or directory")]
)
def test_what_cannot_be_read_is_told(name: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(TomlError, match=f"cannot be read: {told}"):
        toml.read(tmp_path / name)


def test_marks_and_line_ends_of_other_systems_are_read(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b"\xef\xbb\xbfa = 1\r\nb = 2\r\n")
    text = toml.read(file)
    assert toml.parse(text, file) == {"a": 1, "b": 2}
    assert toml.lines(text) == {("a",): 1, ("b",): 2}


def test_every_key_has_the_line_of_its_statement() -> None:
    text = """\
# a comment
top = '''
[fake]
x = 1
'''

[area]  # header
"odd key" = [
  1,  # fake = 2
  2,
]
dotted.inner = 1
inline = { deep = 1 }
[other.sub]
x = 1
[[row]]
y = 1
"""
    assert toml.lines(text) == {
        ("top",): 2,
        ("area",): 7,
        ("area", "odd key"): 8,
        ("area", "dotted"): 12,
        ("area", "dotted", "inner"): 12,
        ("area", "inline"): 13,
        ("area", "inline", "deep"): 13,
        ("other",): 14,
        ("other", "sub"): 14,
        ("other", "sub", "x"): 15,
        ("row",): 16,
        ("row", "y"): 17,
    }
