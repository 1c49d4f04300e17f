"""Decoders of a network's outputs, one module per family.

Each module has ``EXPECTS``, the outputs it reads, in words, and ``fit(shapes, network)``, which
gives the function that decodes outputs of those shapes, or None where they are not its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pythiags.errors import ConfigError
from pythiags.inference.decoders import detectnet, nanodet, ssd, yolo
from pythiags.inference.types import Decode, Network, Shapes
from pythiags.suggest import hint_for

__all__ = ["PARSERS", "choose_decoder"]

Fit = Callable[[Shapes, Network], Decode | None]


class Family(NamedTuple):
    """A kind of output."""

    name: str
    expects: str
    fit: Fit


DETECTNET = Family("DetectNet_v2", detectnet.EXPECTS, detectnet.fit)
YOLO_V5 = Family("YOLO v5/v7", yolo.EXPECTS_V5, yolo.fit_v5)
YOLO_V8 = Family("YOLO v8 and later", yolo.EXPECTS_V8, yolo.fit_v8)
YOLO_ROWS = Family("YOLO as DeepStream-Yolo exports it", yolo.EXPECTS_ROWS, yolo.fit_rows)
SSD = Family("SSD, suppressed in the network", ssd.EXPECTS, ssd.fit)
NMS = Family("NMS in the network", ssd.EXPECTS_CORNERS, ssd.fit_corners)
NANODET = Family("NanoDet", nanodet.EXPECTS, nanodet.fit)

FAMILIES = (DETECTNET, YOLO_V5, YOLO_V8, YOLO_ROWS, SSD, NANODET)

PARSERS: dict[str, tuple[Family, ...]] = {
    "NvDsInferParseCustomResnet": (DETECTNET,),
    "NvDsInferParseYolo": (YOLO_ROWS, YOLO_V8, YOLO_V5),
    "NvDsInferParseYoloCuda": (YOLO_ROWS, YOLO_V8, YOLO_V5),
    "NvDsInferParseYoloE": (YOLO_ROWS, YOLO_V8, YOLO_V5),
    "NvDsInferParseYoloECuda": (YOLO_ROWS, YOLO_V8, YOLO_V5),
    "NvDsInferParseCustomYoloV5": (YOLO_V5,),
    "NvDsInferParseCustomYoloV7": (YOLO_V5,),
    "NvDsInferParseCustomYoloV8": (YOLO_V8,),
    "NvDsInferParseCustomSSD": (SSD,),
    "NvDsInferParseCustomTfSSD": (SSD,),
    "NvDsInferParseCustomBatchedNMSTLT": (SSD,),
    "NvDsInferParseCustomEfficientDetTAO": (SSD,),
    "NvDsInferParseCustomNMSTLT": (SSD,),
    "NvDsInferParseCustomEfficientNMS": (NMS,),
    "NvDsInferParseCustomEfficientNMSTLT": (NMS,),
    "NvDsInferYolov7EfficientNMS": (NMS,),
    "NvDsInferYoloEfficientNMS": (NMS,),
    "NvDsInferYoloNMS": (NMS,),
    "NvDsInferParseNanoDet": (NANODET,),
}
"""The C names of parsers in configuration files, and what each may read, best first."""


def choose_decoder(
    shapes: Shapes, network: Network, parser: str | None = None, *, where: str = "outputs"
) -> Decode:
    """Find the function that decodes a network's outputs.

    Args:
        shapes: The shape of each output, the batch first.
        network: The network's input size and its classes' thresholds.
        parser: ``parse-bbox-func-name``; None: decide by the shapes.
        where: What an error names as its place.

    Raises:
        ConfigError: The parser is unknown or does not read such outputs; or, without a parser,
            none or several of the families fit.
    """
    if parser is not None and parser not in PARSERS:
        raise ConfigError(
            f"unknown parser {parser!r}",
            where=where,
            expected=f"one of {', '.join(PARSERS)}",
            hint=hint_for(parser, PARSERS)
            + "; or omit parse-bbox-func-name, to decide by the shapes of the outputs",
        )
    families = PARSERS[parser] if parser else FAMILIES
    fitting = [(family, decode) for family in families if (decode := family.fit(shapes, network))]
    if parser and fitting:
        return fitting[0][1]
    if len(fitting) == 1:
        return fitting[0][1]
    got = ", ".join(f"{name} {list(shape)}" for name, shape in shapes.items())
    got += f" with {network.classes} classes"
    if fitting:
        raise ConfigError(
            "the outputs are ambiguous",
            where=where,
            expected="outputs of one kind; these may be "
            + " or ".join(family.name for family, _ in fitting),
            got=got,
            hint="set parse-bbox-func-name; known: " + ", ".join(PARSERS),
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
