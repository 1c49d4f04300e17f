"""Count what a camera sees, and connect again whenever it has gone away.

::

    python watch.py rtsp://camera.local/live
"""

import contextlib
import sys
import time

from pythiags import App, Detections, StreamError

PAUSE = 5.0  # seconds


def show(detections):
    """Print what one frame shows."""
    print(", ".join(f"{each.label} {each.confidence:.2f}" for each in detections), flush=True)


def watch(uri):
    """Run until a signal ends it: a camera has no end of its own."""
    while True:
        try:
            with App.from_file("camera.gstp", uri=uri) as app:
                app.attach("pgie", Detections(min_confidence=0.4), show)
                reason = app.run().reason
        except StreamError as error:
            reason = error
        if reason == "signal":
            return
        print(f"the camera is gone: {reason}", file=sys.stderr, flush=True)
        time.sleep(PAUSE)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):  # in the pause
        watch(sys.argv[1])
