"""Down the vocabulary, one level at a time, on every carrier.

Portable metadata and DeepStream's bring native iterators (``iter_objects`` and its like). pyds has
linked lists of handles: see ``handles``. A list may be changed while it is walked.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, cast

from pythiags.metadata import handles
from pythiags.metadata.tuples import Param
from pythiags.metadata.types import MetaType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pythiags.metadata.model import (
        AnalyticsFrameMeta,
        AnalyticsObjInfo,
        BatchMeta,
        ClassifierMeta,
        DisplayMeta,
        FrameMeta,
        LabelInfo,
        ObjectMeta,
        ObjReid,
        PastFrame,
        PastStream,
        PastTrack,
        SegmentationMeta,
        TensorMeta,
        UserMeta,
    )

__all__ = [
    "analytics_per_frame",
    "analytics_per_object",
    "classifiers_per_object",
    "displays_per_frame",
    "frames_of",
    "labels_per_classifier",
    "labels_per_object",
    "objects_per_frame",
    "params_per_frame",
    "params_per_object",
    "past_frames_per_track",
    "past_streams_per_batch",
    "past_tracks_per_stream",
    "reid_per_object",
    "segmentations_per_frame",
    "segmentations_per_object",
    "tensors_per_frame",
    "tensors_per_object",
    "user_metas_per_batch",
    "user_metas_per_frame",
    "user_metas_per_object",
]


def frames_of(batch: BatchMeta) -> Iterator[FrameMeta]:
    """Yield the frames of a batch."""
    return _items(batch, "iter_frames", "frame_meta_list", "NvDsFrameMeta")


def objects_per_frame(frame: FrameMeta) -> Iterator[ObjectMeta]:
    """Yield the objects of a frame.

    They come in the order in which they were added. On DeepStream's metadata, also through pyds,
    which does not keep it, they come in the order in which nvinfer adds them: by component, class
    and confidence.
    """
    return _items(frame, "iter_objects", "obj_meta_list", "NvDsObjectMeta")


def displays_per_frame(frame: FrameMeta) -> Iterator[DisplayMeta]:
    """Yield what is drawn on a frame besides its objects."""
    return _items(frame, "iter_displays", "display_meta_list", "NvDsDisplayMeta")


def classifiers_per_object(obj: ObjectMeta) -> Iterator[ClassifierMeta]:
    """Yield what each classifier says of an object."""
    return _items(obj, "iter_classifiers", "classifier_meta_list", "NvDsClassifierMeta")


def labels_per_classifier(classifier: ClassifierMeta) -> Iterator[LabelInfo]:
    """Yield the labels that one classifier gave."""
    return _items(classifier, "iter_labels", "label_info_list", "NvDsLabelInfo")


def labels_per_object(obj: ObjectMeta) -> Iterator[LabelInfo]:
    """Yield the labels of an object, of all its classifiers."""
    for classifier in classifiers_per_object(obj):
        yield from labels_per_classifier(classifier)


def user_metas_per_batch(batch: BatchMeta) -> Iterator[UserMeta]:
    """Yield the user metadata of a batch."""
    return _items(batch, "iter_user_metas", "batch_user_meta_list", "NvDsUserMeta")


def user_metas_per_frame(frame: FrameMeta) -> Iterator[UserMeta]:
    """Yield the user metadata of a frame."""
    return _items(frame, "iter_user_metas", "frame_user_meta_list", "NvDsUserMeta")


def user_metas_per_object(obj: ObjectMeta) -> Iterator[UserMeta]:
    """Yield the user metadata of an object."""
    return _items(obj, "iter_user_metas", "obj_user_meta_list", "NvDsUserMeta")


def analytics_per_frame(frame: FrameMeta) -> Iterator[AnalyticsFrameMeta]:
    """Yield what each nvdsanalytics counted in a frame."""
    return _user_data(
        user_metas_per_frame(frame), MetaType.FRAME_NVDSANALYTICS, "NvDsAnalyticsFrameMeta"
    )


def analytics_per_object(obj: ObjectMeta) -> Iterator[AnalyticsObjInfo]:
    """Yield which regions, lines and directions of each nvdsanalytics an object touches."""
    return _user_data(
        user_metas_per_object(obj), MetaType.OBJ_NVDSANALYTICS, "NvDsAnalyticsObjInfo"
    )


def tensors_per_frame(frame: FrameMeta) -> Iterator[TensorMeta]:
    """Yield what each network put out for a frame, where ``output-tensor-meta=1`` asks for it."""
    return _user_data(
        user_metas_per_frame(frame), MetaType.NVDSINFER_TENSOR_OUTPUT, "NvDsInferTensorMeta"
    )


def tensors_per_object(obj: ObjectMeta) -> Iterator[TensorMeta]:
    """Yield what each secondary network put out for an object."""
    return _user_data(
        user_metas_per_object(obj), MetaType.NVDSINFER_TENSOR_OUTPUT, "NvDsInferTensorMeta"
    )


def segmentations_per_frame(frame: FrameMeta) -> Iterator[SegmentationMeta]:
    """Yield what each segmentation network says of a frame."""
    return _user_data(
        user_metas_per_frame(frame), MetaType.NVDSINFER_SEGMENTATION, "NvDsInferSegmentationMeta"
    )


def segmentations_per_object(obj: ObjectMeta) -> Iterator[SegmentationMeta]:
    """Yield what each secondary segmentation network says of an object."""
    return _user_data(
        user_metas_per_object(obj), MetaType.NVDSINFER_SEGMENTATION, "NvDsInferSegmentationMeta"
    )


def params_per_object(obj: ObjectMeta) -> Iterator[Param]:
    """Yield what plugins attached to a region of interest, whole; nothing on other carriers.

    DL Streamer's elements attach ``detection`` with the box between 0 and 1, ``object_id`` with a
    tracker's number, and one for each classifier. What of it the vocabulary has names for is in the
    object too: confidence, class, number, labels, tensors.
    """
    return (Param(*param) for param in getattr(obj, "params", ()))


def params_per_frame(frame: FrameMeta) -> Iterator[Param]:
    """Yield what DL Streamer's elements attached to the whole picture; else nothing."""
    return (Param(*param) for param in getattr(frame, "params", ()))


def reid_per_object(obj: ObjectMeta) -> Iterator[ObjReid]:
    """Yield the vector by which the tracker tells an object from others.

    DeepStream's tracker attaches it where its configuration has ``outputReidTensor: 1``. It is read
    from DeepStream 8.0 on, through pyds from 7.1 on.
    """
    found = _user_data(user_metas_per_object(obj), MetaType.TRACKER_OBJ_REID, "NvDsObjReid")
    return (reid for reid in found if hasattr(reid, "get_host_reid_vector"))


def past_streams_per_batch(batch: BatchMeta) -> Iterator[PastStream]:
    """Yield the sources for which the tracker reports earlier boxes.

    DeepStream's tracker does so where its configuration asks for past-frame output.
    """
    for past in _user_data(
        user_metas_per_batch(batch),
        MetaType.TRACKER_PAST_FRAME,
        "NvDsTargetMiscDataBatch",
        "NvDsPastFrameObjBatch",
    ):
        yield from past.list()


def past_tracks_per_stream(stream: PastStream) -> Iterator[PastTrack]:
    """Yield the tracked objects of one source."""
    return stream.list()


def past_frames_per_track(track: PastTrack) -> Iterator[PastFrame]:
    """Yield the earlier boxes of one tracked object."""
    return track.list()


def _items(holder: Any, native: str, head: str, name: str) -> Iterator[Any]:
    walk = getattr(holder, native, None)
    if walk is not None:
        return cast("Iterator[Any]", walk())
    return handles.walk(getattr(holder, head), getattr(_library(holder), name).cast, name)


def _library(holder: object) -> Any:
    """Return the module that the metadata's class comes from: pyds, under whatever name."""
    return sys.modules[type(holder).__module__]


def _user_data(metas: Iterator[UserMeta], kind: MetaType, *names: str) -> Iterator[Any]:
    """Yield the payload of each user meta of this kind; `names` are pyds's, the newest first."""
    for user in metas:
        if hasattr(type(user), "cast"):
            library = _library(user)
            if int(user.base_meta.meta_type) in _pyds_numbers(library, kind):
                found = next(getattr(library, name) for name in names if hasattr(library, name))
                yield found.cast(user.user_meta_data)
        elif getattr(user, "known_type", user.base_meta.meta_type) == kind:
            yield user.user_meta_data


# Before DeepStream 8 nvdsanalytics asked for its numbers at run time, by these names.
_RUN_TIME_NAMES = {
    MetaType.FRAME_NVDSANALYTICS: "NVIDIA.DSANALYTICSFRAME.USER_META",
    MetaType.OBJ_NVDSANALYTICS: "NVIDIA.DSANALYTICSOBJ.USER_META",
}
_ENUMERATORS = {
    MetaType.FRAME_NVDSANALYTICS: "NVDS_FRAME_META_NVDSANALYTICS",
    MetaType.OBJ_NVDSANALYTICS: "NVDS_OBJ_META_NVDSANALYTICS",
    MetaType.TRACKER_PAST_FRAME: "NVDS_TRACKER_PAST_FRAME_META",
    MetaType.TRACKER_OBJ_REID: "NVDS_TRACKER_OBJ_REID_META",
    MetaType.NVDSINFER_TENSOR_OUTPUT: "NVDSINFER_TENSOR_OUTPUT_META",
    MetaType.NVDSINFER_SEGMENTATION: "NVDSINFER_SEGMENTATION_META",
}


def _pyds_numbers(pyds: Any, kind: MetaType) -> set[int]:
    """Return the numbers under which this pyds may know a kind of user metadata."""
    numbers = set()
    enumerator = getattr(pyds.NvDsMetaType, _ENUMERATORS[kind], None)
    if enumerator is not None:
        numbers.add(int(enumerator))
    if kind in _RUN_TIME_NAMES:
        numbers.add(int(pyds.nvds_get_user_meta_type(_RUN_TIME_NAMES[kind])))
    return numbers
