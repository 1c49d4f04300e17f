"""Consumers: what a program does with events."""

from pythiags.consumers.consumer import Consumer, ConsumerLike, as_consumer
from pythiags.consumers.jsonl import JsonLinesConsumer
from pythiags.consumers.travel import import_target, is_importable, recipe

__all__ = [
    "Consumer",
    "ConsumerLike",
    "JsonLinesConsumer",
    "as_consumer",
    "import_target",
    "is_importable",
    "recipe",
]
