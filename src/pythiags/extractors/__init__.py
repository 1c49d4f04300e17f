"""Extractors: what one wants to know about a buffer."""

from pythiags.extractors.base import Extractor, as_extractor

__all__ = ["Extractor", "as_extractor"]
