"""DeepStream's metadata as the conformance suite wants it, also laid out by hand."""

from __future__ import annotations

from standins.nvidia import Nvidia

from pythiags.testing import carriers

__all__ = ["DeepStream"]


class DeepStream(carriers.DeepStream):
    """DeepStream's own metadata: made by NVIDIA's library, or laid out by hand."""

    def __init__(self, batch_class):
        super().__init__(batch_class)
        if batch_class is not Nvidia:  # whose pools alone can grow
            self.abilities -= {"adding"}
        self.name = f"DeepStream ({batch_class.__name__})"
