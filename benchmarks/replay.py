"""How fast recorded metadata is played: buffers of one frame with 10 objects each, to the end.

Each contestant plays the same file, as ``pythiags replay`` does, to one extractor; what it returns
is delivered to a function in a thread. Numbers, labels and boxes are recorded, drawing is not.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rows import Row, medians, report

from pythiags import App, Detections, Metadata, MetadataWriter, frames_per_batch, objects_per_frame
from pythiags.testing import make_batch, synthetic

if TYPE_CHECKING:
    from collections.abc import Callable

FRAMES = 20_000
OBJECTS = 10
DIFFERENT = 500  # frames, written again and again
MUST = 50_000


def record(path: Path) -> None:
    """Write the recording."""
    extractor, writer = Metadata(drawing=False), MetadataWriter(path)
    scenes = synthetic(1, buffers=DIFFERENT, objects=OBJECTS)
    documents = [extractor.extract_metadata(None, make_batch(*frames)) for frames in scenes]
    writer.open()
    for number in range(FRAMES):
        writer.incoming(documents[number % DIFFERENT])
    writer.close()


def iterators(pad: Any, info: Any) -> list[Any]:
    """Read the objects as the README's extractor does."""
    return [
        (obj.obj_label, obj.confidence, frame.frame_num)
        for frame in frames_per_batch(info)
        for obj in objects_per_frame(frame)
    ]


def frames_a_second(path: Path, make: Callable[[], Any]) -> float:
    """Play the recording once."""
    seen: list[int] = []
    with App.from_recording(path) as app:
        app.attach("source", make(), lambda events: seen.append(len(events)), on_full="block")
        begin = time.perf_counter()
        app.run()
        seconds = time.perf_counter() - begin
    if seen != [OBJECTS] * FRAMES:
        raise SystemExit(f"expected {FRAMES} events of {OBJECTS} objects, got {len(seen)}")
    return FRAMES / seconds


def main() -> None:
    """Let the extractors take turns."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "run.jsonl")
        record(path)
        found = medians(
            {
                "Detections": lambda: frames_a_second(path, Detections),
                "an extractor with iterators": lambda: frames_a_second(path, lambda: iterators),
            }
        )
    report(
        Row(
            f"recording played, {OBJECTS} objects a frame, {name}",
            value,
            "frames a second",
            MUST if name == "Detections" else None,
            better="more",
            note="read by orjson; every event delivered to a function in a thread",
        )
        for name, value in found.items()
    )


if __name__ == "__main__":
    main()
