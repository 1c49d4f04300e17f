"""Which metadata a buffer bears, and its frames.

The carriers, in the order in which they are looked for: DeepStream's own metadata where its pyds is
installed, then the portable metadata of pythiags's elements.
"""

from __future__ import annotations

import functools
import importlib
from typing import TYPE_CHECKING, Any, cast

from pythiags.gst import _gst
from pythiags.metadata import frames_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pythiags.metadata import model

__all__ = ["batch_of", "deepstream", "frames_per_batch"]


@functools.cache
def deepstream() -> Any:
    """Give DeepStream's pyds, or None where it is not installed; looked for once.

    The package of that name on PyPI is another one: DeepStream's can read a buffer.
    """
    try:
        pyds = importlib.import_module("pyds")
    except Exception:  # noqa: BLE001 - a broken installation counts as none
        return None
    return pyds if hasattr(pyds, "gst_buffer_get_nvds_batch_meta") else None


def batch_of(source: Any) -> model.BatchMeta | None:
    """Give the batch that a buffer bears, or None.

    Args:
        source: The info that a probe's callback gets, a ``Gst.Buffer``, or a batch.

    Raises:
        TypeError: ``source`` is none of these.
        MetadataReleased: ``source`` is the info of a callback that has returned.
    """
    if hasattr(source, "frame_meta_list"):
        return cast("model.BatchMeta", source)
    pyds = deepstream()
    if pyds is not None:
        batch = pyds.gst_buffer_get_nvds_batch_meta(_gst.buffer_address(source))
        if batch is not None:
            return cast("model.BatchMeta", batch)
    return _gst.BatchMeta.of(source)


def frames_per_batch(source: Any) -> Iterator[model.FrameMeta]:
    """Yield the frames of a buffer: one for each source that has a picture in it.

    Nothing is yielded for a buffer without metadata.

    Args:
        source: The info that a probe's callback gets, a ``Gst.Buffer``, or a batch.

    Raises:
        TypeError: ``source`` is none of these.
        MetadataReleased: ``source`` is the info of a callback that has returned.
    """
    batch = batch_of(source)
    return iter(()) if batch is None else frames_of(batch)
