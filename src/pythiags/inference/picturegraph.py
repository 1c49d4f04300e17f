"""ONNX files that are changed without the onnx package, for networks whose input stays on a card.

Operators before the network take pictures as a card has them: the rows of NV12, with padding.
Operators behind it keep the boxes that score best, so that few have to leave the card. The network
itself is copied byte by byte. The numbers of fields are those of ``onnx.proto``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy.typing as npt

__all__ = [
    "BEST",
    "CLASSES",
    "FEWER",
    "LEAST_OPSET",
    "PICTURES",
    "Best",
    "Colours",
    "Layout",
    "Place",
    "opset",
    "placement",
    "rewrite",
]

PICTURES: Final = "pythiags/pictures"
"""The input: uint8[pictures, rows, bytes of a row]."""

FEWER: Final = "pythiags/fewer/"
"""What goes before the name of the boxes' output where only the best of them are given."""

BEST: Final = "pythiags/best"
"""An output: the best score of each of those boxes, the highest first."""

CLASSES: Final = "pythiags/classes"
"""An output: the class of that score, int64."""

INPUTS: Final = {
    "luma": 2,  # rows and bytes of it
    "above": 2,  # the chroma: rows and bytes
    "below": 2,  # its last row and byte
    "shape": 4,  # of the chroma
    "luma_sizes": 4,
    "chroma_sizes": 4,
    "borders": 8,
}
"""int64 inputs beside the pictures, and how many numbers each has; see ``placement()``."""

MATRIX, BIAS = "pythiags/matrix", "pythiags/bias"
"""Inputs, float32[3, 3, 1, 1] and float32[3]: from Y, U and V to the network's channels."""

LEAST_OPSET: Final = 13
"""Of ONNX: earlier operators take other arguments."""

_MODEL_GRAPH, _MODEL_OPSET = 7, 8
_OPSET_DOMAIN, _OPSET_VERSION = 1, 2
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_INPUT, _GRAPH_OUTPUT = 1, 5, 11, 12
_FLOAT, _UINT8, _INT64, _FLOAT16 = 1, 2, 7, 10  # TensorProto.DataType
MODES: Final = {0: "nearest", 2: "cubic"}
"""Of Resize, by NvBufSurfTransform_Inter's number; all others are linear."""

_AXES_ARE_INPUTS = 18
"""The opset from which ReduceMax has its axes as an input."""


class Layout(NamedTuple):
    """What the network's own input is."""

    name: str
    channels: int
    height: int
    width: int
    batch: int
    """Pictures that it insists on; 0: any number."""
    reversed: bool
    """Blue, green, red."""
    channels_last: bool
    half: bool
    filter: int
    """How pictures are scaled: NvBufSurfTransform_Inter's number."""
    scale: float
    offsets: tuple[float, ...]
    """A value is ``(pixel - offset) * scale``."""


Colours: TypeAlias = "Sequence[tuple[Sequence[float], float]]"
"""Factors of Y, U and V, and what is added to their sum, for each colour."""


class Place(NamedTuple):
    """Where pictures of one size lie in the network's input."""

    width: int
    height: int
    """Of the pictures."""
    left: int
    top: int
    to_width: int
    to_height: int
    chroma: int
    """Its first row, in the memory of a picture."""
    colours: Colours
    """Of red, green and blue."""


class Best(NamedTuple):
    """The outputs of which only the best boxes are given besides."""

    boxes: str
    """[N, boxes, 4]."""
    scores: str
    """[N, boxes, classes]."""
    classes: int
    most: int
    """How many are given, at most as many as there are."""


def opset(data: bytes) -> int:
    """Return the version of ONNX's operators that a model uses; 0: it does not say."""
    versions = [0]
    for number, part in _fields(data):
        if number == _MODEL_OPSET:
            found = dict(_fields(part))
            if not found.get(_OPSET_DOMAIN, b""):
                versions.append(_as_int(found.get(_OPSET_VERSION, 0)))
    return max(versions)


def placement(layout: Layout, place: Place, count: int) -> dict[str, npt.NDArray[Any]]:
    """Return what a model of ``rewrite()`` takes besides so many pictures."""
    right = layout.width - place.left - place.to_width
    bottom = layout.height - place.top - place.to_height
    high, wide = -(-place.height // 2), -(-place.width // 2)
    numbers = {
        "luma": (place.height, place.width),
        "above": (place.chroma, 0),
        "below": (place.chroma + high, 2 * wide),
        "shape": (count, high, wide, 2),
        "luma_sizes": (count, 1, place.to_height, place.to_width),
        "chroma_sizes": (count, 2, place.to_height, place.to_width),
        "borders": (0, 0, place.top, place.left, 0, 0, bottom, right),
    }
    colours = list(place.colours)[:: -1 if layout.reversed else 1]
    matrix = np.array([factors for factors, _ in colours], np.float32)
    feed: dict[str, npt.NDArray[Any]] = {
        MATRIX: matrix.reshape(3, 3, 1, 1),
        BIAS: np.array([bias for _, bias in colours], np.float32),
    }
    return feed | {_input(name): _ints(*values) for name, values in numbers.items()}


def _input(name: str) -> str:
    return f"pythiags/{name}"


def rewrite(data: bytes, layout: Layout, best: Best | None = None) -> bytes:
    """Return a model that takes ``PICTURES`` in the place of the input of ``layout``.

    Args:
        data: An ONNX model, of ``LEAST_OPSET`` or later.
        layout: Its input, three channels.
        best: Adds the outputs ``FEWER + boxes``, ``BEST`` and ``CLASSES``.
    """
    version = opset(data)
    made = _Graph()
    _before(made, layout)
    nodes = len(made.nodes)
    if best is not None:
        _behind(made, best, version)
    model = []
    for number, part in _fields(data):
        if number != _MODEL_GRAPH:
            model.append(_field(number, part))
            continue
        kept = [
            _field(each, value)
            for each, value in _fields(_as_bytes(part))
            if not (each == _GRAPH_INPUT and _name_of(_as_bytes(value)) == layout.name)
        ]
        graph = [*made.nodes[:nodes], *kept, *made.nodes[nodes:], *made.rest]
        model.append(_field(_MODEL_GRAPH, b"".join(graph)))
    return b"".join(model)


# ---- what is added ----


class _Graph:
    """Nodes, and constants, inputs and outputs, as fields of a graph."""

    def __init__(self) -> None:
        self.nodes: list[bytes] = []
        self.rest: list[bytes] = []
        self.last = ""

    def node(self, operator: str, inputs: Iterable[str], output: str = "", **more: object) -> str:
        """Add an operator with one output, which it returns."""
        output = output or f"pythiags/{len(self.nodes)}"
        self.add_node(operator, inputs, [output], **more)
        self.last = output
        return output

    def add_node(
        self, operator: str, inputs: Iterable[str], outputs: Iterable[str], **more: object
    ) -> None:
        """Add an operator; ``more`` are its attributes: texts, whole numbers or lists of them."""
        parts = [_field(1, each.encode()) for each in inputs]
        parts += [_field(2, each.encode()) for each in outputs]
        parts += [_field(3, f"pythiags/{operator}/{len(self.nodes)}".encode())]
        parts += [_field(4, operator.encode())]
        parts += [_field(5, _attribute(name, value)) for name, value in more.items()]
        self.nodes.append(_field(_GRAPH_NODE, b"".join(parts)))

    def constant(self, array: npt.NDArray[np.float32] | npt.NDArray[np.int64]) -> str:
        """Add an array, and return its name."""
        name = f"pythiags/constant/{len(self.rest)}"
        kind = _FLOAT if array.dtype == np.float32 else _INT64
        parts = [_field(1, size) for size in array.shape]
        parts += [_field(2, kind), _field(8, name.encode()), _field(9, array.tobytes())]
        self.rest.append(_field(_GRAPH_INITIALIZER, b"".join(parts)))
        return name

    def value(self, number: int, name: str, kind: int, shape: Iterable[int | str]) -> None:
        """Add an input or an output; texts are names of open sizes."""
        dims = b"".join(
            _field(1, _field(1, size) if isinstance(size, int) else _field(2, size.encode()))
            for size in shape
        )
        tensor = _field(1, kind) + _field(2, dims)
        self.rest.append(_field(number, _field(1, name.encode()) + _field(2, _field(1, tensor))))


def _ints(*values: int) -> npt.NDArray[np.int64]:
    return np.array(values, np.int64)


def _before(made: _Graph, layout: Layout) -> None:
    made.value(_GRAPH_INPUT, PICTURES, _UINT8, [layout.batch or "N", "rows", "pitch"])
    made.value(_GRAPH_INPUT, MATRIX, _FLOAT, [3, 3, 1, 1])
    made.value(_GRAPH_INPUT, BIAS, _FLOAT, [3])
    for name, size in INPUTS.items():
        made.value(_GRAPH_INPUT, _input(name), _INT64, [size])
    zero, axes = made.constant(_ints(0, 0)), made.constant(_ints(1, 2))
    luma = made.node("Slice", [PICTURES, zero, _input("luma"), axes])
    luma = made.node("Unsqueeze", [luma, made.constant(_ints(1))])
    chroma = made.node("Slice", [PICTURES, _input("above"), _input("below"), axes])
    chroma = made.node("Reshape", [chroma, _input("shape")])
    chroma = made.node("Transpose", [chroma], perm=[0, 3, 1, 2])
    scaled = [
        _scaled(made, layout, luma, "luma_sizes"),
        _scaled(made, layout, chroma, "chroma_sizes"),
    ]
    value = made.node("Concat", scaled, axis=1)
    edges = [made.constant(np.array(each, np.float32)) for each in (0, 255)]
    steps: list[tuple[str, list[str], dict[str, object]]] = [
        ("Conv", [MATRIX, BIAS], {}),
        ("Clip", edges, {}),
        ("Pad", [_input("borders")], {}),
    ]
    if any(layout.offsets):
        offsets = np.array(layout.offsets[:3], np.float32).reshape(1, 3, 1, 1)
        steps.append(("Sub", [made.constant(offsets)], {}))
    if layout.scale != 1:
        steps.append(("Mul", [made.constant(np.array([layout.scale], np.float32))], {}))
    if layout.channels_last:
        steps.append(("Transpose", [], {"perm": [0, 2, 3, 1]}))
    if layout.half:
        steps.append(("Cast", [], {"to": _FLOAT16}))
    for number, (operator, more, attributes) in enumerate(steps, 1):
        output = layout.name if number == len(steps) else ""
        value = made.node(operator, [value, *more], output, **attributes)


def _scaled(made: _Graph, layout: Layout, plane: str, sizes: str) -> str:
    """Scale a plane as the CPU does: samples lie at the centres of pixels."""
    return made.node(
        "Resize",
        [made.node("Cast", [plane], to=_FLOAT), "", "", _input(sizes)],
        coordinate_transformation_mode="half_pixel",
        mode=MODES.get(layout.filter, "linear"),
    )


def _behind(made: _Graph, best: Best, version: int) -> None:
    if version >= _AXES_ARE_INPUTS:
        highest = made.node("ReduceMax", [best.scores, made.constant(_ints(2))], keepdims=0)
    else:
        highest = made.node("ReduceMax", [best.scores], axes=[2], keepdims=0)
    places = "pythiags/places"
    made.add_node("TopK", [highest, made.constant(_ints(best.most))], [BEST, places], axis=1)
    # On a card GatherND copies from memory of the host that is freed: it could not be recorded.
    rows = made.node("Unsqueeze", [places, made.constant(_ints(2))])
    wide = [made.node("Expand", [rows, made.constant(_ints(1, 1, n))]) for n in (4, best.classes)]
    made.node("GatherElements", [best.boxes, wide[0]], FEWER + best.boxes, axis=1)
    scores = made.node("GatherElements", [best.scores, wide[1]], axis=1)
    made.node("ArgMax", [scores], CLASSES, axis=2, keepdims=0)
    made.value(_GRAPH_OUTPUT, FEWER + best.boxes, _FLOAT, ["N", best.most, 4])
    made.value(_GRAPH_OUTPUT, BEST, _FLOAT, ["N", best.most])
    made.value(_GRAPH_OUTPUT, CLASSES, _INT64, ["N", best.most])


# ---- protobuf ----

Value = int | bytes


def _fields(data: Value) -> Iterator[tuple[int, Value]]:
    """Walk over a message that is known to be whole; fixed numbers are bytes."""
    view = memoryview(_as_bytes(data))
    at = 0
    while at < len(view):
        tag, at = _varint(view, at)
        wire = tag & 7
        if wire == 0:
            value, at = _varint(view, at)
            yield tag >> 3, value
            continue
        size = {1: 8, 5: 4}.get(wire, 0)
        if not size:
            size, at = _varint(view, at)
        yield tag >> 3, bytes(view[at : at + size])
        at += size


def _varint(view: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = view[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, at
        shift += 7


def _field(number: int, value: Value | float) -> bytes:
    if isinstance(value, bytes):
        return _encoded(number << 3 | 2) + _encoded(len(value)) + value
    return _encoded(number << 3) + _encoded(int(value) & (1 << 64) - 1)


def _encoded(value: int) -> bytes:
    out = bytearray()
    while value >> 7:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


_INT, _STRING, _INTS = 2, 3, 7
"""AttributeProto.AttributeType."""


def _attribute(name: str, value: object) -> bytes:
    if isinstance(value, int):
        return _field(1, name.encode()) + _field(3, value) + _field(20, _INT)
    if isinstance(value, str):
        return _field(1, name.encode()) + _field(4, value.encode()) + _field(20, _STRING)
    if not isinstance(value, list):
        raise TypeError(f"expected a text, a number or a list of numbers, got {value!r}")
    numbers = b"".join(_field(8, each) for each in value)
    return _field(1, name.encode()) + numbers + _field(20, _INTS)


def _name_of(value_info: bytes) -> str:
    names = [_as_bytes(value) for number, value in _fields(value_info) if number == 1]
    return names[-1].decode() if names else ""


def _as_bytes(value: Value) -> bytes:
    return value if isinstance(value, bytes) else b""


def _as_int(value: Value) -> int:
    return value if isinstance(value, int) else 0
