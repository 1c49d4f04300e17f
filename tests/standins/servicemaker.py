"""Pipelines of the look-alike of pyservicemaker, and probes that keep what they see."""

from pythiags.lookalikes.pyservicemaker.pipeline import Pipeline
from pythiags.lookalikes.pyservicemaker.probes import BatchMetadataOperator, Probe

NVMM = "video/x-raw(memory:NVMM),format={},width={},height={}"


class Seeing(BatchMetadataOperator):
    """Calls a function with each batch, and keeps what it returns."""

    def __init__(self, function):
        super().__init__()
        self.function, self.seen = function, []

    def handle_metadata(self, batch_meta):
        self.seen.append(self.function(batch_meta))


def add_source(pipeline, number=0, frames=3, *, kind="RGBA", size=(64, 48), pattern="black"):
    """Add a test source and what brings it into the form of DeepStream; return the last name."""
    names = [f"{what}{number}" for what in ("test", "convert", "caps")]
    pipeline.add("videotestsrc", names[0], {"num-buffers": frames, "pattern": pattern})
    pipeline.add("nvvideoconvert", names[1])
    pipeline.add("capsfilter", names[2], {"caps": NVMM.format(kind, *size)})
    pipeline.link(*names)
    return names[2]


def batched(count=1, frames=3, *, kind="RGBA", size=(64, 48), pattern="black"):
    """A pipeline of test sources, with a muxer that is not linked on."""
    pipeline = Pipeline("test")
    muxing = {"batch-size": count, "width": size[0], "height": size[1]}
    pipeline.add("nvstreammux", "mux", {**muxing, "batched-push-timeout": 10_000_000})
    for number in range(count):
        source = add_source(pipeline, number, frames, kind=kind, size=size, pattern=pattern)
        pipeline.link((source, "mux"), ("", "sink_%u"))
    return pipeline


def run(pipeline, function, *middle, where="mux"):
    """Run it to a fakesink, and give what the function returned for each batch at a node."""
    names = ["mux", *(name for _, name in middle), "sink"]
    for factory, name in middle:
        pipeline.add(factory, name)
    pipeline.add("fakesink", "sink", {"sync": False}).link(*names)
    seeing = Seeing(function)
    pipeline.attach(where, Probe("seeing", seeing)).start().wait()
    return seeing.seen
