"""Several sources in one pipeline: each frame has the number of its source."""

from collections import Counter

from pythiags import App, Consumer, frames_per_batch, objects_per_frame


def labels(_pad, info):
    """Return (source, label) for each object of the batch."""
    return [
        (frame.source_id, obj.obj_label)
        for frame in frames_per_batch(info)
        for obj in objects_per_frame(frame)
    ]


class Tally(Consumer):
    """Counts labels for each source."""

    def open(self):
        """Begin to count."""
        self.counts = Counter()

    def incoming(self, events):
        """Count them."""
        self.counts.update(events)

    def close(self):
        """Print the counts."""
        for (source, label), count in sorted(self.counts.items()):
            print(f"source {source}: {label} {count} times")


if __name__ == "__main__":
    with App.from_file("two_sources.gstp") as app:
        app.attach("pgie", labels, Tally)
        app.run()
