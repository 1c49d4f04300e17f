"""The files that a configuration names: the model, and the parsers in Python."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pythiags.errors import ConfigError
from pythiags.inference import keys
from pythiags.inference.keyfile import comment_hint
from pythiags.inference.types import Note
from pythiags.textfile import check_regular, is_file

if TYPE_CHECKING:
    from pathlib import Path

    from pythiags.inference.keyfile import Entry, Group

__all__ = ["model_file", "parser_file"]

_BUILT = re.compile(r"_b\d+_(?:gpu|dla)\d+_\w+\.engine$")
"""What DeepStream adds to a model's name for the engine that it builds of it."""


def model_file(given: Group, name: str | None, path: Path, notes: list[Note]) -> tuple[Path, str]:
    """Return the ONNX model, and the place in the configuration that names it.

    Args:
        given: The keys of ``[property]``.
        name: The value of ``onnx-file``; None: there is none.
        path: The configuration.
        notes: Told of a model that lies beside one that only TensorRT reads.

    Raises:
        ConfigError: It is not there, or only TensorRT reads it.
    """
    if name is not None:
        return _onnx_file(given["onnx-file"], name, path), given["onnx-file"].where
    for key in keys.OTHER_MODELS:
        if key not in given:
            continue
        file = _beside(path.parent / given[key].text)
        if is_file(file):
            where = given[key].where
            notes.append(Note("info", f"{where}: {key}: {file} is read in its place"))
            return file, where
    raise _refusal(given, path)


def _beside(model: Path) -> Path:
    """Return the ONNX file that would stand for a model of another kind."""
    try:
        return model.with_name(_BUILT.sub("", model.name)).with_suffix(".onnx")
    except ValueError:  # no name of a file
        return model


def _onnx_file(entry: Entry, name: str, path: Path) -> Path:
    file = path.parent / name
    if file.suffix in keys.OTHER_SUFFIXES:
        raise ConfigError(
            f"onnx-file names a {file.suffix} file, which only TensorRT reads",
            where=entry.where,
            expected="an ONNX model",
            got=str(file),
            hint=keys.OTHER_SUFFIXES[file.suffix],
        )
    try:
        check_regular(file)
    except (OSError, ValueError) as problem:  # ValueError: a NUL in the name
        missing = isinstance(problem, FileNotFoundError)
        reason = f"cannot be read: {getattr(problem, 'strerror', problem)}"
        raise ConfigError(
            f"the model {'does not exist' if missing else reason}",
            where=entry.where,
            got=str(file),
            hint=comment_hint(entry.text)
            or ("a path in the file is relative to the file's folder" if missing else None),
        ) from None
    return file


def _refusal(given: Group, path: Path) -> ConfigError:
    for key, hint in keys.OTHER_MODELS.items():
        if key in given:
            model = path.parent / given[key].text
            export = keys.OTHER_SUFFIXES.get(model.suffix, hint)
            return ConfigError(
                f"{key} names a model that only TensorRT reads",
                where=given[key].where,
                expected="onnx-file=<an ONNX model>",
                got=f"{key}={given[key].text}",
                hint=f"{export}; {_beside(model)} is read in its place where it is there",
            )
    return ConfigError(
        "the model is missing", where=f"{path}: [property]", expected="onnx-file=<an ONNX model>"
    )


def parser_file(entry: Entry, name: str, path: Path, notes: list[Note]) -> Path | None:
    """Return the Python file that stands for a C library: itself, or the one beside it."""
    library = path.parent / name
    file = library.with_suffix(".py")
    if library.suffix == ".py" or file.is_file():
        try:
            check_regular(file)
        except (OSError, ValueError) as problem:
            raise ConfigError(
                f"custom-lib-path cannot be read: {getattr(problem, 'strerror', problem)}",
                where=entry.where,
                expected="a Python file with parsers",
                got=str(file),
            ) from None
        if file != library:
            notes.append(
                Note("info", f"{entry.where}: custom-lib-path: {file} is read in its place")
            )
        return file
    text = "not loaded: a decoder of pythiags, or a parser in Python, has its function's name"
    notes.append(Note("info", f"{entry.where}: custom-lib-path: {text}"))
    return None
