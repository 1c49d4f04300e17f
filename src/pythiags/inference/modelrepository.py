"""A Triton model repository: which file a model is, and what its config.pbtxt says of it.

Such a repository is a folder of folders: ``<root>/<model>/config.pbtxt`` and
``<root>/<model>/<version>/model.onnx``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pythiags.errors import ConfigError
from pythiags.inference import keys
from pythiags.inference.prototext import Message, Scalar, read_prototext
from pythiags.suggest import hint_for

__all__ = ["RepositoryModel", "find_model"]

_FILE: Final = "model.onnx"
_ENSEMBLES: Final = "give the network of the ensemble that reads pictures its own nvinferserver"


@dataclass(frozen=True)
class RepositoryModel:
    """A model of a repository.

    Attributes:
        path: Its file.
        dims: Of its first input without the batch, as config.pbtxt says; empty: it does not say.
        labels: The file of its labels, as config.pbtxt says; None: none.
    """

    path: Path
    dims: tuple[int, ...] = ()
    labels: Path | None = None


def find_model(root: Path, name: str, version: int, where: str) -> RepositoryModel:
    """Return the file of a model.

    Args:
        root: The folder of the repository.
        name: The model's name, which is that of its folder.
        version: Its number; -1: the highest that is there.
        where: What an error names as its place.

    Raises:
        ConfigError: There is no such model, or ONNX Runtime cannot run it.
    """
    folder = root / name
    if not folder.is_dir():
        models = (
            sorted(each.name for each in root.iterdir() if each.is_dir()) if root.is_dir() else []
        )
        raise ConfigError(
            "the model is not in the repository" if models else "the model repository has no model",
            where=where,
            expected=f"a folder {name} in {root}",
            got=", ".join(models)
            if models
            else f"{root} is {'empty' if root.is_dir() else 'no folder'}",
            hint=hint_for(name, models) if models else None,
        )
    settings = folder / "config.pbtxt"
    config = read_prototext(settings) if settings.is_file() else Message(str(settings))
    _check_platform(config, where)
    file = _version(folder, version, where) / (_text(config, "default_model_filename") or _FILE)
    if not file.is_file():
        _refuse(file, where)
    return RepositoryModel(file, _dims(config), _labels(config, folder))


def _version(folder: Path, version: int, where: str) -> Path:
    numbers = sorted(int(each.name) for each in folder.iterdir() if each.name.isdecimal())
    wanted = (numbers[-1] if numbers else 1) if version < 0 else version
    if wanted not in numbers:
        raise ConfigError(
            "the model has no such version",
            where=where,
            expected=f"a folder {wanted} in {folder}",
            got=", ".join(map(str, numbers)) or "no folder with a number",
        )
    return folder / str(wanted)


def _refuse(file: Path, where: str) -> None:
    """Raise for a model that is not there, by what is there in its place."""
    others = sorted(each.name for each in file.parent.iterdir())
    hints = [
        keys.OTHER_SUFFIXES[Path(n).suffix] for n in others if Path(n).suffix in keys.OTHER_SUFFIXES
    ]
    raise ConfigError(
        "the model is not an ONNX file",
        where=where,
        expected=str(file),
        got=", ".join(others) or "an empty folder",
        hint=hints[0] if hints else "export the network to ONNX",
    )


def _check_platform(config: Message, where: str) -> None:
    named = _text(config, "platform") or _text(config, "backend") or "onnxruntime"
    if not named.startswith("onnxruntime"):
        raise ConfigError(
            f"the model is for {named}, which portable nvinferserver does not run",
            where=where,
            expected='backend: "onnxruntime" (or platform: "onnxruntime_onnx") in its config.pbtxt',
            got=named,
            hint=_ENSEMBLES if named == "ensemble" else "export the network to ONNX",
        )


def _text(message: Message, name: str) -> str:
    values = message.fields.get(name, [])
    return values[-1].text if values and isinstance(values[-1], Scalar) else ""


def _first(message: Message, name: str) -> Message | None:
    values = [each for each in message.fields.get(name, []) if isinstance(each, Message)]
    return values[0] if values else None


def _dims(config: Message) -> tuple[int, ...]:
    picture = _first(config, "input")
    texts = (
        [each.text for each in picture.fields.get("dims", []) if isinstance(each, Scalar)]
        if picture
        else []
    )
    try:
        dims = tuple(int(text) for text in texts)
        batched = int(_text(config, "max_batch_size") or 0) > 0
    except ValueError:
        return ()
    return dims if batched else dims[1:]


def _labels(config: Message, folder: Path) -> Path | None:
    for output in config.fields.get("output", []):
        name = _text(output, "label_filename") if isinstance(output, Message) else ""
        if name:
            return folder / name
    return None
