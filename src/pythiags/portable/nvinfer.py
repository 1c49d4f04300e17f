"""The engine of portable nvinfer: ONNX Runtime, between C preprocessing and C metadata.

One :class:`Engine` serves one element from its start to its stop, in :attr:`Plan.runs_at_once`
threads of the element's own. The GIL is taken once a batch, and ONNX Runtime lets go of it while
the network runs.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pythiags.errors import ConfigError, MissingDependency
from pythiags.inference import (
    Candidates,
    ClassAttributes,
    Config,
    choose_decoder,
    cluster,
    read_config,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Engine", "Plan", "load_session"]

_log = logging.getLogger("pythiags.nvinfer")

RUNS_AT_ONCE = 2
"""While a run waits for the slowest of its threads, or for the GIL, another one has the core."""


@dataclass(frozen=True)
class Plan:
    """What the C side of nvinfer must know: see ``native/infer.h`` for the meanings."""

    infer_dims: tuple[int, int, int]
    model_color_format: int
    maintain_aspect_ratio: bool
    symmetric_padding: bool
    scaling_filter: int
    net_scale_factor: float
    offsets: tuple[float, ...]
    interval: int
    unique_id: int
    classes: tuple[ClassAttributes, ...]
    runs_at_once: int = 1


class Engine:
    """A network, loaded and checked, that finds objects in batches of tensors.

    Args:
        settings: The element's properties that were set, by name, as text.

    Raises:
        ConfigError: No configuration file is set, it is wrong, or the model does not fit it.
        MissingDependency: ONNX Runtime is not installed.
    """

    def __init__(self, settings: Mapping[str, str]) -> None:
        path = settings.get("config-file-path")
        if not path:
            raise ConfigError(
                "nvinfer has no configuration file",
                expected="config-file-path=<an nvinfer configuration file>",
                hint="pythiags.data.path('config_infer_primary_nanodet.txt') is one that works",
            )
        self._config = config = read_config(path, settings)
        for note in config.notes:
            _log.log(logging.WARNING if note.level == "warning" else logging.INFO, note.text)
        self._session = load_session(config)
        dims, self._fixed_batch = _input_of(self._session, config)
        self._input = self._session.get_inputs()[0].name
        self._outputs = _outputs_of(self._session, config)
        self._size = (dims[2], dims[1])
        self._decode = choose_decoder(
            self._try_out(dims),
            config.network(*self._size),
            config.parse_bbox_func_name,
            where=f"{config.where}: {config.onnx_file.name}",
        )
        self.plan = Plan(
            infer_dims=dims,
            model_color_format=config.model_color_format,
            maintain_aspect_ratio=config.maintain_aspect_ratio,
            symmetric_padding=config.symmetric_padding,
            scaling_filter=config.scaling_filter,
            net_scale_factor=config.net_scale_factor,
            offsets=config.offsets,
            interval=config.interval,
            unique_id=config.gie_unique_id,
            classes=config.attributes,
            runs_at_once=RUNS_AT_ONCE,
        )

    def infer(self, tensor: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
        """Find the objects of each picture.

        Args:
            tensor: float32[n, c, h, w], normalised.

        Returns:
            n arrays float32[k, 6]: class, confidence, left, top, width, height in pixels of the
            network's input.
        """
        step = self._fixed_batch or self._config.batch_size
        found: list[Candidates] = []
        for start in range(0, len(tensor), step):
            part = tensor[start : start + step]
            found += self._decode(self._run(part), len(part))
        config = self._config
        return [cluster(each, config.cluster_mode, config.attributes, self._size) for each in found]

    def close(self) -> None:
        """Free the network."""
        del self._session

    def _run(self, part: npt.NDArray[np.float32]) -> dict[str, npt.NDArray[Any]]:
        count = len(part)
        missing = (self._fixed_batch or count) - count
        if missing:
            part = np.concatenate([part, np.zeros((missing, *part.shape[1:]), np.float32)])
        arrays = self._session.run(self._outputs, {self._input: part})
        if missing:
            arrays = [a[:count] if len(a) == count + missing else a for a in arrays]
        return dict(zip(self._outputs, arrays, strict=True))

    def _try_out(self, dims: tuple[int, int, int]) -> dict[str, tuple[int, ...]]:
        """Run the network once: it warms up, and the shapes of its outputs are what they are."""
        blank = np.zeros((1, *dims), np.float32)
        try:
            outputs = self._run(blank)
        except Exception as problem:  # ONNX Runtime's errors have no common class
            raise ConfigError(
                f"the model does not run: {problem}",
                where=f"{self._config.where}: {self._config.onnx_file.name}",
                got=f"input float32{list(blank.shape)}",
            ) from problem
        return {name: array.shape for name, array in outputs.items()}


def load_session(config: Config) -> Any:
    """Load the network of a configuration into an ONNX Runtime session.

    Raises:
        ConfigError: It is no ONNX model.
        MissingDependency: ONNX Runtime is not installed.
    """
    try:
        import onnxruntime
    except ImportError as problem:
        raise MissingDependency(
            f"nvinfer runs its model on ONNX Runtime, which cannot be imported: {problem}",
            hint="pip install 'pythiags[infer]'",
        ) from None
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    # Idle threads that spin take the cores from decoding and drawing.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(
            str(config.onnx_file), options, providers=["CPUExecutionProvider"]
        )
    except Exception as problem:  # ONNX Runtime's errors have no common class
        raise ConfigError(
            f"the model cannot be loaded: {problem}",
            where=f"{config.where}: onnx-file",
            expected="an ONNX model",
            got=str(config.onnx_file),
        ) from problem


def _input_of(session: Any, config: Config) -> tuple[tuple[int, int, int], int]:
    """Check the network's input against the configuration.

    Returns:
        Channels, height, width; and the batch that the network insists on, 0 where any will do.
    """
    where = f"{config.where}: {config.onnx_file.name}"
    inputs = session.get_inputs()
    want = "one input float32 [N, channels, height, width]"
    got = ", ".join(f"{i.name}: {i.type} {i.shape}" for i in inputs)
    if len(inputs) != 1 or inputs[0].type != "tensor(float)" or len(inputs[0].shape) != 4:  # noqa: PLR2004
        raise ConfigError(
            "the model's input is of another kind", where=where, expected=want, got=got
        )
    batch, *dims = (size if isinstance(size, int) and size > 0 else 0 for size in inputs[0].shape)
    wanted = config.infer_dims or tuple(dims)
    if 0 in wanted:
        raise ConfigError(
            "the model leaves its input size open",
            where=where,
            expected="infer-dims=channels;height;width",
            got=got,
        )
    if any(size not in (0, want) for size, want in zip(dims, wanted, strict=True)):
        raise ConfigError(
            "infer-dims is not the model's input",
            where=where,
            expected=";".join(str(size or "any") for size in dims),
            got=";".join(map(str, wanted)),
        )
    if wanted[0] != config.channels:
        raise ConfigError(
            "model-color-format does not fit the model's channels",
            where=where,
            expected="0 (RGB) or 1 (BGR) for 3 channels, 2 (GRAY) for 1",
            got=f"model-color-format={config.model_color_format} for {wanted[0]} channels",
        )
    if batch and batch < config.batch_size:
        _log.info(
            "%s: the model's batch is fixed: pictures are run %d at a time, not %d",
            where,
            batch,
            config.batch_size,
        )
    channels, height, width = wanted
    return (channels, height, width), batch


def _outputs_of(session: Any, config: Config) -> Sequence[str]:
    names = [output.name for output in session.get_outputs()]
    for name in config.output_blob_names:
        if name not in names:
            raise ConfigError(
                f"the model has no output {name!r}",
                where=f"{config.where}: output-blob-names",
                expected=", ".join(names),
                got=";".join(config.output_blob_names),
            )
    return config.output_blob_names or names
