"""Recordings of metadata: what the vocabulary reads, as lines of JSON, and back.

`documents` turns the metadata of a buffer into plain values, `filling` makes metadata of them;
`writer` and `reader` are the two ends of a file. No GStreamer here: what is filled is any batch
that the vocabulary can write to.

The names are loaded when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pythiags.lazy import loader

if TYPE_CHECKING:
    from pythiags.recording.documents import Documents as Documents
    from pythiags.recording.filling import Filler as Filler
    from pythiags.recording.reader import DocumentReader as DocumentReader
    from pythiags.recording.reader import last_time as last_time
    from pythiags.recording.writer import MetadataWriter as MetadataWriter

_HOMES: Final = {
    "DocumentReader": "pythiags.recording.reader",
    "Documents": "pythiags.recording.documents",
    "Filler": "pythiags.recording.filling",
    "MetadataWriter": "pythiags.recording.writer",
    "last_time": "pythiags.recording.reader",
}

__all__ = list(_HOMES)
if not TYPE_CHECKING:  # which would take any name for one that is there
    __getattr__ = loader(__name__, _HOMES)
