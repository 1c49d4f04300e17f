"""What each release of DeepStream has, from 6.4 on.

Elements, properties and keys of those whose source is published were compared release by release:
NVIDIA/DeepStream (9.0, 9.1) and the sources that the releases before came with (6.4 to 8.0).
Versions of TensorRT and Python are those of NVIDIA's installation guide, versions of pyds those of
deepstream_python_apps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = [
    "DEPRECATED_KEYS",
    "ELEMENTS_SINCE",
    "ELEMENTS_UNTIL",
    "GONE_KEYS",
    "GONE_MODULES",
    "KEYS_SINCE",
    "MAKER_NAMES",
    "MAKER_SINCE",
    "MOST_STABLE",
    "PROPERTIES_SINCE",
    "PYDS_GONE",
    "PYDS_SINCE",
    "RELEASES",
    "SERVICE_MAKER",
    "Release",
]


@dataclass(frozen=True, slots=True)
class Release:
    """A release of DeepStream.

    Attributes:
        name: Such as ``7.1``.
        pyds: The version of the bindings that goes with it; None: there is no wheel any more.
        python: The Python of the system that it is made for.
        tensorrt: Its version of TensorRT.
    """

    name: str
    pyds: str | None
    python: str
    tensorrt: str

    @property
    def number(self) -> tuple[int, int]:
        """The name, to be compared."""
        return number(self.name)


def number(name: str) -> tuple[int, int]:
    """Return a release's name as two numbers."""
    major, _, minor = name.partition(".")
    return int(major), int(minor)


RELEASES: Final = {
    each.name: each
    for each in (
        Release("6.4", "1.1.10", "3.10", "8.6"),
        Release("7.0", "1.1.11", "3.10", "8.6"),
        Release("7.1", "1.2.0", "3.10", "10.3"),
        Release("8.0", "1.2.2", "3.12", "10.9"),
        Release("9.0", None, "3.12", "10.14"),
        Release("9.1", None, "3.12", "10.16"),
    )
}

# ---- elements

ELEMENTS_SINCE: Final = {"nvdstextembedder": "9.0", "nvreplay": "9.0"}
"""The first release that has an element."""

ELEMENTS_UNTIL: Final = {
    "nvoverlaysink": ("6.4", "nv3dsink shows video on a Jetson"),
    "nvdsasr": ("9.0", "transcribe beside the pipeline"),
    "nvds_text_to_speech": ("9.0", "speak beside the pipeline"),
    "nvdsaudiotemplate": ("9.0", "do the same in a probe"),
}
"""The first release that has an element no more, and what to do."""

_URI_8: Final = ("buffer-mode", "init-rtsp-reconnect-interval", "leaky", "max-size-buffers")
PROPERTIES_SINCE: Final[dict[str, dict[str, str]]] = {
    "nvdslogger": dict.fromkeys(("show-fps", "show-latency"), "9.0"),
    "nvdsosd": dict.fromkeys(("blur-bbox", "blur-on-gie-class-ids"), "8.0"),
    "nvdspostprocess": {"preprocessor-support": "7.1"},
    "nvdsvideotemplate": {"config-file": "8.0"},
    "nvinfer": dict.fromkeys(("dynamic-properties", "strongly-typed"), "9.0"),
    "nvmsgconv": {"dummy-payload": "7.0", "embedding-filter": "8.0"},
    "nvmultiurisrcbin": {
        **dict.fromkeys(
            ("extract-sei-type5-data", "low-latency-mode", "rtsp-reconnect-attempts", "sei-uuid"),
            "7.0",
        ),
        **dict.fromkeys(
            ("ipc-buffer-timestamp-copy", "ipc-connection-attempts", "ipc-connection-interval"),
            "7.1",
        ),
        "ipc-socket-path": "7.1",
        **dict.fromkeys(_URI_8, "8.0"),
        **dict.fromkeys(("align-first-buffer", "cache-buffer", "cache-buffer-timeout"), "8.0"),
        **dict.fromkeys(
            ("drop-on-latency", "extract-sei-sim-time", "sort-batch", "sync-inputs-ntp"), "8.0"
        ),
        **dict.fromkeys(("conn-str", "drop-backward-sei", "enable-error-propagation"), "9.0"),
        **dict.fromkeys(("proto-lib", "simulate-fps-interval-ms", "topic"), "9.0"),
    },
    "nvtracker": {"sub-batch-err-recovery-trial-cnt": "7.0", "operate-on-class-ids": "9.0"},
    "nvurisrcbin": {**dict.fromkeys(_URI_8, "8.0"), "simulate-fps-interval-ms": "9.0"},
}
"""The first release whose element has a property."""

# ---- nvinfer's configuration

KEYS_SINCE: Final = {
    "raw-output-file-write": "7.0",
    "parse-segmentation-func-name": "8.0",
    **dict.fromkeys(
        ("dynamic-properties", "stabilize-buffer-count", "strongly-typed", "warmup-engine"), "9.0"
    ),
}
"""The first release that reads a key."""

GONE_KEYS: Final = {
    **dict.fromkeys(
        ("model-file", "proto-file"),
        ("7.1", "TensorRT 10 reads no Caffe models", "convert it to ONNX and set onnx-file"),
    ),
    **dict.fromkeys(
        ("uff-file", "uff-input-blob-name", "uff-input-dims", "uff-input-order"),
        ("7.1", "TensorRT 10 reads no UFF models", "export it with tf2onnx and set onnx-file"),
    ),
    "force-implicit-batch-dim": (
        "7.1",
        "TensorRT 10 has no networks with an implicit batch",
        "remove it, and export the network with a batch dimension",
    ),
}
"""The first release where a key does nothing or fails, why, and what to do."""

DEPRECATED_KEYS: Final = {
    "threshold": "pre-cluster-threshold",
    "enable-dbscan": "cluster-mode=1",
    "is-classifier": "network-type=1",
    "input-dims": "infer-dims",
    "uff-input-dims": "infer-dims",
    "parse-func": "parse-bbox-func-name",
}
"""Keys that each release from 6.4 on calls deprecated, and what has taken their place."""

# ---- Python

GONE_MODULES: Final = {
    "asynchat": "asyncio",
    "asyncore": "asyncio",
    "distutils": "setuptools, or shutil",
    "imp": "importlib",
    "smtpd": "aiosmtpd",
}
"""Modules that Python 3.12 has no more."""

PYDS_SINCE: Final = {
    "7.0": ("nvds_measure_buffer_latency",),
    "7.1": (
        *("NvDsObjReid", "NvDsObjEncUsrArgs", "NvDsObjEncOutParams", "nvds_obj_enc_create_context"),
        *("nvds_obj_enc_process", "nvds_obj_enc_finish", "nvds_obj_enc_destroy_context"),
        "gst_element_send_nvevent_interval_update",
    ),
    "8.0": (
        *("NvDsPreProcessTensorMeta", "GstNvDsPreProcessBatchMeta", "NvDsRoiMeta", "NvDsDataType"),
        *("NvDsUnitType", "NVDS_PREPROCESS_BATCH_META", "NVDS_FRAME_META_NVDSANALYTICS"),
        "NVDS_OBJ_META_NVDSANALYTICS",
    ),
}
"""The first release whose pyds has a name; those of before 6.4 are not listed."""

PYDS_GONE: Final = {
    "NvDsPastFrameObj": "NvDsTargetMiscDataFrame",
    "NvDsPastFrameObjList": "NvDsTargetMiscDataObject",
    "NvDsPastFrameObjStream": "NvDsTargetMiscDataStream",
    "NvDsPastFrameObjBatch": "NvDsTargetMiscDataBatch",
    "MODE_HW": "MODE_GPU, or MODE_CPU",
    "gst_nvevent_new_stream_reset": "gst_element_send_nvevent_new_stream_reset(hash(element), id)",
    "set_user_copyfunc": "user_copyfunc",
    "set_user_releasefunc": "user_releasefunc",
}
"""Names of older pyds that no release from 6.4 on has, and what they are called since."""

MOST_STABLE: Final = 15
"""``NvDsMetaType`` up to this number is the same on each release; those above move."""

SERVICE_MAKER: Final = "7.1"
"""The first release that has pyservicemaker."""

MAKER_SINCE: Final = {"SmartRecordConfig": ("9.0", "RecordConfig")}
"""pyservicemaker's names that were renamed: at which release, and to what."""

_ACQUIRE: Final = {
    "nvds_acquire_obj_meta_from_pool": "batch_meta.acquire_object_meta()",
    "nvds_acquire_display_meta_from_pool": "batch_meta.acquire_display_meta()",
    "nvds_acquire_user_meta_from_pool": "batch_meta.acquire_user_meta()",
    "alloc_nvds_event_msg_meta": "batch_meta.acquire_event_message_meta(), and its generate()",
    "nvds_add_obj_meta_to_frame": "frame_meta.append(object_meta)",
    "nvds_add_display_meta_to_frame": "frame_meta.append(display_meta)",
    "nvds_add_user_meta_to_frame": "frame_meta.append(user_meta)",
}
MAKER_NAMES: Final = {
    **_ACQUIRE,
    "gst_buffer_get_nvds_batch_meta": "the argument of BatchMetadataOperator.handle_metadata",
    "NvDsFrameMeta": "what batch_meta.frame_items gives; nothing is cast",
    "NvDsObjectMeta": "what frame_meta.object_items gives; nothing is cast",
    "NvDsClassifierMeta": "what object_meta.classifier_items gives",
    "NvDsLabelInfo": "classifier_meta.get_n_label(i)",
    "NvDsInferTensorMeta": "frame_meta.tensor_items, with as_tensor_output()",
    "get_nvds_LayerInfo": "as_tensor_output().get_layers()",
    "NVDSINFER_TENSOR_OUTPUT_META": "frame_meta.tensor_items",
    "NvDsInferSegmentationMeta": "frame_meta.segmentation_items, with as_segmentation()",
    "get_segmentation_masks": "as_segmentation().class_map",
    "NVDSINFER_SEGMENTATION_META": "frame_meta.segmentation_items",
    "NvDsAnalyticsFrameMeta": "frame_meta.nvdsanalytics_frame_items, with as_nvdsanalytics_frame()",
    "NvDsAnalyticsObjInfo": "object_meta.nvdsanalytics_obj_items, with as_nvdsanalytics_obj()",
    "NVDS_FRAME_META_NVDSANALYTICS": "frame_meta.nvdsanalytics_frame_items",
    "NVDS_OBJ_META_NVDSANALYTICS": "object_meta.nvdsanalytics_obj_items",
    "NvDsEventMsgMeta": "what batch_meta.acquire_event_message_meta() gives",
    "get_nvds_buf_surface": "buffer.extract(batch_id) in a BufferOperator",
    "get_nvds_buf_surface_gpu": "buffer.extract(batch_id) in a BufferOperator",
    "frame_meta_list": "frame_items",
    "obj_meta_list": "object_items",
    "classifier_meta_list": "classifier_items",
    "label_info_list": "get_n_label(i)",
    "num_frames_in_batch": "n_frames",
    "frame_num": "frame_number",
    "buf_pts": "buffer_pts",
    "source_frame_width": "source_width",
    "source_frame_height": "source_height",
    "obj_label": "label",
    "num_labels": "n_labels",
    "font_params": "font",
    "set_bg_clr": "set_bg_color",
    "text_bg_clr": "bg_color",
    "objInROIcnt": "obj_in_roi_cnt",
    "objLCCurrCnt": "obj_lc_curr_cnt",
    "objLCCumCnt": "obj_lc_cum_cnt",
    "objCnt": "obj_cnt",
    "roiStatus": "roi_status",
    "ocStatus": "oc_status",
    "lcStatus": "lc_status",
    "dirStatus": "dir_status",
    "objStatus": "obj_status",
}
"""pyds's functions, classes and attributes, and what stands for them in pyservicemaker."""
