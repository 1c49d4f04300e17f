"""Check what portable nvinfer would refuse at its start: configuration file and model.

DeepStream's own nvinfer reads files that the portable one refuses, so it is left alone.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pythiags.description import Binding, Problem, as_text
from pythiags.errors import ConfigError
from pythiags.extras import install_line
from pythiags.gst import registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pythiags.description import Description, Element, Property

__all__ = ["INFERENCE", "check_infer", "given_text", "is_portable"]

INFERENCE = frozenset({"nvinfer", "nvinferserver"})

_FILE = "config-file-path"
_NO_KEYS = frozenset({_FILE, "name", "parent", "qos", "output-analytics-meta"})
"""Properties that override nothing in the configuration file."""
_AS_NUMBERS = {"primary": "1", "secondary": "2", "true": "1", "yes": "1", "false": "0", "no": "0"}
"""Values of properties that the configuration file has as numbers."""


def check_infer(description: Description, element: Element) -> Iterator[Problem]:
    """Return what is wrong with an nvinfer's configuration, and what is doubtful in it.

    The file is read, and the outline of its model; nothing is loaded or run.
    """
    if not is_portable(element.factory):
        return
    file = element.property(_FILE)
    if file is None:
        message = f"{element.factory} has no configuration file"
        hint = f"write {_FILE}=<an {element.factory} configuration file>"
        yield Problem("bad-config", message, element.position, hint, "warning")
        return
    settings = {item.key: given_text(description, item) for item in element.properties}
    given = {name: text for name, text in settings.items() if isinstance(text, str)}
    path = Path(given.get(_FILE, ""))
    try:
        if not path.exists() or path.is_dir():  # reported where all files are
            return
    except (OSError, ValueError):
        return
    numbers = {n: _AS_NUMBERS.get(t.lower(), t) for n, t in given.items() if n not in _NO_KEYS}
    yield from _read(element.factory, path, numbers, file)
    if find_spec("onnxruntime") is None:
        message = (
            f"portable {element.factory} runs its model on ONNX Runtime, which is not installed"
        )
        yield Problem("missing-package", message, element.position, install_line("infer"))


def is_portable(factory: str) -> bool:
    """Return whether a name stands for a portable element here."""
    found = registry.find_factory(factory)
    return found is None or (found.get_metadata("long-name") or "").startswith("Portable ")


def given_text(description: Description, item: Property) -> str | None:
    """Return the text of a property's value; None: it is not known yet."""
    given = description.given(item)
    if isinstance(given, Binding):
        return as_text(given.value)
    return given if isinstance(given, str) else None


def _read(factory: str, path: Path, settings: dict[str, str], file: Property) -> Iterator[Problem]:
    from pythiags.inference import read_config, read_model, read_server_config  # with numpy

    position = file.value.position
    try:
        read = read_server_config if factory == "nvinferserver" else read_config
        config = read(path, settings)
        for note in config.notes:
            if note.level == "warning":
                yield Problem("doubtful-config", note.text, position, severity="warning")
        read_model(config)
    except ConfigError as error:
        message = f"{error.where}: {error.message}" if error.where else error.message
        parts = (("expected", error.expected), ("got", error.got))
        lines = [message, *(f"{name} {text}" for name, text in parts if text)]
        yield Problem("bad-config", ", ".join(lines), position, error.hint or "")
