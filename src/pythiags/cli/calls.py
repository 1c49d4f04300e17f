"""``module:Name(argument=value, ...)`` on the command line: values are read, never evaluated."""

from __future__ import annotations

import ast
from typing import Any

from pythiags.errors import UserCodeError

__all__ = ["split_call"]

EXPECTED = "module:Name(name=value, ...), values as in Python: numbers, 'texts', [lists], True"


def split_call(spec: str, where: str) -> tuple[str, dict[str, Any] | None]:
    """Part a name from the arguments in parentheses behind it.

    Values are Python's literals; a word without quotes is a text, so that a shell needs no quotes
    within quotes: ``labels=[person, car]``.

    Returns:
        The name, and the arguments; None if there are no parentheses.

    Raises:
        UserCodeError: What is in the parentheses is something else.
    """
    name, parenthesis, _ = spec.partition("(")
    if not parenthesis:
        return spec, None
    try:
        call = ast.parse("_" + spec[len(name) :].strip(), mode="eval").body
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and not call.args:
            return name.strip(), {str(each.arg): _argument(each) for each in call.keywords}
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError) as error:
        raise _unreadable(where, spec) from error
    raise _unreadable(where, spec)


def _argument(keyword: ast.keyword) -> Any:
    if keyword.arg is None:
        raise ValueError("** has no name")
    return _value(keyword.value)


def _value(node: ast.expr) -> Any:
    if isinstance(node, (ast.Name, ast.Attribute)):
        return ast.unparse(node)
    if isinstance(node, ast.List):
        return [_value(each) for each in node.elts]
    if isinstance(node, ast.Tuple):
        return tuple(_value(each) for each in node.elts)
    if isinstance(node, ast.Set):
        return {_value(each) for each in node.elts}
    return ast.literal_eval(node)


def _unreadable(where: str, spec: str) -> UserCodeError:
    return UserCodeError(
        "invalid arguments",
        where=where,
        expected=EXPECTED,
        got=spec,
        hint="quote the whole argument for the shell: "
        "--ext='pythiags:Detections(min_confidence=0.4)'",
    )
