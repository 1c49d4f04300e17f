"""What a file is that should have been an ONNX model, by its first bytes."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Kind", "identify"]


class Kind(NamedTuple):
    """What a file is, with its article, and what to do about it."""

    what: str
    hint: str


_EXPORT = "export the network to ONNX from the framework it was trained in"
_UNPACK = "unpack it, and name the .onnx file in it"
_PAGE = "download the file itself, not the page that shows it"
_ANSWER = "open it in an editor: it is probably a server's response to a failed download"
_ENGINE = _EXPORT + ": a TensorRT engine runs on its own kind of GPU only"

_SIGNATURES: tuple[tuple[re.Pattern[bytes], Kind], ...] = tuple(
    (re.compile(pattern, re.DOTALL | re.IGNORECASE), Kind(what, hint))
    for pattern, what, hint in (
        (
            rb"version https://git-lfs",
            "a Git LFS pointer, not the model itself",
            "run `git lfs pull` where it comes from",
        ),
        (rb"(\xef\xbb\xbf)?\s*(<!--.*?-->\s*)*(<!doctype html|<html)", "an HTML page", _PAGE),
        (
            rb"(\xef\xbb\xbf)?\s*<\?xml.*<net\s",
            "the XML part of an OpenVINO model",
            "name the ONNX model it was converted from",
        ),
        (rb"(\xef\xbb\xbf)?\s*<\?xml", "an XML document", _ANSWER),
        (rb"(\xef\xbb\xbf)?\s*[{\[]\s*(\"|[\]}])", "JSON text", _ANSWER),
        (rb"[fp]trt", "a TensorRT engine", _ENGINE),
        (rb".{4}\{.{0,2000}?\}ftrt", "a TensorRT engine with Ultralytics' header", _ENGINE),
        (rb"PK\x03\x04.{0,200}(data\.pkl|\.data/|/version)", "a PyTorch checkpoint", _EXPORT),
        (rb"PK\x03\x04", "a ZIP archive", _UNPACK),
        (rb"\x80[\x02-\x05].", "a Python pickle, as old PyTorch checkpoints are", _EXPORT),
        (rb"\x1f\x8b|BZh|\xfd7zXZ|7z\xbc\xaf|Rar!|\x28\xb5\x2f\xfd", "a compressed file", _UNPACK),
        (rb".{257}ustar", "a TAR archive", _UNPACK),
        (rb"\x89HDF", "a Keras model (HDF5)", "convert it to ONNX with tf2onnx"),
        (rb".{4}TFL3", "a TensorFlow Lite model", "convert it to ONNX with tf2onnx"),
        (rb".{4}ORTM", "a model in ONNX Runtime's own format", "name the ONNX model it came from"),
        (rb".{8}\{\s*\"", "a file of weights (safetensors)", _EXPORT),
        (rb"GGUF", "a GGUF file of a language model", "nvinfer runs detectors"),
        (rb"\x7fELF", "a program or library", "name the .onnx file"),
    )
)


def identify(head: bytes) -> Kind | None:
    """Name what a file is, by its first 4096 bytes or less; None where nothing fits."""
    for pattern, kind in _SIGNATURES:
        if pattern.match(head):
            return kind
    if not head.strip(b"\0"):
        return Kind("filled with zeros", "copy or download it again")
    try:
        text = head[:512].decode("utf-8", "strict" if len(head) < 512 else "ignore")  # noqa: PLR2004
    except UnicodeDecodeError:
        return None
    plain = all(character.isprintable() or character in "\t\r\n\f" for character in text)
    return Kind("a text file", "open it in an editor to see what it is") if plain else None
