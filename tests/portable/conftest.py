"""Pipelines for the tests of portable elements."""

from __future__ import annotations

import pytest

from pythiags import portable
from pythiags.gst import Gst

TIMEOUT = 20 * Gst.SECOND


class Run:
    """A pipeline with a sink named sink, played to its end or its first error."""

    def __init__(self, text: str) -> None:
        self.pipeline = Gst.parse_launch(text)
        self.error: str | None = None
        self.rendered = 0
        self._count = 0
        if self["sink"].get_factory().get_name() == "fakesink":
            self["sink"].set_property("signal-handoffs", True)
            self["sink"].set_property("sync", False)
            self._count = self["sink"].connect("handoff", self._counted)

    def _counted(self, *_: object) -> None:
        self.rendered += 1

    def close(self) -> None:
        self.pipeline.set_state(Gst.State.NULL)
        if self._count:
            self["sink"].disconnect(self._count)

    def __getitem__(self, name: str):
        return self.pipeline.get_by_name(name)

    def play(self) -> Run:
        self.pipeline.set_state(Gst.State.PLAYING)
        wanted = Gst.MessageType.EOS | Gst.MessageType.ERROR
        message = self.pipeline.get_bus().timed_pop_filtered(TIMEOUT, wanted)
        assert message is not None, "neither an end nor an error"
        if message.type == Gst.MessageType.ERROR:
            self.error = message.parse_error()[0].message
        return self


@pytest.fixture
def run():
    """``run(text)``: play a pipeline to its end or first error; it is stopped after the test.

    ``prepare(pipeline)`` is called before it starts.
    """
    portable.install()
    runs = []

    def play(text: str, prepare=lambda pipeline: None) -> Run:
        runs.append(Run(text))
        prepare(runs[-1].pipeline)
        return runs[-1].play()

    yield play
    for one in runs:
        one.close()
