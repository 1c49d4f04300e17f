"""Recordings as metadata: of batches, or of buffers that a pipeline can play."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pythiags.errors import NoFramesError
from pythiags.gst import Gst, _gst
from pythiags.recording import DocumentReader, Filler

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator

    from pythiags.metadata import model

__all__ = ["read_metadata", "recorded_buffers"]


def read_metadata(path: str | os.PathLike[str]) -> Iterator[model.BatchMeta]:
    """Read a recording: give the portable metadata of each of its buffers, without a pipeline.

    ::

        for batch in read_metadata("run.jsonl"):
            for frame in frames_per_batch(batch):
                print(frame.frame_num, [obj.obj_label for obj in objects_per_frame(frame)])

    ``App.from_recording`` plays it to extractors and consumers.

    Raises:
        RecordingError: It is no recording, or of another version; and, while it is read, a line is
            not as it should be. The message has the line and the remedy.
        MissingDependency: It is compressed by zstd, and ``zstandard`` is not installed.
    """
    return _batches(DocumentReader(path))


def _batches(documents: DocumentReader) -> Iterator[model.BatchMeta]:
    filler = Filler(documents.name)
    for line, taken, document in documents.read(_gst.BatchMeta.of_line):
        batch = taken or _gst.BatchMeta(_slots(document))
        if taken is None:
            filler.fill(batch, document, line)
        yield batch


def recorded_buffers(
    path: str | os.PathLike[str],
    put: Callable[[Gst.Buffer, int], Any] | None = None,
) -> Iterator[Gst.Buffer]:
    """Read a recording as ``read_metadata`` does, as buffers that have the metadata and no memory.

    Args:
        path: The recording.
        put: Puts an empty batch, with room for so many frames, on a buffer, and returns what a
            ``Filler`` fills; portable metadata if None.

    Raises:
        RecordingError: As there.
        NoFramesError: At the end of one without a buffer.
        MissingDependency: As there.
    """
    return _buffers(DocumentReader(path), put)


def _buffers(
    documents: DocumentReader, put: Callable[[Gst.Buffer, int], Any] | None
) -> Iterator[Gst.Buffer]:
    filler = Filler(documents.name)
    line = 1
    attach = put or _gst.BatchMeta.attach
    for line, taken, document in documents.read(_take_nothing if put else _buffer_of_line):
        if taken is not None:
            yield taken
            continue
        buffer = Gst.Buffer.new()
        filler.fill(attach(buffer, _slots(document)), document, line)
        if "pts" in document:
            buffer.pts = document["pts"]
        yield buffer
    if line == 1:
        raise NoFramesError(
            "nothing was recorded: there is no line below the first",
            where=documents.name,
            hint="record again, and observe an element behind those that write metadata",
        )


def _buffer_of_line(line: bytes) -> Gst.Buffer | None:
    buffer = Gst.Buffer.new()
    return buffer if _gst.BatchMeta.attach_line(buffer, line) else None


def _take_nothing(_line: bytes) -> None:
    return None


def _slots(document: Any) -> int:
    """How many frames a batch has room for, if nothing else says so."""
    frames = document.get("frames") if isinstance(document, dict) else None
    return len(frames) if isinstance(frames, list) else 1
