"""Metadata made of documents: the way back from a recording."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from pythiags.checks import shown
from pythiags.errors import RecordingError
from pythiags.recording.arrays import array_of_document
from pythiags.recording.fields import (
    CLASSIFIER,
    COLOR,
    DISPLAY,
    FRAME,
    LABEL,
    NUMBERS,
    OBJECT,
    RECT,
    TEXT,
    check_time,
)
from pythiags.recording.payloads import PAYLOADS

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Filler", "four_of", "value_of"]

logger = logging.getLogger(__name__)

_TAKEN_OF_FRAME: Final = {*FRAME, "batch_id", "objects"}
_TAKEN_OF_OBJECT: Final = {*OBJECT, "bbox", "detector_bbox", "tracker_bbox", "parent"}
_WRONG: Final = (TypeError, ValueError, LookupError, OverflowError, AttributeError)


class Filler:
    """Fills batches from documents.

    Fields that are not known are ignored, which is logged once for each: a later minor change
    of the format may add some.

    Args:
        source: What the documents come from, for messages.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._reported: set[str] = set()
        self._place = ""  # within the document
        self._line = 0

    def fill(self, batch: Any, document: Any, line: int) -> None:
        """Fill an empty batch.

        Args:
            batch: What has ``add_recorded_frame``, which fills in numbers, boxes, labels and styles
                and gives the views of what is left: portable metadata, for which it is native.
            document: As ``Documents.of()`` makes it.
            line: Its number in the file, for messages.

        Raises:
            RecordingError: It is no such document; names the line and the place within it.
        """
        self._line, self._place = line, ""
        try:
            self._fill(batch, document)
        except _WRONG as error:
            missing = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise RecordingError(
                f"{self._place}: {missing}" if self._place else missing,
                where=f"{self._source}:{line}",
                hint="correct the line, or remove it",
            ) from None

    def _fill(self, batch: Any, document: Any) -> None:
        for name, value in _dict(document).items():
            if name == "frames":
                for slot, frame in enumerate(_list(value)):
                    self._add_frame(batch, slot, frame)
            elif name == "user_metas":
                self._add_users(batch, value)
            elif name == "max_frames_in_batch":
                batch.max_frames_in_batch = value
            elif name == "pts":  # which is the buffer's
                self._place = "pts"
                check_time(value)
                self._place = ""
            else:
                self._ignore(name)
        if "frames" not in document:
            raise KeyError("frames")

    def _add_frame(self, batch: Any, slot: int, document: Any) -> None:
        try:
            more = batch.add_recorded_frame(document)
        except TypeError as error:
            raise TypeError(f"frames[{slot}]{error}") from None
        for place, view, fields in more:
            if place < 0:
                self._place = f"frames[{slot}]"
                self._fill_frame(view, fields)
            else:
                self._place = f"frames[{slot}].objects[{place}]"
                self._fill_object(view, fields)
        self._place = ""

    def _fill_frame(self, frame: Any, document: Any) -> None:
        """Fill in what a frame has besides what was taken from the document already."""
        for name, value in document.items():
            if name == "displays":
                for each in _list(value):
                    self._fill_display(frame.add_display(), each)
            elif name == "user_metas":
                self._add_users(frame, value)
            elif name not in _TAKEN_OF_FRAME:
                self._ignore(name)

    def _fill_object(self, obj: Any, document: Any) -> None:
        """The same of an object."""
        for name, value in document.items():
            if name in _OF_OBJECT:
                _OF_OBJECT[name](self, obj, value)
            elif name not in _TAKEN_OF_OBJECT:
                self._ignore(name)

    def _fill_rect(self, obj: Any, document: Any) -> None:
        self._fill_struct(obj.rect_params, RECT, document)

    def _fill_text(self, obj: Any, document: Any) -> None:
        self._fill_struct(obj.text_params, TEXT, document)

    def _fill_mask(self, obj: Any, document: Any) -> None:
        array = array_of_document(_dict(document))
        if array is None:
            self._report(
                "mask_params", "a mask was recorded without its numbers: objects have none"
            )
            return
        obj.mask_params.set_mask_array(array)
        obj.mask_params.threshold = value_of(0.0, document.get("threshold", 0.0))

    def _fill_classifiers(self, obj: Any, documents: Any) -> None:
        for document in _list(documents):
            classifier = obj.add_classifier()
            for name, value in _dict(document).items():
                if name in CLASSIFIER:
                    setattr(classifier, name, value)
                elif name == "labels":
                    for label in _list(value):
                        self._fill_struct(classifier.add_label(), LABEL, label)
                else:
                    self._ignore(name)

    def _fill_display(self, display: Any, document: Any) -> None:
        for name, items in _dict(document).items():
            if name not in DISPLAY:
                self._ignore(name)
                continue
            count, fields = DISPLAY[name]
            setattr(display, count, len(_list(items)))
            for target, item in zip(getattr(display, name), items, strict=False):
                self._fill_struct(target, fields, item)

    def _fill_struct(self, view: Any, fields: dict[str, Any], document: Any) -> None:
        for name, value in _dict(document).items():
            if name not in fields:
                self._ignore(name)
                continue
            default = fields[name]
            if default is COLOR:
                getattr(view, name).set(*four_of(value))
            elif type(default) is dict:
                self._fill_struct(getattr(view, name), default, value)
            elif name == "rotation_angle":
                self._set_rotation(view, value)
            else:
                setattr(view, name, value_of(default, value))

    def _set_rotation(self, rect: Any, value: Any) -> None:
        try:
            rect.rotation_angle = value_of(0.0, value)
        except AttributeError:
            self._report("rotation_angle", "rotation_angle: this metadata has none; it is lost")

    def _add_users(self, holder: Any, documents: Any) -> None:
        for document in _list(documents):
            kind = _dict(document)["meta_type"]
            named = PAYLOADS.get(kind)
            if named is not None and named.name in document:
                holder.add_user_meta(named.make(document[named.name]), kind)
            elif "left_out" in document:
                self._report(f"user_meta {kind}", f"user metadata of type {kind} was not recorded")
            else:
                holder.add_user_meta(document["data"], kind)

    def _ignore(self, name: str) -> None:
        self._report(name, f"the field {name!r} is not known and is ignored")

    def _report(self, key: str, what: str) -> None:
        """Log something once for the whole file."""
        if key not in self._reported:
            self._reported.add(key)
            logger.warning("%s:%d: %s", self._source, self._line, what)


_OF_OBJECT: Final[dict[str, Callable[[Filler, Any, Any], None]]] = {
    "rect_params": Filler._fill_rect,  # noqa: SLF001 (of this module)
    "text_params": Filler._fill_text,  # noqa: SLF001
    "mask_params": Filler._fill_mask,  # noqa: SLF001
    "classifiers": Filler._fill_classifiers,  # noqa: SLF001
    "user_metas": Filler._add_users,  # noqa: SLF001
}


def _dict(value: Any) -> dict[str, Any]:
    if type(value) is not dict:
        raise TypeError(f"expected an object of JSON, got {shown(value)}")
    return value


def _list(value: Any) -> list[Any]:
    if type(value) is not list:
        raise TypeError(f"expected a list, got {shown(value)}")
    return value


def value_of(default: Any, value: Any) -> Any:
    """Return a value for a field: the numbers that JSON lacks are texts."""
    return NUMBERS.get(value, value) if type(default) is float and type(value) is str else value


def four_of(value: Any) -> list[Any]:
    """Return the four numbers of a box or a colour.

    Raises:
        TypeError: It is no list.
        ValueError: It has another length.
    """
    if len(_list(value)) != 4:  # noqa: PLR2004 (of a box or a colour)
        raise ValueError(f"expected four numbers, got {shown(value)}")
    return [value_of(0.0, each) for each in value]
