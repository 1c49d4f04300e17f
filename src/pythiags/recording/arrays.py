"""Arrays in a document: their type and shape, and the numbers in base64 where they are wanted."""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pythiags.errors import RecordingError

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Arrays", "array_of_document", "document_of_array", "without_data"]

Arrays = Literal["shape", "data"]
"""What is kept of an array."""


def document_of_array(array: npt.NDArray[Any]) -> dict[str, Any]:
    """Return ``dtype``, ``shape``, and ``data``: the numbers, little-endian, in base64."""
    array = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    return {
        "dtype": array.dtype.name,
        "shape": list(array.shape),
        "data": base64.b64encode(array.tobytes()).decode(),
    }


def array_of_document(document: dict[str, Any]) -> npt.NDArray[Any] | None:
    """Return the array of a document, read-only; None if it has no numbers.

    Raises:
        ValueError: The document has no such array.
    """
    if "data" not in document:
        return None
    dtype = np.dtype(document["dtype"]).newbyteorder("<")
    shape = tuple(document["shape"])
    content = base64.b64decode(document["data"], validate=True)
    if dtype.hasobject or len(content) != math.prod(shape) * dtype.itemsize:
        raise ValueError(
            f"an array of {dtype.name} {list(shape)} does not have {len(content)} bytes"
        )
    return np.frombuffer(content, dtype).reshape(shape)


def without_data(what: str) -> RecordingError:
    """Return the error of who asks for numbers that were not recorded."""
    return RecordingError(
        f"{what} was recorded without its numbers",
        hint="record it with --arrays=data, or Metadata(arrays='data')",
    )
