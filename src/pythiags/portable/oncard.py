"""Networks whose pictures stay in the memory of a card: only boxes leave it.

The network's file gets operators before it that take pictures as nvinfer scales them on a card,
and, where its outputs are of a kind that allows it, operators behind it that keep the best boxes.
Where a picture has more boxes above the threshold than are kept, its full outputs are fetched.
"""

from __future__ import annotations

import logging
import queue
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from pythiags.inference import keys, read_outline
from pythiags.inference.decoders import nanodet
from pythiags.inference.parsers import find_parser
from pythiags.inference.picturegraph import (
    BEST,
    CLASSES,
    FEWER,
    LEAST_OPSET,
    PICTURES,
    Best,
    Layout,
    Place,
    opset,
    placement,
    rewrite,
)
from pythiags.portable.replay import Feed, Fetch, Runner
from pythiags.portable.stream import Stream, open_stream

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pythiags.inference import Config, Model

__all__ = ["RUNS_ON_CARD", "CardNetwork", "card_network"]

RUNS_ON_CARD: Final = 2
"""While one runs, the pictures of the next are prepared."""

MOST_BOXES: Final = 512
"""A picture's boxes that leave the card, unless more are above the threshold."""

MOST_RECORDED: Final = 64 << 20
"""Bytes of a network of which runs are recorded. A larger one has more to do than to be launched,
and each runner has its weights again."""

CUDA: Final = "cuda"
COLOURS: Final = 3
BGR: Final = 1
PARSER: Final = "NvDsInferParseNanoDet"

_log = logging.getLogger("pythiags.nvinfer")


class Kept(NamedTuple):
    """Which boxes leave the card."""

    best: Best
    threshold: float
    """Of the best class of a box, below which it is of no interest."""
    shapes: dict[str, tuple[int, ...]]
    """Of all that the network gives."""

    def only(
        self,
        corners: npt.NDArray[np.float32],
        scores: npt.NDArray[np.float32],
        classes: npt.NDArray[np.int64],
    ) -> dict[str, npt.NDArray[Any]]:
        """Return outputs like the network's that have no boxes but those above the threshold.

        Args:
            corners: [N, boxes, 4].
            scores: [N, boxes], of the best class of each; the highest come first.
            classes: [N, boxes], those.
        """
        above = np.flatnonzero((scores >= self.threshold).any(axis=0))
        count = int(above[-1]) + 1 if len(above) else 0
        full = np.full((len(scores), count, self.best.classes), -np.inf, np.float32)
        np.put_along_axis(full, classes[:, :count, None], scores[:, :count, None], axis=2)
        return {self.best.boxes: corners[:, :count], self.best.scores: full}


class CardNetwork:
    """A network that ONNX Runtime runs on pictures in the memory of a device.

    Args:
        runners: One for each run at a time; the same one several times, where it can do several.
        layout: What the network was rewritten for.
        outputs: The outputs that are fetched.
        options: ``onnxruntime.RunOptions`` of the runners.
        kept: What is kept of the outputs; None: everything leaves the card.
    """

    def __init__(
        self,
        runners: Sequence[Runner],
        layout: Layout,
        outputs: tuple[str, ...],
        options: Any,
        kept: Kept | None = None,
    ) -> None:
        self.session = runners[0].session
        self._free: queue.SimpleQueue[Runner] = queue.SimpleQueue()
        for each in runners:
            self._free.put(each)
        self._layout, self._outputs, self._options = layout, outputs, options
        self.kept = kept

    def run(
        self, address: int, shape: tuple[int, int, int], place: Place
    ) -> dict[str, npt.NDArray[Any]]:
        """Run the network once, without the GIL; several threads may do so at the same time.

        Args:
            address: Of the pictures' first byte, on the device.
            shape: Pictures, rows and bytes of a row.
            place: How large they are, and where they belong in the network's input.
        """
        if self._options.terminate:
            raise RuntimeError("the network was interrupted")

        def feed() -> Feed:
            return Feed((PICTURES, shape), placement(self._layout, place, shape[0]))

        runner = self._free.get()
        try:
            found = self._read(runner.run((shape, place), feed, address))
            return {name: array.copy() for name, array in found.items()}
        finally:
            self._free.put(runner)

    def _read(self, fetch: Fetch) -> dict[str, npt.NDArray[Any]]:
        """Fetch what is needed of a run's outputs."""
        if self.kept is not None:
            corners, scores, classes = fetch(all_outputs((), self.kept))
            if (scores[:, -1] < self.kept.threshold).all():
                return self.kept.only(corners, scores, classes)
        return dict(zip(self._outputs, fetch(self._outputs), strict=True))

    def close(self) -> None:
        """Free the network; no run is under way."""
        self.session = None
        while not self._free.empty():
            self._free.get().close()

    def interrupt(self) -> None:
        """End a run after the operator that it is at, and make all later ones fail."""
        self._options.terminate = True


def all_outputs(outputs: Sequence[str], kept: Kept | None) -> tuple[str, ...]:
    """Return the outputs of a rewritten network; first those that tell of the boxes kept."""
    few = () if kept is None else (FEWER + kept.best.boxes, BEST, CLASSES)
    return (*few, *outputs)


def card_network(
    config: Config,
    model: Model,
    device: tuple[str, int],
    load: Callable[..., Any],
    onnxruntime: Any,
) -> CardNetwork | None:
    """Load a network for pictures on a card; None, and a line in the log: it takes tensors only.

    Args:
        config: Names the network.
        model: Its outline.
        device: Type and number, as ONNX Runtime has them.
        load: Makes a session of a model's bytes, and of a stream of the device by its handle.
        onnxruntime: The module.

    Raises:
        ConfigError: As of ``load``.
    """
    data = config.onnx_file.read_bytes()
    reason = _why_not(model, opset(data))
    if reason:
        _log.info("%s: pictures are copied to the card as tensors: %s", config.where, reason)
        return None
    kept = _kept(config, model)
    layout = _layout(config, model)
    options = onnxruntime.RunOptions()
    options.log_severity_level = 4
    network = rewrite(data, layout, kept.best if kept else None)
    names = all_outputs(model.fetched, kept)

    def runner(stream: Stream | None = None) -> Runner:
        try:
            session = load(network, stream.handle) if stream else load(network)
        except BaseException:
            if stream is not None:
                stream.close()
            raise
        return Runner(onnxruntime, session, options, device=device, names=names, stream=stream)

    runners: list[Runner] = []
    try:
        if device[0] == CUDA and records(config, len(network) + model.external):
            runners.extend(runner(open_stream(device[1])) for _ in range(RUNS_ON_CARD))
        else:
            runners = [runner()] * RUNS_ON_CARD
    except BaseException:
        for each in runners:
            each.close()
        raise
    return CardNetwork(runners, layout, model.fetched, options, kept)


def records(config: Config, size: int) -> bool:
    """Return whether runs of a network of so many bytes are recorded."""
    wanted = config.cuda_graphs and config.execution_provider == keys.CUDA
    return wanted and size <= MOST_RECORDED


def _why_not(model: Model, version: int) -> str:
    if model.dims[0] != COLOURS:
        return f"the network takes {model.dims[0]} channels, not red, green and blue"
    if model.type == "uint8":
        return "the network takes whole numbers"
    if model.batch > 1:
        return f"the network takes {model.batch} pictures at a time, neither more nor fewer"
    if version < LEAST_OPSET:
        return f"the model has ONNX's operators of version {version}, not {LEAST_OPSET} or later"
    return ""


def _layout(config: Config, model: Model) -> Layout:
    return Layout(
        name=model.input,
        channels=model.dims[0],
        height=model.dims[1],
        width=model.dims[2],
        batch=model.batch,
        reversed=config.model_color_format == BGR,
        channels_last=config.channels_last,
        half=model.type == "float16",
        filter=config.scaling_filter,
        scale=config.net_scale_factor,
        offsets=config.offsets,
    )


def _kept(config: Config, model: Model) -> Kept | None:
    """Only where the order of candidates does not matter, and the outputs tell their shapes."""
    outline = read_outline(config.onnx_file, config.place_of_model)
    outputs = {each.name: each for each in outline.outputs if each.name in model.outputs}
    if config.cluster_mode == 0 or config.parse_bbox_func_name not in (None, PARSER):
        return None
    if config.network_type or config.output_tensor_meta or find_parser(PARSER):
        return None  # other outputs, or all of them
    if any(each.type != "float32" or each.shape is None for each in outputs.values()):
        return None
    shapes = {name: each.shape for name, each in outputs.items() if each.shape is not None}
    names = nanodet.pair(shapes, config.network(model.dims[2], model.dims[1]))
    if names is None or not shapes[names[0]][1]:
        return None
    boxes, scores = names
    count = min(MOST_BOXES, shapes[boxes][1])
    best = Best(boxes, scores, shapes[scores][2], count)
    return Kept(best, min(each.pre_cluster_threshold for each in config.attributes), shapes)
