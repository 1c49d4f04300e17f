"""Start, watch, stop: counters that can be read while the pipeline runs, and messages of the bus.

::

    python watch_counters.py
"""

import time

from pythiags import App

app = App("videotestsrc is-live=true ! video/x-raw,framerate=30/1 ! identity name=here ! fakesink")


def time_stamp(pad, info):
    """Return the presentation time stamp of each buffer, seconds."""
    return [info.get_buffer().pts / 1e9]


def slow(stamps):
    """Take longer than the time between two frames."""
    time.sleep(0.1)


with app:
    # The newest event only: the video never waits, and what is lost is counted.
    app.attach("here", time_stamp, slow, on_full="latest")
    app.start()
    for _ in range(3):
        time.sleep(0.4)
        channel = app.stats().attachments[0].channel
        print(
            f"produced {channel.produced}, delivered {channel.delivered}, "
            f"dropped {sum(channel.dropped.values())}, pending {channel.pending}"
        )
    app.stop()

print(f"{len(app.poll())} messages came over the bus")
