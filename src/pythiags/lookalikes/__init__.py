"""Modules that answer to NVIDIA's names where NVIDIA's own are not installed, and who runs scripts.

``pyds`` is the folder of that name. ``install()`` has ``import pyds`` find it.
"""

from __future__ import annotations

from pythiags.lookalikes.finder import install

__all__ = ["install"]
