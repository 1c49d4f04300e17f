"""The keys of nvinfer's configuration files: which are read, refused, or of no effect on a CPU.

Names and meanings are those of NVIDIA's documentation of Gst-nvinfer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pythiags.inference import values

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "CLASS",
    "CLASSIFIER",
    "CONSUMED",
    "CPU",
    "CUDA",
    "DETECTOR",
    "GRAY",
    "HALF",
    "INSTANCES",
    "INT8",
    "MODES",
    "MOST_FRAMES",
    "NHWC",
    "NO_CLUSTERS",
    "OTHER",
    "OTHER_MODELS",
    "OTHER_SUFFIXES",
    "PAIRS",
    "PROPERTY",
    "PROPERTY_NAMES",
    "REFUSED",
    "RUNTIME",
    "SECONDARY",
    "SEGMENTATION",
    "TENSORRT",
    "WITHOUT_EFFECT",
    "Key",
    "Refusal",
]

GRAY = 2
"""``model-color-format`` of grey networks; 0 is RGB, 1 BGR."""

INT8, HALF = 1, 2
"""``network-mode``: 8-bit integers, and half precision."""

CUDA, TENSORRT, CPU = "cuda", "tensorrt", "cpu"
"""``execution-provider``: what ONNX Runtime runs a network with, where there is an NVIDIA GPU."""

NHWC = 1
"""``network-input-order`` of networks whose channels come last."""


MOST_CLASSES = 32_768
"""Far above every network: what is beyond is a slip, not to be allocated."""

MOST_FRAMES = 2**31 - 1
"""``secondary-reinfer-interval`` of networks that look at a tracked object once."""

NO_CLUSTERS = 4
"""``cluster-mode`` of networks that suppress by themselves."""

DETECTOR, CLASSIFIER, SEGMENTATION, INSTANCES, OTHER = 0, 1, 2, 3, 100
"""``network-type``."""

SECONDARY = 2
"""``process-mode`` of networks that run on objects."""


class Key(NamedTuple):
    """A key that is read: the field it becomes, and how."""

    field: str
    read: Callable[[str], Any]
    """Raises ValueError with what would have been right."""


class Refusal(NamedTuple):
    """A key that would change the results: the values that ask for nothing, and the remedy."""

    read: Callable[[str], Any]
    """Raises ValueError with what would have been right."""
    accepted: tuple[Any, ...]
    hint: str


_NETWORKS = values.choice(
    _0="detector",
    _1="classifier",
    _2="semantic segmentation",
    _3="instance segmentation",
    _100="other: tensors only",
)
_CLUSTERS = values.choice(
    _0="group rectangles", _1="DBSCAN", _2="NMS", _3="DBSCAN, then NMS", _4="none"
)
_PIXELS = values.integer(0)

PROPERTY: dict[str, Key] = {
    "onnx-file": Key("onnx", values.text_of),
    "labelfile-path": Key("labels", values.text_of),
    "num-detected-classes": Key("classes", values.integer(1, MOST_CLASSES)),
    "filter-out-class-ids": Key("filter_out", values.class_ids),
    "process-mode": Key("process_mode", values.choice(_1="primary", _2="secondary")),
    "network-type": Key("network_type", _NETWORKS),
    "is-classifier": Key("is_classifier", values.flag),
    "infer-dims": Key("infer_dims", values.dims),
    "net-scale-factor": Key("net_scale_factor", values.number),
    "offsets": Key("offsets", values.numbers),
    "model-color-format": Key("model_color_format", values.choice(_0="RGB", _1="BGR", _2="GRAY")),
    "maintain-aspect-ratio": Key("maintain_aspect_ratio", values.flag),
    "symmetric-padding": Key("symmetric_padding", values.flag),
    "scaling-filter": Key("scaling_filter", values.integer(0, 6)),
    "network-input-order": Key("network_input_order", values.choice(_0="NCHW", _1="NHWC")),
    "network-mode": Key(
        "network_mode", values.choice(_0="float32", _1="int8", _2="half precision")
    ),
    "cluster-mode": Key("cluster_mode", _CLUSTERS),
    "enable-dbscan": Key("enable_dbscan", values.flag),
    "batch-size": Key("batch_size", values.integer(1, 1024)),
    "gpu-id": Key("gpu_id", values.integer(0)),
    "interval": Key("interval", values.integer(0)),
    "gie-unique-id": Key("gie_unique_id", values.integer(0)),
    "operate-on-gie-id": Key("operate_on_gie_id", values.integer(-1)),
    "operate-on-class-ids": Key("operate_on_class_ids", values.class_ids),
    "input-object-min-width": Key("input_min_width", _PIXELS),
    "input-object-min-height": Key("input_min_height", _PIXELS),
    "input-object-max-width": Key("input_max_width", _PIXELS),
    "input-object-max-height": Key("input_max_height", _PIXELS),
    "secondary-reinfer-interval": Key("reinfer_interval", values.integer(0, MOST_FRAMES)),
    "classifier-async-mode": Key("tracked_only", values.flag),
    "classifier-threshold": Key("classifier_threshold", values.number),
    "classifier-type": Key("classifier_type", lambda text: values.name(text) or ""),
    "segmentation-threshold": Key("segmentation_threshold", values.number),
    "segmentation-output-order": Key(
        "segmentation_output_order", values.choice(_0="NCHW", _1="NHWC")
    ),
    "output-tensor-meta": Key("output_tensor_meta", values.flag),
    "output-instance-mask": Key("output_instance_mask", values.flag),
    "crop-objects-to-roi-boundary": Key("crop_objects_to_roi_boundary", values.flag),
    "input-tensor-from-meta": Key("input_tensor_from_meta", values.flag),
    "clip-object-outside-roi": Key("clip_object_outside_roi", values.flag),
    "custom-lib-path": Key("library", values.text_of),
    "parse-bbox-func-name": Key("parse_bbox_func_name", values.name),
    "parse-bbox-instance-mask-func-name": Key("parse_bbox_instance_mask_func_name", values.name),
    "parse-classifier-func-name": Key("parse_classifier_func_name", values.name),
    "parse-segmentation-func-name": Key("parse_segmentation_func_name", values.name),
    "output-blob-names": Key("output_blob_names", values.words),
}
"""[property]; fields of Config, or of CONSUMED."""

CONSUMED = (
    *("labels", "classes", "filter_out", "is_classifier", "enable_dbscan", "process_mode"),
    *("operate_on_gie_id", "operate_on_class_ids", "reinfer_interval", "tracked_only", "library"),
    *("input_min_width", "input_min_height", "input_max_width", "input_max_height"),
)
"""Fields that become others on the way."""

CLASS: dict[str, Key] = {
    "threshold": Key("pre_cluster_threshold", values.number),
    "pre-cluster-threshold": Key("pre_cluster_threshold", values.number),
    "post-cluster-threshold": Key("post_cluster_threshold", values.number),
    "nms-iou-threshold": Key("nms_iou_threshold", values.fraction),
    "topk": Key("topk", values.integer(-1)),
    "eps": Key("eps", values.size),
    "group-threshold": Key("group_threshold", values.integer(0)),
    "minBoxes": Key("min_boxes", values.integer(0)),
    "dbscan-min-score": Key("dbscan_min_score", values.size),
    "detected-min-w": Key("min_width", _PIXELS),
    "detected-min-h": Key("min_height", _PIXELS),
    "detected-max-w": Key("max_width", _PIXELS),
    "detected-max-h": Key("max_height", _PIXELS),
    "roi-top-offset": Key("roi_top", _PIXELS),
    "roi-bottom-offset": Key("roi_bottom", _PIXELS),
    "border-color": Key("border_color", values.color),
    "bg-color": Key("bg_color", values.color),
}
"""[class-attrs-all] and [class-attrs-N]; fields of ClassAttributes, or of PAIRS."""

RUNTIME: dict[str, Key] = {
    "intra-op-num-threads": Key("intra_op_num_threads", values.integer(0, 1024)),
    "cuda-graphs": Key("cuda_graphs", values.flag),
    "execution-provider": Key("execution_provider", values.one_of(CUDA, TENSORRT, CPU)),
}
"""[onnxruntime], which DeepStream ignores; fields of Config."""

PAIRS = {
    "min_size": ("min_width", "min_height"),
    "max_size": ("max_width", "max_height"),
    "roi_offsets": ("roi_top", "roi_bottom"),
}


def _off(hint: str) -> Refusal:
    """Return the refusal of a flag that may not be on."""
    return Refusal(values.flag, (False,), hint)


REFUSED: dict[str, Refusal] = {
    "mean-file": Refusal(values.text_of, (), "write the mean of each channel to offsets"),
    "raw-output-file-write": _off(
        "set output-tensor-meta=1, and write what tensors_per_frame gives to a file"
    ),
    "raw-output-generated-callback": _off("set output-tensor-meta=1, and read tensors_per_frame"),
}
"""Keys of [property] and properties of the element."""

_GPU = "no effect: it applies to the GPU"
_TENSORRT = "no effect: ONNX Runtime runs the onnx-file, not TensorRT"

MODES: dict[str, tuple[str, ...]] = {
    "no effect in primary mode": (
        *("operate-on-gie-id", "operate-on-class-ids", "secondary-reinfer-interval"),
        *("input-object-min-width", "input-object-min-height"),
        *("input-object-max-width", "input-object-max-height"),
    ),
    "no effect in secondary mode": ("interval",),
    "no effect but on secondary classifiers": ("classifier-async-mode",),
    "no effect but on classifiers": (
        *("classifier-threshold", "classifier-type", "parse-classifier-func-name"),
    ),
    "no effect but on semantic segmentation": (
        *("segmentation-output-order", "parse-segmentation-func-name"),
    ),
    "no effect but on segmentation": ("segmentation-threshold",),
    "no effect but on instance segmentation": (
        *("output-instance-mask", "parse-bbox-instance-mask-func-name"),
    ),
    "no effect but on detectors": ("parse-bbox-func-name", "enable-dbscan"),
    "no effect with input-tensor-from-meta": (
        *("net-scale-factor", "offsets", "maintain-aspect-ratio", "symmetric-padding"),
        *("scaling-filter", "interval"),
    ),
    "no effect but with input-tensor-from-meta": ("clip-object-outside-roi",),
}
"""Keys that count for some networks only, by what is said where they do not."""

WITHOUT_EFFECT: dict[str, str] = {
    **dict.fromkeys(
        (
            "enable-dla",
            "use-dla-core",
            "workspace-size",
            "scaling-compute-hw",
            "tensor-meta-pool-size",
            "disable-output-host-copy",
            "auto-inc-mem",
            "max-gpu-mem-per",
            "warmup-engine",
        ),
        _GPU,
    ),
    **dict.fromkeys(
        (
            "model-engine-file",
            "int8-calib-file",
            "force-implicit-batch-dim",
            "output-io-formats",
            "layer-device-precision",
            "engine-create-func-name",
            "custom-network-config",
            "model-file",
            "proto-file",
            "uff-file",
            "uff-input-order",
            "uff-input-dims",
            "uff-input-blob-name",
            "input-dims",
            "tlt-encoded-model",
            "tlt-model-key",
            "strongly-typed",
        ),
        _TENSORRT,
    ),
    "gie-mode": "no effect: deepstream-app reads it, nvinfer reads process-mode",
    "parse-func": "no effect: parse-bbox-func-name has taken its place",
    "raw-output-generated-userdata": "no effect without raw-output-generated-callback",
}

_EXPORT = "export the network to ONNX from the framework it was trained in and set it as onnx-file"
_CAFFE = "convert the Caffe model to ONNX (caffe2onnx does), or take the vendor's ONNX model"
_DARKNET = "export the Darknet network to ONNX, as DeepStream-Yolo's export scripts do"
_WTS = "export the network that the .wts file was written from to ONNX"
_UFF = "export the TensorFlow graph with tf2onnx"
_TAO = "take the model's deployable ONNX release from NGC, or export it with `tao model ... export`"

OTHER_MODELS: dict[str, str] = {
    "model-file": _CAFFE,
    "proto-file": _CAFFE,
    "uff-file": _UFF,
    "tlt-encoded-model": _TAO,
    "model-engine-file": _EXPORT + ": an engine cannot be converted back",
}
"""Keys for models that ONNX Runtime does not read, and where their ONNX comes from."""

OTHER_SUFFIXES: dict[str, str] = {
    ".engine": OTHER_MODELS["model-engine-file"],
    ".plan": OTHER_MODELS["model-engine-file"],
    ".trt": OTHER_MODELS["model-engine-file"],
    ".etlt": _TAO,
    ".caffemodel": _CAFFE,
    ".uff": _UFF,
    ".weights": _DARKNET,
    ".wts": _WTS,
    ".pt": _EXPORT,
    ".pth": _EXPORT,
}

PROPERTY_NAMES: dict[str, str] = {
    "unique-id": "gie-unique-id",
    "infer-on-gie-id": "operate-on-gie-id",
    "infer-on-class-ids": "operate-on-class-ids",
    "input-tensor-meta": "input-tensor-from-meta",
}
"""The element's properties that have another name in the file."""
