"""Texts of others as a terminal may show them: without characters that would steer it."""

from __future__ import annotations

from unicodedata import category

__all__ = ["printable"]


def printable(text: str) -> str:
    r"""Return ``text`` with control and format characters written as in Python, such as ``\x1b``.

    These are the categories Cc and Cf of Unicode: escape sequences, bells, returns, and marks
    that reverse the direction of a text. Tabs and ends of lines stay.
    """
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(char: str) -> str:
    if char.isprintable() or char in "\t\n" or category(char) not in ("Cc", "Cf"):
        return char
    return repr(char)[1:-1]
