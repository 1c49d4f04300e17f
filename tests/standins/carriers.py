"""The carriers of metadata, each as the conformance suite wants it."""

from __future__ import annotations

import queue
import threading
from contextlib import contextmanager

import gi
from standins.nvidia import Nvidia, buffer_of
from standins.pads import flowing_pad

from pythiags.gst import Gst, _gst
from pythiags.gst.probe import attach
from pythiags.metadata import NO_CONFIDENCE, UNTRACKED

gi.require_version("GstVideo", "1.0")
from gi.repository import GObject, GstVideo  # noqa: E402


class DeepStream:
    """DeepStream's own metadata: made by NVIDIA's library, or laid out by hand.

    A scene lasts as long as a probe holds up its buffer.
    """

    abilities = frozenset({"batches", "numbers", "writing", "adding", "releasing"})

    def __init__(self, batch_class):
        self.batch_class = batch_class
        if batch_class is not Nvidia:  # whose pools alone can grow
            self.abilities -= {"adding"}
        self.name = f"DeepStream ({batch_class.__name__})"

    @contextmanager
    def carry(self, scene):
        infos, seen = queue.SimpleQueue(), threading.Event()

        def hold(pad, info):
            infos.put(info)
            seen.wait()

        pad = flowing_pad()
        buffer = buffer_of(self.batch_class, scene)
        streaming = threading.Thread(target=pad.push, args=(buffer,))
        with attach(pad, hold):
            streaming.start()
            try:
                yield infos.get(timeout=20)
            finally:
                seen.set()
                streaming.join()
                pad.set_active(False)


class Pyds:
    """pyds objects, of the stand-in in `standins`: by choice, with pyds's batch."""

    name = "DeepStream through pyds (stand-in)"
    abilities = frozenset({"batches", "numbers", "writing"})

    def __init__(self, pyds):
        self.pyds = pyds

    @contextmanager
    def carry(self, scene):
        buffer = Gst.Buffer.new()
        batch = self.pyds.NvDsBatchMeta()
        batch.num_frames_in_batch = batch.max_frames_in_batch = len(scene)
        frames = [self._frame(slot, frame) for slot, frame in enumerate(scene)]
        batch.frame_meta_list = self.pyds.standin_list(frames)
        self.pyds.standin_attach(hash(buffer), batch)
        yield self.pyds.gst_buffer_get_nvds_batch_meta(hash(buffer))
        self.pyds.standin_free(hash(buffer))

    def _frame(self, slot, scene):
        frame = self.pyds.NvDsFrameMeta()
        frame.batch_id = slot
        frame.source_id = frame.pad_index = scene.source_id
        frame.frame_num = scene.frame_num
        frame.buf_pts = scene.pts
        frame.source_frame_width, frame.source_frame_height = scene.width, scene.height
        frame.num_obj_meta = len(scene.objects)
        objects = [self._object(obj) for obj in scene.objects]
        for obj, described in zip(objects, scene.objects, strict=True):
            if described.parent is not None:
                obj.parent = objects[described.parent]
        frame.obj_meta_list = self.pyds.standin_list(objects)
        return frame

    def _object(self, scene):
        obj = self.pyds.NvDsObjectMeta()
        obj.obj_label, obj.class_id = scene.label, scene.class_id
        obj.unique_component_id = scene.component_id
        obj.confidence, obj.object_id = scene.confidence, scene.object_id
        for box in (obj.rect_params, obj.detector_bbox_info.org_bbox_coords):
            box.left, box.top, box.width, box.height = scene.bbox
        if scene.labels:
            labels = [self._label(label) for label in scene.labels]
            classifier = self.pyds.NvDsClassifierMeta()
            classifier.num_labels = len(labels)
            classifier.label_info_list = self.pyds.standin_list(labels)
            obj.classifier_meta_list = self.pyds.standin_list([classifier])
        return obj

    def _label(self, scene):
        label = self.pyds.NvDsLabelInfo()
        label.result_label, label.result_class_id = scene.label, scene.class_id
        label.result_prob = scene.confidence
        return label


class Portable:
    """The metadata of pythiags's own elements."""

    name = "portable"
    abilities = frozenset({"batches", "numbers", "writing", "adding", "releasing"})

    @contextmanager
    def carry(self, scene):
        buffer = Gst.Buffer.new()
        batch = _gst.BatchMeta.attach(buffer, len(scene))
        for described in scene:
            frame = batch.add_frame()
            frame.source_id = frame.pad_index = described.source_id
            frame.frame_num, frame.buf_pts = described.frame_num, described.pts
            frame.source_frame_width = described.width
            frame.source_frame_height = described.height
            self._objects(frame, described.objects)
        yield buffer
        _gst.BatchMeta.attach(buffer)  # frees the batch, as the buffer's end would

    def _objects(self, frame, scene):
        added = []
        for described in scene:
            parent = None if described.parent is None else added[described.parent]
            obj = frame.add_object(parent)
            obj.obj_label, obj.class_id = described.label, described.class_id
            obj.unique_component_id = described.component_id
            obj.confidence, obj.object_id = described.confidence, described.object_id
            for box in (obj.rect_params, obj.detector_bbox_info.org_bbox_coords):
                box.left, box.top, box.width, box.height = described.bbox
            added.append(obj)
            if described.labels:
                classifier = obj.add_classifier()
                for label in described.labels:
                    info = classifier.add_label()
                    info.result_label, info.result_class_id = label.label, label.class_id
                    info.result_prob = label.confidence


class Regions:
    """Region-of-interest metas, as GStreamer's elements and DL Streamer write them.

    They know no batches; what is written to their views goes nowhere.
    """

    name = "region of interest"
    abilities = frozenset()

    @contextmanager
    def carry(self, scene):
        (frame,) = scene
        buffer = Gst.Buffer.new_allocate(None, frame.width * frame.height, None)
        buffer.pts = frame.pts
        GstVideo.buffer_add_video_meta(
            buffer, GstVideo.VideoFrameFlags.NONE, GstVideo.VideoFormat.GRAY8,
            frame.width, frame.height,
        )  # fmt: skip
        for number, described in enumerate(frame.objects, start=1):
            self._region(buffer, number, described)
        yield buffer

    def _region(self, buffer, number, scene):
        box = [int(side) for side in scene.bbox]
        meta = GstVideo.buffer_add_video_region_of_interest_meta(buffer, scene.label, *box)
        meta.id, meta.parent_id = number, 0 if scene.parent is None else scene.parent + 1
        detection = {"label_id": scene.class_id}
        if scene.confidence != NO_CONFIDENCE:
            detection["confidence"] = scene.confidence
        meta.add_param(self._structure("detection", detection))
        if scene.object_id != UNTRACKED:
            meta.add_param(self._structure("object_id", {"id": scene.object_id}))
        for label in scene.labels:
            fields = {
                "label": label.label,
                "label_id": label.class_id,
                "confidence": label.confidence,
            }
            meta.add_param(self._structure("classification", fields))

    def _structure(self, name, fields):
        structure = Gst.Structure.new_empty(name)
        kinds = {int: GObject.TYPE_INT, float: GObject.TYPE_DOUBLE, str: GObject.TYPE_STRING}
        for key, value in fields.items():
            structure.set_value(key, GObject.Value(kinds[type(value)], value))
        return structure
