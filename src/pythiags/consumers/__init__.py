"""Consumers: what is done with events."""

from pythiags.consumers.base import Consumer, as_consumer

__all__ = ["Consumer", "as_consumer"]
