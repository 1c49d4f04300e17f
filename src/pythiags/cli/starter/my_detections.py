"""What the demo extracts and what it does with it: yours to change."""

from collections import Counter

from pythiags import Consumer, Extractor, frames_per_batch, objects_per_frame


class Detections(Extractor):
    """Give a dictionary an object; it runs in the streaming thread, so it only reads."""

    def extract_metadata(self, pad, info):
        """Read one buffer: a batch of frames."""
        return [
            {
                "frame": frame.frame_num,
                "label": obj.obj_label,
                "confidence": round(obj.confidence, 3),
                "left": round(obj.rect_params.left, 1),
                "top": round(obj.rect_params.top, 1),
                "width": round(obj.rect_params.width, 1),
                "height": round(obj.rect_params.height, 1),
            }
            for frame in frames_per_batch(info)
            for obj in objects_per_frame(frame)
        ]


class Report(Consumer):
    """Print a line a frame; it runs in a worker, so it may be slow."""

    def incoming(self, detections):
        """Take the objects of one buffer."""
        for frame in sorted({detection["frame"] for detection in detections}):
            labels = Counter(each["label"] for each in detections if each["frame"] == frame)
            found = ", ".join(f"{count} {label}" for label, count in labels.most_common())
            print(f"frame {frame:4}: {found}")
