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

import ctypes
import functools
import logging
import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from pythiags.errors import ConfigError, MissingDependency
from pythiags.extras import install_line
from pythiags.gst import _gst
from pythiags.inference import (
    ClassAttributes,
    Config,
    Doubts,
    Tensor,
    check_outputs,
    choose_decoder,
    cluster,
    read_config,
    read_model,
)
from pythiags.portable import RECORDS_USAGE, TELEMETRY
from pythiags.portable.card import device, providers, runs_on_card
from pythiags.portable.half import half_session
from pythiags.portable.oncard import CardNetwork, card_network

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pythiags.inference import Candidates, Decode, Model

__all__ = ["Engine", "Plan", "load_session", "runs_at_once"]

_log = logging.getLogger("pythiags.nvinfer")

MOST_RUNS = 32
"""Each holds a batch and the network's working memory."""

RUNS_ON_CARD = 2
"""While one runs, the pictures of the next are prepared."""

CORES_FOR_ONE = 8
"""So many cores leave one to what is not the network."""

WEIGHTS = "session.model_external_initializers_file_folder_path"

CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""Microseconds, and of how many, as ``docker run --cpus`` sets them."""


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
    surface_step: int = 0


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
                hint="pythiags.data.path('config_infer_primary_nanodet.txt') is a working example",
            )
        self._config = config = read_config(path, settings)
        for note in config.notes:
            _log.log(logging.WARNING if note.level == "warning" else logging.INFO, note.text)
        self._model = model = read_model(config)
        self._choosing = threading.Lock()
        self._decode: Decode | None = None
        self._card = open_card_network(config, model)
        self._session: Session | None = None
        # A network for pictures on a card takes tensors where some sources are elsewhere: seldom.
        first = RuntimeSession(self._card.session) if self._card else self._tensors
        known = [each for each in first.declared() if each.name in model.outputs]
        check_outputs(known, config, model.dims)
        self._size = (model.dims[2], model.dims[1])
        self._where = f"{config.where}: {config.onnx_file.name}"
        self._network = config.network(*self._size)
        self._doubts = Doubts(self._where, self._network)
        if model.batch and model.batch < config.batch_size:
            _log.info(
                "%s: the model's batch is fixed: it runs %d pictures at a time, not %d",
                *(self._where, model.batch, config.batch_size),
            )
        self.plan = Plan(
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
            runs_at_once=RUNS_ON_CARD if first.on_card else runs_at_once(config),
            surface_step=(model.batch or config.batch_size) if self._card else 0,
        )

    def infer(self, tensor: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
        """Find the objects of each picture.

        Args:
            tensor: float32[n, c, h, w], normalised.

        Returns:
            n arrays float32[k, 6] of class, confidence, left, top, width, height in pixels of the
            network's input.

        Raises:
            ConfigError: The network does not run, or its outputs cannot be decoded.
        """
        step = self._model.batch or self._config.batch_size
        found: list[Candidates] = []
        for start in range(0, len(tensor), step):
            part = tensor[start : start + step]
            outputs = self._run(part)
            found += self._decoder(outputs)(outputs, len(part))
        return self._settle(found)

    def infer_surface(
        self, address: int, pitch: int, rows: int, room: int, count: int
    ) -> list[npt.NDArray[np.float32]]:
        """Find the objects of pictures in the memory of a card; see ``infer()``.

        Args:
            address: Of the first byte of RGBA pictures as large as the network's input.
            pitch: Bytes of a row.
            rows: Rows from one picture to the next.
            room: How many pictures there are, a multiple of ``Plan.surface_step``.
            count: How many of them are wanted.

        Raises:
            ConfigError: The network does not run, or its outputs cannot be decoded.
        """
        found: list[Candidates] = []
        card, step = self._card, self.plan.surface_step
        if card is None:
            raise ValueError("this network takes tensors only")
        for start in range(0, count, step):
            wanted = min(step, count - start)
            run = self._model.batch or wanted
            shape = (run, rows, pitch)
            try:
                arrays = card.run(address + start * rows * pitch, shape)
            except Exception as problem:  # the runtime's errors have no common class
                raise self._refusal(problem, f"{room} pictures as uint8{list(shape)}") from problem
            outputs = {
                name: self._output(name, array, wanted, run) for name, array in arrays.items()
            }
            found += self._decoder(outputs)(outputs, wanted)
        return self._settle(found)

    def _settle(self, found: Sequence[Candidates]) -> list[npt.NDArray[np.float32]]:
        config = self._config
        return [
            cluster(self._doubts.settle(each), config.cluster_mode, config.attributes, self._size)
            for each in found
        ]

    def interrupt(self) -> None:
        """Make the runs that are under way fail, and all later ones. It may be called at any time.

        A run ends after the operator that it is at, within a loop too.
        """
        for each in (self._session, self._card):
            if each is not None:
                each.interrupt()

    def close(self) -> None:
        """Free the network, and give its memory back to the system."""
        with _giving_back():
            del self._session, self._card

    @property
    def _tensors(self) -> Session:
        """The session of the network as it is, loaded when it is first needed."""
        with self._choosing:
            if self._session is None:
                self._session = open_session(self._config)
            return self._session

    def _decoder(self, outputs: Mapping[str, npt.NDArray[Any]]) -> Decode:
        """Choose the decoder by the first outputs: their shapes are what they are."""
        with self._choosing:
            if self._decode is None:
                self._decode = choose_decoder(
                    {name: array.shape for name, array in outputs.items()},
                    *(self._network, self._config.parse_bbox_func_name),
                    where=self._where,
                )
            return self._decode

    def _run(self, part: npt.NDArray[np.float32]) -> dict[str, npt.NDArray[Any]]:
        count, model = len(part), self._model
        missing = (model.batch or count) - count
        if missing:
            part = np.concatenate([part, np.zeros((missing, *part.shape[1:]), np.float32)])
        try:
            arrays = self._tensors.run(model.outputs, {model.input: self._as_input(part)})
        except Exception as problem:  # the runtimes' errors have no common class
            raise self._refusal(problem, f"input float32{list(part.shape)}") from problem
        return {
            name: self._output(name, array, count, count + missing)
            for name, array in zip(model.outputs, arrays, strict=True)
        }

    def _refusal(self, problem: Exception, got: str) -> ConfigError:
        return ConfigError(
            f"the model cannot run: {problem or type(problem).__name__}", where=self._where, got=got
        )

    def _as_input(self, part: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
        if self._config.channels_last:
            part = part.transpose(0, 2, 3, 1)
        return np.ascontiguousarray(part, np.float16 if self._model.half else np.float32)

    def _output(self, name: str, array: Any, count: int, run: int) -> npt.NDArray[Any]:
        """Return an output without the pictures that filled the batch up, not in half precision."""
        if not isinstance(array, np.ndarray):  # a sequence or a map
            raise ConfigError(
                f"the model's output {name!r} is a {type(array).__name__}, not a tensor",
                where=self._where,
                expected="tensors of boxes, scores and classes",
                hint="name the outputs to decode in output-blob-names",
            )
        full: npt.NDArray[Any] = array.astype(np.float32) if array.dtype == np.float16 else array
        return full[:count] if full.ndim and len(full) == run != count else full


def runs_at_once(config: Config) -> int:
    """Return how many runs of the network are active at once: as many as the cores allow.

    Of each eight cores one is left to decoding, scaling and drawing: on 16 cores the detector
    pipeline is faster so.
    """
    cores = _cores()
    free = cores - cores // CORES_FOR_ONE
    return min(max(1, free // min(config.intra_op_num_threads or cores, cores)), MOST_RUNS)


def _cores() -> int:
    """Return the cores that this process may use, as far as a container's quota allows."""
    cores = len(os.sched_getaffinity(0))
    try:
        quota, period = map(int, CPU_QUOTA.read_text().split())
    except (OSError, ValueError):  # no such file; "max", which is no quota
        return cores
    return min(cores, max(1, quota // period))


class Session(Protocol):
    """A loaded network, whichever library runs it, and on whatever."""

    on_card: bool

    def declared(self) -> list[Tensor]:
        """Return the outputs as the library knows them, shapes worked out; 0 is any size."""

    def run(
        self, outputs: Sequence[str], feed: Mapping[str, npt.NDArray[Any]]
    ) -> Sequence[npt.NDArray[Any]]:
        """Run the network once, without the GIL; several threads may do so at the same time."""

    def interrupt(self) -> None:
        """Make the runs that are under way fail or end soon, and all later ones fail."""


class RuntimeSession:
    """A network that ONNX Runtime runs.

    Args:
        session: An ``onnxruntime.InferenceSession``, with any providers.
    """

    def __init__(self, session: Any) -> None:
        self._session = session
        self._options = _run_options()
        self.on_card = runs_on_card(session)

    def declared(self) -> list[Tensor]:
        """Return the outputs; see ``Session.declared``."""
        return [
            Tensor(
                each.name,
                each.type,
                tuple(size if isinstance(size, int) and size > 0 else 0 for size in each.shape)
                if each.shape
                else None,
            )
            for each in self._session.get_outputs()
        ]

    def run(
        self, outputs: Sequence[str], feed: Mapping[str, npt.NDArray[Any]]
    ) -> Sequence[npt.NDArray[Any]]:
        """Run the network once; see ``Session.run``."""
        arrays: Sequence[npt.NDArray[Any]] = self._session.run(outputs, feed, self._options)
        return arrays

    def interrupt(self) -> None:
        """End a run after the operator that it is at, within a loop too."""
        self._options.terminate = True


def open_session(config: Config) -> Session:
    """Load the network of a configuration into the library that its ``network-mode`` needs.

    Raises:
        ConfigError: The network cannot be loaded.
        MissingDependency: ONNX Runtime is not installed.
    """
    session: Session | None = None
    if config.half_precision:
        session = half_session(config, runs=runs_at_once(config), threads=_cores())
    return session or RuntimeSession(load_session(config))


def open_card_network(config: Config, model: Model) -> CardNetwork | None:
    """Load the network for pictures on a card, where it runs there and such pictures may come.

    Raises:
        ConfigError: It cannot be loaded.
    """
    place = device(_onnxruntime()) if _gst.nvidia_is_here() else None
    if place is None:
        return None
    return card_network(config, model, place, functools.partial(_load, config), _run_options())


def load_session(config: Config) -> Any:
    """Load the network of a configuration into an ONNX Runtime session.

    Raises:
        ConfigError: ONNX Runtime cannot load it.
        MissingDependency: ONNX Runtime is not installed.
    """
    return _load(config, str(config.onnx_file))


def _load(config: Config, source: str | bytes) -> Any:
    onnxruntime = _onnxruntime()
    _log_database()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = config.intra_op_num_threads or _cores()
    # Idle threads that spin take the cores from decoding and drawing.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    wanted = providers(onnxruntime)
    if isinstance(source, bytes):  # which does not say where the rest of it is
        options.add_session_config_entry(WEIGHTS, str(config.onnx_file.parent))
    try:
        session = onnxruntime.InferenceSession(source, options, providers=wanted)
    except Exception as problem:  # ONNX Runtime's errors have no common class
        raise ConfigError(
            f"the model cannot be loaded: {problem}",
            where=config.place_of_model,
            expected="an ONNX model",
            got=str(config.onnx_file),
        ) from problem
    if len(wanted) > 1 and not runs_on_card(session):
        _log.warning(
            "%s: the network runs on the CPU: ONNX Runtime cannot use the card", config.where
        )
    return session


def _onnxruntime() -> Any:
    try:
        import onnxruntime
    except ImportError as problem:
        raise MissingDependency(
            f"nvinfer runs its model on ONNX Runtime, which cannot be imported: {problem}",
            hint=install_line("infer"),
        ) from None
    if os.environ.get(TELEMETRY) == "1":
        onnxruntime.disable_telemetry_events()
    return onnxruntime


@functools.cache
def _log_database() -> None:
    """Say once that ONNX Runtime has begun a database of its use, which nothing closes later."""
    if RECORDS_USAGE and _holds_open("onnxruntime.db"):
        _log.info(
            "onnxruntime was imported before pythiags and keeps a database of its use below the "
            "user's cache; %s=1 in the environment turns that off",
            TELEMETRY,
        )


def _holds_open(name: str) -> bool:
    """Tell whether this process has a file of that name open, as far as Linux tells."""
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        return False
    # The directory's own descriptor is gone again when its turn comes.
    return any(Path(os.path.realpath(number)).name == name for number in descriptors.iterdir())


def _run_options() -> Any:
    options = _onnxruntime().RunOptions()
    options.log_severity_level = 4
    return options


_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # M_..., as mallopt(3) has them


@contextmanager
def _giving_back() -> Iterator[None]:
    """Return the memory that is freed meanwhile to the system.

    The C library keeps free memory, up to 64 MiB for each thread that it ever had: a service that
    starts and stops pipelines would grow with every start. Where the environment tunes the C
    library, its settings stay.
    """
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "malloc_trim"):  # not glibc
        yield
        return
    tuned = any(name.startswith(("MALLOC_", "GLIBC_TUNABLES")) for name in os.environ)
    if not tuned:
        libc.mallopt(_TRIM_THRESHOLD, 128 << 10)
    try:
        yield
    finally:
        libc.malloc_trim(ctypes.c_size_t(0))
        if not tuned:  # what it comes to by itself in a program of large pictures
            libc.mallopt(_MMAP_THRESHOLD, 32 << 20)
            libc.mallopt(_TRIM_THRESHOLD, 64 << 20)
