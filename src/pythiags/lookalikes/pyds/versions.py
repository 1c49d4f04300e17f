"""Which names which pyds has: ``PYTHIAGS_PYDS=1.1.8`` chooses one, the newest is the default."""

from __future__ import annotations

import os
from typing import Final

from pythiags.errors import ConfigError

__all__ = ["NEWEST", "VARIABLE", "absent_names", "chosen_version", "versions_with"]

VARIABLE: Final = "PYTHIAGS_PYDS"
VERSIONS: Final = (
    (1, 1, 0), (1, 1, 1), (1, 1, 2), (1, 1, 3), (1, 1, 4), (1, 1, 5), (1, 1, 6), (1, 1, 8),
    (1, 1, 10), (1, 1, 11), (1, 2, 0), (1, 2, 2),
)  # fmt: skip
NEWEST: Final = VERSIONS[-1]

# The first version that has a name; and the first one that has it no more.
SINCE: Final = {
    (1, 1, 4): ("gst_element_send_nvevent_new_stream_reset",),
    (1, 1, 6): ("NvOSD_MaskParams", "CustomDataStruct", "alloc_custom_struct", "MODE_NONE",
                "unmap_nvds_buf_surface"),
    (1, 1, 8): ("configure_source_for_ntp_sync",),
    (1, 1, 10): ("NvDsTargetMiscDataFrame", "NvDsTargetMiscDataObject", "NvDsTargetMiscDataStream",
                 "NvDsTargetMiscDataBatch", "NVDS_TRACKER_BATCH_REID_META",
                 "NVDS_TRACKER_OBJ_REID_META"),
    (1, 1, 11): ("nvds_measure_buffer_latency",),
    (1, 2, 0): ("NvDsObjReid", "NvDsObjEncUsrArgs", "NvDsObjEncOutParams",
                "nvds_obj_enc_create_context", "nvds_obj_enc_process", "nvds_obj_enc_finish",
                "nvds_obj_enc_destroy_context", "gst_element_send_nvevent_interval_update"),
    (1, 2, 2): ("NvDsPreProcessTensorMeta", "GstNvDsPreProcessBatchMeta", "NvDsRoiMeta",
                "NvDsDataType", "NvDsUnitType", "NVDS_PREPROCESS_BATCH_META",
                "NVDS_FRAME_META_NVDSANALYTICS", "NVDS_OBJ_META_NVDSANALYTICS"),
}  # fmt: skip
UNTIL: Final = {
    (1, 1, 10): ("NvDsPastFrameObj", "NvDsPastFrameObjList", "NvDsPastFrameObjStream",
                 "NvDsPastFrameObjBatch"),
}  # fmt: skip


def chosen_version() -> tuple[int, int, int]:
    """Return the version that the environment asks for.

    Raises:
        ConfigError: It asks for one that there never was.
    """
    text = os.environ.get(VARIABLE, "")
    if not text:
        return NEWEST
    for version in VERSIONS:
        if text == ".".join(map(str, version)):
            return version
    raise ConfigError(
        f"there is no pyds {text}",
        where=VARIABLE,
        expected=", ".join(".".join(map(str, version)) for version in VERSIONS),
        got=text,
    )


def absent_names(version: tuple[int, int, int]) -> frozenset[str]:
    """Return the names that this version does not have."""
    later = (name for since, names in SINCE.items() if version < since for name in names)
    gone = (name for until, names in UNTIL.items() if version >= until for name in names)
    return frozenset([*later, *gone])


def versions_with(name: str) -> str | None:
    """Return which versions have a name, and how to choose one; None: all do, or none does."""
    for first, names in SINCE.items():
        if name in names:
            return f"pyds has it from {_text(first)} on: {VARIABLE}={_text(first)} chooses that"
    for end, names in UNTIL.items():
        if name in names:
            last = _text(max(each for each in VERSIONS if each < end))
            return f"pyds has it up to {last}: {VARIABLE}={last} chooses that"
    return None


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
