"""The engine of portable nvinfer: ONNX Runtime, between C preprocessing and C metadata.

One ``Engine`` serves one element from its start to its stop, in ``Plan.runs_at_once``
threads of the element's own. The GIL is taken once a batch, and ONNX Runtime releases it while
the network runs.

A CPU is used best with one thread a run and about as many runs at once as there are cores: no run
waits for the slowest of its threads. That is the default; ``intra-op-num-threads`` in the
configuration's ``[onnxruntime]`` group gives a run more threads, for whoever wants one picture
sooner rather than more pictures a second.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pythiags.allocator import giving_back
from pythiags.errors import ConfigError
from pythiags.inference import (
    ClassAttributes,
    Doubts,
    Findings,
    Targets,
    check_outputs,
    choose_reading,
    load_parsers,
    read_config,
    read_model,
    read_server_config,
)
from pythiags.inference.picturegraph import Colours, Place
from pythiags.portable.oncard import RUNS_ON_CARD
from pythiags.portable.session import (
    WHEN_FULL,
    RuntimeSession,
    Session,
    is_full,
    load_session,
    open_card_network,
    open_session,
    pictures_a_run,
    runs_at_once,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pythiags.inference import Config, Reading

__all__ = ["Engine", "Plan", "RuntimeSession", "load_session", "open_session", "runs_at_once"]

_log = logging.getLogger("pythiags.nvinfer")


@dataclass(frozen=True)
class Plan:
    """What the C side of nvinfer must know: ``PtInferPlan`` of ``native/engine.h``."""

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
    network_type: int = 0
    batch_size: int = 0
    """The pictures of a run, at most; 0: all that a batch has."""
    targets: Targets | None = None
    """None: the network runs on whole pictures."""
    mask_threshold: float = 0.0
    crop_to_roi: bool = False
    takes_surfaces: bool = False
    """Of a card; else tensors only."""
    gpu_id: int = 0
    """The card."""
    from_meta: bool = False
    """The network runs on the tensors of nvdspreprocess, and on nothing else."""
    clip_to_roi: bool = False
    """Objects are cut to the region that they were found in."""
    input_name: str = ""
    """Of the network."""
    classifier_type: str = ""


class Engine:
    """A network, loaded and checked, that looks at batches of tensors.

    Args:
        settings: The element's properties that were set, by name, as text.

    Raises:
        ConfigError: No configuration file is set, it is wrong, or the model does not fit it.
        MissingDependency: ONNX Runtime is not installed.
    """

    def __init__(self, settings: Mapping[str, str]) -> None:
        self._config = config = _read(settings)
        if config.parser_file is not None:
            load_parsers(config.parser_file, f"{config.where}: custom-lib-path")
            config = self._config = replace(config, parser_file=None)
        self._model = model = read_model(config)
        for note in config.notes + model.notes:
            _log.log(logging.WARNING if note.level == "warning" else logging.INFO, note.text)
        self._choosing = threading.Lock()
        self._reading: Reading | None = None
        on_pictures = config.targets is None and not config.input_tensor_from_meta
        self._card = open_card_network(config, model) if on_pictures else None
        self._session: Session | None = None
        # A network for pictures on a card takes tensors where some sources are elsewhere: seldom.
        first = RuntimeSession(self._card.session) if self._card else self._tensors
        declared = first.declared()
        known = [each for each in declared if each.name in model.outputs]
        check_outputs(known, config, model.dims)
        # Where any batch will do, an output whose first size is fixed is of no picture.
        self._fixed = {} if model.batch else {t.name: t.shape[0] for t in declared if t.shape}
        self._size = (model.dims[2], model.dims[1])
        self._where = f"{config.where}: {config.onnx_file.name}"
        self._network = config.network(*self._size)
        self._doubts = Doubts(self._where, self._network)
        self._step = model.batch or config.batch_size
        if isinstance(first, RuntimeSession) and not first.on_card:
            self._step = pictures_a_run(config, model) or self._step
        if model.batch and model.batch < config.batch_size:
            _log.info(
                "%s: the model's batch is fixed: it runs %d pictures at a time, not %d",
                *(self._where, model.batch, config.batch_size),
            )
        self.plan = self._make_plan(on_card=first.on_card)

    def infer(self, tensor: npt.NDArray[np.float32]) -> Findings:
        """Look at pictures.

        Args:
            tensor: float32[n, c, h, w], normalised.

        Returns:
            What is found in each.

        Raises:
            ConfigError: The network does not run, or its outputs cannot be decoded.
        """
        step = self._step
        parts = [tensor[start : start + step] for start in range(0, len(tensor), step)]
        return _joined([self._read(self._run(self._as_input(part)), len(part)) for part in parts])

    def infer_prepared(self, tensor: npt.NDArray[Any]) -> Findings:
        """Look at a tensor of nvdspreprocess; see ``infer()``.

        Args:
            tensor: As the network takes it, of no more pictures than it takes at a time.

        Raises:
            ConfigError: It is of another shape or type, the network does not run, or its outputs
                cannot be decoded.
        """
        wanted = self._model.prepared
        dtype = self._model.type
        fits = len(tensor.shape[1:]) == len(wanted) and all(
            size in (0, got) for size, got in zip(wanted, tensor.shape[1:], strict=True)
        )
        if not fits or tensor.dtype != dtype:
            raise ConfigError(
                "the tensor of nvdspreprocess is not what the network takes",
                where=self._where,
                expected=f"{dtype} [n, {', '.join(str(size or 'any') for size in wanted)}]",
                got=f"{tensor.dtype} {list(tensor.shape)}",
                hint="network-input-shape, network-input-order and tensor-data-type in the file of "
                "nvdspreprocess say what it makes",
            )
        return self._read(self._run(tensor), len(tensor))

    def infer_surface(
        self,
        memory: tuple[int, int, int, int],
        size: tuple[int, int],
        place: tuple[int, int, int, int],
        colours: Colours,
        count: int,
    ) -> Findings:
        """Look at NV12 pictures in the memory of a card; see ``infer()``.

        Args:
            memory: The address of the first byte, the bytes of a row, the rows from one picture to
                the next, and the first row of the chroma.
            size: Width and height of a picture.
            place: Where they belong in the network's input: left, top, width, height.
            colours: Of red, green and blue: the factors of Y, U and V, and what is added.
            count: How many pictures are wanted.

        Raises:
            ConfigError: The network does not run, or its outputs cannot be decoded.
        """
        found: list[Findings] = []
        card, step = self._card, self.plan.batch_size
        if card is None:
            raise ValueError("this network takes tensors only")
        address, pitch, rows, chroma = memory
        at = Place(*size, *place, chroma, tuple(colours))
        for start in range(0, count, step):
            wanted = min(step, count - start)
            shape = (wanted, rows, pitch)
            try:
                arrays = card.run(address + start * rows * pitch, shape, at)
            except Exception as problem:  # the runtime's errors have no common class
                raise self._refusal(problem, f"pictures, uint8{list(shape)}") from problem
            outputs = {
                name: self._output(name, array, wanted, wanted) for name, array in arrays.items()
            }
            found.append(self._read(outputs, wanted))
        return _joined(found)

    def _make_plan(self, *, on_card: bool) -> Plan:
        config, model = self._config, self._model
        return Plan(
            infer_dims=model.dims,
            model_color_format=config.model_color_format,
            maintain_aspect_ratio=config.maintain_aspect_ratio,
            symmetric_padding=config.symmetric_padding,
            scaling_filter=config.scaling_filter,
            net_scale_factor=config.net_scale_factor,
            offsets=config.offsets,
            interval=config.interval,
            unique_id=config.gie_unique_id,
            classes=config.attributes,
            runs_at_once=RUNS_ON_CARD if on_card else runs_at_once(config),
            takes_surfaces=self._card is not None,
            gpu_id=config.gpu_id,
            from_meta=config.input_tensor_from_meta,
            clip_to_roi=config.input_tensor_from_meta and config.clip_object_outside_roi,
            input_name=model.input,
            network_type=config.network_type,
            batch_size=model.batch or config.batch_size,
            targets=config.targets,
            mask_threshold=config.segmentation_threshold,
            crop_to_roi=config.crop_objects_to_roi_boundary,
            classifier_type=config.classifier_type,
        )

    def _read(self, raw: Mapping[str, npt.NDArray[Any]], count: int) -> Findings:
        outputs = {name: _wide(raw[name]) for name in self._model.outputs}
        found = self._reading_of(outputs)(outputs, count)
        if not self._config.output_tensor_meta:
            return found
        tensors = {name: _by_picture(raw[name], count, self._fixed.get(name)) for name in raw}
        return replace(found, tensors=tensors)

    def interrupt(self) -> None:
        """Make the runs that are under way fail, and all later ones. It may be called at any time.

        A run ends after the operator that it is at, within a loop too.
        """
        for each in (self._session, self._card):
            if each is not None:
                each.interrupt()

    def close(self) -> None:
        """Free the network, and give its memory back to the system."""
        with giving_back():
            card = self._card
            del self._session, self._card
            if card is not None:
                card.close()

    @property
    def _tensors(self) -> Session:
        """The session of the network as it is, loaded when it is first needed."""
        with self._choosing:
            if self._session is None:
                self._session = open_session(self._config)
            return self._session

    def _reading_of(self, outputs: Mapping[str, npt.NDArray[Any]]) -> Reading:
        """Choose the reading by the first outputs: their shapes are what they are."""
        with self._choosing:
            if self._reading is None:
                kept = self._card.kept if self._card else None  # then outputs are cut short
                shapes = kept.shapes if kept else {n: each.shape for n, each in outputs.items()}
                self._reading = choose_reading(
                    shapes, self._config, self._network, self._doubts, self._where
                )
            return self._reading

    def _run(self, part: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
        count, model = len(part), self._model
        missing = (model.batch or count) - count
        if missing:
            part = np.concatenate([part, np.zeros((missing, *part.shape[1:]), part.dtype)])
        try:
            arrays = self._tensors.run(model.fetched, {model.input: part})
        except Exception as problem:  # the runtimes' errors have no common class
            raise self._refusal(problem, f"input {part.dtype}{list(part.shape)}") from problem
        return {
            name: self._output(name, array, count, count + missing)
            for name, array in zip(model.fetched, arrays, strict=True)
        }

    def _refusal(self, problem: Exception, got: str) -> ConfigError:
        full = is_full(problem)
        return ConfigError(
            f"the model cannot run: {'no memory left: ' if full else ''}"
            f"{problem or type(problem).__name__}",
            where=self._where,
            got=got,
            hint=WHEN_FULL if full else None,
        )

    def _as_input(self, part: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
        if self._config.channels_last:
            part = part.transpose(0, 2, 3, 1)
        if self._model.type == "uint8":
            part = np.rint(part).clip(0, 255)
        return np.ascontiguousarray(part, self._model.type)

    def _output(self, name: str, array: Any, count: int, run: int) -> npt.NDArray[Any]:
        """Return an output without the pictures that filled the batch up."""
        if not isinstance(array, np.ndarray):  # a sequence or a map
            raise ConfigError(
                f"the model's output {name!r} is a {type(array).__name__}, not a tensor",
                where=self._where,
                expected="tensors of boxes, scores and classes",
                hint="name the outputs to decode in output-blob-names",
            )
        full: npt.NDArray[Any] = array
        return full[:count] if full.ndim and len(full) == run != count else full


def _read(settings: Mapping[str, str]) -> Config:
    """Read the configuration file, as the element that the settings are of writes it."""
    given = {name: text for name, text in settings.items() if name != "factory"}
    factory = settings.get("factory", "nvinfer")
    path = given.get("config-file-path")
    if not path:
        example = "pythiags.data.path('config_infer_primary_nanodet.txt') is a working example"
        raise ConfigError(
            f"{factory} has no configuration file",
            expected=f"config-file-path=<an {factory} configuration file>",
            hint=example if factory == "nvinfer" else None,
        )
    return (read_server_config if factory == "nvinferserver" else read_config)(path, given)


def _wide(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the array, not in half precision."""
    return array.astype(np.float32) if array.dtype == np.float16 else array


def _by_picture(array: npt.NDArray[Any], count: int, fixed: int | None) -> npt.NDArray[Any]:
    """Return an output picture by picture: one without a picture in front is all of theirs.

    Args:
        array: The output.
        count: How many pictures there were.
        fixed: The output's first size, where the model has the same for any batch; else 0 or None.
    """
    if array.ndim and len(array) == count != fixed:
        return array
    return np.broadcast_to(array, (count, *array.shape))


def _joined(parts: Sequence[Findings]) -> Findings:
    """Put the findings of several runs together, each of some pictures."""
    if len(parts) == 1:
        return parts[0]
    tensors = [part.tensors for part in parts if part.tensors is not None]
    return Findings(
        boxes=[each for part in parts for each in part.boxes],
        masks=[each for part in parts for each in part.masks],
        labels=[each for part in parts for each in part.labels],
        maps=[each for part in parts for each in part.maps],
        tensors={name: np.concatenate([of[name] for of in tensors]) for name in tensors[0]}
        if tensors
        else None,
    )
