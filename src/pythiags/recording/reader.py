"""Read a recording: its lines, whatever compresses them, and what is wrong with them."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import logging
import lzma
import os
import shlex
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, TypeVar

from pythiags.checks import shown
from pythiags.errors import MissingDependency, RecordingError
from pythiags.extras import install_line
from pythiags.recording.fields import FORMAT, VERSION, check_time
from pythiags.textfile import check_regular

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["DocumentReader", "last_time"]

MOST_LINE: Final = 256 << 20
"""Bytes of one line: a batch of large arrays has some millions."""

_BUFFERED: Final = 1 << 20
_NOTHING: Final = object()
"""What an empty line has, and one that was cut off."""

_decode_text: Final = json.JSONDecoder().decode
_RECORD: Final = "pythiags record-meta PIPELINE --obs=ELEMENT --output=FILE makes one"

_Taken = TypeVar("_Taken")

logger = logging.getLogger(__name__)


class DocumentReader:
    """Gives each line of a recording below the first, with its number, from 2 on.

    The file may be compressed by gzip, bzip2, xz or, where ``zstandard`` is installed, by zstd. A
    last line that was cut off, as a killed program leaves it, is left out, which is logged. The
    file is closed at the end, by an error, and with the reader.

    Raises:
        RecordingError: It cannot be read, is no recording, or of another version; and, while it is
            read, a line is not JSON.
        MissingDependency: It is compressed by zstd, and ``zstandard`` is not installed.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.name = os.fspath(path)
        self._file = _open(self.name)
        self._packed = not isinstance(getattr(self._file, "raw", None), io.FileIO)
        self._lines = _lines(self._file, self.name)
        self._decode = _decoder()
        try:
            _check_first(next(self._lines, (1, b"")), self.name)
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        """Give each line that is not empty; a file is read once."""
        return ((number, document) for number, _, document in self.read(lambda _: None))

    def read(
        self, take: Callable[[bytes], _Taken | None]
    ) -> Iterator[tuple[int, _Taken | None, Any]]:
        """Give what is made of each line that is not empty, and its number.

        Args:
            take: Makes something of a line as it is, or None; then there is its document.
        """
        try:
            for number, line in self._lines:
                taken = take(line)
                if taken is not None:
                    yield number, taken, None
                    continue
                document = self._document(number, line)
                if document is not _NOTHING and not self._is_header(number, document):
                    yield number, None, document
        finally:
            self.close()

    def _is_header(self, number: int, document: Any) -> bool:
        """Whether it is the first line of another recording, which was appended to this one."""
        if not isinstance(document, dict) or "format" not in document:
            return False
        _check_header(number, document, self.name)
        return True

    def _document(self, number: int, line: bytes) -> Any:
        try:
            return self._decode(line)
        except ValueError as error:
            if not line.endswith(b"\n"):
                _report_cut(self.name, number)
            elif line.strip():
                raise _not_json(self.name, number, error, packed=self._packed) from None
            return _NOTHING

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __del__(self) -> None:
        """Close the file, if it was not read to its end."""
        if hasattr(self, "_file"):
            self.close()


def _decode(line: bytes) -> Any:
    try:
        return _decode_text(line.decode())
    except RecursionError:
        raise json.JSONDecodeError("it is nested too deeply", "", 0) from None


def _decoder() -> Callable[[bytes], Any]:
    """Return what reads a line: orjson where it is installed, as Python's own does."""
    try:
        import orjson
    except ImportError:
        return _decode
    loads = orjson.loads

    def decode(line: bytes) -> Any:
        try:
            return loads(line)
        except ValueError:  # Python reads NaN too, and says what is wrong with the others
            return _decode(line)

    return decode


def _not_json(name: str, number: int, error: ValueError, *, packed: bool) -> RecordingError:
    what = error.msg if isinstance(error, json.JSONDecodeError) else "it is not UTF-8"
    column = f":{error.colno}" if isinstance(error, json.JSONDecodeError) else ""
    return RecordingError(
        f"the line is not JSON: {what}",
        where=f"{name}:{number}{column}",
        hint="unpack the file and remove the line, or record again"
        if packed
        else f"remove the line (sed -i {number}d {shlex.quote(name)}), or record again",
    )


def _report_cut(name: str, number: int) -> None:
    logger.warning(
        "%s:%d: the file ends within this line, as that of a killed program does: "
        "the %d lines before it are complete",
        name,
        number,
        number - 1,
    )


def _lines(file: IO[bytes], name: str) -> Iterator[tuple[int, bytes]]:
    """Give the lines with their numbers, for as long as the compression allows."""
    number = 0
    while True:
        number += 1
        try:
            line = file.readline(MOST_LINE)
        except EOFError:  # the compressed stream was cut off
            _report_cut(name, number)
            return
        except Exception as error:  # noqa: BLE001 - each compression has errors of its own
            raise RecordingError(
                f"the file cannot be read: {getattr(error, 'strerror', None) or error}",
                where=f"{name}:{number}",
                hint="the file is damaged: record again",
            ) from None
        if len(line) == MOST_LINE and not line.endswith(b"\n"):
            raise RecordingError(
                f"the line is longer than {MOST_LINE >> 20} MiB", where=f"{name}:{number}"
            )
        if not line:
            return
        yield number, line


def _check_first(first: tuple[int, bytes], name: str) -> None:
    """See that the first line is that of a recording that this version reads."""
    _, line = first
    if not line:
        raise RecordingError(
            "the file is empty, or was cut off in its first line", where=name, hint=_RECORD
        )
    try:
        header = _decode(line)
    except ValueError:
        header = None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise RecordingError(
            "this is not a recording of metadata",
            where=f"{name}:1",
            expected=f'{{"format":"{FORMAT}","version":{VERSION}}} in the first line',
            got=shown(line[:80] if header is None else header),
            hint=_RECORD,
        )
    _check_header(1, header, name)


def _check_header(number: int, header: dict[str, Any], name: str) -> None:
    """See that a line says that a recording of this version begins."""
    if header["format"] != FORMAT or header.get("version") != VERSION:
        raise RecordingError(
            "the recording has another version of the format",
            where=f"{name}:{number}",
            expected=f"version {VERSION}",
            got=f"version {shown(header.get('version'))}",
            hint="play it with the pythiags that recorded it, or record again with this one",
        )


def _open(name: str) -> Any:
    """Open a file, decompressed by what its first bytes say."""
    try:
        check_regular(name)
        with Path(name).open("rb") as file:
            first = file.read(6)
        return _opener(first)(name)
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or error
        raise RecordingError(f"the file cannot be read: {what}", where=name) from None


def _opener(first: bytes) -> Callable[[str], Any]:
    return next((opener for sign, opener in _SIGNS.items() if first.startswith(sign)), _plain)


def _plain(name: str) -> IO[bytes]:
    return Path(name).open("rb", _BUFFERED)


def _zstd(name: str) -> Any:
    try:
        import zstandard
    except ImportError:
        raise MissingDependency(
            "a file that zstd compressed needs zstandard, which is not installed",
            where=name,
            hint=f"{install_line('recording')}, or unpack it: zstd -d {name}",
        ) from None
    file = Path(name).open("rb")  # noqa: SIM115 (the reader closes it)
    reader = zstandard.ZstdDecompressor().stream_reader(file, closefd=True, read_across_frames=True)
    return io.BufferedReader(reader, _BUFFERED)


# By the first bytes of a file.
_SIGNS: Final[dict[bytes, Callable[[str], Any]]] = {
    b"\x1f\x8b": gzip.GzipFile,
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
    b"\x28\xb5\x2f\xfd": _zstd,
}


def last_time(path: str | os.PathLike[str]) -> int | None:
    """Return the last buffer's time in nanoseconds, if it can be seen without reading the file.

    A compressed file has none, nor one whose last line is cut off or has no time.
    """
    with Path(path).open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _BUFFERED))
        *_, line = file.read().splitlines() or [b""]
    try:
        time = _decode(line)["pts"]
        check_time(time)
    except (ValueError, LookupError, TypeError):
        return None
    return int(time)
