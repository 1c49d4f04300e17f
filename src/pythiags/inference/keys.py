"""The keys of nvinfer's configuration files: which are read, refused, or of no effect on a CPU.

Names and meanings are those of NVIDIA's documentation of Gst-nvinfer.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from pythiags.inference import keyfile

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "CLASS",
    "CLASS_WITHOUT_EFFECT",
    "CONSUMED",
    "GRAY",
    "HALF",
    "INT8",
    "NHWC",
    "OTHER_MODELS",
    "OTHER_SUFFIXES",
    "PAIRS",
    "PROPERTY",
    "PROPERTY_NAMES",
    "REFUSED",
    "RUNTIME",
    "WITHOUT_EFFECT",
    "Key",
    "Refusal",
]

GRAY = 2
"""``model-color-format`` of grey networks; 0 is RGB, 1 BGR."""

INT8, HALF = 1, 2
"""``network-mode``: 8-bit integers, and half precision."""

NHWC = 1
"""``network-input-order`` of networks whose channels come last."""


MOST_CLASSES = 32_768
MOST_PIXELS = 16_384
"""Far above every network: what is beyond is a slip, not to be allocated."""


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


def _number(text: str, low: float = -math.inf, high: float = math.inf) -> float:
    try:
        value = keyfile.double(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and low <= value <= high):
        limits = f" from {low:g} to {high:g}" if math.isfinite(low) and math.isfinite(high) else ""
        limits = limits or (f" of at least {low:g}" if math.isfinite(low) else "")
        raise ValueError(f"a number{limits}")
    return value


def _integer(low: int, high: int = 2**31 - 1) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            value = keyfile.integer(text)
        except ValueError:
            value = None
        if value is None or not low <= value <= high:
            raise ValueError(f"an integer from {low} to {high}")
        return value

    return read


def _fraction(text: str) -> float:
    return _number(text, 0, 1)


def _size(text: str) -> float:
    return _number(text, 0)


def _flag(text: str) -> bool:
    try:
        return keyfile.boolean(text)
    except ValueError:
        raise ValueError("0, 1, true or false") from None


def _string(text: str) -> str:
    try:
        return keyfile.string(text)
    except ValueError:
        raise ValueError("text with backslashes written as \\\\") from None


def _list(text: str) -> list[str]:
    try:
        return keyfile.split(text)
    except ValueError:
        raise ValueError("text separated by semicolons, with backslashes written as \\\\") from None


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in _list(text) if word.strip())


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(_number(word) for word in _list(text))
    except ValueError:
        raise ValueError("numbers separated by semicolons, such as 123.7;116.3;103.5") from None


def _dims(text: str) -> tuple[int, ...]:
    try:
        channels, height, width = map(_integer(1, MOST_PIXELS), _list(text))
    except ValueError:
        raise ValueError("channels;height;width, such as 3;416;416") from None
    return channels, height, width


def _class_ids(text: str) -> frozenset[int]:
    try:
        return frozenset(map(_integer(0), _list(text)))
    except ValueError:
        raise ValueError("class ids separated by semicolons, such as 0;2;3") from None


def _color(text: str) -> tuple[float, ...]:
    try:
        color = tuple(_fraction(word) for word in _list(text))
    except ValueError:
        color = ()
    if len(color) != 4:  # noqa: PLR2004
        raise ValueError("red;green;blue;alpha, from 0 to 1 each")
    return color


def _choice(**meanings: str) -> Callable[[str], int]:
    """Read one of a few numbers, given as _0="RGB", _1="BGR"."""
    known = {int(name.removeprefix("_")): meaning for name, meaning in meanings.items()}

    def read(text: str) -> int:
        try:
            value = keyfile.integer(text)
        except ValueError:
            value = None
        if value not in known:
            raise ValueError("one of " + ", ".join(f"{n} ({what})" for n, what in known.items()))
        return value

    return read


PROPERTY: dict[str, Key] = {
    "onnx-file": Key("onnx", _string),
    "labelfile-path": Key("labels", _string),
    "num-detected-classes": Key("classes", _integer(1, MOST_CLASSES)),
    "filter-out-class-ids": Key("filter_out", _class_ids),
    "infer-dims": Key("infer_dims", _dims),
    "net-scale-factor": Key("net_scale_factor", _number),
    "offsets": Key("offsets", _numbers),
    "model-color-format": Key("model_color_format", _choice(_0="RGB", _1="BGR", _2="GRAY")),
    "maintain-aspect-ratio": Key("maintain_aspect_ratio", _flag),
    "symmetric-padding": Key("symmetric_padding", _flag),
    "scaling-filter": Key("scaling_filter", _integer(0, 6)),
    "network-input-order": Key("network_input_order", _choice(_0="NCHW", _1="NHWC")),
    "network-mode": Key("network_mode", _choice(_0="float32", _1="int8", _2="half precision")),
    "cluster-mode": Key("cluster_mode", _choice(_0="group rectangles", _2="NMS", _4="none")),
    "batch-size": Key("batch_size", _integer(1, 1024)),
    "interval": Key("interval", _integer(0)),
    "gie-unique-id": Key("gie_unique_id", _integer(0)),
    "parse-bbox-func-name": Key("parse_bbox_func_name", lambda text: _string(text).strip() or None),
    "output-blob-names": Key("output_blob_names", _words),
}
"""[property]; fields of Config, or of CONSUMED."""

CONSUMED = ("labels", "classes", "filter_out")
"""Fields that become others on the way."""

CLASS: dict[str, Key] = {
    "threshold": Key("pre_cluster_threshold", _number),
    "pre-cluster-threshold": Key("pre_cluster_threshold", _number),
    "post-cluster-threshold": Key("post_cluster_threshold", _number),
    "nms-iou-threshold": Key("nms_iou_threshold", _fraction),
    "topk": Key("topk", _integer(-1)),
    "eps": Key("eps", _size),
    "group-threshold": Key("group_threshold", _integer(0)),
    "detected-min-w": Key("min_width", _integer(0)),
    "detected-min-h": Key("min_height", _integer(0)),
    "detected-max-w": Key("max_width", _integer(0)),
    "detected-max-h": Key("max_height", _integer(0)),
    "roi-top-offset": Key("roi_top", _integer(0)),
    "roi-bottom-offset": Key("roi_bottom", _integer(0)),
    "border-color": Key("border_color", _color),
    "bg-color": Key("bg_color", _color),
}
"""[class-attrs-all] and [class-attrs-N]; fields of ClassAttributes, or of PAIRS."""

RUNTIME: dict[str, Key] = {
    "intra-op-num-threads": Key("intra_op_num_threads", _integer(0, 1024)),
}
"""[onnxruntime], which DeepStream ignores; fields of Config."""

CLASS_WITHOUT_EFFECT: dict[str, str] = dict.fromkeys(
    ("minBoxes", "dbscan-min-score"), "no effect: it applies to DBSCAN"
)
"""Keys of [class-attrs-...]."""

PAIRS = {
    "min_size": ("min_width", "min_height"),
    "max_size": ("max_width", "max_height"),
    "roi_offsets": ("roi_top", "roi_bottom"),
}

_DETECTORS_ONLY = "only detectors are supported: use a detection model with network-type=0"
_LATER = "remove this element, or run the pipeline where DeepStream is installed"
_DBSCAN = "1 and 3 are DBSCAN, which is not implemented: use 2 (NMS) with an nms-iou-threshold"
_ANY_NUMBER = _integer(-(2**31))


def _off(hint: str) -> Refusal:
    """Return the refusal of a flag that may not be on."""
    return Refusal(_flag, (False,), hint)


REFUSED: dict[str, Refusal] = {
    "process-mode": Refusal(
        _ANY_NUMBER, (1,), "secondary inference, on objects, is not implemented yet: " + _LATER
    ),
    "network-type": Refusal(_ANY_NUMBER, (0,), _DETECTORS_ONLY),
    "cluster-mode": Refusal(_ANY_NUMBER, (0, 2, 4), _DBSCAN),
    "mean-file": Refusal(_string, (), "write the mean of each channel to offsets"),
    "is-classifier": _off(_DETECTORS_ONLY),
    "enable-dbscan": _off("use cluster-mode=2 with an nms-iou-threshold"),
    "output-tensor-meta": _off("tensor metadata is not implemented yet: " + _LATER),
    "output-instance-mask": _off("masks are not implemented yet: " + _LATER),
    "input-tensor-from-meta": _off("remove nvdspreprocess: nvinfer scales the input itself"),
    "crop-objects-to-roi-boundary": _off("crop the boxes in an extractor"),
    "raw-output-file-write": _off("run the model with ONNX Runtime to see its outputs"),
    "raw-output-generated-callback": _off("run the model with ONNX Runtime to see its outputs"),
}
"""Keys of [property] and properties of the element."""

_GPU = "no effect: it applies to the GPU"
_TENSORRT = "no effect: ONNX Runtime runs the onnx-file, not TensorRT"
_SECONDARY = "no effect in primary mode"
_CLASSIFIER = "no effect on a detector"

WITHOUT_EFFECT: dict[str, str] = {
    **dict.fromkeys(
        (
            "gpu-id",
            "enable-dla",
            "use-dla-core",
            "workspace-size",
            "scaling-compute-hw",
            "tensor-meta-pool-size",
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
        ),
        _TENSORRT,
    ),
    "custom-lib-path": "not loaded: parse-bbox-func-name selects a decoder of pythiags",
    **dict.fromkeys(
        (
            "operate-on-gie-id",
            "operate-on-class-ids",
            "secondary-reinfer-interval",
            "input-object-min-width",
            "input-object-min-height",
            "input-object-max-width",
            "input-object-max-height",
        ),
        _SECONDARY,
    ),
    **dict.fromkeys(
        (
            "classifier-type",
            "classifier-threshold",
            "classifier-async-mode",
            "parse-classifier-func-name",
            "parse-bbox-instance-mask-func-name",
            "segmentation-threshold",
            "segmentation-output-order",
        ),
        _CLASSIFIER,
    ),
    "clip-object-outside-roi": "no effect: there is no nvdspreprocess",
    "raw-output-generated-userdata": "no effect without raw-output-generated-callback",
}

_EXPORT = "export the network to ONNX from the framework it was trained in and set it as onnx-file"
_CAFFE = "convert the Caffe model to ONNX (caffe2onnx does), or take the vendor's ONNX model"
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
