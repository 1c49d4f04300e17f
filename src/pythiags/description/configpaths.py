"""The files that configuration files name: nvinfer's and those like it, as text, YAML or protobuf.

They are not understood, only searched: for keys that name files, and for values that look like one.
A line of YAML that can mean more than it shows on its own is refused.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pythiags.textfile import read_text

from .allowed import Refusal, is_code, scheme_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .allowed import Allowed

__all__ = ["config_refusals"]

MOST_DEEP: Final = 5  # files that name files
# All keys of a line: protobuf has several on one.
_KEY: Final = re.compile(
    r"(?<![\w.-])[\"']?(?P<key>[A-Za-z_][\w.-]*)[\"']?\s*(?P<sign>[:=])(?!//)\s*"
)
_FILES: Final = re.compile(
    r"(?:^|[-_])(?:file|filepath|path|dir|directory|lib|library|model|engine|proto|weights|uri|url"
    r"|labels|calib|encoded-model)$"
)
_CODE: Final = re.compile(r"(?:^|[-_])(?:lib|library|plugin)(?:[-_](?:name|path|file))?$")
_WORDS: Final = re.compile(r"_|(?<=[a-z0-9])(?=[A-Z])")  # onnxFile is onnx-file
_PARTS: Final = re.compile(r"[\s,;=\"'(){}<>\[\]]+")
_YAML: Final = (".yml", ".yaml")
# Lines of YAML that mean what they show: a key, a colon, and at most one plain or quoted value or
# a list of numbers. No anchors, tags, flow mappings, blocks, nor values that go on in another line.
_YAML_PLAIN: Final = re.compile(
    r"""
    (?:-[ ]+)?(?:\w[\w.-]*|"[\w.-]+"|'[\w.-]+')[ ]*:         # a key, maybe the first of several
    (?:[ ]+(?:
        "[^"]*" | '[^']*' | \[[-+0-9.,e\ ]*\]
        | (?![-?:](?:[ ]|$)) [^\s"'\[\]{}&*!|>%@`,\#] (?:(?!:(?:[ ]|$))[^\t])*
    ))?
    | -[ ]+[-+0-9.e]+                                         # a number of a list
    | %YAML[: ][0-9.]+ | --- | \.\.\. |
    """,
    re.VERBOSE,
)
_YAML_COMMENT: Final = re.compile(r"(?:^|[ \t])#.*")
_SECTION: Final = re.compile(r"\[[^\[\]=:\"'/]*\]")


def config_refusals(path: str, allowed: Allowed, depth: int = MOST_DEEP) -> Iterator[Refusal]:
    """Return what a file of configuration names without being allowed to.

    Args:
        path: The file; what it names is relative to its folder. If there is none, it names nothing.
        allowed: What may be used.
        depth: How many files of configuration may name one another.
    """
    if not Path(path).exists() or Path(path).is_dir():
        return
    try:
        text = read_text(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        yield Refusal("untrusted-config", f"'{path}' cannot be judged: {reason}", "")
        return
    folder = str(Path(os.path.realpath(path)).parent)
    for number, line in enumerate(text.split("\n"), 1):
        for refusal in _line(line, path, folder, allowed, depth):
            message = f"{path}:{number}: {refusal.message}"
            yield Refusal(refusal.code, message, refusal.hint)


def _line(line: str, path: str, folder: str, allowed: Allowed, depth: int) -> Iterator[Refusal]:
    text = line.strip()
    if path.lower().endswith(_YAML):
        text = _YAML_COMMENT.sub("", line).strip()
        # What is no printable character may end a line of YAML.
        is_plain = "\\" not in text and line.replace("\t", " ").isprintable()
        if not (is_plain and _YAML_PLAIN.fullmatch(text)):
            yield _unclear("a line of YAML that is not plain 'key: value'")
            return
    elif text.startswith("#") or _SECTION.fullmatch(text):
        return
    elif text.startswith(("? ", ": ")):
        yield _unclear(f"a line that begins with '{text[0]}'")
    keys = list(_KEY.finditer(text))
    refusals = [] if keys else [*_value("", text, folder, allowed, depth)]
    for index, match in enumerate(keys):
        key = _WORDS.sub("-", match["key"]).lower()
        # What follows the first may all be its value; of the others it ends at the next.
        is_last = index in (0, len(keys) - 1)
        end = len(text) if is_last else keys[index + 1].start()
        value = text[match.end() : end]
        if not value and _names_file(key) and (not is_last or match["sign"] == ":"):
            refusals.append(_unclear(f"the value of '{match['key']}' in another place"))
        refusals += _value(key, value, folder, allowed, depth)
    yield from dict.fromkeys(refusals)


def _unclear(what: str) -> Refusal:
    message = f"{what} cannot be judged"
    return Refusal("untrusted-config", message, "write 'key: value' or 'key=value', one a line")


def _names_file(key: str) -> bool:
    return bool(_FILES.search(key) or _CODE.search(key))


def _value(key: str, value: str, folder: str, allowed: Allowed, depth: int) -> Iterator[Refusal]:
    for part in filter(None, _PARTS.split(value)):
        if scheme_of(part) and "://" in part:
            refusal = allowed.refuse_uri(part)
        elif _names_file(key) or "/" in part or is_code(part):
            refusal = allowed.refuse_path(part, folder, code=bool(_CODE.search(key)))
        else:
            continue
        if refusal is not None:
            yield refusal
        elif "config" in key and "://" not in part:
            yield from _deeper(str(Path(folder, part)), allowed, depth)


def _deeper(path: str, allowed: Allowed, depth: int) -> Iterator[Refusal]:
    if depth:
        yield from config_refusals(path, allowed, depth - 1)
    else:
        yield Refusal(
            "untrusted-config", f"'{path}' cannot be judged: too many files before it", ""
        )
