"""A consumer for a process of its own: it opens its database there."""

import sqlite3

from pythiags import Consumer


class Archive(Consumer):
    """Writes detections to a database.

    Args:
        path: The database's file. A path can be sent to the process; a connection cannot.
    """

    def __init__(self, path):
        self.path = path

    def open(self):
        """Connect; this runs in the process, before the pipeline plays."""
        self.base = sqlite3.connect(self.path)
        self.base.execute(
            "CREATE TABLE IF NOT EXISTS seen (frame INT, label TEXT, confidence REAL)"
        )

    def incoming(self, detections):
        """Write the detections of one buffer."""
        rows = [(each.frame_num, each.label, each.confidence) for each in detections]
        with self.base:  # one transaction
            self.base.executemany("INSERT INTO seen VALUES (?, ?, ?)", rows)

    def close(self):
        """Disconnect; this runs in the process, after the last event."""
        self.base.close()
