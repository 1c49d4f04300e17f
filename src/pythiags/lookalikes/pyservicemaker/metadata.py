"""pyservicemaker's classes of metadata: live views of a batch, by its names.

The iterators give each item once, newest first, as DeepStream's lists are; frames come in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pythiags.lookalikes.pyds._pyds import (
    Float,
    Int,
    ItemsOf,
    Label,
    Name,
    Part,
    Uint,
    Uint64,
    acquire_view,
    add_shape,
    append_view,
    define_view,
    label_of,
    more_places,
    places,
    user_items,
)
from pythiags.lookalikes.pyservicemaker import osd
from pythiags.lookalikes.pyservicemaker.usermetas import (
    EventMessageUserMetadata,
    UserMetadata,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "BatchMetadata",
    "ClassifierMetadata",
    "DisplayMetadata",
    "FrameMetadata",
    "LabelInfo",
    "ObjectMetadata",
]

BATCH, FRAME, OBJECT, DISPLAY, CLASSIFIER, LABEL = range(1, 7)  # NvDsMetaType
TENSORS, SEGMENTATION, REID, PREPARED, ZONES_FRAME, ZONES_OBJECT = 12, 13, 17, 28, 32, 33
_AT: Final = places()
_MORE: Final = more_places()


def _shown(self: Any, *names: str) -> str:
    values = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
    return f"{type(self).__name__}({values})"


# ---- labels ----

_at = _AT["PtLabel"]


class _LabelMethods:
    __slots__ = ()

    def __repr__(self) -> str:
        return _shown(self, "label", "class_id", "prob", "label_id", "num_classes")


LabelInfo = define_view(
    "LabelInfo",
    {
        "label": Label(_at["result_label"], readonly=True),
        "class_id": Uint(_at["result_class_id"], readonly=True),
        "prob": Float(_at["result_prob"], readonly=True),
        "label_id": Uint(_at["label_id"], readonly=True),
        "num_classes": Uint(_at["num_classes"], readonly=True),
    },
    size=_at[""],
    kind=LABEL,
    bases=(_LabelMethods,),
)


class _ClassifierMethods:
    __slots__ = ()

    def get_n_label(self, n: int) -> str:
        """Return the text of a label, by its number from 0; "" where there are fewer."""
        found = label_of(self, n, LabelInfo)
        return "" if found is None else str(found.label)

    def get_label_info(self, n: int) -> Any:
        """Return a label, by its number from 0.

        Raises:
            IndexError: There are fewer.
        """
        found = label_of(self, n, LabelInfo)
        if found is None:
            raise IndexError(f"get_label_info: expected a number below {self.n_labels}, got {n}")  # type: ignore[attr-defined]
        return found

    def __repr__(self) -> str:
        return _shown(self, "n_labels", "unique_component_id", "classifier_type")


_at = _AT["PtClassifier"]
ClassifierMetadata = define_view(
    "ClassifierMetadata",
    {
        "n_labels": Uint(_at["num_labels"], readonly=True),
        "unique_component_id": Int(_at["component"], readonly=True),
        "classifier_type": Name(_MORE["classifier_type"]),
    },
    size=_at[""],
    kind=CLASSIFIER,
    bases=(_ClassifierMethods,),
)

# ---- objects ----


class _UserHolder:
    __slots__ = ()

    def user_meta_items(self, meta_type: int) -> Iterator[Any]:
        """Return an iterator over the user metas of this type."""
        found: Iterator[Any] = user_items(self, UserMetadata, meta_type)
        return found

    def retrieve_structure_usermeta(self, type_name: str) -> list[Any]:
        """Return the user metas that hold a ``GstStructure`` of this name: none here does."""
        return []


_BOX: Final = ("left", "top", "width", "height")


class _ObjectMethods(_UserHolder):
    __slots__ = ()

    @property
    def nv_bbox_info(self: Any) -> dict[str, float]:
        """The box that the tracker put out, as a dict; assigning one copies it."""
        box = self._tracker_box
        return {name: getattr(box, name) for name in _BOX}

    @nv_bbox_info.setter
    def nv_bbox_info(self: Any, values: dict[str, float]) -> None:
        box = self._tracker_box
        for name in _BOX:
            setattr(box, name, values[name])

    def append(self, user_meta: Any) -> None:
        """Add a user meta, which was acquired of the same batch."""
        if not isinstance(user_meta, UserMetadata):
            raise TypeError(
                "Invalid type for ObjectMetadata.append: expected a UserMetadata, got "
                f"{user_meta!r}"
            )
        append_view(self, user_meta)

    def __repr__(self) -> str:
        return _shown(
            *(self, "class_id", "object_id", "unique_component_id", "confidence", "rect_params"),
            *("text_params", "label"),
        )


_Box = define_view(
    "_Box", {name: Float(4 * place) for place, name in enumerate(_BOX)}, size=_AT["PtBbox"][""]
)
_at = _AT["PtObject"]
ObjectMetadata = define_view(
    "ObjectMetadata",
    {
        "class_id": Int(_at["class_id"]),
        "object_id": Uint64(_at["object_id"]),
        "unique_component_id": Int(_at["unique_component_id"]),
        "confidence": Float(_at["confidence"]),
        "tracker_confidence": Float(_at["tracker_confidence"]),
        "rect_params": Part(_at["rect_params"], osd.Rect),
        "mask_params": Part(_at["mask_params"], osd.Mask),
        "text_params": Part(_at["text_params"], osd.TextParams),
        "label": Label(_at["obj_label"]),
        "classifier_items": ItemsOf(_at["classifiers"], ClassifierMetadata),
        "tensor_items": ItemsOf(_at["users"], UserMetadata, meta_type=TENSORS),
        "nvdsanalytics_obj_items": ItemsOf(_at["users"], UserMetadata, meta_type=ZONES_OBJECT),
        "obj_reid_items": ItemsOf(_at["users"], UserMetadata, meta_type=REID),
        "_tracker_box": Part(_at["tracker_bbox"], _Box),
    },
    size=_at[""],
    kind=OBJECT,
    bases=(_ObjectMethods,),
)

# ---- what is drawn ----

_at = _AT["PtDisplay"]
_SHAPES: Final = {
    "rect": (0, _at["rect_params"], osd.Rect),
    "text": (1, _at["text_params"], osd.Text),
    "line": (2, _at["line_params"], osd.Line),
    "arrow": (3, _at["arrow_params"], osd.Arrow),
    "circle": (4, _at["circle_params"], osd.Circle),
}


def _add(display_meta: Any, what: str, item: Any) -> None:
    place, offset, cls = _SHAPES[what]
    if not isinstance(item, cls):
        raise TypeError(f"DisplayMetadata.add_{what}: expected an osd.{cls.__name__}, got {item!r}")
    add_shape(display_meta, place, offset, item)


class _DisplayMethods:
    __slots__ = ()

    def add_text(self, item: Any) -> None:
        """Draw an ``osd.Text``. There is room for sixteen of each kind."""
        _add(self, "text", item)

    def add_rect(self, item: Any) -> None:
        """Draw an ``osd.Rect``."""
        _add(self, "rect", item)

    def add_line(self, item: Any) -> None:
        """Draw an ``osd.Line``."""
        _add(self, "line", item)

    def add_arrow(self, item: Any) -> None:
        """Draw an ``osd.Arrow``."""
        _add(self, "arrow", item)

    def add_circle(self, item: Any) -> None:
        """Draw an ``osd.Circle``."""
        _add(self, "circle", item)

    def __repr__(self) -> str:
        return _shown(self, "n_rects", "n_labels", "n_lines", "n_arrows", "n_circles")


DisplayMetadata = define_view(
    "DisplayMetadata",
    {
        f"n_{what}": Uint(_at["num_rects"] + 4 * place, readonly=True)
        for place, what in enumerate(("rects", "labels", "lines", "arrows", "circles"))
    },
    size=_at[""],
    kind=DISPLAY,
    bases=(_DisplayMethods,),
)

# ---- frames ----


class _FrameMethods(_UserHolder):
    __slots__ = ()

    def append(self, meta: Any) -> None:
        """Add an object, a display meta or an event message that was acquired of the same batch.

        Raises:
            TypeError: It is something else.
        """
        if not isinstance(meta, (ObjectMetadata, DisplayMetadata, EventMessageUserMetadata)):
            raise TypeError(
                "Invalid type for FrameMetadata.append: expected an ObjectMetadata, a "
                f"DisplayMetadata or an EventMessageUserMetadata, got {meta!r}"
            )
        append_view(self, meta)

    def __repr__(self) -> str:
        return _shown(
            *(self, "frame_number", "pad_index", "batch_id", "source_id", "source_width"),
            *("source_height", "pipeline_width", "pipeline_height", "buffer_pts", "ntp_timestamp"),
        )


_at = _AT["PtFrame"]
FrameMetadata = define_view(
    "FrameMetadata",
    {
        "frame_number": Int(_at["frame_num"], readonly=True),
        "pad_index": Uint(_at["pad_index"], readonly=True),
        "batch_id": Uint(_at["batch_id"], readonly=True),
        "source_id": Uint(_at["source_id"], readonly=True),
        "source_width": Uint(_at["source_frame_width"], readonly=True),
        "source_height": Uint(_at["source_frame_height"], readonly=True),
        "pipeline_width": Uint(_MORE["pipeline_width"], readonly=True),
        "pipeline_height": Uint(_MORE["pipeline_height"], readonly=True),
        "buffer_pts": Uint64(_at["buf_pts"], readonly=True),
        "ntp_timestamp": Uint64(_at["ntp_timestamp"], readonly=True),
        "object_items": ItemsOf(_at["objects"], ObjectMetadata),
        "tensor_items": ItemsOf(_at["users"], UserMetadata, meta_type=TENSORS),
        "segmentation_items": ItemsOf(_at["users"], UserMetadata, meta_type=SEGMENTATION),
        "nvdsanalytics_frame_items": ItemsOf(_at["users"], UserMetadata, meta_type=ZONES_FRAME),
    },
    size=_at[""],
    kind=FRAME,
    bases=(_FrameMethods,),
)

# ---- batches ----


class _BatchMethods(_UserHolder):
    __slots__ = ()

    @property
    def is_audio(self) -> bool:
        """Whether it is sound, which no portable element batches."""
        return False

    @property
    def audio_frame_items(self) -> Iterator[Any]:
        """No frames of audio."""
        return iter(())

    @property
    def preprocess_batch_items(self) -> Iterator[Any]:
        """An iterator over what nvdspreprocess adds."""
        found: Iterator[Any] = user_items(self, UserMetadata, PREPARED)
        return found

    def acquire_object_meta(self) -> Any:
        """Return an object that is on no frame yet."""
        return acquire_view(self, ObjectMetadata)

    def acquire_display_meta(self) -> Any:
        """Return a display meta that is on no frame yet."""
        return acquire_view(self, DisplayMetadata)

    def acquire_frame_meta(self) -> Any:
        """Return a frame that is on no batch yet; nothing in pyservicemaker adds it to one."""
        return acquire_view(self, FrameMetadata)

    def acquire_user_meta(self) -> Any:
        """Return a user meta that is on no object yet."""
        return acquire_view(self, UserMetadata)

    def acquire_event_message_meta(self) -> Any:
        """Return a user meta for an event message: ``generate()`` fills it."""
        return acquire_view(self, EventMessageUserMetadata)

    def acquire_obj_reid_meta(self) -> Any:
        """Refuse: there is no portable re-identification.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(
            "acquire_obj_reid_meta: features of re-identification are not supported without "
            "DeepStream"
        )

    def acquire_preprocess_batch_meta(self) -> Any:
        """Refuse: tensors come from nvdspreprocess only.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(
            "acquire_preprocess_batch_meta: tensors that a script makes are not supported without "
            "DeepStream; let nvdspreprocess make them"
        )

    def append(self, meta: Any) -> None:
        """Refuse: only metas of nvdspreprocess go onto a batch.

        Raises:
            TypeError: Always.
        """
        raise TypeError(
            f"Invalid type for BatchMetadata.append: {meta!r}; objects, display metas and event "
            "messages go onto a frame"
        )

    def extract(self, max_items: int) -> list[dict[str, Any] | None]:
        """Return all that is known of each frame as plain values, at the place of its pad."""
        from pythiags.lookalikes.pyservicemaker.extracted import extract

        return extract(self, max_items)

    def __repr__(self) -> str:
        return _shown(self, "n_frames", "is_audio")


_at = _AT["PtBatch"]
BatchMetadata = define_view(
    "BatchMetadata",
    {
        "n_frames": Uint(_at["num_frames"], readonly=True),
        "frame_items": ItemsOf(_at["frames"], FrameMetadata, newest_first=False),
    },
    size=_at[""],
    kind=BATCH,
    bases=(_BatchMethods,),
)
del _at
