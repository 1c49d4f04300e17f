"""Decoders of networks' outputs, one module per family.

Each module has ``EXPECTS``, the outputs it reads, in words, and ``fit(shapes, network)``, which
gives the function that decodes outputs of those shapes, or None where they are not its own.
"""

from __future__ import annotations

from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pythiags.errors import ConfigError
from pythiags.inference import keys
from pythiags.inference.decoders import (
    classify,
    detectnet,
    faces,
    grids,
    masks,
    nanodet,
    regions,
    segment,
    ssd,
    yolo,
)
from pythiags.inference.parsers import find_parser, parsed, registered
from pythiags.suggest import meant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pythiags.inference.types import Network, Shapes

__all__ = ["PARSERS", "choose_decoder"]


class Family(NamedTuple):
    """A kind of output."""

    name: str
    expects: str
    fit: Callable[[Shapes, Network], Callable[..., Any] | None]


DETECTNET = Family("DetectNet_v2", detectnet.EXPECTS, detectnet.fit)
YOLO_V2 = Family("YOLO v2", grids.EXPECTS_GRIDS, grids.grids(grids.V2, in_cells=True))
YOLO_V3 = Family("YOLO v3", grids.EXPECTS_GRIDS, grids.grids(grids.V3))
YOLO_V3_TINY = Family("YOLO v3 tiny", grids.EXPECTS_GRIDS, grids.grids(grids.V3_TINY))
YOLO_V4 = Family("YOLO v4", grids.EXPECTS_APART, grids.fit_apart)
YOLO_V5 = Family("YOLO v5/v7", yolo.EXPECTS_V5, yolo.fit_v5)
YOLOX = Family("YOLOX", yolo.EXPECTS_X, yolo.fit_x)
YOLO_V8 = Family("YOLO v8 and later", yolo.EXPECTS_V8, yolo.fit_v8)
YOLO_ROWS = Family("YOLO as DeepStream-Yolo exports it", yolo.EXPECTS_ROWS, yolo.fit_rows)
SSD = Family("SSD, suppressed in the network", ssd.EXPECTS, ssd.fit)
NMS = Family("NMS in the network", ssd.EXPECTS_CORNERS, ssd.fit_corners)
EFFICIENTDET = Family("EfficientDet of TAO", ssd.EXPECTS_TOP_FIRST, ssd.fit_top_first)
NANODET = Family("NanoDet", nanodet.EXPECTS, nanodet.fit)
RETINAFACE = Family("RetinaFace", faces.EXPECTS, faces.fit)
RCNN = Family("Faster R-CNN", regions.EXPECTS_RCNN, regions.fit_rcnn)
DDETR = Family("Deformable DETR of TAO", regions.EXPECTS_DETR, regions.detr(background=True))
RTDETR = Family("RT-DETR of TAO", regions.EXPECTS_DETR, regions.detr(background=False))

SOFTMAX = Family("classifier", classify.EXPECTS, classify.fit_softmax)
LOGITS = Family("classifier without softmax", classify.EXPECTS_LOGITS, classify.fit_logits)
PLATE = Family("licence plates of TAO", classify.EXPECTS_PLATE, classify.fit_plate)
SCORES = Family("semantic segmentation", segment.EXPECTS, segment.fit)
SMALL = Family("semantic segmentation, small", segment.EXPECTS_SMALL, segment.fit_small)
CLASSES = Family("semantic segmentation, classes", segment.EXPECTS_CLASSES, segment.fit_classes)

YOLO_MASKS = Family("YOLO with masks", masks.EXPECTS_YOLO, masks.fit_yolo)
KEYPOINTS = Family("YOLO with key points", masks.EXPECTS_KEYPOINTS, masks.fit_keypoints)
MRCNN = Family("Mask R-CNN of TAO", masks.EXPECTS_MRCNN, masks.fit_mrcnn)
MASK2FORMER = Family("Mask2Former of TAO", masks.EXPECTS_MASK2FORMER, masks.fit_mask2former)

NEAREST: Final = 3
"""How many of the known parsers an error names."""

FAMILIES: dict[int, tuple[Family, ...]] = {
    keys.DETECTOR: (DETECTNET, YOLO_V5, YOLO_V8, YOLO_ROWS, SSD, NANODET),
    keys.CLASSIFIER: (SOFTMAX,),
    keys.SEGMENTATION: (SCORES,),
}
"""By ``network-type``: the families that are tried where no parser is named."""

_YOLO = (YOLO_ROWS, YOLO_V8, YOLO_V5)

PARSERS: dict[int, dict[str, tuple[Family, ...]]] = {
    keys.DETECTOR: {
        "NvDsInferParseCustomResnet": (DETECTNET,),
        "NvDsInferParseYolo": _YOLO,
        "NvDsInferParseYoloCuda": _YOLO,
        "NvDsInferParseYoloE": _YOLO,
        "NvDsInferParseYoloECuda": _YOLO,
        "NvDsInferParseYoloUltralytics": _YOLO,
        "NvDsInferYolo": _YOLO,
        "NvDsInferParseCustomYoloV2": (YOLO_V2,),
        "NvDsInferParseCustomYoloV2Tiny": (YOLO_V2,),
        "NvDsInferParseCustomYoloV3": (YOLO_V3, YOLO_V4),
        "NvDsInferParseCustomYoloV3Tiny": (YOLO_V3_TINY, YOLO_V4),
        "NvDsInferParseCustomYoloV4": (YOLO_V4, YOLO_V3),
        "NvDsInferParseCustomYoloV5": (YOLO_V5,),
        "NvDsInferParseCustomYoloV7": (YOLO_V5,),
        "NvDsInferParseCustomYolox": (YOLOX,),
        "NvDsInferParseCustomYoloV8": (YOLO_V8,),
        "NvDsInferParseCustomSSD": (SSD,),
        "NvDsInferParseCustomTfSSD": (SSD,),
        "NvDsInferParseCustomBatchedNMSTLT": (SSD,),
        "NvDsInferParseCustomBatchedYoloV5NMSTLT": (SSD,),
        "NvDsInferParseYoloV5CustomBatchedNMSTLT": (SSD,),
        "NvDsInferParseCustomNMSTLT": (SSD,),
        "NvDsInferParseCustomEfficientDetTAO": (EFFICIENTDET,),
        "NvDsInferParseCustomEfficientNMS": (NMS,),
        "NvDsInferParseCustomEfficientNMSTLT": (NMS,),
        "NvDsInferYolov7EfficientNMS": (NMS,),
        "NvDsInferYoloEfficientNMS": (NMS,),
        "NvDsInferYoloNMS": (NMS,),
        "NvDsInferParseCustomRetinaface": (RETINAFACE,),
        "NvDsInferParseCustomFasterRCNN": (RCNN,),
        "NvDsInferParseCustomDDETRTAO": (DDETR,),
        "NvDsInferParseCustomRTDETRTAO": (RTDETR,),
        "NvDsInferParseNanoDet": (NANODET,),
    },
    keys.CLASSIFIER: {
        "NvDsInferClassiferParseCustomSoftmax": (SOFTMAX,),
        "NvDsInferClassiferParseNonSoftmax": (LOGITS,),
        "NvDsInferParseCustomNVPlate": (PLATE,),
    },
    keys.SEGMENTATION: {
        "NvDsInferParseCustomPeopleSemSegNet": (CLASSES,),
        "NvDsInferParseCustomSegformerTAO": (CLASSES,),
        "NvDsInferParseCustomSegformerTAO2": (SMALL,),
    },
    keys.INSTANCES: {
        "NvDsInferParseYoloSeg": (YOLO_MASKS,),
        "NvDsInferParseYoloPose": (KEYPOINTS,),
        "NvDsInferParseYoloFace": (KEYPOINTS,),
        "NvDsInferParseCustomMrcnnTLT": (MRCNN,),
        "NvDsInferParseCustomMrcnnTLTV2": (MRCNN,),
        "NvDsInferParseCustomMask2Former": (MASK2FORMER,),
    },
}
"""By ``network-type``: the C names of parsers, and what each may read, best first."""

KEYS: Mapping[int, str] = {
    keys.DETECTOR: "parse-bbox-func-name",
    keys.CLASSIFIER: "parse-classifier-func-name",
    keys.SEGMENTATION: "parse-segmentation-func-name",
    keys.INSTANCES: "parse-bbox-instance-mask-func-name",
}

MOST_OUTPUTS: Final = 12
"""Networks of more outputs have all of them decoded, or those that are named."""

OWN = (
    "a parser of your own is a Python function under @pythiags.nvinfer_parser({name!r}), in a "
    "module that the program imports, or in a file that custom-lib-path names with .py at its end, "
    "which may lie beside the library"
)


def choose_decoder(
    shapes: Shapes,
    network: Network,
    parser: str | None = None,
    *,
    where: str = "outputs",
    kind: int = keys.DETECTOR,
) -> Callable[..., Any]:
    """Find the function that decodes a network's outputs.

    A parser leaves alone what it does not read, as the C functions do, which look for their outputs
    by name or place; so does DetectNet_v2, which DeepStream reads without a parser.

    Args:
        shapes: The shape of each output, the batch first.
        network: The network's input size and its classes' thresholds.
        parser: The name of the function that a configuration wants; None: decide by the shapes.
        where: What an error names as its place.
        kind: ``network-type``.

    Returns:
        ``types.Decode`` for detectors and instance segmentation, else ``types.DecodeLabels`` or
        ``types.DecodeMaps``.

    Raises:
        ConfigError: The parser is unknown or does not read such outputs; or, without a parser,
            none or several of the families fit.
    """
    known = PARSERS[kind]
    own = find_parser(parser) if parser else None
    if parser is not None and own is not None:
        return parsed(parser, own, kind, network, where)  # type: ignore[no-any-return]
    if parser is not None and parser not in known:
        raise _unknown(parser, kind, where)
    families = known[parser] if parser else FAMILIES[kind]
    fitting = [(family, decode) for family in families if (decode := family.fit(shapes, network))]
    if (parser and fitting) or len(fitting) == 1:
        return fitting[0][1]
    if not fitting:
        some = families if parser else (DETECTNET,) if kind == keys.DETECTOR else ()
        decode = _decoder_of_some(shapes, network, some, where)
        if decode is not None:
            return decode
    got = ", ".join(f"{name} {list(shape)}" for name, shape in shapes.items())
    got += f" with {network.classes} classes" if network.classes else ""
    if fitting:
        raise ConfigError(
            "the outputs are ambiguous",
            where=where,
            expected="outputs of one kind; these may be "
            + " or ".join(family.name for family, _ in fitting),
            got=got,
            hint=f"set {KEYS[kind]}; known: " + ", ".join(known),
        )
    raise ConfigError(
        f"{parser} does not support these outputs"
        if parser
        else "no decoder supports these outputs",
        where=where,
        expected="; ".join(f"{family.name}: {family.expects}" for family in families),
        got=got,
        hint="compare num-detected-classes with the network's classes; output-blob-names "
        "selects its outputs",
    )


def _decoder_of_some(
    shapes: Shapes, network: Network, families: Sequence[Family], where: str
) -> Callable[..., Any] | None:
    """Find the largest part of the outputs that can be decoded; None: there is none."""
    sizes = range(len(shapes) - 1, 0, -1) if len(shapes) <= MOST_OUTPUTS else ()
    for size in sizes:
        fitting: dict[tuple[str, ...], Callable[..., Any]] = {}
        for names in combinations(shapes, size):
            part = {name: shapes[name] for name in names}
            decodes = (family.fit(part, network) for family in families)
            if decode := next(filter(None, decodes), None):
                fitting[names] = decode
        if len(fitting) > 1:
            raise ConfigError(
                "several of the outputs could be decoded",
                where=where,
                expected="output-blob-names=" + " or ".join(map(";".join, fitting)),
                got=", ".join(f"{name} {list(shape)}" for name, shape in shapes.items()),
            )
        for names, decode in fitting.items():
            return partial(_decode_some, decode, names)
    return None


def _decode_some(
    decode: Callable[..., Any], names: Sequence[str], outputs: Mapping[str, Any], count: int
) -> Any:
    return decode({name: outputs[name] for name in names}, count)


def _unknown(parser: str, kind: int, where: str) -> ConfigError:
    from difflib import get_close_matches  # only for those who err

    known = [*PARSERS[kind], *registered()]
    elsewhere = [KEYS[other] for other, names in PARSERS.items() if parser in names]
    hints = [meant(parser, known), OWN.format(name=parser)]
    if elsewhere:
        hints = [f"it is a parser for {elsewhere[0]}"]
    elif kind in FAMILIES:
        hints.append(f"or omit {KEYS[kind]}, to decide by the shapes of the outputs")
    return ConfigError(
        f"unknown parser {parser!r}",
        where=where,
        expected=f"one of {len(known)} parsers, of which the nearest are "
        + ", ".join(get_close_matches(parser, known, n=NEAREST, cutoff=0))
        + "; the documentation of nvinfer lists them all",
        hint="; ".join(filter(None, hints)),
    )
