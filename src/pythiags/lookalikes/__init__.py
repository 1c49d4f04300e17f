"""Modules that answer to NVIDIA's names where NVIDIA's own are not installed, and who runs scripts.

``pyds`` and ``pyservicemaker`` are the folders of these names. ``install()`` has ``import`` find
them.
"""

from __future__ import annotations

from pythiags.lookalikes.finder import install

__all__ = ["install"]
