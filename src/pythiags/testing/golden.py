"""Golden files: what a test found before, as JSON that a person reads and approves."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any, Final

from pythiags.consumers.plain import plain

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["check_golden", "text_of_golden"]

MOST_LINES: Final = 60
"""Lines of a difference that an error shows."""


def text_of_golden(value: Any) -> str:
    """Return a value as a golden file has it: a list has a line for each item.

    Named tuples and dataclasses become objects of JSON, arrays lists.

    Raises:
        UserCodeError: Something in it has no form in JSON; names the field.
    """
    found = plain(value, "value")
    if not isinstance(found, list):
        return json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    items = ",\n".join(json.dumps(each, ensure_ascii=False) for each in found)
    return f"[\n{items}\n]\n" if found else "[]\n"


def check_golden(value: Any, path: Path, *, update: bool = False) -> None:
    """Compare a value with the golden file of it.

    Args:
        value: What the test found.
        path: The file.
        update: Write the file instead, folders included, if it differs.

    Raises:
        AssertionError: It differs, or there is no such file; shows the difference and the remedy.
        UserCodeError: Something in the value has no form in JSON; names the field.
    """
    found = text_of_golden(value)
    approved = path.read_text(encoding="utf-8") if path.exists() else None
    if found == approved:
        return
    if update:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, encoding="utf-8")
        return
    if approved is None:
        raise AssertionError(
            f"there is no golden file {path}\n  try: pytest --update-golden writes it; read it "
            "before you commit it"
        )
    raise AssertionError(
        f"{path} differs from what the test found:\n{_difference(approved, found)}\n"
        "  try: if what it found is right, pytest --update-golden rewrites the file"
    )


def _difference(approved: str, found: str) -> str:
    lines = list(
        difflib.unified_diff(
            approved.splitlines(), found.splitlines(), "golden", "found", lineterm="", n=1
        )
    )
    more = [f"... {len(lines) - MOST_LINES} lines more"] if len(lines) > MOST_LINES else []
    return "\n".join([*lines[:MOST_LINES], *more])
