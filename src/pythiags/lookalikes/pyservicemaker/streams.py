"""What a flow has at its end: streams, and the nodes that they come from."""

from __future__ import annotations

import enum
import itertools
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlparse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pythiags.lookalikes.pyservicemaker.pipeline import Pipeline

__all__ = [
    "MediaType",
    "RenderMode",
    "StreamInfo",
    "UpstreamError",
    "as_properties",
    "as_uri",
    "link_stream",
    "media_of",
    "new_name",
]


class MediaType(str, enum.Enum):
    """What a stream has."""

    VIDEO = "video"
    AUDIO = "audio"


class RenderMode(enum.Enum):
    """Where ``Flow.render()`` puts pictures: on a display, nowhere, or out by RTSP."""

    DISPLAY = 1
    DISCARD = 2
    STREAM = 3


class StreamInfo(NamedTuple):
    """A stream.

    Attributes:
        originator: The name of the node that it comes from.
        template: The template of the node's pad; "": any.
        media_type: "video", "audio", or "generic" where it is not known.
    """

    originator: str
    template: str = ""
    media_type: str = "generic"

    @property
    def is_audio(self) -> bool:
        """Whether it is sound."""
        return self.media_type == MediaType.AUDIO.value


class UpstreamError(Exception):
    """An operation that does not fit the streams that it would be put behind."""

    def __init__(self, text: str) -> None:
        super().__init__(f"Upstream error: {text}")


_numbers: dict[str, Iterator[int]] = {}


def new_name(method: str, what: str) -> str:
    """Return the name of a node that a method of ``Flow`` adds: ``infer-infer-0``."""
    return f"{method}-{what}-{next(_numbers.setdefault(method, itertools.count()))}"


def as_properties(arguments: dict[str, Any]) -> dict[str, Any]:
    """Return keyword arguments as properties: ``batch_size`` is ``batch-size``."""
    return {name.replace("_", "-"): value for name, value in arguments.items()}


def media_of(media_types: Any) -> list[str]:
    """Return the kinds of streams that are asked for, "video" and "audio".

    Raises:
        TypeError: They are no such kinds.
    """
    if media_types is None:
        media_types = (MediaType.VIDEO,)
    given = [media_types] if isinstance(media_types, str) else list(media_types)
    found: list[str] = []
    for each in given:
        word = each.value if isinstance(each, MediaType) else each
        if not isinstance(word, str):
            raise TypeError(f"Unsupported media type: {each}")
        both = word.lower() in {"av", "both", "all"}
        for kind in ("video", "audio") if both else (word.lower(),):
            if kind not in {"video", "audio"}:
                raise TypeError(f"Unsupported media type: {each}")
            if kind not in found:
                found.append(kind)
    if not found:
        raise TypeError("At least one media type must be supplied")
    return found


def as_uri(text: str) -> str:
    """Return a path as a URI; a URI stays.

    Raises:
        FileNotFoundError: There is no such file.
    """
    parsed = urlparse(text)
    if parsed.scheme not in ("", "file"):
        return text
    path = Path(unquote(parsed.path) if parsed.scheme else text)
    if not path.exists():
        raise FileNotFoundError(f"File {path} doesn't exist")
    return path.absolute().as_uri()


def link_stream(pipeline: Pipeline, stream: StreamInfo, target: str, pad: str = "") -> None:
    """Link what a stream comes from to a node.

    A branch of a fork has a queue: without one no branch goes on before all others do.
    """
    source, template = stream.originator, stream.template
    if pipeline[source].factory == "tee":
        branch = new_name("fork", "queue")
        pipeline.add("queue", branch).link((source, branch), (template, ""))
        source, template = branch, ""
    pipeline.link((source, target), (template, pad))


def add_chain(pipeline: Pipeline, parts: Iterable[tuple[str, str, dict[str, Any]]]) -> list[str]:
    """Add nodes and link them in their order; return their names."""
    names = []
    for factory, name, properties in parts:
        pipeline.add(factory, name, properties)
        names.append(name)
    if len(names) > 1:
        pipeline.link(*names)
    return names
