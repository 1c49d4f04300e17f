"""What the vocabulary reads of a buffer, as values that JSON can hold."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, get_args

from pythiags.checks import check_choice
from pythiags.consumers.plain import plain
from pythiags.errors import UserCodeError
from pythiags.metadata import (
    MetaType,
    classifiers_per_object,
    displays_per_frame,
    frames_of,
    labels_per_classifier,
    objects_per_frame,
    user_metas_per_batch,
    user_metas_per_frame,
    user_metas_per_object,
)
from pythiags.metadata.tuples import text_of
from pythiags.recording.arrays import Arrays, document_of_array
from pythiags.recording.fields import (
    CLASSIFIER,
    DISPLAY,
    FRAME,
    LABEL,
    OBJECT,
    RECT,
    TEXT,
    number,
    struct_of,
)
from pythiags.recording.payloads import PAYLOADS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pythiags.metadata import model

__all__ = ["Documents"]

_ALWAYS: Final = ("source_id", "frame_num", "buf_pts")

logger = logging.getLogger(__name__)


class Documents:
    """Makes a document of each batch.

    Args:
        arrays: What is kept of tensors, segmentation maps and masks: ``"shape"``: their type and
            shape, ``"data"``: the numbers too.
        drawing: Whether to keep how objects are drawn, and what is drawn besides them.

    Raises:
        ConfigError: ``arrays`` is something else.
    """

    def __init__(self, *, arrays: Arrays = "shape", drawing: bool = True) -> None:
        check_choice(f"unknown arrays: {arrays!r}", arrays, get_args(Arrays), "arrays")
        self._data = arrays == "data"
        self._drawing = drawing
        self._left_out: set[str] = set()  # kinds of user metadata that were reported

    def of(self, batch: model.BatchMeta) -> dict[str, Any]:
        """Return the document of a batch: ``frames``, and ``user_metas`` if it has any."""
        frames = [self._frame(frame, slot) for slot, frame in enumerate(frames_of(batch))]
        document: dict[str, Any] = {"frames": frames}
        if batch.max_frames_in_batch != len(frames):
            document["max_frames_in_batch"] = batch.max_frames_in_batch
        self._put_users(document, user_metas_per_batch(batch))
        return document

    def _frame(self, frame: model.FrameMeta, slot: int) -> dict[str, Any]:
        found = {name: getattr(frame, name) for name in _ALWAYS}
        found.update(struct_of(frame, FRAME))
        if frame.batch_id != slot:
            found["batch_id"] = frame.batch_id
        objects = list(objects_per_frame(frame))
        if objects:
            places = {obj: place for place, obj in enumerate(objects)}
            found["objects"] = [self._object(obj, places) for obj in objects]
        if self._drawing:
            displays = [_display(each) for each in displays_per_frame(frame)]
            if displays:
                found["displays"] = displays
        self._put_users(found, user_metas_per_frame(frame))
        return found

    def _object(self, obj: model.ObjectMeta, places: dict[model.ObjectMeta, int]) -> dict[str, Any]:
        label = text_of(obj, "obj_label")
        found: dict[str, Any] = {"obj_label": label} if label else {}
        found.update(struct_of(obj, _NUMBERS_OF_OBJECT))
        _put_boxes(found, obj)
        parent = obj.parent
        if parent is not None and parent in places:
            found["parent"] = places[parent]
        if self._drawing:
            for name, fields in (("rect_params", RECT), ("text_params", TEXT)):
                style = struct_of(getattr(obj, name), fields)
                if style:
                    found[name] = style
        mask = obj.mask_params
        if mask.width and mask.height:
            found["mask_params"] = self._mask(mask)
        classifiers = [_classifier(each) for each in classifiers_per_object(obj)]
        if classifiers:
            found["classifiers"] = classifiers
        self._put_users(found, user_metas_per_object(obj))
        return found

    def _mask(self, mask: model.MaskParams) -> dict[str, Any]:
        document = {
            "threshold": number(mask.threshold),
            "width": mask.width,
            "height": mask.height,
        }
        if not self._data:
            return document
        array = mask.get_mask_array().reshape(mask.height, mask.width)
        return {**document, **document_of_array(array)}

    def _put_users(self, document: dict[str, Any], users: Iterable[model.UserMeta]) -> None:
        found = [self._user(user) for user in users]
        if found:
            document["user_metas"] = found

    def _user(self, user: model.UserMeta) -> dict[str, Any]:
        kind = int(getattr(user, "known_type", user.base_meta.meta_type))
        payload = user.user_meta_data
        document: dict[str, Any] = {"meta_type": kind}
        named = PAYLOADS.get(kind)
        if named is not None and named.fits(payload):
            document[named.name] = named.document(payload, data=self._data)
            return document
        try:
            document["data"] = plain(payload, "user_meta_data")
        except UserCodeError as error:  # an object of a class, or a capsule around an address
            document["left_out"] = error.got or error.message
            self._report(kind, document["left_out"])
        return document

    def _report(self, kind: int, what: str) -> None:
        """Say once of each kind that it cannot be written."""
        known = {each.value for each in MetaType}
        name = MetaType(kind).name if kind in known else str(kind)
        if name not in self._left_out:
            self._left_out.add(name)
            logger.warning(
                "user metadata of type %s has no form in JSON and is left out: %s", name, what
            )


_NUMBERS_OF_OBJECT: Final = {name: OBJECT[name] for name in OBJECT if name != "obj_label"}


def _put_boxes(found: dict[str, Any], obj: model.ObjectMeta) -> None:
    """Write the boxes that say something: as a rule, the detector's is the one that is drawn."""
    box = _box(obj.rect_params)
    detector = _box(obj.detector_bbox_info.org_bbox_coords)
    tracker = _box(obj.tracker_bbox_info.org_bbox_coords)
    if any(box):
        found["bbox"] = box
    if detector != box:
        found["detector_bbox"] = detector
    if any(tracker):
        found["tracker_bbox"] = tracker


def _box(box: Any) -> list[float | str]:
    return [number(box.left), number(box.top), number(box.width), number(box.height)]


def _classifier(classifier: model.ClassifierMeta) -> dict[str, Any]:
    return {
        **struct_of(classifier, CLASSIFIER),
        "labels": [
            {"result_label": text_of(label, "result_label"), **struct_of(label, _NUMBERS_OF_LABEL)}
            for label in labels_per_classifier(classifier)
        ],
    }


_NUMBERS_OF_LABEL: Final = {name: LABEL[name] for name in LABEL if name != "result_label"}


def _display(display: model.DisplayMeta) -> dict[str, Any]:
    found = {}
    for name, (count, fields) in DISPLAY.items():
        items = getattr(display, name)[: getattr(display, count)]
        if items:
            found[name] = [struct_of(item, fields) for item in items]
    return found
