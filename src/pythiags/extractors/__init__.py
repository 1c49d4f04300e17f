"""Extractors: what a program reads from a buffer."""

from pythiags.extractors.extractor import (
    Extractor,
    ExtractorLike,
    Native,
    as_extractor,
    run_through,
)
from pythiags.extractors.ready import Classifications, Detections, Tracks

__all__ = [
    "Classifications",
    "Detections",
    "Extractor",
    "ExtractorLike",
    "Native",
    "Tracks",
    "as_extractor",
    "run_through",
]
