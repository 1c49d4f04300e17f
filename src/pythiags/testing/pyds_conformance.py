"""What pyds does, as facts that hold or do not: ``python -m pythiags.testing.pyds_conformance``.

It runs on the real pyds where that is installed, with DeepStream's own elements, and else on the
look-alike with the portable elements. One buffer of a pipeline is enough, and no network is run.
What it prints is for a person with the hardware to send us. Nothing here is undefined there.
"""

from __future__ import annotations

import gc
import importlib
import sys
from typing import Any, Final, NamedTuple

from pythiags.testing.pyds_facts import FACTS, Fact, Here

__all__ = ["FACTS", "Fact", "Outcome", "check_pyds", "main"]

PIPELINE: Final = (
    "videotestsrc num-buffers=1 ! nvvideoconvert ! video/x-raw(memory:NVMM),format=RGBA,width=64,"
    "height=64 ! m.sink_0 nvstreammux name=m batch-size=1 width=64 height=64 ! nvvideoconvert ! "
    "video/x-raw(memory:NVMM),format=RGBA ! fakesink name=sink"
)


class Outcome(NamedTuple):
    """A fact, and what came of it: "holds", "differs", or the error."""

    fact: Fact
    result: str


def _outcome(fact: Fact, here: Here) -> Outcome:
    try:
        return Outcome(fact, "holds" if fact.holds(here) else "differs")
    except Exception as problem:  # noqa: BLE001 - that is an outcome, too
        return Outcome(fact, f"{type(problem).__name__}: {problem}".partition("\n")[0])


def _version(pyds: Any) -> tuple[int, ...]:
    return tuple(int(part) for part in str(getattr(pyds, "__version__", "1.1.0")).split("."))


def check_pyds() -> tuple[Any, list[Outcome]]:
    """Hold all facts against the pyds of this machine, on one buffer.

    Returns:
        The module, and what came of each fact.

    Raises:
        RuntimeError: The pipeline did not play.
    """
    from pythiags import portable
    from pythiags.gst import Gst

    portable.install()
    pyds = importlib.import_module("pyds")
    outcomes: list[Outcome] = []

    def on_buffer(_pad: Any, info: Any) -> Any:
        address = hash(info.get_buffer())
        batch = pyds.gst_buffer_get_nvds_batch_meta(address)
        frame = pyds.NvDsFrameMeta.cast(batch.frame_meta_list.data)
        here, version = Here(pyds, address, batch, frame), _version(pyds)
        outcomes.extend(_outcome(fact, here) for fact in FACTS if version >= fact.since)
        return Gst.PadProbeReturn.OK

    pipeline = Gst.parse_launch(PIPELINE)
    pad = pipeline.get_by_name("sink").get_static_pad("sink")
    probe = pad.add_probe(Gst.PadProbeType.BUFFER, on_buffer)
    pipeline.set_state(Gst.State.PLAYING)
    kinds = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(60 * Gst.SECOND, kinds)
    pad.remove_probe(probe)
    pipeline.set_state(Gst.State.NULL)
    gc.collect()
    if message is None or message.type != Gst.MessageType.EOS or not outcomes:
        why = message.parse_error()[0].message if message and not outcomes else "no buffer came"
        raise RuntimeError(f"the pipeline did not play: {why}")
    return pyds, outcomes


def main() -> int:
    """Print a table; return the exit code: 0 where all facts hold."""
    pyds, outcomes = check_pyds()
    kind = "the look-alike" if hasattr(pyds, "StrictError") else "the real module"
    lines = [f"pyds {getattr(pyds, '__version__', 'of no number')}, {kind}", ""]
    width = max(len(outcome.fact.text) for outcome in outcomes)
    lines += [f"{outcome.fact.text:<{width}}  {outcome.result}" for outcome in outcomes]
    held = sum(outcome.result == "holds" for outcome in outcomes)
    sys.stdout.write("\n".join([*lines, "", f"{held} of {len(outcomes)} facts hold", ""]))
    return 0 if held == len(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
