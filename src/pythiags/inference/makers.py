"""Tensors of one's own for nvdspreprocess: Python functions under the names of C functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from pythiags.errors import ConfigError
from pythiags.inference.parsers import load_parsers

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Region",
    "TensorMaker",
    "TensorSettings",
    "missing_function",
    "nvdspreprocess_function",
    "open_maker",
]

TYPES = ("float32", "uint8", "int8", "uint32", "int32", "int64", "uint64", "float16")
"""By ``tensor-data-type``."""

USER = "user:"
"""Before the keys of ``[user-configs]``."""


class Region(NamedTuple):
    """What a picture shows: a region of a frame, or an object."""

    source_id: int
    frame_num: int
    left: float
    top: float
    width: float
    height: float
    class_id: int
    """-1 for a region of a frame."""
    object_id: int | None
    """None for a region of a frame."""


@dataclass(frozen=True)
class TensorSettings:
    """What the file says of the tensor."""

    name: str
    """``tensor-name``."""
    shape: tuple[int, ...]
    """``network-input-shape``; the first number is how many pictures a tensor has at most."""
    dtype: np.dtype[Any]
    """``tensor-data-type``."""
    user_configs: Mapping[str, str]
    """The keys of ``[user-configs]``."""


TensorMaker = Callable[[npt.NDArray[np.uint8], "list[Region]", TensorSettings], Any]
M = TypeVar("M", bound=TensorMaker)
_makers: dict[str, TensorMaker] = {}


def nvdspreprocess_function(name: str) -> Callable[[M], M]:
    """Have a function make the tensors of the portable ``nvdspreprocess``; a decorator.

    A configuration names it by ``custom-tensor-preparation-function``, as it names the C function
    that it stands for, and ``custom-lib-path`` names a library other than NVIDIA's standard one.

    The function takes ``pictures``, uint8[n, height, width, channels], scaled to
    ``processing-width`` and ``processing-height``, with the channels of ``network-color-format``;
    ``regions``, a ``Region`` for each; and ``settings``, a ``TensorSettings``. It is called in the
    streaming thread. It returns an array of ``settings.dtype`` and ``settings.shape``, but for the
    first number, which is that of the regions; or such an array and the places of the regions that
    its rows are of; or None, where it has to see more pictures first.

    Args:
        name: The function's name in configurations.
    """

    def register(function: M) -> M:
        _makers[name] = function
        return function

    return register


class _Maker:
    """A function, and what it is called with."""

    def __init__(
        self, function: TensorMaker, name: str, where: str, settings: TensorSettings
    ) -> None:
        self._function, self._name, self._settings = function, name, settings
        self._where = f"{where}: {function.__module__}.{function.__qualname__}"

    def make(
        self, pictures: npt.NDArray[np.uint8], regions: Sequence[tuple[Any, ...]]
    ) -> tuple[npt.NDArray[Any] | None, list[int]]:
        """Return a tensor, and the places of the regions that its rows are of.

        Raises:
            ConfigError: The function raises, or returns something else.
        """
        try:
            given = self._function(pictures, [Region(*each) for each in regions], self._settings)
        except Exception as problem:
            raise ConfigError(
                f"the function {self._name!r} raised {type(problem).__name__}: {problem}",
                where=self._where,
                got=f"pictures {list(pictures.shape)}",
            ) from problem
        if given is None:
            return None, list(range(len(regions)))
        tensor, places = given if isinstance(given, tuple) else (given, range(len(regions)))
        return self._checked(tensor, [int(each) for each in places], len(regions))

    def _checked(
        self, tensor: Any, places: list[int], count: int
    ) -> tuple[npt.NDArray[Any], list[int]]:
        wanted = self._settings.shape[1:]
        array = np.asarray(tensor)
        fits = array.dtype == self._settings.dtype and array.shape == (len(places), *wanted)
        if not fits or not all(0 <= each < count for each in places):
            raise ConfigError(
                f"the function {self._name!r} returned another tensor than the file says",
                where=self._where,
                expected=f"{self._settings.dtype} {[len(places), *wanted]}, and places of regions "
                f"below {count}",
                got=f"{array.dtype} {list(array.shape)}, of {places}",
            )
        return np.ascontiguousarray(array), places


def _python_file(given: Mapping[str, str]) -> Path | None:
    """Return the Python file that stands for the library: itself, or the one beside it."""
    library = Path(given["config-file"]).parent / given["library"]
    file = library.with_suffix(".py")
    return file if file.is_file() else None


def missing_function(given: Mapping[str, str]) -> ConfigError | None:
    """Return why there is no such function; None: there is, or a file that is yet to be run."""
    name = given["function"]
    if name in _makers or _python_file(given):
        return None
    beside = Path(given["library"]).with_suffix(".py").name
    return ConfigError(
        f"there is no function {name!r} in Python, and {given['library']!r} is compiled for "
        "NVIDIA's memory",
        where=given["where"],
        hint=f"write one with @pythiags.nvdspreprocess_function({name!r}), in a module that the "
        f"program imports or in {beside} beside the library; or name libcustom2d_preprocess.so and "
        "CustomTensorPreparation, which are built in",
    )


def open_maker(given: Mapping[str, str]) -> _Maker:
    """Return the function that a file names, ready to be called.

    Args:
        given: Of the file: config-file, where, library, function, name, shape, type, and the keys
            of ``[user-configs]`` with ``user:`` before them.

    Raises:
        ConfigError: There is none, or its file raises.
    """
    name, file = given["function"], _python_file(given)
    problem = missing_function(given)
    if problem:
        raise problem
    if file is not None:
        load_parsers(file, given["where"], "functions with @pythiags.nvdspreprocess_function")
    if name not in _makers:
        raise ConfigError(
            f"{file} registers no function {name!r}",
            where=given["where"],
            expected=f"@pythiags.nvdspreprocess_function({name!r})",
            got=", ".join(map(repr, _makers)) or "none",
        )
    settings = TensorSettings(
        given["name"],
        tuple(map(int, given["shape"].split(";"))),
        np.dtype(TYPES[int(given["type"])]),
        {key.removeprefix(USER): text for key, text in given.items() if key.startswith(USER)},
    )
    return _Maker(_makers[name], name, given["where"], settings)
