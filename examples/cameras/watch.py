"""Say what a camera sees, and start it again whenever it has gone away.

::

    python watch.py rtsp://camera.local/live
"""

import sys

from pythiags import App, Consumer, Detections, RetryPolicy


class Show(Consumer):
    """Prints what each frame shows, and when the camera is lost."""

    def incoming(self, events):
        """Print a line for a frame."""
        print(", ".join(f"{each.label} {each.confidence:.2f}" for each in events), flush=True)

    def control(self, item):
        """Print what comes between the frames: a gap, or the end."""
        print(item, flush=True)


def watch(uri):
    """Run until a signal ends it: a camera has no end of its own."""
    retry = RetryPolicy(stall_timeout=5, max_backoff=10, retry_timeout=3600)
    with App.from_file("camera.gstp", uri=uri, retry=retry) as app:
        app.attach("pgie", Detections(min_confidence=0.4), Show)
        return app.run()


if __name__ == "__main__":
    summary = watch(sys.argv[1])
    print(summary, *summary.sources, sep="\n", file=sys.stderr)
    sys.exit(summary.exit_code)
