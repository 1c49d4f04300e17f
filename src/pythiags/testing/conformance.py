"""The facts that hold on every carrier of metadata, whatever library wrote it.

Each fact is a small function; its docstring is the sentence that a report prints::

    report = check_carrier(MyCarrier())
    print(report)
    report.raise_for_failures()
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pythiags.errors import MetadataReleased
from pythiags.gst.carriers import frames_per_batch
from pythiags.metadata import (
    NO_CONFIDENCE,
    UNTRACKED,
    Bbox,
    add_classification,
    add_display,
    add_object,
    add_user_meta,
    analytics_per_frame,
    analytics_per_object,
    classifiers_per_object,
    detector_bbox,
    displays_per_frame,
    labels_per_object,
    last_bbox,
    objects_per_frame,
    remove_object,
    segmentations_per_frame,
    segmentations_per_object,
    tensors_per_frame,
    tensors_per_object,
    tracker_bbox,
    user_metas_per_frame,
    user_metas_per_object,
)
from pythiags.testing.scene import Carrier, SceneFrame, SceneLabel, SceneObject

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FACTS", "Fact", "Report", "check_carrier"]

BOX = Bbox(10.0, 20.0, 30.0, 40.0)
PERSON = SceneObject("person", 0, 0.75, BOX, object_id=7)
CAR = SceneObject("car", 2, 0.5, Bbox(100.0, 50.0, 200.0, 100.0))


@dataclass(frozen=True)
class Fact:
    """One thing that holds on every carrier with the ability `needs` (None: on all)."""

    name: str
    sentence: str
    needs: str | None
    check: Callable[[Carrier], None] = field(repr=False)

    def applies_to(self, carrier: Carrier) -> bool:
        """Return whether the carrier claims what the fact needs."""
        return self.needs is None or self.needs in carrier.abilities


@dataclass(frozen=True)
class Report:
    """What ``check_carrier()`` found; failures are by the fact's name."""

    carrier: str
    passed: tuple[str, ...]
    skipped: tuple[str, ...]
    failed: dict[str, str]

    def __str__(self) -> str:
        """Return a line a failure and the count."""
        lines = [f"FAILED {name}: {why}" for name, why in self.failed.items()]
        counts = (
            f"{len(self.passed)} hold, {len(self.failed)} fail, {len(self.skipped)} do not apply"
        )
        return "\n".join([*lines, f"{self.carrier}: {counts}"])

    def raise_for_failures(self) -> None:
        """Raise AssertionError with the report where any fact failed."""
        if self.failed:
            raise AssertionError(str(self))


FACTS: list[Fact] = []


def check_carrier(carrier: Carrier) -> Report:
    """Check every fact that applies to a carrier."""
    passed, skipped, failed = [], [], {}
    for fact in FACTS:
        if not fact.applies_to(carrier):
            skipped.append(fact.name)
            continue
        try:
            fact.check(carrier)
        except Exception as error:  # noqa: BLE001 - whatever it is, it goes into the report
            failed[fact.name] = f"{fact.sentence} ({type(error).__name__}: {error})"
        else:
            passed.append(fact.name)
    return Report(carrier.name, tuple(passed), tuple(skipped), failed)


def _fact(needs: str | None = None) -> Callable[[Callable[[Carrier], None]], Callable[..., None]]:
    def add(check: Callable[[Carrier], None]) -> Callable[[Carrier], None]:
        sentence = " ".join((check.__doc__ or "").split())
        FACTS.append(Fact(check.__name__, sentence, needs, check))
        return check

    return add


def _read(carrier: Carrier, scene: list[SceneFrame], read: Callable[[Any], Any]) -> list[Any]:
    """Return what `read` makes of each frame, while the buffer lives."""
    with carrier.bear(scene) as source:
        return [read(frame) for frame in frames_per_batch(source)]


def _read_objects(
    carrier: Carrier, objects: tuple[SceneObject, ...], read: Callable[[Any], Any]
) -> list[Any]:
    """Return what `read` makes of each object of a single frame."""
    scene = [SceneFrame(objects)]
    found = _read(carrier, scene, lambda frame: [read(obj) for obj in objects_per_frame(frame)])
    return found[0] if found else []


def _is(got: object, expected: object) -> None:
    if got != expected:
        raise AssertionError(f"expected {expected!r}, got {got!r}")


# ---- lists ----


@_fact()
def objects_in_order(carrier: Carrier) -> None:
    """Objects come in the order in which nvinfer adds them: by component, class and confidence."""
    plate = SceneObject("plate", 1, 0.5, BOX, component_id=2)
    objects = (PERSON, SceneObject("person", 0, 0.5, BOX), CAR, plate)
    found = _read_objects(carrier, objects, lambda obj: (obj.obj_label, obj.confidence))
    _is(found, [("person", 0.75), ("person", 0.5), ("car", 0.5), ("plate", 0.5)])


@_fact()
def many_objects(carrier: Carrier) -> None:
    """A frame has a thousand objects."""
    objects = tuple(SceneObject(f"o{i}", i, 0.5, BOX) for i in range(1000))
    _is(_read_objects(carrier, objects, lambda obj: obj.class_id), list(range(1000)))


@_fact()
def walked_twice(carrier: Carrier) -> None:
    """A buffer can be read twice in one probe, with the same result."""
    with carrier.bear([SceneFrame((PERSON, CAR))]) as source:
        once, again = (
            [o.class_id for f in frames_per_batch(source) for o in objects_per_frame(f)]
            for _ in range(2)
        )
    _is(once, again)
    _is(once, [0, 2])


@_fact()
def nothing_attached(carrier: Carrier) -> None:
    """An object without classifiers, user metadata or analytics yields none of them."""
    walks = (
        classifiers_per_object,
        labels_per_object,
        user_metas_per_object,
        analytics_per_object,
        tensors_per_object,
        segmentations_per_object,
    )
    found = _read_objects(carrier, (PERSON,), lambda obj: [list(walk(obj)) for walk in walks])
    _is(found, [[[]] * len(walks)])


@_fact()
def nothing_on_the_frame(carrier: Carrier) -> None:
    """A frame without display or user metadata or analytics yields none of them."""
    walks = (
        displays_per_frame,
        user_metas_per_frame,
        analytics_per_frame,
        tensors_per_frame,
        segmentations_per_frame,
    )
    found = _read(carrier, [SceneFrame((PERSON,))], lambda frame: [list(w(frame)) for w in walks])
    _is(found, [[[]] * len(walks)])


@_fact()
def linked_lists(carrier: Carrier) -> None:
    """``obj_meta_list`` is a list of nodes that ends in None, as pyds has it."""

    def count(frame: Any) -> int:
        node, number = frame.obj_meta_list, 0
        while node is not None:
            node, number = node.next, number + 1
        return number

    _is(_read(carrier, [SceneFrame((PERSON, CAR))], count), [2])


@_fact()
def number_of_objects(carrier: Carrier) -> None:
    """``num_obj_meta`` is the number of objects."""
    _is(_read(carrier, [SceneFrame((PERSON, CAR))], lambda frame: frame.num_obj_meta), [2])


# ---- frames ----


@_fact()
def one_frame(carrier: Carrier) -> None:
    """A buffer with one picture has one frame, in slot 0."""
    _is(_read(carrier, [SceneFrame((PERSON,))], lambda frame: frame.batch_id), [0])


@_fact()
def presentation_time(carrier: Carrier) -> None:
    """``buf_pts`` is the buffer's presentation time in nanoseconds."""
    _is(_read(carrier, [SceneFrame((PERSON,), pts=40_000_000)], lambda f: f.buf_pts), [40_000_000])


@_fact()
def source_size(carrier: Carrier) -> None:
    """``source_frame_width`` and ``source_frame_height`` are the picture's size."""
    scene = [SceneFrame((PERSON,), width=320, height=240)]
    sizes = _read(carrier, scene, lambda f: (f.source_frame_width, f.source_frame_height))
    _is(sizes, [(320, 240)])


@_fact("batches")
def frames_in_order(carrier: Carrier) -> None:
    """A batch yields its frames in order, each in its slot."""
    scene = [SceneFrame(source_id=source) for source in (2, 0, 1)]
    _is(_read(carrier, scene, lambda f: (f.batch_id, f.source_id)), [(0, 2), (1, 0), (2, 1)])


@_fact("batches")
def objects_stay_in_their_frame(carrier: Carrier) -> None:
    """Each frame of a batch has its own objects."""
    scene = [SceneFrame((PERSON,)), SceneFrame(), SceneFrame((CAR, CAR))]
    counts = _read(carrier, scene, lambda frame: len(list(objects_per_frame(frame))))
    _is(counts, [1, 0, 2])


@_fact("batches")
def twenty_frames(carrier: Carrier) -> None:
    """A batch has room for more frames than a GstBuffer has for memories."""
    scene = [SceneFrame(source_id=source) for source in range(20)]
    _is(_read(carrier, scene, lambda frame: frame.source_id), list(range(20)))


@_fact("numbers")
def frame_and_source_number(carrier: Carrier) -> None:
    """``frame_num``, ``source_id`` and ``pad_index`` are what the muxer gave."""
    scene = [SceneFrame((PERSON,), source_id=3, frame_num=17)]
    numbers = _read(carrier, scene, lambda f: (f.frame_num, f.source_id, f.pad_index))
    _is(numbers, [(17, 3, 3)])


# ---- objects ----


@_fact()
def label(carrier: Carrier) -> None:
    """``obj_label`` is a str."""
    found = _read_objects(carrier, (PERSON,), lambda obj: obj.obj_label)
    _is(found, ["person"])
    _is(type(found[0]), str)


@_fact()
def label_beyond_ascii(carrier: Carrier) -> None:
    """A label may have letters beyond ASCII."""
    objects = (SceneObject("señal de tráfico", 1, 0.5, BOX),)
    _is(_read_objects(carrier, objects, lambda obj: obj.obj_label), ["señal de tráfico"])


@_fact()
def class_number(carrier: Carrier) -> None:
    """``class_id`` is the class's number."""
    _is(_read_objects(carrier, (CAR,), lambda obj: obj.class_id), [2])


@_fact()
def confidence(carrier: Carrier) -> None:
    """``confidence`` is what the detector gave."""
    _is(_read_objects(carrier, (PERSON, CAR), lambda obj: obj.confidence), [0.75, 0.5])


@_fact()
def no_confidence(carrier: Carrier) -> None:
    """Where the detector gave no confidence it is -0.1, as DeepStream has it."""
    found = _read_objects(carrier, (SceneObject("x", 1, bbox=BOX),), lambda obj: obj.confidence)
    _is([round(value, 6) for value in found], [NO_CONFIDENCE])


@_fact()
def drawn_box(carrier: Carrier) -> None:
    """``rect_params`` is the object's box in pixels."""
    _is(_read_objects(carrier, (PERSON,), last_bbox), [BOX])


@_fact()
def box_parts(carrier: Carrier) -> None:
    """``left``, ``top``, ``width`` and ``height`` are floats."""
    found = _read_objects(
        carrier, (PERSON,), lambda o: [type(getattr(o.rect_params, n)) for n in BOX._fields]
    )
    _is(found, [[float] * 4])


@_fact()
def detector_box(carrier: Carrier) -> None:
    """``detector_bbox_info.org_bbox_coords`` is the detector's box."""
    _is(_read_objects(carrier, (PERSON,), detector_bbox), [BOX])


@_fact()
def no_tracker_box(carrier: Carrier) -> None:
    """Where no tracker ran its box is all zero."""
    _is(_read_objects(carrier, (CAR,), tracker_bbox), [Bbox(0, 0, 0, 0)])


@_fact()
def tracked(carrier: Carrier) -> None:
    """``object_id`` is the tracker's number."""
    _is(_read_objects(carrier, (PERSON,), lambda obj: obj.object_id), [7])


@_fact()
def untracked(carrier: Carrier) -> None:
    """``object_id`` of an object that no tracker has seen is 2**64 - 1."""
    _is(_read_objects(carrier, (CAR,), lambda obj: obj.object_id), [UNTRACKED])


@_fact()
def no_parent(carrier: Carrier) -> None:
    """An object that was found in the whole frame has no parent."""
    _is(_read_objects(carrier, (PERSON,), lambda obj: obj.parent), [None])


@_fact()
def parent(carrier: Carrier) -> None:
    """``parent`` is the object that another one was found in."""
    plate = SceneObject("plate", 1, 0.5, BOX, parent=0, component_id=2)
    found = _read_objects(
        carrier, (CAR, plate), lambda obj: obj.parent.obj_label if obj.parent else None
    )
    _is(found, [None, "car"])


@_fact()
def classifier_labels(carrier: Carrier) -> None:
    """A classifier's labels come with number and probability."""
    labels = (SceneLabel("red", 3, 0.5),)
    objects = (SceneObject("car", 2, 0.5, BOX, labels=labels),)
    found = _read_objects(
        carrier,
        objects,
        lambda obj: [
            (found.result_label, found.result_class_id, found.result_prob)
            for found in labels_per_object(obj)
        ],
    )
    _is(found, [[("red", 3, 0.5)]])


@_fact()
def classifier_of_one_object(carrier: Carrier) -> None:
    """A classifier belongs to its object alone."""
    objects = (PERSON, SceneObject("car", 2, 0.5, BOX, labels=(SceneLabel("red", 3, 0.5),)))
    counts = _read_objects(carrier, objects, lambda obj: len(list(classifiers_per_object(obj))))
    _is(counts, [0, 1])


@_fact()
def always_true(carrier: Carrier) -> None:
    """Metadata is true in a condition, whatever it holds."""
    _is(_read_objects(carrier, (SceneObject(bbox=BOX),), bool), [True])


@_fact()
def unknown_attribute(carrier: Carrier) -> None:
    """An unknown attribute cannot be set: a typing mistake is not swallowed."""

    def mistype(obj: Any) -> str:
        try:
            obj.confidense = 0.5
        except AttributeError:
            return "refused"
        return "accepted"

    _is(_read_objects(carrier, (PERSON,), mistype), ["refused"])


@_fact()
def not_picklable(carrier: Carrier) -> None:
    """Live metadata cannot be pickled: it would outlive its buffer."""
    import pickle

    def try_to_pickle(obj: Any) -> str:
        try:
            pickle.dumps(obj)
        except TypeError:
            return "refused"
        return "pickled"

    _is(_read_objects(carrier, (PERSON,), try_to_pickle), ["refused"])


# ---- writing ----


def _write_then_read(
    carrier: Carrier, write: Callable[[Any], None], read: Callable[[Any], Any]
) -> Any:
    with carrier.bear([SceneFrame((PERSON,))]) as source:
        for frame in frames_per_batch(source):
            for obj in objects_per_frame(frame):
                write(obj)
        return [read(o) for f in frames_per_batch(source) for o in objects_per_frame(f)]


@_fact("writing")
def box_is_written(carrier: Carrier) -> None:
    """A box that is written is what the next reader sees."""

    def write(obj: Any) -> None:
        obj.rect_params.left = 99.0

    _is(_write_then_read(carrier, write, last_bbox), [Bbox(99.0, *BOX[1:])])


@_fact("writing")
def written_through_a_held_struct(carrier: Carrier) -> None:
    """Writing through a held ``rect_params`` changes the object."""

    def write(obj: Any) -> None:
        rect = obj.rect_params
        rect.width = 5.0
        rect.border_width = 4

    found = _write_then_read(
        carrier, write, lambda o: (o.rect_params.width, o.rect_params.border_width)
    )
    _is(found, [(5.0, 4)])


@_fact("writing")
def label_is_written(carrier: Carrier) -> None:
    """A label that is written is what the next reader sees."""

    def write(obj: Any) -> None:
        obj.obj_label = "rider"

    _is(_write_then_read(carrier, write, lambda obj: obj.obj_label), ["rider"])


@_fact("writing")
def colour_is_written(carrier: Carrier) -> None:
    """``border_color.set`` sets the four parts."""

    def write(obj: Any) -> None:
        obj.rect_params.border_color.set(0.0, 0.25, 0.5, 1.0)

    found = _write_then_read(
        carrier,
        write,
        lambda o: [
            getattr(o.rect_params.border_color, n) for n in ("red", "green", "blue", "alpha")
        ],
    )
    _is(found, [[0.0, 0.25, 0.5, 1.0]])


@_fact("writing")
def wrong_type_is_refused(carrier: Carrier) -> None:
    """A text into a number is a TypeError."""

    def write(obj: Any) -> None:
        try:
            obj.rect_params.left = "left"
        except TypeError:
            return
        raise AssertionError("a text was accepted for rect_params.left")

    _is(_write_then_read(carrier, write, last_bbox), [BOX])


@_fact("writing")
def negative_into_unsigned_is_refused(carrier: Carrier) -> None:
    """A negative number into an unsigned field is a TypeError or an OverflowError."""

    def write(obj: Any) -> None:
        try:
            obj.text_params.x_offset = -5
        except (TypeError, OverflowError):
            return
        raise AssertionError("-5 was accepted for text_params.x_offset")

    _is(_write_then_read(carrier, write, lambda obj: obj.text_params.x_offset), [0])


# ---- adding ----


def _after(carrier: Carrier, change: Callable[[Any], None], read: Callable[[Any], Any]) -> Any:
    """Give what `read` makes of the objects of a frame with a car, after `change` had the frame."""
    with carrier.bear([SceneFrame((CAR,))]) as source:
        for frame in frames_per_batch(source):
            change(frame)
        return [read(o) for f in frames_per_batch(source) for o in objects_per_frame(f)]


@_fact("adding")
def object_is_added(carrier: Carrier) -> None:
    """An object that is added is read with all that was given."""

    def add(frame: Any) -> None:
        (car,) = objects_per_frame(frame)
        box = (1, 2, 3, 4)
        add_object(
            frame, label="plate", box=box, confidence=0.25, class_id=7, component_id=3, parent=car
        )
        _is(frame.num_obj_meta, 2)

    found = _after(carrier, add, lambda o: (o.obj_label, o.class_id, o.object_id, last_bbox(o)))
    _is(found[1:], [("plate", 7, UNTRACKED, Bbox(1, 2, 3, 4))])
    found = _after(carrier, add, lambda o: (o.confidence, o.parent and o.parent.obj_label))
    _is(found, [(0.5, None), (0.25, "car")])


@_fact("adding")
def object_of_nothing_known(carrier: Carrier) -> None:
    """An object that is added without any value is untracked, of no class and no confidence."""

    def add(frame: Any) -> None:
        add_object(frame, component_id=9)

    found = _after(carrier, add, lambda o: (o.obj_label, o.class_id, o.object_id, o.confidence))
    label, class_id, object_id, confidence = found[1]
    _is((label, class_id, object_id), ("", -1, UNTRACKED))
    _is(round(confidence, 6), NO_CONFIDENCE)


@_fact("adding")
def object_is_removed(carrier: Carrier) -> None:
    """An object that is removed is gone; it cannot be removed again."""

    def remove(frame: Any) -> None:
        (car,) = objects_per_frame(frame)
        remove_object(frame, car)
        _is(frame.num_obj_meta, 0)
        try:
            remove_object(frame, car)
        except ValueError:
            return
        raise AssertionError("the object was removed twice")

    _is(_after(carrier, remove, lambda obj: obj.obj_label), [])


@_fact("adding")
def refused_object_leaves_nothing(carrier: Carrier) -> None:
    """An object with a wrong value is refused, and none is added."""

    def add(frame: Any) -> None:
        try:
            add_object(frame, label="x", class_id="seven")  # type: ignore[arg-type]
        except TypeError:
            return
        raise AssertionError("the class 'seven' was accepted")

    _is(_after(carrier, add, lambda obj: obj.obj_label), ["car"])


@_fact("adding")
def classification_is_added(carrier: Carrier) -> None:
    """Labels of one component are one classifier's."""

    def add(frame: Any) -> None:
        (car,) = objects_per_frame(frame)
        add_classification(car, "red", class_id=3, confidence=0.5, component_id=4)
        add_classification(car, "van", class_id=1, confidence=0.25, label_id=1, component_id=4)

    found = _after(
        carrier,
        add,
        lambda obj: [
            (each.unique_component_id, each.num_labels) for each in classifiers_per_object(obj)
        ],
    )
    _is(found, [[(4, 2)]])
    found = _after(
        carrier,
        add,
        lambda o: [
            (i.result_label, i.result_class_id, i.result_prob) for i in labels_per_object(o)
        ],
    )
    _is(found, [[("red", 3, 0.5), ("van", 1, 0.25)]])


@_fact("adding")
def long_label_is_cut(carrier: Carrier) -> None:
    """A label of more than 127 bytes is cut between two characters."""

    def add(frame: Any) -> None:
        add_object(frame, label="ñ" * 100, component_id=9)

    _is(_after(carrier, add, lambda obj: obj.obj_label), ["car", "ñ" * 63])


@_fact("adding")
def any_object_is_attached(carrier: Carrier) -> None:
    """Any Python object can be attached to a frame and to an object."""
    given = {"any": object()}

    def add(frame: Any) -> None:
        add_user_meta(frame, given)
        for obj in objects_per_frame(frame):
            add_user_meta(obj, given, 9000)

    def read(obj: Any) -> Any:
        return [
            (user.base_meta.meta_type, user.user_meta_data is given)
            for user in user_metas_per_object(obj)
        ]

    _is(_after(carrier, add, read), [[(9000, True)]])


@_fact("adding")
def display_is_added(carrier: Carrier) -> None:
    """What is added to be drawn is read back."""
    texts: list[Any] = []

    def add(frame: Any) -> None:
        display = add_display(frame)
        display.num_labels = 1
        display.text_params[0].display_text = "hello"
        texts.extend(d.text_params[0].display_text for d in displays_per_frame(frame))

    _after(carrier, add, bool)
    _is(texts, ["hello"])


# ---- life and death ----


@_fact("releasing")
def kept_object(carrier: Carrier) -> None:
    """A view that is kept raises MetadataReleased once its buffer is gone."""
    with carrier.bear([SceneFrame((PERSON,))]) as source:
        kept = [o for f in frames_per_batch(source) for o in objects_per_frame(f)]
    try:
        value = kept[0].obj_label
    except MetadataReleased:
        return
    raise AssertionError(f"obj_label still reads {value!r}")


@_fact("releasing")
def kept_struct(carrier: Carrier) -> None:
    """So does a part of it, such as ``rect_params``."""
    with carrier.bear([SceneFrame((PERSON,))]) as source:
        kept = [o.rect_params for f in frames_per_batch(source) for o in objects_per_frame(f)]
    try:
        value = kept[0].left
    except MetadataReleased:
        return
    raise AssertionError(f"left still reads {value!r}")
