"""What surrounds a network: its configuration, its labels, and the meaning of its outputs.

Nothing here runs a network or knows GStreamer: numpy is enough.

:func:`read_config` reads an nvinfer configuration file into a :class:`Config`;
:func:`choose_decoder` finds the decoder for a network's outputs, which turns them into
:class:`Candidates`; :func:`cluster` keeps one box an object.
"""

from __future__ import annotations

from pythiags.inference.clustering import cluster
from pythiags.inference.config import Config, Note, read_config
from pythiags.inference.decoders import choose_decoder
from pythiags.inference.types import Candidates, ClassAttributes, Network

__all__ = [
    "Candidates",
    "ClassAttributes",
    "Config",
    "Network",
    "Note",
    "choose_decoder",
    "cluster",
    "read_config",
]
