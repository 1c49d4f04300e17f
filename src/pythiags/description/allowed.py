"""What a description from somebody else may use: elements, files and addresses."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote

__all__ = ["HARMLESS", "WRITING", "Allowed", "Refusal", "is_code", "scheme_of"]

# Elements that read, convert, decode, encode, mix and show, and do no more than that: none opens a
# device, a connection, or a file for writing, unless a property of WRITING says so. NVIDIA's own
# nvinfer keeps the engine that it builds beside its model, which must be an allowed file.
HARMLESS: Final = frozenset(
    """
    alpha appsink appsrc audioconvert audiomixer audiorate audioresample audiotestsrc autovideosink
    bin capsfilter clockoverlay compositor concat deinterlace fakeaudiosink fakesink fakesrc
    fakevideosink filesrc funnel gamma glimagesink identity imagefreeze input-selector level
    multiqueue output-selector pipeline progressreport queue queue2 tee textoverlay timeoverlay
    typefind valve videobalance videobox videoconvert videoconvertscale videocrop videoflip
    videomixer videorate videoscale videotestsrc volume waylandsink ximagesink xvimagesink

    avdec_aac avdec_h264 avdec_h265 avdec_mjpeg av1dec dav1ddec jpegdec openh264dec opusdec pngdec
    vp8dec vp9dec decodebin decodebin3 parsebin uridecodebin uridecodebin3 urisourcebin
    av1enc jpegenc openh264enc opusenc pngenc vp8enc vp9enc x264enc x265enc
    aacparse av1parse h264parse h265parse jpegparse mpeg4videoparse mpegaudioparse mpegvideoparse
    opusparse pngparse vp8parse vp9parse wavparse
    avidemux flvdemux matroskademux multipartdemux oggdemux qtdemux tsdemux
    avimux flvmux matroskamux mp4mux mpegtsmux qtmux

    nv3dsink nvdsanalytics nvdslogger nvdsmetamux nvdsosd nvdspreprocess nvegltransform
    nveglglessink nvinfer nvjpegdec nvmsgconv nvmultistreamtiler nvof nvofvisual nvosdbin
    nvsegvisual nvstreamdemux nvstreammux nvtracker nvurisrcbin nvv4l2decoder nvv4l2h264enc
    nvv4l2h265enc nvvidconv nvvideoconvert
    """.split()  # noqa: SIM905 (a list of 130 quoted names is harder to read)
)

_OFF: Final = frozenset({"false", "f", "no", "n", "0"})
_ONE_PASS: Final = frozenset({"one-pass", "0"})

# Properties that have harmless elements write a file that nobody names, and the values with which
# they do not: statistics of a first pass, a temporary copy of a movie, raw tensors, messages,
# recordings.
WRITING: Final = {
    ("mp4mux", "faststart"): _OFF,
    ("nvinfer", "raw-output-file-write"): _OFF,
    ("nvmsgconv", "debug-payload-dir"): frozenset(),
    ("nvurisrcbin", "smart-record"): frozenset({"smart-rec-disable", "0"}),
    ("qtmux", "faststart"): _OFF,
    ("uridecodebin", "download"): _OFF,
    ("uridecodebin3", "download"): _OFF,
    ("urisourcebin", "download"): _OFF,
    ("vp8enc", "multipass-mode"): _ONE_PASS,
    ("vp9enc", "multipass-mode"): _ONE_PASS,
    ("x264enc", "pass"): frozenset({"cbr", "quant", "qual", "0", "4", "5"}),
}

_CODE: Final = re.compile(r"\.(?:so(?:\.[\w.]+)?|dll|dylib|pyc?|pyd|lua|js)$", re.IGNORECASE)
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?=:)")
_FILE: Final = re.compile(r"file://(?:localhost)?(?P<path>/.*)", re.IGNORECASE | re.DOTALL)
_PATTERN: Final = re.compile(r"[%*?\[]")


@dataclass(frozen=True)
class Refusal:
    """Why something may not be used.

    Attributes:
        code: As ``Problem.code``.
        message: What is wrong, in one line.
        hint: What would allow it.
    """

    code: str
    message: str
    hint: str


@dataclass(frozen=True)
class Allowed:
    """What a description may use.

    Args:
        elements: Factories, besides those that are harmless.
        paths: Folders, with all that is in them, and single files. Code, such as a library, is
            allowed as a single file only.
        schemes: Of URIs, besides ``file``.
    """

    elements: frozenset[str] = frozenset()
    paths: tuple[str, ...] = ()
    schemes: frozenset[str] = frozenset()

    def refuse_element(self, factory: str) -> Refusal | None:
        """Return why an element may not be used; None: it may."""
        if factory in HARMLESS or factory in self.elements:
            return None
        return Refusal(
            "untrusted-element",
            f"the element '{factory}' is not allowed",
            f"--allow-elements={factory} allows it",
        )

    def refuse_writing(self, factory: str, key: str, value: str) -> Refusal | None:
        """Return why a property may not have a value, with which a file is written; None: it may.

        Args:
            factory: Of the element.
            key: The property, also of a child: ``child::property``.
            value: As it was written.
        """
        child, _, name = key.lower().replace("_", "-").rpartition("::")
        for (each, property_name), harmless in WRITING.items():
            if property_name != name or not (child or each == factory):
                continue
            if value.strip().lower() not in harmless and each not in self.elements:
                return Refusal(
                    "untrusted-value",
                    f"with this value of '{name}' {each} writes a file",
                    f"--allow-elements={each} allows it",
                )
        return None

    def refuse_uri(self, uri: str) -> Refusal | None:
        """Return why a URI may not be used; None: it may."""
        scheme = scheme_of(uri)
        if scheme != "file":
            if scheme in self.schemes:
                return None
            return Refusal(
                "untrusted-uri",
                f"addresses of the scheme '{scheme}' are not allowed",
                f"--allow-scheme={scheme} allows them",
            )
        # GStreamer takes all behind the host for the path, even ? and #.
        match = _FILE.fullmatch(uri)
        if match is None:
            message = f"'{uri}' cannot be judged"
            return Refusal("untrusted-uri", message, "write file:///, and the path")
        return self.refuse_path(unquote(match["path"], errors="surrogateescape"), "/")

    def refuse_path(self, path: str, folder: str, *, code: bool = False) -> Refusal | None:
        """Return why a file may not be used; None: it may.

        Args:
            path: As it was written.
            folder: What it is relative to.
            code: It is loaded and run.
        """
        if not path:
            return None
        if "\0" in path:
            return Refusal("untrusted-path", f"{path!r} cannot be judged", "")
        real = os.path.realpath(Path(folder, path))
        if code or is_code(path) or is_code(real):
            return self._refuse_code(path, folder, real)
        if self._holds_all(Path(folder, path)) if _PATTERN.search(path) else self._holds(real):
            return None
        where = "" if real == os.path.normpath(path) else f" ({real})"
        message = f"'{path}'{where} is outside of what is allowed"
        hint = f"--allow-path={Path(real).parent} allows it, and all beside it"
        return Refusal("untrusted-path", message, hint)

    def _refuse_code(self, path: str, folder: str, real: str) -> Refusal | None:
        if not self._names(real):
            message = f"'{path}' is code, and would be run"
            hint = f"--allow-path={real}, the very file, allows it"
            return Refusal("untrusted-code", message, hint)
        # Portable elements read the Python file beside a library in its place.
        for each in (Path(folder, path), Path(real)):
            beside = each.with_suffix(".py") if each.name else each
            if beside.exists() and not self._names(os.path.realpath(beside)):
                message = f"'{beside}', beside '{path}', is code, and would be run"
                hint = f"--allow-path={beside}, the very file, allows it"
                return Refusal("untrusted-code", message, hint)
        return None

    def _names(self, real: str) -> bool:
        return any(real == os.path.realpath(each) for each in self.paths)

    def _holds(self, real: str) -> bool:
        return any(_within(real, os.path.realpath(each)) for each in self.paths)

    def _holds_all(self, pattern: Path) -> bool:
        """Judge ``frame-%d.png`` and ``*.png``: whatever is in that folder may be meant."""
        folder = pattern.parent
        if _PATTERN.search(str(folder)):
            return False
        meant = [folder, *(folder.iterdir() if folder.is_dir() else ())]
        return all(self._holds(os.path.realpath(each)) for each in meant)


def is_code(path: str) -> bool:
    """Whether a file has the name of a library, or of a program in a language that is loaded."""
    return bool(_CODE.search(path))


def scheme_of(text: str) -> str | None:
    """Return the scheme of what may be a URI, in lower case; None: there is none."""
    match = _SCHEME.match(text)
    return match[0].lower() if match else None


def _within(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)
