"""Text files that a user names: what is read, and what is refused without being read."""

from __future__ import annotations

import os
import socket

import pytest

from pythiags import Description
from pythiags.errors import ConfigError, DescriptionError
from pythiags.inference.keyfile import read_groups
from pythiags.inference.labels import read_labels
from pythiags.textfile import read_text


def fifo(path):
    os.mkfifo(path)
    return path


def unix_socket(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
    return path


def linked_device(path):
    path.symlink_to("/dev/zero")
    return path


def folder(path):
    path.mkdir()
    return path


def large(path):
    with path.open("wb") as file:
        file.truncate(1 << 40)  # sparse
    return path


ODD = [
    (fifo, "a pipe (FIFO)"),
    (linked_device, "a device"),
    (folder, "a folder"),
    (large, "larger than 8 MiB"),
    (unix_socket, ""),  # the system's own words
]


@pytest.mark.parametrize(("make", "what"), ODD, ids=lambda value: getattr(value, "__name__", ""))
def test_what_is_not_a_regular_file_of_a_reasonable_size_is_refused(tmp_path, make, what):
    path = make(tmp_path / "odd")
    with pytest.raises(OSError) as problem:  # noqa: PT011 (strerror is checked)
        read_text(path)
    assert what in problem.value.strerror


@pytest.mark.parametrize(("make", "what"), ODD, ids=lambda value: getattr(value, "__name__", ""))
@pytest.mark.parametrize(
    ("read", "error"),
    [
        (Description.from_file, DescriptionError),
        (read_groups, ConfigError),
        (lambda path: read_labels(path, "here"), ConfigError),
    ],
    ids=["description", "configuration", "labels"],
)
def test_whoever_reads_a_file_names_it_and_what_it_is(tmp_path, make, what, read, error):
    path = make(tmp_path / "odd")
    with pytest.raises(error) as problem:
        read(path)
    assert str(path) in str(problem.value)
    assert what in problem.value.message


@pytest.mark.parametrize("read", [Description.from_file, read_text])
def test_a_name_with_a_nul_in_it_is_an_error_of_the_readers_own(read):
    with pytest.raises(ValueError, match="null byte"):
        read("a\0b")


def test_line_ends_and_the_byte_order_mark_are_taken_off(tmp_path):
    (tmp_path / "text").write_bytes(b"\xef\xbb\xbfone\r\ntwo\rthree\n")
    assert read_text(tmp_path / "text") == "one\ntwo\nthree\n"


def test_the_largest_size_is_read_and_one_byte_more_is_not(tmp_path):
    path = tmp_path / "text"
    path.write_bytes(b"x" * 100)
    assert len(read_text(path, 100)) == 100
    with pytest.raises(OSError, match="larger"):
        read_text(path, 99)


def test_nothing_stays_open(tmp_path):
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for make, _ in ODD:
        with pytest.raises(OSError):  # noqa: PT011 (any)
            read_text(make(tmp_path / make.__name__))
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_a_video_of_any_size_is_named_as_one(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"\0\0\0\x18ftypmp42" + bytes(100))
    os.truncate(path, 1 << 32)
    with pytest.raises(DescriptionError) as problem:
        Description.from_file(path)
    assert problem.value.message == "this is a video, not a pipeline description"
