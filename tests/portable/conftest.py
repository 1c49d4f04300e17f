"""Pipelines for the tests of portable elements."""

from __future__ import annotations

import inspect
import shutil

import pytest
from standins import card
from standins.pixels import Pixels, compile_for

from pythiags import frames_per_batch, objects_per_frame, portable
from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta
from pythiags.gst.probe import attach

TIMEOUT = 20 * Gst.SECOND


class Run:
    """A pipeline with a sink named sink, played to its end or its first error."""

    def __init__(self, text: str) -> None:
        self.pipeline = Gst.parse_launch(text)
        self.error: str | None = None
        self.warnings: list[str] = []
        self.rendered = 0
        self.probes: list[object] = []
        self._count = 0
        if self["sink"].get_factory().get_name() == "fakesink":
            self["sink"].set_property("signal-handoffs", True)
            self["sink"].set_property("sync", False)
            self._count = self["sink"].connect("handoff", self._counted)

    def _counted(self, *_: object) -> None:
        self.rendered += 1

    def close(self) -> None:
        for probe in self.probes:
            probe.remove()
        self.pipeline.set_state(Gst.State.NULL)
        if self._count:
            self["sink"].disconnect(self._count)

    def __getitem__(self, name: str):
        return self.pipeline.get_by_name(name)

    def play(self) -> Run:
        self.pipeline.set_state(Gst.State.PLAYING)
        wanted = Gst.MessageType.EOS | Gst.MessageType.ERROR | Gst.MessageType.WARNING
        message = self.pipeline.get_bus().timed_pop_filtered(TIMEOUT, wanted)
        while message is not None and message.type == Gst.MessageType.WARNING:
            self.warnings.append(message.parse_warning()[0].message)
            message = self.pipeline.get_bus().timed_pop_filtered(TIMEOUT, wanted)
        assert message is not None, "neither an end nor an error"
        if message.type == Gst.MessageType.ERROR:
            self.error = message.parse_error()[0].message
        return self

    def watch(self, element: str, pad: str = "src") -> list[list[dict[str, int]]]:
        """Keep the fields of every frame that passes a pad, a list for each batch."""
        batches: list[list[dict[str, int]]] = []

        def note(_pad: object, info: object) -> None:
            batches.append([fields(frame) for frame in BatchMeta.of(info).iter_frames()])

        self.probes.append(attach(self[element].get_static_pad(pad), note))
        return batches

    def edit(self, element: str, change, pad: str = "src") -> None:
        """Call ``change(frame)`` for every frame that passes a pad."""

        def each(_pad: object, info: object) -> None:
            for frame in BatchMeta.of(info).iter_frames():
                change(frame)

        self.probes.append(attach(self[element].get_static_pad(pad), each))

    def last(self, sink: str = "sink") -> tuple[Gst.Caps, bytes]:
        """The caps and bytes of the last buffer that a sink saw."""
        assert self.error is None
        sample = self[sink].get_property("last-sample")
        buffer = sample.get_buffer()
        return sample.get_caps(), buffer.extract_dup(0, buffer.get_size())


FIELDS = (
    *("source_id", "pad_index", "batch_id", "frame_num", "buf_pts", "ntp_timestamp"),
    *("source_frame_width", "source_frame_height", "pipeline_width", "pipeline_height"),
)


def fields(frame) -> dict[str, int]:
    return {name: getattr(frame, name) for name in FIELDS}


@pytest.fixture
def build():
    """``build(text)``: a pipeline that is stopped after the test."""
    portable.install()
    runs = []

    def make(text: str) -> Run:
        runs.append(Run(text))
        return runs[-1]

    yield make
    for one in runs:
        one.close()


@pytest.fixture
def run(build):
    """``run(text)``: play a pipeline to its end or first error; it is stopped after the test.

    ``prepare(pipeline)`` is called before it starts.
    """

    def play(text: str, prepare=lambda pipeline: None) -> Run:
        one = build(text)
        prepare(one.pipeline)
        return one.play()

    return play


@pytest.fixture
def collect(build):
    """``collect(text, read)``: play, and give ``read(frame, objects)`` of all frames at the sink.

    With three arguments ``read`` gets the buffer as well. The answer is a list a buffer. Views die
    with their buffer: ``read`` takes what it wants.
    """

    def play(text: str, read) -> list[list[object]]:
        one, batches = build(text), []
        extra = len(inspect.signature(read).parameters) - 2

        def note(_pad: object, info: object) -> None:
            more = [info.get_buffer()][:extra]
            frames = frames_per_batch(info)
            batches.append([read(frame, list(objects_per_frame(frame)), *more) for frame in frames])

        probe = attach(one["sink"].get_static_pad("sink"), note)
        one.probes.append(probe)
        assert one.play().error is None
        assert probe.stats().errors == {}
        return batches

    return play


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """``compiled(name)``: the loops of an instruction set, or of none in particular: plain."""
    if not shutil.which("cc") or not shutil.which("pkg-config"):
        pytest.skip("there is no compiler")
    folder, found = tmp_path_factory.mktemp("pixels"), {}

    def get(name):
        if name not in found:
            found[name] = Pixels(compile_for(name, folder / f"{name}.so"))
        return found[name]

    return get


@pytest.fixture
def plain(compiled):
    return compiled("plain")


@pytest.fixture
def decoded():
    """``decoded(pixels)``: as NVIDIA's decoder gives it."""
    card.libraries()
    made = []

    def make(pixels, gpu=0):
        made.append(card.Decoded(pixels, gpu))
        return made[-1]

    yield make
    for each in made:
        each.close()
