"""pyds's functions: NVIDIA's own library does the work, where there is one for the machine."""

from __future__ import annotations

import ctypes
import functools

from . import structs
from .memory import address_in, glib, incompatible, is_capsule, show

glib.g_quark_from_string.argtypes = [ctypes.c_char_p]
glib.g_quark_from_string.restype = ctypes.c_uint32


def _libraries():
    """NVIDIA's; not asked for by tests that need no GStreamer."""
    from standins.nvidia import libraries

    return libraries()


def _call(name, *arguments, result=ctypes.c_int):
    function = getattr(_libraries()[0], name)
    function.argtypes, function.restype = [ctypes.c_void_p] * len(arguments), result
    return function(*arguments)


# ---- buffers and batches ----


def gst_buffer_get_nvds_batch_meta(address):
    """Before the meta's type is registered the library logs a critical for each meta there is."""
    if type(address) is not int:
        raise incompatible()
    found = _libraries()[1].gst_buffer_get_nvds_batch_meta(address)
    return show(structs.NvDsBatchMeta, found)


def nvds_create_batch_meta(size):
    created = _libraries()[0].nvds_create_batch_meta(size)
    return show(structs.NvDsBatchMeta, created)


def nvds_acquire_meta_lock(batch):
    _call("nvds_acquire_meta_lock", batch._address)


def nvds_release_meta_lock(batch):
    _call("nvds_release_meta_lock", batch._address)


def nvds_get_user_meta_type(name):
    """A number of this run: a quark above the first one for users."""
    return 8193 + glib.g_quark_from_string(name.encode())


def _acquire(kind, cls, batch):
    if not isinstance(batch, structs.NvDsBatchMeta):
        raise incompatible()
    name = f"nvds_acquire_{kind}_meta_from_pool"
    return show(cls, _call(name, batch._address, result=ctypes.c_void_p))


_ACQUIRED = {
    "frame": structs.NvDsFrameMeta, "obj": structs.NvDsObjectMeta,
    "classifier": structs.NvDsClassifierMeta, "label_info": structs.NvDsLabelInfo,
    "display": structs.NvDsDisplayMeta, "user": structs.NvDsUserMeta,
}  # fmt: skip
ACQUIRE = {
    f"nvds_acquire_{kind}_meta_from_pool": functools.partial(_acquire, kind, cls)
    for kind, cls in _ACQUIRED.items()
}


def _pair(name, first, second, holder, item):
    if not isinstance(holder, first) or not isinstance(item, second):
        raise incompatible()
    _call(name, holder._address, item._address)


def nvds_add_obj_meta_to_frame(frame, obj, parent):
    """A parent must be an object, or None."""
    wanted = (structs.NvDsObjectMeta, type(None))
    if not isinstance(frame, structs.NvDsFrameMeta) or not isinstance(parent, wanted):
        raise incompatible()
    above = None if parent is None else parent._address
    _call("nvds_add_obj_meta_to_frame", frame._address, obj._address, above)


_HOLDS = {
    "frame_meta_{}_batch": (structs.NvDsBatchMeta, structs.NvDsFrameMeta),
    "classifier_meta_{}_object": (structs.NvDsObjectMeta, structs.NvDsClassifierMeta),
    "label_info_meta_{}_classifier": (structs.NvDsClassifierMeta, structs.NvDsLabelInfo),
    "display_meta_{}_frame": (structs.NvDsFrameMeta, structs.NvDsDisplayMeta),
    "user_meta_{}_batch": (structs.NvDsBatchMeta, structs.NvDsUserMeta),
    "user_meta_{}_frame": (structs.NvDsFrameMeta, structs.NvDsUserMeta),
    "user_meta_{}_obj": (structs.NvDsObjectMeta, structs.NvDsUserMeta),
}
ADD = {
    f"nvds_add_{name.format('to')}": functools.partial(
        _pair, f"nvds_add_{name.format('to')}", *kinds
    )
    for name, kinds in _HOLDS.items()
}
_REMOVED = {
    **{name.format("from"): kinds for name, kinds in _HOLDS.items()},
    "obj_meta_from_frame": (structs.NvDsFrameMeta, structs.NvDsObjectMeta),
    "classifier_meta_from_obj": (structs.NvDsObjectMeta, structs.NvDsClassifierMeta),
    "user_meta_from_object": (structs.NvDsObjectMeta, structs.NvDsUserMeta),
}
for _other in ("classifier_meta_from_object", "user_meta_from_obj"):
    del _REMOVED[_other]  # remove names some holders in another way than add
REMOVE = {
    f"nvds_remove_{name}": functools.partial(_pair, f"nvds_remove_{name}", *kinds)
    for name, kinds in _REMOVED.items()
}

# ---- memory ----


def get_ptr(handle):
    if not is_capsule(handle):
        raise incompatible()
    return address_in(handle)


def get_string(address):
    if type(address) is not int:
        raise incompatible()
    return ctypes.string_at(address).decode() if address else None


# ---- pixels: imitated, as there is no memory of NVIDIA's here ----

_surfaces = {}  # (address, slot) -> array
mapped = []  # the slots that are mapped, each once however often it was asked for


def get_nvds_buf_surface(address, slot):
    """Show a picture's memory; the array does not keep it."""
    pixels = _surfaces[address, slot]
    if not hasattr(pixels, "shape"):
        raise RuntimeError(f"only RGBA can be shown, not {pixels}")
    if (address, slot) not in mapped:
        mapped.append((address, slot))
    return pixels


def unmap_nvds_buf_surface(address, slot):
    mapped.remove((address, slot))


def standin_surface(address, slot, pixels):
    """Let a slot of the buffer at this address have these pixels, or a format that is not shown."""
    _surfaces[address, slot] = pixels


# ---- for tests that need no library: what it would have made ----

_alive = []


def standin_list(items):
    """Make a list of structs, in the order given; it stays for good, with what it holds."""
    head = last = None
    for item in items:
        node = structs.GList()
        node.data = item
        if last is None:
            head = node
        else:
            last.next, node.prev = node, last
        last = node
        _alive.append((node, item))
    return head


def standin_handle(found):
    """Make the capsule that a user meta holds."""
    _alive.append(found)
    node = structs.GList()
    node.data = found
    return node.data


__all__ = [name for name in globals() if name.startswith(("nvds_", "gst_", "get_", "standin_"))]
__all__ += ["mapped", "unmap_nvds_buf_surface"]
