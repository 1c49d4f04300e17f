"""Consumers: what a program does with events."""

from pythiags.consumers.consumer import Consumer, ConsumerLike, as_consumer
from pythiags.consumers.jsonl import JsonLinesConsumer
from pythiags.consumers.travel import is_importable, name_giver, recipe

__all__ = [
    "Consumer",
    "ConsumerLike",
    "JsonLinesConsumer",
    "as_consumer",
    "is_importable",
    "name_giver",
    "recipe",
]
