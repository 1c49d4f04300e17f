"""Extractors: what a program reads from a buffer."""

from pythiags.extractors.extractor import (
    Extractor,
    ExtractorLike,
    Native,
    as_extractor,
    run_through,
)
from pythiags.extractors.ready import Classifications, Detections, Tracks
from pythiags.extractors.whole import Metadata

__all__ = [
    "Classifications",
    "Detections",
    "Extractor",
    "ExtractorLike",
    "Metadata",
    "Native",
    "Tracks",
    "as_extractor",
    "run_through",
]
