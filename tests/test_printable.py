"""Control characters of others do not reach the terminal."""

import pytest

from pythiags.errors import PythiagsError
from pythiags.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("a\rb\x7f\x9b", "a\\rb\\x7f\\x9b"),
        ("a\u202eb\u200f\U000e0041", "a\\u202eb\\u200f\\U000e0041"),
        ("a\tb\nc", "a\tb\nc"),
        ("日本 \\ \"'", "日本 \\ \"'"),
    ],
)
def test_control_and_format_characters_are_escaped(text, shown):
    assert printable(text) == shown
    assert printable(shown) == shown


def test_errors_hold_no_control_characters():
    bad = "a\x1b[2Jb"
    error = PythiagsError(bad, where=bad, expected=bad, got=bad, hint=bad)
    assert str(error).count("a\\x1b[2Jb") == 5
    assert "\x1b" not in str(error) + repr(error)
