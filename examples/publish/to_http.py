"""A consumer that posts detections to a web server; needs `pip install httpx`."""

import time

import httpx

from pythiags import Consumer


class ToHttp(Consumer):
    """Posts the detections of each frame as one JSON document.

    Args:
        url: Where to.
        attempts: How often to try before the event is given up.
    """

    worker = "thread"  # it waits more than it computes

    def __init__(self, url, attempts=5):
        self.url, self.attempts = url, attempts

    def open(self):
        """Make a client, which keeps its connection open between requests."""
        self.client = httpx.Client(timeout=10)

    def incoming(self, detections):
        """Post; where the server fails wait 1, 2, 4 ... seconds and try again."""
        objects = [{**each._asdict(), "bbox": each.bbox._asdict()} for each in detections]
        pauses = [2**attempt for attempt in range(self.attempts - 1)]
        while not self.arrives(objects, last=not pauses):
            time.sleep(pauses.pop(0))

    def arrives(self, objects, last):
        """Return whether the server has taken it; raise in the last attempt: `consumer-error`."""
        try:
            self.client.post(self.url, json=objects).raise_for_status()
        except httpx.HTTPError:
            if last:
                raise
            return False
        return True

    def close(self):
        """Close the connection."""
        self.client.close()
