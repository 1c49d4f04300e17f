"""What a network needs: its configuration, its labels and the decoding of its outputs.

Nothing here runs a network or knows GStreamer: numpy is enough.

``read_config()`` reads an nvinfer configuration file into a ``Config``; ``read_model()``
checks it against the outline of its ONNX file, a ``Model``; ``choose_decoder()`` finds the
decoder for a network's outputs, which turns them into ``Candidates``; ``Doubts`` leaves
out what cannot be right; ``cluster()`` keeps one box an object.
"""

from __future__ import annotations

from pythiags.inference.clustering import cluster
from pythiags.inference.config import Config, Note, read_config
from pythiags.inference.decoders import choose_decoder
from pythiags.inference.doubts import Doubts
from pythiags.inference.model import Model, check_outputs, read_model
from pythiags.inference.onnxfile import Tensor, read_outline
from pythiags.inference.types import Candidates, ClassAttributes, Decode, Network

__all__ = [
    "Candidates",
    "ClassAttributes",
    "Config",
    "Decode",
    "Doubts",
    "Model",
    "Network",
    "Note",
    "Tensor",
    "check_outputs",
    "choose_decoder",
    "cluster",
    "read_config",
    "read_model",
    "read_outline",
]
