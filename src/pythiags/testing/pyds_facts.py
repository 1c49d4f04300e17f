"""What pyds does: facts that hold of the real module, or do not.

``pyds_conformance`` holds them against the module of a machine. Nothing here is undefined on real
hardware.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["FACTS", "Fact", "Here"]


class Here(NamedTuple):
    """What a fact is held against: one frame of a running pipeline, without any object."""

    pyds: Any
    address: int
    batch: Any
    frame: Any

    def new_object(self, class_id: int = 0) -> Any:
        """Add an object to the frame."""
        found = self.pyds.nvds_acquire_obj_meta_from_pool(self.batch)
        found.class_id = class_id
        self.pyds.nvds_add_obj_meta_to_frame(self.frame, found, None)
        return found

    def objects(self) -> Iterator[Any]:
        """Walk the objects as scripts do."""
        link = self.frame.obj_meta_list
        while link is not None:
            yield self.pyds.NvDsObjectMeta.cast(link.data)
            link = link.next


class Fact(NamedTuple):
    """A sentence, and the function that says whether it is true."""

    text: str
    holds: Callable[[Here], bool]
    since: tuple[int, ...]


FACTS: Final[list[Fact]] = []


def _fact(text: str, since: tuple[int, ...] = (1, 1, 0)) -> Callable[..., Any]:
    def add(function: Callable[[Here], bool]) -> Callable[[Here], bool]:
        FACTS.append(Fact(text, function, since))
        return function

    return add


def _raises(error: type[Exception], function: Callable[..., Any], *arguments: Any) -> bool:
    try:
        function(*arguments)
    except error:
        return True
    return False


# ---- lists and casts ----


@_fact("a list that is empty is None")
def _(here: Here) -> bool:
    return here.frame.obj_meta_list is None and here.frame.display_meta_list is None


@_fact("the link after the last one is None")
def _(here: Here) -> bool:
    here.new_object()
    return here.frame.obj_meta_list.next is None


@_fact("objects are walked newest first")
def _(here: Here) -> bool:
    here.new_object(1)
    here.new_object(2)
    return [each.class_id for each in here.objects()][:2] == [2, 1]


@_fact("num_obj_meta counts what was added and removed")
def _(here: Here) -> bool:
    before = here.frame.num_obj_meta
    found = here.new_object()
    added = here.frame.num_obj_meta == before + 1
    here.pyds.nvds_remove_obj_meta_from_frame(here.frame, found)
    return bool(added and here.frame.num_obj_meta == before)


@_fact("node.data is a new handle at each look")
def _(here: Here) -> bool:
    here.new_object()
    node = here.frame.obj_meta_list
    return node.data is not node.data and type(node.data).__name__ == "PyCapsule"


@_fact("cast takes a handle, an address and an object, and gives None for None")
def _(here: Here) -> bool:
    cls, handle = here.pyds.NvDsFrameMeta, here.batch.frame_meta_list.data
    found = (cls.cast(handle), cls.cast(here.pyds.get_ptr(handle)), cls.cast(here.frame))
    return {each.pad_index for each in found} == {here.frame.pad_index} and cls.cast(None) is None


@_fact("cast of a text is a TypeError")
def _(here: Here) -> bool:
    return _raises(TypeError, here.pyds.NvDsFrameMeta.cast, "x")


@_fact("the cast of analytics takes no address")
def _(here: Here) -> bool:
    return _raises(TypeError, here.pyds.NvDsAnalyticsFrameMeta.cast, 4096)


# ---- attributes ----


@_fact("a float is no integer")
def _(here: Here) -> bool:
    text = here.new_object().text_params
    return _raises(TypeError, setattr, text, "x_offset", 3.0)


@_fact("a negative number is not unsigned")
def _(here: Here) -> bool:
    text = here.new_object().text_params
    return _raises(TypeError, setattr, text, "x_offset", -5)


@_fact("a number that is too large is a TypeError")
def _(here: Here) -> bool:
    text = here.new_object().text_params
    return _raises(TypeError, setattr, text, "x_offset", 2**32)


@_fact("a text is no float")
def _(here: Here) -> bool:
    return _raises(TypeError, setattr, here.new_object(), "confidence", "0.5")


@_fact("a float has 32 bits")
def _(here: Here) -> bool:
    found = here.new_object()
    found.rect_params.left = 0.1
    return bool(found.rect_params.left == 0.10000000149011612)  # noqa: PLR2004


@_fact("an unknown attribute is an AttributeError")
def _(here: Here) -> bool:
    return _raises(AttributeError, setattr, here.new_object(), "mine", 1)


@_fact("a struct within the struct is a reference")
def _(here: Here) -> bool:
    found = here.new_object()
    box = found.rect_params
    box.top = 7
    return bool(found.rect_params.top == 7)  # noqa: PLR2004


@_fact("a struct that is assigned is copied")
def _(here: Here) -> bool:
    found, box = here.new_object(), here.pyds.NvOSD_RectParams()
    box.left = 5
    found.rect_params = box
    box.left = 9
    return bool(found.rect_params.left == 5)  # noqa: PLR2004


@_fact("an object cannot be pickled")
def _(here: Here) -> bool:
    return _raises(TypeError, pickle.dumps, here.frame)


@_fact("misc_frame_info is four integers of 32 bits, and is not replaced")
def _(here: Here) -> bool:
    misc = here.frame.misc_frame_info
    kept = misc.dtype.name == "int32" and misc.shape == (4,)
    return kept and _raises(TypeError, setattr, here.frame, "misc_frame_info", misc)


@_fact("meta_mutex is of a type that pyds does not know")
def _(here: Here) -> bool:
    return _raises(TypeError, getattr, here.batch, "meta_mutex")


# ---- texts ----


@_fact("a label is a str, and takes str and bytes")
def _(here: Here) -> bool:
    found = here.new_object()
    found.obj_label = "person\0"
    first = found.obj_label == "person"
    found.obj_label = b"dog\0"
    return bool(first and found.obj_label == "dog")


@_fact("a shorter label leaves nothing of the one before", since=(1, 2, 2))
def _(here: Here) -> bool:
    found = here.new_object()
    found.obj_label = "person"
    found.obj_label = "car"
    return bool(found.obj_label == "car")


@_fact("display_text reads as an address, for get_string")
def _(here: Here) -> bool:
    text = here.new_object().text_params
    text.display_text = "hello"
    return type(text.display_text) is int and here.pyds.get_string(text.display_text) == "hello"


@_fact("a text that was not set has the address 0, and get_string(0) is None")
def _(here: Here) -> bool:
    text = here.new_object().text_params
    return text.display_text == 0 and here.pyds.get_string(0) is None


@_fact("display_text takes no None, and get_string neither")
def _(here: Here) -> bool:
    text = here.new_object().text_params
    refused = _raises(TypeError, setattr, text, "display_text", None)
    return refused and _raises(TypeError, here.pyds.get_string, None)


# ---- acquiring ----


@_fact("an object that was acquired is zero, its object_id too")
def _(here: Here) -> bool:
    found = here.pyds.nvds_acquire_obj_meta_from_pool(here.batch)
    zero = (found.object_id, found.class_id, found.confidence) == (0, 0, 0)
    here.pyds.nvds_add_obj_meta_to_frame(here.frame, found, None)
    return bool(zero and found.base_meta.meta_type == here.pyds.NvDsMetaType.NVDS_OBJ_META)


@_fact("what a constructor makes has the meta_type 0")
def _(here: Here) -> bool:
    return int(here.pyds.NvDsObjectMeta().base_meta.meta_type) == 0


@_fact("a parent must be an object, or None")
def _(here: Here) -> bool:
    found = here.pyds.nvds_acquire_obj_meta_from_pool(here.batch)
    add = here.pyds.nvds_add_obj_meta_to_frame
    refused = _raises(TypeError, add, here.frame, found, here.frame)
    add(here.frame, found, None)
    return refused and found.parent is None


@_fact("a display meta has sixteen of each kind, in a list that is not replaced")
def _(here: Here) -> bool:
    display = here.pyds.nvds_acquire_display_meta_from_pool(here.batch)
    here.pyds.nvds_add_display_meta_to_frame(here.frame, display)
    kinds = ("rect", "text", "line", "arrow", "circle")
    sixteen = {len(getattr(display, f"{kind}_params")) for kind in kinds} == {16}
    return sixteen and _raises(AttributeError, setattr, display, "rect_params", [])


@_fact("the lock may be taken twice")
def _(here: Here) -> bool:
    for function in (here.pyds.nvds_acquire_meta_lock, here.pyds.nvds_release_meta_lock):
        function(here.batch)
        function(here.batch)
    return True


# ---- user metas and messages ----


@_fact("user_meta_data takes no number and no text")
def _(here: Here) -> bool:
    user = here.pyds.nvds_acquire_user_meta_from_pool(here.batch)
    here.pyds.nvds_add_user_meta_to_frame(here.frame, user)
    return all(_raises(TypeError, setattr, user, "user_meta_data", wrong) for wrong in (3, "x"))


@_fact("meta_type takes members of NvDsMetaType only, of any number")
def _(here: Here) -> bool:
    user = here.pyds.nvds_acquire_user_meta_from_pool(here.batch)
    here.pyds.nvds_add_user_meta_to_frame(here.frame, user)
    refused = _raises(TypeError, setattr, user.base_meta, "meta_type", 8200)
    user.base_meta.meta_type = here.pyds.NvDsMetaType(8200)
    return bool(refused and user.base_meta.meta_type == 8200)  # noqa: PLR2004


@_fact("a kind of user meta has a number by its name, the same each time")
def _(here: Here) -> bool:
    function = here.pyds.nvds_get_user_meta_type
    number = function("PYTHIAGS.USER_META")
    return type(number) is int and number > 8193 and number == function("PYTHIAGS.USER_META")  # noqa: PLR2004


@_fact("texts of messages read as addresses, and ts takes one")
def _(here: Here) -> bool:
    message = here.pyds.NvDsEventMsgMeta()
    message.sensorStr = "camera"
    message.ts = here.pyds.alloc_buffer(33)
    here.pyds.generate_ts_rfc3339(message.ts, 32)
    time = here.pyds.get_string(message.ts)
    return bool(here.pyds.get_string(message.sensorStr) == "camera" and time.endswith("Z"))


@_fact("analytics are copied when they are read")
def _(here: Here) -> bool:
    made = here.pyds.NvDsAnalyticsFrameMeta()
    made.objInROIcnt = {"RF": 1}
    made.objInROIcnt["other"] = 2
    return bool(made.objInROIcnt == {"RF": 1})


# ---- enumerations ----


@_fact("members of enumerations equal their numbers, both ways, and hash as them")
def _(here: Here) -> bool:
    kind = here.pyds.NvDsMetaType.NVDS_USER_META
    return kind == 7 and 7 == kind and hash(kind) == hash(7) and int(kind) == 7  # noqa: PLR2004, SIM300


@_fact("members are in the module, too, and have no order")
def _(here: Here) -> bool:
    kind = here.pyds.NvDsMetaType.NVDS_USER_META
    return kind == here.pyds.NVDS_USER_META and _raises(TypeError, lambda: kind < 8)  # noqa: PLR2004


@_fact("a member equals neither None nor a text")
def _(here: Here) -> bool:
    kind = here.pyds.NvDsMetaType.NVDS_USER_META
    return not kind == None and kind != "x"  # noqa: E711, SIM201


# ---- pictures ----


@_fact("get_nvds_buf_surface gives uint8 of (height, width, 4), which can be written to")
def _(here: Here) -> bool:
    array = here.pyds.get_nvds_buf_surface(here.address, here.frame.batch_id)
    array[0, 0] = (1, 2, 3, 4)
    again = here.pyds.get_nvds_buf_surface(here.address, here.frame.batch_id)
    return bool(array.shape == (64, 64, 4) and again[0, 0].tolist() == [1, 2, 3, 4])
