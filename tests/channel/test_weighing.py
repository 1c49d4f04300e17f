"""What may not go into a channel, and what an event weighs."""

import array
import sys
from collections import OrderedDict, UserDict, namedtuple
from dataclasses import dataclass
from datetime import datetime, timezone

import numpy as np
import pytest

from pythiags.channel.weighing import weigh
from pythiags.errors import LiveMetadataError

NvDsObjectMeta = type("NvDsObjectMeta", (), {"__module__": "pyds"})
Point = namedtuple("Point", "x y")  # noqa: PYI024 (what users write)


@dataclass
class Record:
    label: str
    extra: object


class Slotted:
    __slots__ = ("it",)

    def __init__(self, it):
        self.it = it


PLAIN = [
    None,
    True,
    1,
    1.5,
    "text",
    b"bytes",
    1j,
    [1, [2, [3]]],
    (1, "a"),
    {"a": {"b": [1]}},
    {1, 2},
    Point(1, 2),
    Record("car", {"x": 1}),
    Slotted(3),
    OrderedDict(a=1),
    UserDict(a=1),
    np.zeros((3, 4)),
    np.float32(1),
    np.zeros((3, 4))[1:],
    memoryview(b"abc"),
    array.array("d", [1.0]),
    datetime.now(timezone.utc),
]


@pytest.mark.parametrize("event", PLAIN, ids=lambda event: type(event).__name__)
def test_plain_values_pass(event):
    assert 0 < weigh(event).bytes < 5000


@pytest.mark.parametrize(
    ("wrap", "path"),
    [
        (lambda it: it, "event"),
        (lambda it: [1, it], "event[1]"),
        (lambda it: {"car": [(it,)]}, "event['car'][0][0]"),
        (lambda it: [Point(1, it)], "event[0].y"),
        (lambda it: [Record("a", {"meta": it})], "event[0].extra['meta']"),
        (Slotted, "event.it"),
        (lambda it: OrderedDict(a=it), "event['a']"),
        (lambda it: {it}, "event[0]"),
    ],
)
def test_live_metadata_is_found_wherever_it_is(wrap, path):
    with pytest.raises(LiveMetadataError) as caught:
        weigh(wrap(NvDsObjectMeta()))
    assert caught.value.where == path
    assert caught.value.got == "pyds.NvDsObjectMeta"
    assert "obj.obj_label" in str(caught.value)


def test_a_class_derived_from_a_live_one_is_live():
    with pytest.raises(LiveMetadataError):
        weigh([type("Mine", (NvDsObjectMeta,), {})()])


@pytest.mark.parametrize(
    "make",
    [
        lambda gst: gst.Buffer.new_allocate(None, 10, None),
        lambda gst: gst.Caps.new_any(),
        lambda gst: gst.Bin.new("b"),
    ],
    ids=["buffer", "caps", "bin"],
)
def test_gstreamer_objects_are_live(make):
    pytest.importorskip("gi")
    from pythiags.gst import Gst

    live = make(Gst)
    with pytest.raises(LiveMetadataError, match="valid only as long as its buffer"):
        weigh([live])


def test_a_view_of_live_memory_is_refused_and_its_copy_is_not():
    mapped = type("Mapped", (bytearray,), {"__module__": "pythiags.gst._gst"})(12)
    view = np.frombuffer(mapped, np.uint8).reshape(3, 4)[1:]
    with pytest.raises(LiveMetadataError):
        weigh({"picture": view})
    assert weigh({"picture": view.copy()}).bytes > 0


def test_an_event_that_holds_itself_ends():
    event = []
    event += [event, event]
    assert weigh(event).bytes > 0


@pytest.mark.parametrize(
    "event",
    [
        [{"label": "car", "confidence": 0.5, "number": i} for i in range(100)],
        ["x" * 1000] * 3,
        np.zeros(100_000),
        [Point(1.0, float(i)) for i in range(100)],
    ],
    ids=["dicts", "strings", "array", "tuples"],
)
def test_the_weight_is_about_right(event):
    assert weigh(event).bytes == pytest.approx(deep_size(event), rel=0.5)


def deep_size(it):
    """What CPython says, without the keys, which are interned."""
    own = sys.getsizeof(it)
    if isinstance(it, dict):
        return own + sum(map(deep_size, it.values()))
    if isinstance(it, (list, tuple)):
        return own + sum(map(deep_size, it))
    return own
