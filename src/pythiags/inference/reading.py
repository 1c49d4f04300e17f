"""From a network's outputs to what is found in its pictures, by ``network-type``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pythiags.inference import keys
from pythiags.inference.clustering import clustering, keep_instances
from pythiags.inference.decoders import choose_decoder
from pythiags.inference.types import Findings

if TYPE_CHECKING:
    import numpy.typing as npt

    from pythiags.inference.config import Config
    from pythiags.inference.doubts import Doubts
    from pythiags.inference.types import Network, Shapes

__all__ = ["Reading", "choose_reading"]

Reading = Callable[[Mapping[str, "npt.NDArray[Any]"], int], Findings]
"""Takes the outputs of a run and the number of its pictures."""


def choose_reading(
    shapes: Shapes, config: Config, network: Network, doubts: Doubts, where: str
) -> Reading:
    """Find the function that reads a network's outputs.

    Args:
        shapes: The shape of each output, the batch first.
        config: Says what kind of network it is, and names its parser.
        network: Of the configuration.
        doubts: Leaves out what cannot be right.
        where: What an error names as its place.

    Raises:
        ConfigError: As of ``choose_decoder()``.
    """
    kind = config.network_type
    if kind == keys.OTHER:
        return lambda _outputs, _count: Findings()
    decode = choose_decoder(shapes, network, config.parser, where=where, kind=kind)
    size = (network.width, network.height)
    if kind == keys.CLASSIFIER:
        return lambda outputs, count: Findings(labels=decode(outputs, count))
    if kind == keys.SEGMENTATION:
        return lambda outputs, count: Findings(maps=decode(outputs, count))
    if kind == keys.INSTANCES:

        def instances(outputs: Mapping[str, npt.NDArray[Any]], count: int) -> Findings:
            found = [
                keep_instances(doubts.settle(each), config.attributes, size)
                for each in decode(outputs, count)
            ]
            masks = [masks for _, masks in found] if config.output_instance_mask else []
            return Findings(boxes=[rows for rows, _ in found], masks=masks)

        return instances
    keep = clustering(config.cluster_mode, config.attributes, size)
    return lambda outputs, count: Findings(
        boxes=[keep(doubts.settle(each)) for each in decode(outputs, count)]
    )
