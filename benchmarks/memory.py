"""How much a program's memory grows beside a consumer that is ten times too slow for a minute.

The policy is the default, `spill`. After the minute the consumer is as quick as it can be, and the
run ends when everything has been delivered: nothing may be lost.
"""

from __future__ import annotations

import os
import resource
import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from hooks import Late
from rows import Row, report
from scenes import scene
from stamp import stamp

import pythiags

if TYPE_CHECKING:
    from pythiags.channel import ChannelStats

RATE: Final = 200  # frames a second
SLOWER: Final = 10
SECONDS: Final = 60.0
OBJECTS: Final = 100
PIPELINE: Final = (
    f"videotestsrc is-live=true num-buffers={int(RATE * SECONDS)} "
    f"! video/x-raw,width=320,height=240,framerate={RATE}/1 "
    "! identity name=at ! fakesink sync=false"
)
WARM: Final = 2.0  # seconds until all that is needed once is there


def resident() -> float:
    """MB of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def play(sizes: list[float]) -> ChannelStats:
    """Run it, note the memory twice a second, and give the counters at the end."""
    tick = threading.Event()
    with pythiags.App(PIPELINE) as app:
        stamp(app.pipeline.get_by_name("at").get_static_pad("src"), scene(OBJECTS))
        consumer = Late(pause=SLOWER / RATE, seconds=SECONDS)
        app.attach("at", pythiags.Detections(), consumer, worker="thread")
        app.start()
        tick.wait(WARM)
        while not app.state.final:
            sizes.append(resident())
            tick.wait(0.5)
        (attached,) = app.join().attachments
    return attached.channel


def main() -> None:
    """Run it once."""
    sizes: list[float] = []
    with TemporaryDirectory() as folder:
        os.environ["PYTHIAGS_STATE_DIR"] = folder
        channel = play(sizes)
    note = f"{channel.produced} events of {OBJECTS} objects, {channel.spilled} went over the disk"
    if not channel.spilled:
        raise SystemExit(f"nothing was spilled: {channel}")
    what = f"memory, consumer {SLOWER} times too slow for {SECONDS:.0f} s, spill"
    report(
        [
            Row(what, max(sizes) - sizes[0], "MB more", 20, note=note),
            Row("… events lost", channel.produced - channel.delivered, "", 0),
        ]
    )


if __name__ == "__main__":
    main()
