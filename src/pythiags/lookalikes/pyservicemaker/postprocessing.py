"""``pyservicemaker.postprocessing``: the bases of what reads the outputs of networks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

__all__ = ["ObjectDetectorOutputConverter", "PostProcessing"]


class PostProcessing(ABC):
    """Reads the outputs of a network."""

    @abstractmethod
    def __call__(self, output_layers: dict[str, Any]) -> Any:
        """Return what they mean.

        Args:
            output_layers: Tensors by the names of the layers.
        """


class ObjectDetectorOutputConverter(PostProcessing):
    """Reads the outputs of a detector."""

    @abstractmethod
    def __call__(self, output_layers: dict[str, Any]) -> list[Any]:
        """Return the objects: ``[class_id, confidence, x1, y1, x2, y2]`` each.

        Args:
            output_layers: Tensors by the names of the layers.
        """
