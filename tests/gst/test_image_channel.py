"""Pictures in events: copied when they are sent, whatever holds them, and only then."""

import sys
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pytest
from standins.pads import flowing_pad

from pythiags.channel import Channel
from pythiags.channel.weighing import is_picture, weigh
from pythiags.errors import LiveMetadataError
from pythiags.gst import Gst
from pythiags.gst.image import frame_image
from pythiags.gst.probe import attach

PIXELS = np.random.default_rng(3).integers(0, 256, (4, 8, 3), np.uint8)


@pytest.fixture
def picture():
    """A view that was kept beyond its probe."""
    kept = []
    pad = flowing_pad("video/x-raw,format=RGB,width=8,height=4")
    with attach(pad, lambda pad, info: kept.append(frame_image(info))):
        pad.push(Gst.Buffer.new_wrapped(PIXELS.tobytes()))
    return kept[0]


class Named(NamedTuple):
    label: str
    crop: object


@dataclass
class Open:
    crop: object
    label: str = "x"


@dataclass(frozen=True)
class Frozen:
    crop: object
    more: dict = field(default_factory=dict)


class Slots:
    __slots__ = ("crop",)

    def __init__(self, crop):
        self.crop = crop


HOLDERS = {
    "bare": (lambda it: it, lambda event: event),
    "list": (lambda it: [1, it], lambda event: event[1]),
    "tuple": (lambda it: (it, 2), lambda event: event[0]),
    "dict": (lambda it: {"crop": it, "n": 1}, lambda event: event["crop"]),
    "OrderedDict": (lambda it: OrderedDict(crop=it), lambda event: event["crop"]),
    "namedtuple": (lambda it: Named("a", it), lambda event: event.crop),
    "dataclass": (Open, lambda event: event.crop),
    "frozen": (Frozen, lambda event: event.crop),
    "slots": (Slots, lambda event: event.crop),
    "deep": (lambda it: [{"a": (Named("b", [Open(it)]),)}], lambda e: e[0]["a"][0].crop[0].crop),
}


def sent(event, allocate=None):
    channel = Channel(on_full="block")
    channel.allocate = allocate
    assert channel.put(event)
    return channel.get(1)


@pytest.mark.parametrize("holder", HOLDERS)
def test_a_view_is_copied_wherever_it_is(picture, holder):
    hold, find = HOLDERS[holder]
    event = hold(picture[1:3, 2:6])
    got = sent(event)
    assert type(got) is type(event)
    assert (find(got) == PIXELS[1:3, 2:6]).all()
    assert find(got).flags.owndata
    assert find(got).flags.writeable
    assert is_picture(find(event))  # the extractor's own is as it was


def test_what_holds_no_view_is_shared(picture):
    plain = [np.zeros(3), {"a": 1}]
    got = sent([plain, picture])
    assert got[0] is plain
    assert sent(plain) is plain


def test_one_view_in_two_places_is_copied_once(picture):
    got = sent([picture, {"again": picture}])
    assert got[0] is got[1]["again"]


def test_an_event_that_holds_itself_ends(picture):
    event = [picture]
    event.append(event)
    assert sent(event)[0].flags.owndata


def test_the_copy_is_made_where_the_channel_wants_it(picture):
    made = []

    def allocate(shape, dtype):
        made.append(np.empty(shape, dtype))
        return made[-1]

    (got,) = sent([picture[:2]], allocate)
    assert got is made[0]
    assert (got == PIXELS[:2]).all()


def test_the_weight_counts_the_pixels(picture):
    weight = weigh([picture, picture])
    assert weight.pictures == 2
    assert weight.bytes > 2 * PIXELS.nbytes


@pytest.mark.parametrize("view", [memoryview, lambda it: it.base.obj, lambda it: [it.base]])
def test_other_views_are_refused(picture, view):
    channel = Channel(on_full="block")
    with pytest.raises(LiveMetadataError, match=r"frame_image\(info, frame\)"):
        channel.put(view(picture))
    assert channel.stats().dropped == {"refused": 1}


@pytest.mark.parametrize("pyds_is_loaded", [True, False])
def test_what_pyds_itself_shows_is_copied(request, monkeypatch, pyds_is_loaded):
    """An array on memory that a capsule stands for, and that nothing keeps."""
    if pyds_is_loaded:
        request.getfixturevalue("pyds")
    else:
        monkeypatch.delitem(sys.modules, "pyds", raising=False)  # whoever left it
    shown = np.from_dlpack(PIXELS)
    assert type(shown.base).__name__ == "PyCapsule"
    assert np.shares_memory(sent([shown])[0], PIXELS) is not pyds_is_loaded
