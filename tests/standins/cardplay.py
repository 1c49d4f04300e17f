"""Pipelines of pictures in the memory of a card that is none."""

from __future__ import annotations

import numpy as np
from standins import card

from pythiags.gst.probe import attach

WIDTH, HEIGHT = 64, 48
RNG = np.random.default_rng(3)
PICTURES = [RNG.integers(16, 235, (HEIGHT * 3 // 2, WIDTH), np.uint8) for _ in range(4)]
SOURCE = "appsrc name=source{number} format=time caps={caps} ! m.sink_{number} "
MUX = "nvstreammux name=m batch-size={batch} width={width} height={height} {more} ! "


class Play:
    """A pipeline of some sources, of which each has pictures in the memory of the card.

    Args:
        build: The fixture.
        decoded: The fixture.
        sources: By source, its pictures.
        tail: What is behind the muxer, with a sink named sink.
        read: Called with a batch's info, and gives what is kept of it.
        prepare: Called with the pipeline before it plays.
        gpu: The number of the card.
    """

    def __init__(
        self, build, decoded, sources, tail, read=None, *, prepare=lambda run: None, gpu=0, **mux
    ):
        mux = {"batch": len(sources), "width": WIDTH, "height": HEIGHT, "more": ""} | mux
        first = sources[0][0].shape
        caps = card.caps(first[1], first[0] * 2 // 3)
        head = "".join(
            SOURCE.format(number=number, caps=f'"{caps}"') for number in range(len(sources))
        )
        self.run = build(head + MUX.format(**mux) + tail)
        self.found = []
        pad = self.run["m"].get_static_pad("src")
        if read is not None:
            pad = self.run["sink"].get_static_pad("sink")
        self.probe = attach(pad, lambda _pad, info: self.found.append((read or kind)(info)))
        self.run.probes.append(self.probe)
        for number, pictures in enumerate(sources):
            source = self.run[f"source{number}"]
            for place, pixels in enumerate(pictures):
                source.emit("push-buffer", decoded(pixels, gpu).buffer(place))
            source.emit("end-of-stream")
        prepare(self.run)
        self.run.play()

    def kept(self):
        assert self.run.error is None
        assert self.probe.stats().errors == {}
        return self.found


def kind(info):
    """What a batch is in: how many pictures a surface has, or nothing for the system's memory."""
    buffer = info.get_buffer()
    return card.surface_of(buffer).filled if buffer.get_size() == 72 else None
