"""An application to be tested: it watches cameras, and counts what each of them has sent."""

from collections import Counter

from pythiags import App, Consumer, Gap, RetryPolicy, frames_per_batch

PIPELINE = (
    "nvstreammux name=mux batch-size=2 width=320 height=240 live-source=true "
    "batched-push-timeout=40000 ! identity name=seen ! fakesink sync=false "
    "uridecodebin name=yard uri={yard} ! nvvideoconvert ! queue ! mux.sink_0 "
    "uridecodebin name=door uri={door} ! nvvideoconvert ! queue ! mux.sink_1 "
)


class Count(Consumer):
    """Counts frames and losses, by the number of the source."""

    worker = "thread"

    def __init__(self):
        self.frames = Counter()
        self.losses = Counter()

    def incoming(self, sources):
        """Count a batch."""
        self.frames.update(sources)

    def control(self, item):
        """Count a loss."""
        if isinstance(item, Gap):
            self.losses[item.source_id] += 1


def make_app(yard, door, count):
    """Put the application together; it is not started yet."""
    retry = RetryPolicy(stall_timeout=1, start_timeout=5, backoff=0.2, max_backoff=1)
    app = App(PIPELINE, yard=yard, door=door, retry=retry)
    app.attach("seen", lambda _pad, info: [f.source_id for f in frames_per_batch(info)], count)
    return app
