"""The files that a configuration names: the model, and the parsers in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from pythiags.errors import ConfigError
from pythiags.inference import keys
from pythiags.inference.keyfile import comment_hint
from pythiags.inference.types import Note
from pythiags.textfile import check_regular

if TYPE_CHECKING:
    from pathlib import Path

    from pythiags.inference.keyfile import Entry, Group

__all__ = ["no_onnx_file", "onnx_file", "parser_file"]


def onnx_file(entry: Entry, name: str, path: Path) -> Path:
    """Return the model's file, which is there.

    Raises:
        ConfigError: It is not, or only TensorRT reads it.
    """
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


def no_onnx_file(given: Group, path: Path) -> NoReturn:
    """Raise for a configuration without an onnx-file, by what it has instead."""
    for key, hint in keys.OTHER_MODELS.items():
        if key in given:
            raise ConfigError(
                f"{key} names a model that only TensorRT reads",
                where=given[key].where,
                expected="onnx-file=<an ONNX model>",
                got=f"{key}={given[key].text}",
                hint=hint,
            )
    raise ConfigError(
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
