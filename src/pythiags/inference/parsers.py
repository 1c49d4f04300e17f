"""Parsers of one's own: Python functions under the names that files have for C functions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from pythiags.errors import ConfigError
from pythiags.inference import keys
from pythiags.inference.types import Attribute, Candidates, ClassMap, Mask, Network

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Parser", "find_parser", "load_parsers", "nvinfer_parser", "parsed", "registered"]

Parser = Callable[[Mapping[str, npt.NDArray[Any]], Network], Any]
P = TypeVar("P", bound=Parser)

BOX, MASKED = 6, 7
"""Values of a row: class id, confidence, left, top, width, height; and a mask."""

_parsers: dict[str, Parser] = {}
_loaded: dict[Path, float] = {}
_lock = threading.Lock()


def nvinfer_parser(name: str) -> Callable[[P], P]:
    """Have a function read the outputs of networks in the portable ``nvinfer``; a decorator.

    A configuration names it as it names the C function that it stands for, by
    ``parse-bbox-func-name``, ``parse-classifier-func-name``, ``parse-segmentation-func-name`` or
    ``parse-bbox-instance-mask-func-name``. It goes before a decoder of pythiags of the same name.

    The function takes ``outputs``, the network's outputs for one picture by their names, and
    ``network``, with ``width`` and ``height`` of the input in pixels, ``thresholds`` by class,
    ``threshold`` (the classifier's or the segmentation's) and ``labels``. It is called in threads
    of nvinfer. It gives, by the kind of network:

    - detector: rows of class id, confidence, left, top, width, height in pixels of the input,
      [k, 6]; nvinfer clusters them;
    - instance segmentation: the same rows with a mask each, float32[height, width], or None;
    - classifier: rows of attribute, class id, confidence, and maybe a label, which otherwise is the
      label file's;
    - semantic segmentation: the class id of each pixel, -1 for none, int[height, width].

    Args:
        name: The function's name in configurations.
    """

    def register(function: P) -> P:
        _parsers[name] = function
        return function

    return register


def find_parser(name: str) -> Parser | None:
    """Return the function that was registered under a name."""
    return _parsers.get(name)


def registered() -> tuple[str, ...]:
    """Return the names that functions were registered under."""
    return tuple(_parsers)


def load_parsers(
    file: Path, where: str, what: str = "parsers with @pythiags.nvinfer_parser"
) -> None:
    """Run a Python file that registers functions, once as long as it does not change.

    Raises:
        ConfigError: It raises.
    """
    with _lock:
        changed = file.stat().st_mtime
        if _loaded.get(file) == changed:
            return
        space = {"__name__": f"nvinfer_parsers_{file.stem}", "__file__": str(file)}
        try:
            exec(compile(file.read_bytes(), str(file), "exec"), space)  # noqa: S102 - as a C library
        except Exception as problem:
            raise ConfigError(
                f"custom-lib-path: {type(problem).__name__}: {problem}",
                where=where,
                expected=f"a Python file that registers {what}",
                got=str(file),
            ) from problem
        _loaded[file] = changed


def parsed(name: str, function: Parser, kind: int, network: Network, where: str) -> Any:
    """Return the decoder that a registered function makes: see ``types.Decode``."""
    read = _READ[kind]

    def decode(outputs: Mapping[str, npt.NDArray[Any]], count: int) -> list[Any]:
        found = []
        for number in range(count):
            mine = {
                key: array[number] if array.ndim and len(array) == count else array
                for key, array in outputs.items()
            }
            try:
                given = function(mine, network)
            except Exception as problem:
                raise ConfigError(
                    f"the parser {name!r} raised {type(problem).__name__}: {problem}",
                    where=f"{where}: {function.__module__}.{function.__qualname__}",
                    got=", ".join(f"{key} {list(array.shape)}" for key, array in mine.items()),
                ) from problem
            try:
                found.append(read(given, network))
            except (TypeError, ValueError, IndexError) as problem:
                raise ConfigError(
                    f"the parser {name!r} gives what cannot be read: {problem}",
                    where=f"{where}: {function.__module__}.{function.__qualname__}",
                    expected=_EXPECTED[kind],
                    got=_short(given),
                ) from problem
        return found

    return decode


def _short(given: object, most: int = 200) -> str:
    text = repr(given)
    return text if len(text) <= most else f"{text[:most]}..."


def _boxes(given: Any, _: Network) -> Candidates:
    rows = np.asarray(given, np.float32).reshape(-1, BOX)
    sides = np.concatenate([rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]], axis=1)
    return Candidates(sides, rows[:, 1], rows[:, 0].astype(np.intp))


def _instances(given: Any, network: Network) -> Candidates:
    rows = [tuple(row) for row in given]
    if any(len(row) not in {BOX, MASKED} for row in rows):
        raise ValueError(f"a row has {BOX} numbers and a mask")
    found = _boxes([row[:BOX] for row in rows], network)
    return found._replace(masks=tuple(_mask(row[BOX] if row[BOX:] else None) for row in rows))


def _mask(given: Any) -> Mask | None:
    if given is None or isinstance(given, Mask):
        return given
    array = np.asarray(given, np.float32)
    if array.ndim != 2:  # noqa: PLR2004 - rows and columns
        raise ValueError(f"a mask of {array.ndim} dimensions")
    return Mask(array, array.shape[1], array.shape[0])


def _attributes(given: Any, network: Network) -> list[Attribute]:
    found = []
    for label_id, class_id, confidence, *label in given:
        text = label[0] if label else network.label(int(label_id), int(class_id))
        found.append(Attribute(int(label_id), int(class_id), float(confidence), text and str(text)))
    return found


def _class_map(given: Any, network: Network) -> ClassMap:
    array = np.asarray(given)
    if array.ndim != 2:  # noqa: PLR2004 - rows and columns
        raise ValueError(f"an array of {array.ndim} dimensions")
    return ClassMap(array.astype(np.int32), network.classes)


_READ: dict[int, Callable[[Any, Network], Any]] = {
    keys.DETECTOR: _boxes,
    keys.CLASSIFIER: _attributes,
    keys.SEGMENTATION: _class_map,
    keys.INSTANCES: _instances,
}
_EXPECTED = {
    keys.DETECTOR: "rows of class id, confidence, left, top, width, height",
    keys.CLASSIFIER: "rows of attribute, class id, confidence, and maybe a label",
    keys.SEGMENTATION: "class ids, [height, width]",
    keys.INSTANCES: "rows of class id, confidence, left, top, width, height, mask",
}
