"""NVIDIA's library of metadata, opened by being imported; see metaconvert/nvlibrary.c.

Where there is none nothing happens: the element that asked for it says so.
"""

from __future__ import annotations

from contextlib import suppress

from pythiags import nvidia
from pythiags.errors import MissingDependency

__all__: list[str] = []

with suppress(MissingDependency):
    nvidia.load_metadata()
