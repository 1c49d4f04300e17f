"""The files that configuration files name: nvinfer's and those like it, as text, YAML or protobuf.

They are not understood, only searched: for keys that name files, and for values that look like one.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pythiags.textfile import read_text

from .allowed import Refusal, scheme_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .allowed import Allowed

__all__ = ["config_refusals"]

MOST_DEEP: Final = 5  # files that name files
_LINE: Final = re.compile(r"[\s\-{,\[]*\"?(?P<key>[A-Za-z_][\w.-]*)\"?\s*[:=]\s*(?P<value>.*)")
_FILES: Final = re.compile(
    r"(?:^|[-_])(?:file|filepath|path|dir|directory|lib|library|model|engine|proto|weights|uri|url"
    r"|labels|calib|encoded-model)$"
)
_CODE: Final = re.compile(r"(?:^|[-_])(?:lib|library|plugin)(?:[-_](?:name|path|file))?$")
_WORDS: Final = re.compile(r"_|(?<=[a-z0-9])(?=[A-Z])")  # onnxFile is onnx-file
_PARTS: Final = re.compile(r"[\s,;=\"'(){}<>\[\]]+")
_YAML: Final = (".yml", ".yaml")


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
    stripped = line.strip()
    is_yaml = path.lower().endswith(_YAML)
    if stripped.startswith("#") or (stripped.startswith("[") and not is_yaml):
        return
    if is_yaml and "\\" in stripped:
        yield Refusal(
            "untrusted-config", "a backslash in YAML cannot be judged", "write it without"
        )
        return
    match = _LINE.match(stripped)
    key = _WORDS.sub("-", match["key"]).lower() if match else ""
    value = match["value"] if match else stripped
    names_file = bool(_FILES.search(key) or _CODE.search(key))
    for part in filter(None, _PARTS.split(value)):
        if scheme_of(part) and "://" in part:
            refusal = allowed.refuse_uri(part)
        elif names_file or "/" in part:
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
