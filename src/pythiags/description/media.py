"""What kind of file or URI was taken for the text of a pipeline, and how to play it."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["explain_media", "explain_uri", "kind_of"]

_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_RECORDING: Final = b'{"format":"pythiags-metadata"'
_HEAD: Final = len(_RECORDING)  # bytes that identify the file

# What a file begins with, or holds at an offset.
_MAGIC: Final = (
    (4, b"ftyp", "a video"),
    (4, b"moov", "a video"),
    (0, b"\x1a\x45\xdf\xa3", "a video"),  # Matroska, WebM
    (0, b"\x00\x00\x00\x01", "a video"),  # H.264, H.265
    (0, b"\x00\x00\x01", "a video"),  # MPEG
    (0, b"FLV", "a video"),
    (0, b"\x47\x40", "a video"),  # MPEG transport stream
    (8, b"AVI ", "a video"),
    (8, b"WAVE", "an audio file"),
    (0, b"OggS", "a video or audio file"),
    (0, b"ID3", "an audio file"),
    (0, b"fLaC", "an audio file"),
    (0, b"\xff\xd8\xff", "a picture"),
    (0, b"\x89PNG", "a picture"),
    (8, b"WEBP", "a picture"),
    (0, b"GIF8", "a picture"),
    (0, _RECORDING, "a recording of metadata"),
)
_SUFFIXES: Final = {
    "a video": "mp4 m4v mov mkv webm avi flv ts m2ts mts mpg mpeg h264 264 h265 265 hevc 3gp ogv",
    "an audio file": "mp3 wav flac ogg m4a aac opus",
    "a picture": "jpg jpeg png gif webp bmp",
}
_BY_SUFFIX: Final = {name: kind for kind, names in _SUFFIXES.items() for name in names.split()}


def kind_of(file: Path) -> str | None:
    """Return the kind of a file that is played, by its first bytes, such as ``"a video"``, or None.

    A file that does not exist, or cannot be read, is judged by its name.
    """
    try:
        if not file.is_file():
            raise FileNotFoundError
        with file.open("rb") as opened:
            head = opened.read(_HEAD)
    except OSError:
        return _BY_SUFFIX.get(file.suffix[1:].lower())
    return next((kind for at, magic, kind in _MAGIC if head[at:].startswith(magic)), None)


def explain_uri(text: str) -> tuple[str, str] | None:
    """Return the message and the hint for a URI that was taken for a file."""
    if not _URI.match(text):
        return None
    return (
        "this is a URI, not the text of a pipeline",
        f"pythiags launch uridecodebin uri={shlex.quote(text)} ! videoconvert ! autovideosink",
    )


def explain_media(file: Path) -> tuple[str, str] | None:
    """Return the message and the hint for a file that is played, not read as a pipeline."""
    kind = kind_of(file)
    if kind is None:
        return None
    location = shlex.quote(str(file))
    message = f"this is {kind}, not a pipeline description"
    if kind == "a recording of metadata":
        return message, f"pythiags replay {location} --ext=module:Extract --proc=module:Process"
    sink = (
        "audioconvert ! autoaudiosink"
        if kind == "an audio file"
        else "videoconvert ! autovideosink"
    )
    still = " ! imagefreeze" if kind == "a picture" else ""
    return message, f"pythiags launch filesrc location={location} ! decodebin{still} ! {sink}"
