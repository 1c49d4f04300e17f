"""The libraries that run a network for nvinfer: ONNX Runtime, and OpenVINO in half precision."""

from __future__ import annotations

import functools
import logging
import math
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pythiags.errors import ConfigError, MissingDependency
from pythiags.extras import install_line
from pythiags.gst import _gst
from pythiags.inference import Tensor, keys
from pythiags.portable import RECORDS_USAGE, TELEMETRY
from pythiags.portable.card import device, keep_provider, providers, runs_on_card
from pythiags.portable.half import half_session
from pythiags.portable.oncard import CardNetwork, card_network
from pythiags.portable.tensorrt import PROVIDER as TENSORRT
from pythiags.portable.tensorrt import tensorrt_providers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from pythiags.inference import Config, Model

__all__ = [
    "WHEN_FULL",
    "RuntimeSession",
    "Session",
    "is_full",
    "load_session",
    "open_card_network",
    "open_session",
    "pictures_a_run",
    "runs_at_once",
]

_log = logging.getLogger("pythiags.nvinfer")

MOST_RUNS = 32
"""Each holds a batch and the network's working memory."""

CORES_FOR_ONE = 8
"""So many cores leave one to what is not the network."""

LEAST_OF_ONE = 1 << 20
"""Bytes of one picture's input from which its values in the network outgrow a core's cache."""

LIGHT = 8
"""A network is light if its files have at most so many times the bytes of one picture's input."""

OUT_OF_MEMORY = re.compile(
    r"CUDA failure 2\b|CUBLAS failure 3\b|CUD(NN|A)\w*ALLOC_FAILED|out of memory|"
    r"Failed to allocate memory"
)
"""What ONNX Runtime and CUDA's libraries say where a GPU has none left."""

WHEN_FULL = "nvidia-smi tells what holds the GPU's memory; a smaller batch-size takes less"
"""A hint."""

WEIGHTS = "session.model_external_initializers_file_folder_path"

CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""Microseconds, and of how many, as ``docker run --cpus`` sets them."""


def is_full(problem: Exception) -> bool:
    """Return whether a network failed because a GPU had no memory left."""
    return OUT_OF_MEMORY.search(str(problem)) is not None


def runs_at_once(config: Config) -> int:
    """Return how many runs of the network are active at once: as many as the cores allow.

    Of each eight cores one is left to decoding, scaling and drawing: on 16 cores the detector
    pipeline is faster so.
    """
    cores = _cores()
    free = cores - cores // CORES_FOR_ONE
    return min(max(1, free // min(config.intra_op_num_threads or cores, cores)), MOST_RUNS)


def pictures_a_run(config: Config, model: Model) -> int:
    """Return how many pictures of a batch a run in one thread of the CPU takes; 0: all.

    A run of several pictures reads the weights once for all of them, but the values of one picture
    push those of the others out of the core's cache. So a detector of large pictures and few
    weights is faster picture by picture (NanoDet by 7 %), any other network by the batch.
    """
    if model.batch or config.intra_op_num_threads != 1:
        return 0
    picture = 4 * math.prod(model.dims)
    weights = config.onnx_file.stat().st_size + model.external
    light = weights <= LIGHT * picture
    return 1 if picture >= LEAST_OF_ONE and light else 0


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
    wanted = _gst.nvidia_is_here() and config.execution_provider != keys.CPU
    onnxruntime = _onnxruntime()
    place = device(onnxruntime, config.gpu_id) if wanted else None
    if place is None:
        return None
    return card_network(config, model, place, functools.partial(_load, config), onnxruntime)


def load_session(config: Config) -> Any:
    """Load the network of a configuration into an ONNX Runtime session.

    Raises:
        ConfigError: ONNX Runtime cannot load it.
        MissingDependency: ONNX Runtime is not installed.
    """
    return _load(config, str(config.onnx_file))


def _load(config: Config, source: str | bytes, stream: int | None = None) -> Any:
    """Load a model; see ``load_session()``. On a card it runs on the stream, if one is given."""
    onnxruntime = _onnxruntime()
    _log_database()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = config.intra_op_num_threads or _cores()
    # Idle threads that spin take the cores from decoding and drawing.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    wanted = _providers(onnxruntime, config)
    if stream is not None:
        provider, of = wanted[0]
        wanted[0] = provider, {**of, "user_compute_stream": str(stream)}
    if isinstance(source, bytes):  # which does not say where the rest of it is
        options.add_session_config_entry(WEIGHTS, str(config.onnx_file.parent))
    try:
        session = onnxruntime.InferenceSession(source, options, providers=wanted)
    except Exception as problem:  # ONNX Runtime's errors have no common class
        full = is_full(problem)
        raise ConfigError(
            f"the model cannot be loaded: {'no memory left: ' if full else ''}{problem}",
            where=config.place_of_model,
            expected=None if full else "an ONNX model",
            got=str(config.onnx_file),
            hint=WHEN_FULL if full else None,
        ) from problem
    keep_provider(onnxruntime)
    _tell_where_it_runs(session, wanted, config.where)
    return session


def _tell_where_it_runs(session: Any, wanted: list[Any], where: str) -> None:
    """Warn where ONNX Runtime has passed over what was asked for."""
    if len(wanted) > 1 and not runs_on_card(session):
        _log.warning("%s: the network runs on the CPU: ONNX Runtime cannot use the card", where)
    elif wanted[0][0] == TENSORRT and TENSORRT not in session.get_providers():
        _log.warning("%s: the network runs with CUDA: ONNX Runtime cannot use TensorRT", where)


def _providers(onnxruntime: Any, config: Config) -> list[Any]:
    if config.execution_provider == keys.CPU:
        return ["CPUExecutionProvider"]
    found = providers(onnxruntime, config.gpu_id)
    if config.execution_provider == keys.TENSORRT and len(found) > 1:
        half = config.half_precision
        found = [*tensorrt_providers(onnxruntime, config.gpu_id, half=half), *found]
    return found


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
