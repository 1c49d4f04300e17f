"""ONNX files, read without ONNX Runtime: what a file really is, and what its network asks for.

Only the outline is read: inputs, outputs, operators and where the weights are. Weights are skipped
by their length, so a model of gigabytes takes milliseconds. The numbers of fields are those of
``onnx.proto``.
"""

from __future__ import annotations

import mmap
import re
from enum import IntEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from pythiags.errors import ConfigError
from pythiags.inference.signatures import identify
from pythiags.textfile import check_regular

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Outline", "Tensor", "read_outline"]

MOST_FIELDS: Final = 1_000_000
"""Parts of a file. A network of 5,000 operators has some 50,000."""

TYPES: Final[dict[int | tuple[int, int], str]] = {
    1: "float32",
    2: "uint8",
    3: "int8",
    6: "int32",
    7: "int64",
    8: "string",
    9: "bool",
    10: "float16",
    11: "float64",
    16: "bfloat16",
}
"""TensorProto.DataType, as far as networks take or return it."""

KINDS: Final = {4: "sequence", 5: "map", 7: "opaque value", 8: "sparse tensor", 9: "optional"}
"""TypeProto's members other than tensor_type."""

LENGTH: Final = 2
"""The wire type of strings and messages, which have their length before them."""

IR_VERSION: Final = 0x08
"""The first byte of every ONNX file: the tag of ModelProto's first field."""


class Number(IntEnum):
    """The numbers of the fields that are read, by message and name."""

    MODEL_GRAPH = 7
    MODEL_FUNCTIONS = 25
    FUNCTION_DOMAIN = 10
    GRAPH_NODE = 1
    GRAPH_INITIALIZER = 5
    GRAPH_INPUT = 11
    GRAPH_OUTPUT = 12
    NODE_OP_TYPE = 4
    NODE_DOMAIN = 7
    WEIGHT_NAME = 8
    WEIGHT_EXTERNAL_DATA = 13
    WEIGHT_DATA_LOCATION = 14
    ENTRY_KEY = 1
    ENTRY_VALUE = 2
    INFO_NAME = 1
    INFO_TYPE = 2
    TYPE_TENSOR = 1
    TENSOR_ELEMENT = 1
    TENSOR_SHAPE = 2
    SHAPE_DIM = 1
    DIM_VALUE = 1


MODEL_FIELDS: Final = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26})
STANDARD: Final = re.compile(r"|ai\.onnx(\..*)?|com\.microsoft(\..*)?")
"""Domains of operators that ONNX Runtime has."""

Span = tuple[int, int]


class Tensor(NamedTuple):
    """An input or an output."""

    name: str
    type: str
    """``float32`` and so on; ``sequence`` and the like for what is not a tensor."""
    shape: tuple[int, ...] | None
    """0 for a dimension that the model leaves open; None where it does not say."""

    def __str__(self) -> str:
        """Return it as messages show it."""
        dims = ", ".join(str(size or "any") for size in self.shape or ())
        return f"{self.name}: {self.type}" + (f" [{dims}]" if self.shape is not None else "")


class Outline(NamedTuple):
    """What a network asks for."""

    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    external: int = 0
    """Bytes of weights that are in other files."""


class _Damaged(Exception):
    """The bytes are not those of a message; ``end`` is where the message should have ended."""

    def __init__(self, end: int = 0) -> None:
        super().__init__(end)
        self.end = end


def read_outline(path: Path, where: str) -> Outline:
    """Read the outline of an ONNX file.

    Args:
        path: The file.
        where: What names it, for errors.

    Raises:
        ConfigError: It is missing, is something else, is cut short, lacks the file of its weights,
            or needs operators that ONNX Runtime does not have.
    """
    try:
        check_regular(path)
        with path.open("rb") as file:
            size = file.seek(0, 2)
            if not size:
                raise _refused("the model file is empty", path, where, "copy or download it again")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _Reader(data, path, where).outline()
    except ConfigError:
        raise
    except FileNotFoundError:
        hint = "a path in the file is relative to the file's folder"
        raise _refused("the model does not exist", path, where, hint) from None
    except (OSError, ValueError) as problem:  # ValueError: a NUL in the name
        reason = getattr(problem, "strerror", problem)
        raise _refused(f"the model cannot be read: {reason}", path, where) from None


def _refused(message: str, path: Path, where: str, hint: str | None = None) -> ConfigError:
    return ConfigError(message, where=where, expected="an ONNX model", got=str(path), hint=hint)


def _span(value: int | Span) -> Span:
    if isinstance(value, int):
        raise _Damaged
    return value


class _Reader:
    """Reads one file, which is mapped as long as it reads."""

    def __init__(self, data: mmap.mmap, path: Path, where: str) -> None:
        self.data, self.path, self.where = data, path, where
        self.left = MOST_FIELDS
        self.external = 0

    def outline(self) -> Outline:
        kind = None if self.data[0] == IR_VERSION else identify(self.data[:4096])
        if kind is not None:
            message = f"the model file is {kind.what}"
            raise _refused(message, self.path, self.where, kind.hint)
        try:
            return self.model()
        except (_Damaged, UnicodeDecodeError) as problem:
            raise self.explain(getattr(problem, "end", 0)) from None

    def model(self) -> Outline:
        found = list(self.fields((0, len(self.data))))
        graphs = [value for number, value in found if number == Number.MODEL_GRAPH]
        if not graphs or not {number for number, _ in found} <= MODEL_FIELDS:
            raise _Damaged
        functions = [value for number, value in found if number == Number.MODEL_FUNCTIONS]
        own = {self.text(function, Number.FUNCTION_DOMAIN) for function in functions}
        return self.graph(_span(graphs[-1]), own)

    def explain(self, end: int) -> ConfigError:
        """Return what is wrong with the file; ``end``: how long it should have been."""
        size = len(self.data)
        if end > size and self.data[0] == IR_VERSION:
            return _refused(
                f"the model file is truncated: it has {size} of at least {end} bytes",
                *(self.path, self.where, "copy or download it again"),
            )
        return _refused(
            "the model file is not an ONNX model, or is damaged",
            *(self.path, self.where, "copy or download it again, or export the network to ONNX"),
        )

    # ---- protobuf

    def fields(self, span: Span) -> Iterator[tuple[int, int | Span]]:
        """Walk over a message: the number of each field, and its value or where its bytes are."""
        at, end = span
        while at < end:
            self.left -= 1
            if self.left < 0:
                raise _refused("the model file has too many parts", self.path, self.where)
            tag, at = self.varint(at, end)
            wire = tag & 7
            if wire == 0:
                value, at = self.varint(at, end)
                yield tag >> 3, value
                continue
            if wire == LENGTH:
                length, at = self.varint(at, end)
            elif wire in {1, 5}:
                length = 8 if wire == 1 else 4
            else:
                raise _Damaged
            if at + length > end:
                raise _Damaged(at + length)
            yield tag >> 3, (at, at + length)
            at += length

    def varint(self, at: int, end: int) -> tuple[int, int]:
        value = 0
        for shift in range(0, 70, 7):
            if at >= end:
                raise _Damaged(end + 1)
            byte = self.data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if not byte & 0x80:
                return value, at
        raise _Damaged

    def all(self, span: int | Span, number: int) -> list[int | Span]:
        """Return the values of a field of a message."""
        return [value for found, value in self.fields(_span(span)) if found == number]

    def text(self, span: int | Span, number: int) -> str:
        values = self.all(span, number)
        return self.string(values[-1]) if values else ""

    def string(self, span: int | Span) -> str:
        return self.data[slice(*_span(span))].decode()

    # ---- ONNX

    def graph(self, span: Span, own: set[str]) -> Outline:
        inputs, outputs, weights = [], [], set()
        foreign: set[str] = set()
        for number, part in self.fields(span):
            if number == Number.GRAPH_NODE:
                foreign |= self.foreign(part, own)
            elif number == Number.GRAPH_INITIALIZER:
                weights.add(self.weight(part))
            elif number == Number.GRAPH_INPUT:
                inputs.append(self.tensor(part))
            elif number == Number.GRAPH_OUTPUT:
                outputs.append(self.tensor(part))
        self.refuse_foreign(foreign)
        asked = tuple(each for each in inputs if each.name not in weights)
        return Outline(asked, tuple(outputs), self.external)

    def foreign(self, node: int | Span, own: set[str]) -> set[str]:
        """Return the operator's name if ONNX Runtime does not have it."""
        name = domain = ""
        for number, value in self.fields(_span(node)):
            if number == Number.NODE_OP_TYPE:
                name = self.string(value)
            elif number == Number.NODE_DOMAIN:
                domain = self.string(value)
        known = domain in own or STANDARD.fullmatch(domain)
        return set() if known and not name.endswith("_TRT") else {name}

    def refuse_foreign(self, names: set[str]) -> None:
        if not names:
            return
        hint = "export the network with ONNX's own operators only"
        if any("NMS" in name for name in names):
            hint = "export the network without NMS in it (end2end, nms=True) and use cluster-mode=2"
        plugins = "TensorRT plugins" if any("TRT" in name for name in names) else "custom operators"
        raise ConfigError(
            f"the model needs {plugins}, which ONNX Runtime does not have: "
            + ", ".join(sorted(names)),
            where=self.where,
            expected="a model of standard ONNX operators",
            got=str(self.path),
            hint=hint,
        )

    def weight(self, span: int | Span) -> str:
        """Return the name of an initializer, whose bytes must be there."""
        name, entries, external = "", [], False
        for number, value in self.fields(_span(span)):
            if number == Number.WEIGHT_NAME:
                name = self.string(value)
            elif number == Number.WEIGHT_EXTERNAL_DATA:
                entries.append(
                    (self.text(value, Number.ENTRY_KEY), self.text(value, Number.ENTRY_VALUE))
                )
            elif number == Number.WEIGHT_DATA_LOCATION:
                external = value == 1
        if external:
            self.external += self.external_size(dict(entries))
        return name

    def external_size(self, entry: dict[str, str]) -> int:
        """Return the bytes of an initializer in another file, which must be there."""
        location = entry.get("location", "")
        try:
            size = (self.path.parent / location).stat().st_size
            offset, length = (int(entry.get(key, 0)) for key in ("offset", "length"))
        except (OSError, ValueError):
            size, offset, length = -1, 0, 0
        needed = offset + length
        if size < needed:
            state = "is missing" if size < 0 else f"has {size} of at least {needed} bytes"
            raise ConfigError(
                f"the model's file of weights {state}",
                where=self.where,
                expected=f"{location} beside {self.path.name}",
                got=str(self.path),
                hint="copy both files, or export the model as one file",
            )
        return length or size - offset

    def tensor(self, span: int | Span) -> Tensor:
        name = self.text(span, Number.INFO_NAME)
        for type_ in self.all(span, Number.INFO_TYPE):
            for number, value in self.fields(_span(type_)):
                if number == Number.TYPE_TENSOR:
                    codes = self.all(value, Number.TENSOR_ELEMENT)
                    shapes = self.all(value, Number.TENSOR_SHAPE)
                    kind = TYPES.get(codes[-1], f"type {codes[-1]}") if codes else "unknown"
                    return Tensor(name, kind, self.shape(shapes[-1]) if shapes else None)
                if number in KINDS:
                    return Tensor(name, KINDS[number], None)
        return Tensor(name, "unknown", None)

    def shape(self, span: int | Span) -> tuple[int, ...]:
        sizes = [self.all(dim, Number.DIM_VALUE) for dim in self.all(span, Number.SHAPE_DIM)]
        found = [size[-1] if size else 0 for size in sizes]
        # A negative size is a varint of ten bytes: open, like a named one.
        return tuple(size if isinstance(size, int) and size < 1 << 62 else 0 for size in found)
