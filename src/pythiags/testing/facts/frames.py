"""Frames: their place in a batch, their numbers, times and sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pythiags.metadata import objects_per_frame
from pythiags.testing.facts.fact import CAR, PERSON, expect, fact, read
from pythiags.testing.scene import SceneFrame

if TYPE_CHECKING:
    from pythiags.testing.scene import Carrier


@fact()
def one_frame(carrier: Carrier) -> None:
    """A buffer with one picture has one frame, in slot 0."""
    expect(read(carrier, [SceneFrame((PERSON,))], lambda frame: frame.batch_id), [0])


@fact()
def presentation_time(carrier: Carrier) -> None:
    """``buf_pts`` is the buffer's presentation time in nanoseconds."""
    expect(
        read(carrier, [SceneFrame((PERSON,), pts=40_000_000)], lambda f: f.buf_pts), [40_000_000]
    )


@fact()
def source_size(carrier: Carrier) -> None:
    """``source_frame_width`` and ``source_frame_height`` are the picture's size."""
    scene = [SceneFrame((PERSON,), width=320, height=240)]
    sizes = read(carrier, scene, lambda f: (f.source_frame_width, f.source_frame_height))
    expect(sizes, [(320, 240)])


@fact("batches")
def frames_in_order(carrier: Carrier) -> None:
    """A batch yields its frames in order, each in its slot."""
    scene = [SceneFrame(source_id=source) for source in (2, 0, 1)]
    expect(read(carrier, scene, lambda f: (f.batch_id, f.source_id)), [(0, 2), (1, 0), (2, 1)])


@fact("batches")
def objects_stay_in_their_frame(carrier: Carrier) -> None:
    """Each frame of a batch has its own objects."""
    scene = [SceneFrame((PERSON,)), SceneFrame(), SceneFrame((CAR, CAR))]
    counts = read(carrier, scene, lambda frame: len(list(objects_per_frame(frame))))
    expect(counts, [1, 0, 2])


@fact("batches")
def twenty_frames(carrier: Carrier) -> None:
    """A batch has room for more frames than a GstBuffer has for memories."""
    scene = [SceneFrame(source_id=source) for source in range(20)]
    expect(read(carrier, scene, lambda frame: frame.source_id), list(range(20)))


@fact("numbers")
def frame_and_source_number(carrier: Carrier) -> None:
    """``frame_num``, ``source_id`` and ``pad_index`` are what the muxer gave."""
    scene = [SceneFrame((PERSON,), source_id=3, frame_num=17)]
    numbers = read(carrier, scene, lambda f: (f.frame_num, f.source_id, f.pad_index))
    expect(numbers, [(17, 3, 3)])
