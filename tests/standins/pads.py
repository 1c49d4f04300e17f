"""A pad that buffers pass without a pipeline."""

from pythiags.testing.carriers.holding import flowing_pad

__all__ = ["flowing_pad"]
