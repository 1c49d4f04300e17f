"""What worker processes print reaches the program's streams as it was printed."""

import io
import logging

import pytest

from pythiags.errorlog import ErrorLog
from pythiags.workers import output
from pythiags.workers.output import LINE, Lines


class Stream(io.TextIOWrapper):
    """A stream of the program's, a terminal or not."""

    def __init__(self, encoding="utf-8", *, terminal=False, raw=None):
        self.raw_bytes = raw or io.BytesIO()
        super().__init__(self.raw_bytes, encoding, "backslashreplace", newline="")
        self.terminal = terminal

    def isatty(self):
        return self.terminal

    @property
    def written(self):
        return self.raw_bytes.getvalue()


@pytest.fixture
def workers(monkeypatch):
    """Workers by name, as if their processes ran."""
    registry = output._Writers()
    monkeypatch.setattr(output, "writers", registry)

    def make(stream, *names):
        log = ErrorLog("passing on", logging.getLogger("test"))
        for name in names:
            registry.enter(name)
        return [Lines(lambda: stream, name, log) for name in names]

    make.registry = registry
    return make


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize(
    "data",
    [
        b"a\nb\n",
        b"no end",
        b"\n\n",
        b"carriage\rreturn\r\n\x0b\x1c form\n",
        bytes(range(256)),
        "\u2028 \U0001f600".encode() * 5000,
        b"\x1b[31mred\x1b[0m\n",
        b"x" * (3 * LINE),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1 << 16])
def test_one_worker_is_passed_on_byte_for_byte(workers, data, size, terminal):
    data = data[:5000] if size == 1 else data
    stream = Stream(terminal=terminal)
    (lines,) = workers(stream, "pgie")
    for start in range(0, len(data), size):
        lines(data[start : start + size])
    lines(b"")
    assert stream.written == data


def test_several_workers_have_their_names_on_a_terminal_only(workers):
    for terminal, written in (
        (False, b"1\n2\n\n3\n4"),
        (True, b"[a] 1\n[b] 2\n[b] \n[a] 3\n[b] 4"),
    ):
        stream = Stream(terminal=terminal)
        a, b = workers(stream, "a", "b")
        a(b"1\n")
        b(b"2\n\n")
        a(b"3\n")
        b(b"4")
        b(b"")
        assert stream.written == written


def test_a_line_in_parts_has_one_name(workers):
    stream = Stream(terminal=True)
    lines, _ = workers(stream, "a", "b")
    for _ in range(3):
        lines(b"x" * (LINE + 1))
    lines(b"\ny\n")
    assert stream.written == b"[a] " + b"x" * 3 * (LINE + 1) + b"\n[a] y\n"


def test_a_new_process_of_the_same_worker_is_no_second_worker(workers):
    stream = Stream(terminal=True)
    first, second = workers(stream, "a", "a")
    first(b"1\n")
    workers.registry.leave()
    second(b"2\n")
    assert stream.written == b"1\n2\n"


def test_names_are_told_until_the_last_worker_is_gone(workers):
    stream = Stream(terminal=True)
    a, _ = workers(stream, "a", "b")
    workers.registry.leave()
    a(b"1\n")
    workers.registry.leave()
    (c,) = workers(stream, "c")
    c(b"2\n")
    assert stream.written == b"[a] 1\n2\n"


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "utf-16-le"])
def test_another_encoding_gets_text(workers, encoding):
    stream = Stream(encoding)
    (lines,) = workers(stream, "a")
    lines("\xe9 \u6771\n".encode())
    assert stream.written == "\xe9 \u6771\n".encode(encoding, "backslashreplace")


class Full(io.RawIOBase):
    """A file that takes nothing."""

    def __init__(self, number):
        self.number = number

    def writable(self):
        return True

    def write(self, data):
        raise OSError(self.number, "said by the system")


@pytest.mark.parametrize(("number", "told"), [(28, True), (5, True), (32, False)])
def test_what_is_lost_is_told_unless_the_reader_went_away(workers, caplog, number, told):
    stream = Stream(raw=Full(number))
    (lines,) = workers(stream, "a")
    lines(b"1\n")
    lines(b"2\n")
    assert [("said by the system" in record.message) for record in caplog.records] == [True] * told


def test_text_written_before_stays_before(workers):
    stream = Stream()
    (lines,) = workers(stream, "a")
    stream.write("first\n")
    lines(b"second\n")
    assert stream.written == b"first\nsecond\n"
