"""What a network needs: its configuration, its labels and the decoding of its outputs.

Nothing here runs a network or knows GStreamer: numpy is enough.

``read_config()`` reads an nvinfer configuration file into a ``Config``, ``read_server_config()``
one of nvinferserver's; ``read_model()`` checks it against the outline of its ONNX file, a
``Model``; ``choose_reading()`` finds what makes
``Findings`` of a network's outputs: of a detector's with a decoder from ``choose_decoder()``, which
gives ``Candidates``, with ``Doubts``, which leaves out what cannot be right, and with
``cluster()``, which keeps one box an object. ``nvinfer_parser`` makes a function a decoder,
``nvdspreprocess_function`` one that prepares tensors.
"""

from __future__ import annotations

from pythiags.inference.clustering import cluster
from pythiags.inference.config import Config, read_config, read_server_config
from pythiags.inference.decoders import choose_decoder
from pythiags.inference.doubts import Doubts
from pythiags.inference.makers import (
    Region,
    TensorSettings,
    missing_function,
    nvdspreprocess_function,
    open_maker,
)
from pythiags.inference.model import Model, check_outputs, read_model
from pythiags.inference.onnxfile import Tensor, read_outline
from pythiags.inference.parsers import load_parsers, nvinfer_parser
from pythiags.inference.reading import Reading, choose_reading
from pythiags.inference.types import (
    Attribute,
    Candidates,
    ClassAttributes,
    ClassMap,
    Decode,
    Findings,
    Mask,
    Network,
    Note,
    Targets,
)

__all__ = [
    "Attribute",
    "Candidates",
    "ClassAttributes",
    "ClassMap",
    "Config",
    "Decode",
    "Doubts",
    "Findings",
    "Mask",
    "Model",
    "Network",
    "Note",
    "Reading",
    "Region",
    "Targets",
    "Tensor",
    "TensorSettings",
    "check_outputs",
    "choose_decoder",
    "choose_reading",
    "cluster",
    "load_parsers",
    "missing_function",
    "nvdspreprocess_function",
    "nvinfer_parser",
    "open_maker",
    "read_config",
    "read_model",
    "read_outline",
    "read_server_config",
]
