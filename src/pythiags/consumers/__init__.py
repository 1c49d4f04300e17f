"""Consumers: what is done with events."""

from pythiags.consumers.base import Consumer, as_consumer
from pythiags.consumers.jsonl import JsonLinesConsumer

__all__ = ["Consumer", "JsonLinesConsumer", "as_consumer"]
