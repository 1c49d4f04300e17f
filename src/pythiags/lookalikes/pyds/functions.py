"""pyds's functions that need no more than the native ones, and the names under which those are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pythiags.lookalikes.pyds import _pyds, messages, metas

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FUNCTIONS", "configure_source_for_ntp_sync", "nvds_measure_buffer_latency"]

_NATIVE = (
    "gst_buffer_get_nvds_batch_meta", "nvds_acquire_meta_lock", "nvds_release_meta_lock",
    "nvds_create_batch_meta", "nvds_destroy_batch_meta", "nvds_get_nth_frame_meta",
    "nvds_get_user_meta_type", "get_nvds_buf_surface", "get_nvds_buf_surface_gpu",
    "unmap_nvds_buf_surface", "get_ptr", "get_string", "alloc_buffer", "alloc_char_buffer",
    "free_buffer", "free_gbuffer", "strdup", "strdup2str", "memdup", "generate_ts_rfc3339",
    "user_copyfunc", "user_releasefunc", "set_user_copyfunc", "set_user_releasefunc",
    "register_user_copyfunc", "register_user_releasefunc", "unset_callback_funcs",
)  # fmt: skip
_PREFIXES = ("nvds_acquire_", "nvds_add_", "nvds_remove_", "nvds_clear_", "nvds_copy_")


def nvds_clear_meta_list(batch_meta: Any, meta_list: Any, meta_pool: Any) -> None:  # noqa: ARG001
    """Take all frames of a list off the batch; other lists belong to what holds them."""
    if meta_list is not None and meta_list == batch_meta.frame_meta_list:
        _pyds.nvds_clear_frame_meta_list(batch_meta, meta_list)
    elif meta_list is not None:
        raise ValueError(
            "nvds_clear_meta_list: expected batch_meta.frame_meta_list; for other lists there are "
            "nvds_clear_obj_meta_list and the like"
        )


def nvds_measure_buffer_latency(gst_buffer: int) -> int:  # noqa: ARG001
    """Return 0, as pyds does where latency is not measured (NVDS_ENABLE_LATENCY_MEASUREMENT)."""
    return 0


def configure_source_for_ntp_sync(src_elem: int) -> None:
    """Accept a source by ``hash(element)``; the portable muxer follows no sender's clock."""
    if not isinstance(src_elem, int):
        raise TypeError(
            "(): incompatible function arguments. The following argument types are supported:\n"
            f"    1. (src_elem: int) -> None\n\nInvoked with: {src_elem!r}"
        )


def _cast_to(name: str, cls: Any) -> Callable[[Any], Any]:
    def function(data: Any) -> Any:
        return cls.cast(data)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"``{cls.__name__}.cast``, by its older name."
    return function


_CASTS: dict[str, Any] = {
    "glist_get_nvds_batch_meta": metas.NvDsBatchMeta,
    "glist_get_nvds_frame_meta": metas.NvDsFrameMeta,
    "glist_get_nvds_object_meta": metas.NvDsObjectMeta,
    "glist_get_nvds_user_meta": metas.NvDsUserMeta,
    "glist_get_nvds_classifier_meta": metas.NvDsClassifierMeta,
    "glist_get_nvds_display_meta": metas.NvDsDisplayMeta,
    "glist_get_nvds_label_info": metas.NvDsLabelInfo,
    "glist_get_nvds_event_msg_meta": messages.NvDsEventMsgMeta,
    "glist_get_nvds_vehicle_object": messages.NvDsVehicleObject,
    "glist_get_nvds_person_object": messages.NvDsPersonObject,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{
        name: getattr(_pyds, name)
        for name in dir(_pyds)
        if name in _NATIVE or name.startswith(_PREFIXES)
    },
    **{name: _cast_to(name, cls) for name, cls in _CASTS.items()},
    "nvds_clear_meta_list": nvds_clear_meta_list,
    "nvds_measure_buffer_latency": nvds_measure_buffer_latency,
    "configure_source_for_ntp_sync": configure_source_for_ntp_sync,
}
