"""Check the files and URIs of a description: whether they exist and are files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from pythiags.description import Binding, Problem, as_text, is_scalar
from pythiags.gst import Gst
from pythiags.statedir import current_folder
from pythiags.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pythiags.description import Description, Element, Position, Property

__all__ = ["check_file", "check_path", "check_uri", "check_uri_value"]

_FILES = {
    "filesrc": "location",
    "nvdsanalytics": "config-file",
    "nvdsmetamux": "config-file",
    "nvdspreprocess": "config-file",
    "nvinfer": "config-file-path",
    "nvmsgbroker": "config",
    "nvmsgconv": "config",
}
"""Elements that read a file, and the property that names it."""

_URI_HINT = "a path is expected here, not a URI; uridecodebin reads URIs"

_CAMERA = re.compile(r"/dev/(?:video\d+|v4l/by-\w+/.+)")


def check_uri(description: Description, element: Element, *, is_sink: bool) -> Iterator[Problem]:
    """Judge a URI that stands for an element."""
    uri = element.uri or ""
    if not Gst.uri_is_valid(uri):
        hint = f"write {'filesink' if is_sink else 'filesrc'} location={uri}"
        yield Problem("bad-uri", f"'{uri}' is not a URI", element.position, hint)
    elif not Gst.uri_protocol_is_supported(
        Gst.URIType.SINK if is_sink else Gst.URIType.SRC, Gst.uri_get_protocol(uri)
    ):
        verb = "writes to" if is_sink else "reads"
        message = f"no element {verb} {Gst.uri_get_protocol(uri)}:"
        yield Problem("bad-uri", message, element.position)
    elif uri.startswith("file:") and not is_sink:
        yield from check_path(description, Gst.uri_get_location(uri), element.position)


def check_uri_value(description: Description, text: str, item: Property) -> Iterator[Problem]:
    """Judge a URI that is the value of a property."""
    position = item.value.position
    if text and _CAMERA.fullmatch(text):
        hint = f"write {item.name}=v4l2://{text}"
        yield Problem("bad-uri", f"'{text}' is a camera, not a URI", position, hint)
    elif text and not Gst.uri_is_valid(text):
        hint = f"write {item.name}=file://{(current_folder() or Path('/')) / text}"
        yield Problem("bad-uri", f"'{text}' is not a URI", position, hint)
    elif text.startswith("file:"):
        yield from check_path(description, Gst.uri_get_location(text), position)


def check_file(description: Description, element: Element) -> Iterator[Problem]:
    """Judge the file that an element reads."""
    item = element.property(_FILES.get(element.factory, ""))
    if item is None:
        return
    given = description.given(item)
    if isinstance(given, Binding):
        given = as_text(given.value) if is_scalar(given.value) else None
    if isinstance(given, str):
        yield from check_path(description, given, item.value.position)


def check_path(description: Description, text: str | None, position: Position) -> Iterator[Problem]:
    """Judge a path: whether a file is there."""
    if not text:  # a URI without a path, or a location yet to be set
        return
    path = Path(text)
    if _CAMERA.fullmatch(text):
        message = f"'{text}' is a camera, not a file"
        yield Problem("not-a-file", message, position, f"write v4l2src device={text}")
        return
    try:
        if path.is_dir():
            yield Problem("missing-file", f"'{text}' is a folder", position, "name a file in it")
        elif not path.exists():
            hint = _URI_HINT if Gst.uri_is_valid(text) else _file_hint(path, description)
            yield Problem("missing-file", f"there is no file '{text}'", position, hint)
    except OSError as error:
        message = f"'{text}' cannot be accessed: {error.strerror}"
        yield Problem("missing-file", message, position)


def _file_hint(path: Path, description: Description) -> str:
    """Return which file was meant, maybe one beside the description."""
    text = str(path)
    if len(text) > 1 and text[0] == text[-1] == "'":
        return "the single quotes are part of the name: remove them"
    beside = Path(description.origin).parent / path
    if beside.exists():
        return f"paths are relative to the current folder: write '{beside}'"
    if not path.parent.is_dir():
        return f"there is no folder '{path.parent}'"
    meant = did_you_mean(path.name, (entry.name for entry in path.parent.iterdir()))
    return f"did you mean '{path.parent / meant}'?" if meant else ""
