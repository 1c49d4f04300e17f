"""A network and its configuration put together: what fits, and what does not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from pythiags.errors import ConfigError
from pythiags.inference import keys
from pythiags.inference.decoders import choose_decoder
from pythiags.inference.onnxfile import read_outline
from pythiags.inference.parsers import find_parser
from pythiags.inference.types import Note

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pythiags.inference.config import Config
    from pythiags.inference.onnxfile import Outline, Tensor

__all__ = ["Model", "check_outputs", "read_model"]

MOST_VALUES: Final = 1 << 27
"""Values of one picture: half a gigabyte as float32, far above every detector."""

LEAST_SHAPE: Final = 3
"""Numbers in the shape of an input, with the batch."""

MOST_IN_A_BATCH: Final = 1024
"""As ``batch-size``."""


class Model(NamedTuple):
    """A network that fits its configuration."""

    input: str
    """The name of its input."""
    dims: tuple[int, int, int]
    """Channels, height, width of a picture; of other inputs, which nvdspreprocess fills, the last
    two numbers are the height and the width."""
    batch: int
    """The pictures that the network insists on at a time; 0 where any number will do."""
    type: str
    """What it takes: float32, float16, or uint8."""
    outputs: tuple[str, ...]
    """The outputs that are decoded."""
    fetched: tuple[str, ...]
    """The outputs that are fetched: with ``output-tensor-meta`` all that are tensors, in the
    network's order, as DeepStream attaches them; else those that are decoded."""
    notes: tuple[Note, ...] = ()
    """What is doubtful, but no error."""
    prepared: tuple[int, ...] = ()
    """The shape of its input without the batch, for tensors of nvdspreprocess; 0 is any size."""
    external: int = 0
    """Bytes of its weights that are in other files than the model's."""


def read_model(config: Config) -> Model:
    """Read the outline of a configuration's network and check the two against each other.

    Nothing is loaded or run. What only running the network shows is left to it: operators of a
    newer ONNX, and outputs whose shapes the file does not tell.

    Raises:
        ConfigError: The file is not an ONNX model, or does not fit the configuration.
    """
    outline = read_outline(config.onnx_file, config.place_of_model)
    tensor = _input(outline, config)
    batch, dims = (_prepared_dims if config.input_tensor_from_meta else _dims)(tensor, config)
    names, notes = _outputs(outline, config, dims)
    prepared = (tensor.shape or ())[1:] if config.input_tensor_from_meta else ()
    fetched = names
    if config.output_tensor_meta:
        fetched = tuple(
            each.name for each in outline.outputs if each.type != "string" and not _is_other(each)
        )
    return Model(
        *(tensor.name, dims, batch, tensor.type, names, fetched, notes, prepared),
        external=outline.external,
    )


def check_outputs(outputs: Iterable[Tensor], config: Config, dims: tuple[int, int, int]) -> None:
    """Raise if the declared shapes of the outputs, as far as there are any, cannot be decoded.

    Raises:
        ConfigError: As of ``choose_decoder()``.
    """
    shapes = {each.name: each.shape for each in outputs}
    if config.network_type == keys.OTHER:
        return
    if all(shape and 0 not in shape[1:] for shape in shapes.values()):
        known = {name: (shape[0] or 1, *shape[1:]) for name, shape in shapes.items() if shape}
        network = config.network(dims[2], dims[1])
        choose_decoder(
            known, network, config.parser, where=_place(config), kind=config.network_type
        )


def _place(config: Config) -> str:
    return f"{config.where}: {config.onnx_file.name}"


def _input(outline: Outline, config: Config) -> Tensor:
    """Return the only input, of a kind that pictures can be written to."""
    order = config.input_order
    inputs = outline.inputs
    got = ", ".join(map(str, inputs)) or "none"
    if len(inputs) > 1:
        picture, *more = inputs
        names = " and ".join(repr(each.name) for each in more)
        raise ConfigError(
            f"the model has {len(inputs)} inputs",
            where=_place(config),
            expected=f"one, {picture.name!r}",
            got=got,
            hint="DeepStream has NvDsInferInitializeInputLayers of custom-lib-path fill the others "
            f"once: write the same values into the model, as an initializer in place of {names} "
            "(onnx.numpy_helper.from_array)",
        )
    shape = len(inputs[0].shape or ()) if len(inputs) == 1 else 0
    if shape < LEAST_SHAPE or (shape != len(order) and not config.input_tensor_from_meta):
        raise ConfigError(
            "the model's input is not supported",
            where=_place(config),
            expected=f"one input float32 [{', '.join(order)}]",
            got=got,
        )
    types = ("float32", "float16", "uint8")[: 3 if config.takes_bytes else 2]
    if inputs[0].type not in types:
        raise ConfigError(
            f"the model's input is {inputs[0].type}",
            where=_place(config),
            expected=" or ".join(types),
            got=got,
            hint="export the network with a float input, or put a Cast in front of it",
        )
    return inputs[0]


def _prepared_dims(tensor: Tensor, config: Config) -> tuple[int, tuple[int, int, int]]:
    """Return the same of an input of any shape, whose tensors nvdspreprocess makes."""
    shape = tensor.shape or ()
    if len(shape) == len(config.input_order):
        return _dims(tensor, config)
    _, height, width = config.infer_dims or (0, *shape[-2:])
    return shape[0], (1, max(1, height), max(1, width))


def _dims(tensor: Tensor, config: Config) -> tuple[int, tuple[int, int, int]]:
    """Return the batch that the network insists on, and channels, height and width."""
    where, got = _place(config), str(tensor)
    sizes = dict(zip(config.input_order, tensor.shape or (), strict=True))
    declared = (sizes["channels"], sizes["height"], sizes["width"])
    _check_order(tensor, config)
    wanted = config.infer_dims or declared
    if 0 in wanted:
        raise ConfigError(
            "the model has no fixed input size",
            where=where,
            expected="infer-dims=channels;height;width",
            got=got,
        )
    if any(size not in (0, want) for size, want in zip(declared, wanted, strict=True)):
        raise ConfigError(
            "infer-dims does not match the model's input",
            where=where,
            expected=";".join(str(size or "any") for size in declared),
            got=";".join(map(str, wanted)),
        )
    if wanted[0] != config.channels:
        raise ConfigError(
            "model-color-format does not match the model's channels",
            where=where,
            expected="0 (RGB) or 1 (BGR) for 3 channels, 2 (GRAY) for 1",
            got=f"model-color-format={config.model_color_format} for {wanted[0]} channels",
        )
    if math.prod(wanted) > MOST_VALUES or sizes["N"] > MOST_IN_A_BATCH:
        raise ConfigError(
            "the model's input is too large",
            where=where,
            expected=f"at most {MOST_VALUES} values per picture, {MOST_IN_A_BATCH} pictures per "
            "batch",
            got=got,
        )
    return sizes["N"], wanted


def _check_order(tensor: Tensor, config: Config) -> None:
    """Tell channels first from channels last, where the sizes leave no doubt."""
    _, *sizes = tensor.shape or ()
    here, there = (0, 2) if config.network_input_order == 0 else (2, 0)
    if sizes[here] not in (0, 1, 3) and sizes[there] in (1, 3):
        raise ConfigError(
            f"the model's channels come {'last' if there else 'first'}",
            where=_place(config),
            expected=f"network-input-order={1 - config.network_input_order} in [property]",
            got=str(tensor),
        )


def _outputs(
    outline: Outline, config: Config, dims: tuple[int, int, int]
) -> tuple[tuple[str, ...], tuple[Note, ...]]:
    """Return the outputs to read: those of output-blob-names, or all where these are not enough.

    DeepStream passes all outputs of an ONNX model to a parser, and only warns of names that it has
    not: files for TAO's networks name the first of four.

    Raises:
        ConfigError: Neither those that are named nor all of them can be decoded.
    """
    names = tuple(output.name for output in outline.outputs)
    chosen, missing = _named(config, names)
    read = chosen or names
    try:
        _check_decoded(outline, config, dims, read)
    except ConfigError as problem:
        read = names
        try:
            _check_decoded(outline, config, dims, read)
        except ConfigError:
            raise problem from None
    text = f"the model has no output {', '.join(map(repr, missing))}; " if missing else ""
    if not missing and (not chosen or read == chosen):
        return read, ()
    text += "all of its outputs are read" if read == names else f"{', '.join(read)}: read"
    text = f"{config.where}: output-blob-names: {text}"
    return read, (Note("warning", text) if missing else Note("info", text),)


def _named(config: Config, names: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """Return the outputs of output-blob-names that the model has, and the names it has not.

    TensorFlow's names end in ``:0``, which files have or leave out.
    """
    chosen: list[str] = []
    missing: list[str] = []
    for name in config.output_blob_names:
        same = [each for each in (name, f"{name}:0", name.removesuffix(":0")) if each in names]
        (chosen if same else missing).append(same[0] if same else name)
    return tuple(chosen), missing


def _check_decoded(
    outline: Outline, config: Config, dims: tuple[int, int, int], names: Sequence[str]
) -> None:
    read = [each for each in outline.outputs if each.name in names]
    _check_tensors(read, config)
    if config.parser_file is None or find_parser(config.parser or ""):  # else it is not loaded yet
        check_outputs(read, config, dims)


def _is_other(output: Tensor) -> bool:
    """Tell whether it is no tensor, as far as the file tells."""
    return output.shape is None and output.type in {"sequence", "map", "optional", "sparse tensor"}


def _check_tensors(outputs: Sequence[Tensor], config: Config) -> None:
    for each in outputs:
        if _is_other(each):
            raise ConfigError(
                f"the model's output {each.name!r} is a {each.type}, not a tensor",
                where=_place(config),
                expected="tensors of boxes, scores and classes",
                got=", ".join(map(str, outputs)),
                hint="name the outputs to decode in output-blob-names",
            )
