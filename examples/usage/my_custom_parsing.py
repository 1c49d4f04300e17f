"""Print what the detector finds.

::

    pythiags file ./demo.gstp --obs=pgie --batch-size=10 \
        --ext=my_custom_parsing:MyCustomExtract --proc=my_custom_parsing:MyCustomProcess
"""

from pythiags import Consumer, Extractor, frames_per_batch, objects_per_frame


class MyCustomExtract(Extractor):
    """Runs in the streaming thread, so it has to be quick."""

    def extract_metadata(self, pad, info):
        """Return a dictionary for each object."""
        return [
            {
                "label": obj_meta.obj_label,
                "confidence": obj_meta.confidence,
                "frame_number": frame.frame_num,
            }
            for frame in frames_per_batch(info)
            for obj_meta in objects_per_frame(frame)
        ]


class MyCustomProcess(Consumer):
    """Runs in a worker, so it may take its time."""

    def incoming(self, detections):
        """Print them."""
        for detection in detections:
            print(detection)
