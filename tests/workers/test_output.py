"""What worker processes print reaches the program's streams as it was printed."""

import io
import logging
import os
import pty
import random
import sys
import threading
import tty
from collections import deque

import pytest
from standins import consumers

from pythiags.channel import Channel
from pythiags.errorlog import ErrorLog
from pythiags.workers import ProcessWorker, output
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

    def make(stream, *names, keep=None):
        log, lock = ErrorLog("forwarding", logging.getLogger("test")), threading.Lock()
        for name in names:
            registry.enter(name)
        return [Lines(lambda: stream, lock, name, log, keep) for name in names]

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
    data = data[:5000] if size < 10 else data
    stream = Stream(terminal=terminal)
    (lines,) = workers(stream, "pgie")
    for start in range(0, len(data), size):
        lines(data[start : start + size])
    lines.end(False)
    assert stream.written == data


def test_several_workers_have_their_names_on_a_terminal_only(workers):
    for terminal, written in (
        (False, b"1\n2\n\n3\n4\n"),
        (True, b"[a] 1\n[b] 2\n[b] \n[a] 3\n[b] 4\n"),
    ):
        stream = Stream(terminal=terminal)
        a, b = workers(stream, "a", "b")
        a(b"1\n")
        b(b"2\n\n")
        a(b"3\n")
        b(b"4")
        b.end(False)
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


def test_alone_it_is_passed_on_at_once(workers):
    stream = Stream()
    (lines,) = workers(stream, "a")
    lines(b"working .")
    assert stream.written == b"working ."
    lines(b".")
    assert stream.written == b"working .."


def test_what_a_dead_process_began_ends_there(workers):
    stream = Stream()
    first, second = workers(stream, "a", "a")
    first(b'{"a": 1}\n{"b')
    first.end(True)
    second(b'{"c": 3}\n')
    second.end(True)
    assert stream.written == b'{"a": 1}\n{"b\n{"c": 3}\n'


@pytest.mark.parametrize("chosen", range(5))
def test_lines_of_several_stay_whole_in_a_file(workers, chosen):
    stream, chance = Stream(), random.Random(chosen)
    printers = workers(stream, "a", "b")
    texts = [b"".join(c * chance.randint(1, 9000) + b"\n" for _ in range(50)) for c in (b"1", b"2")]
    rest = list(texts)
    while any(rest):
        n, cut = chance.randrange(2), chance.randint(0, 5000)
        printers[n](rest[n][:cut])
        rest[n] = rest[n][cut:]
    lines = stream.written.splitlines()
    assert all(len(set(line)) == 1 for line in lines), "no line holds parts of two"
    assert sorted(lines) == sorted(b"".join(texts).splitlines())


def test_nobody_writes_between_the_pieces_of_a_line(workers, monkeypatch):
    """Two threads, each about to write when the other is in the middle of a line."""
    stream = Stream()
    printers = workers(stream, "a", "b")
    inside, other = threading.Event(), []

    def await_room(_target):
        if not inside.is_set():
            inside.set()
            other.append(threading.Thread(target=printers[1], args=(b"b" * 9000 + b"\n",)))
            other[0].start()
            other[0].join(0.2)

    monkeypatch.setattr(output, "_await_room", await_room)
    printers[0](b"a" * 9000 + b"\n")
    other[0].join()
    assert stream.written == b"a" * 9000 + b"\n" + b"b" * 9000 + b"\n"


class Window(io.TextIOBase):
    """As the one that prints above a bar: what is flushed becomes a line."""

    def __init__(self):
        self.texts = []

    def write(self, text):
        self.texts.append(text)


def test_what_is_no_file_gets_whole_lines(workers):
    target = Window()
    (lines,) = workers(target, "a")
    for piece in (b"one\ntw", b"o" * 5000, b"\nthr", b"ee \xff"):
        lines(piece)
    lines.end(False)
    assert target.texts == ["one\n", "tw" + "o" * 5000 + "\n", "three \\xff"]


def test_the_last_lines_are_kept_whole(workers):
    keep = deque(maxlen=3)
    (lines,) = workers(Stream(), "a", keep=keep)
    for piece in (b"1\n2\n3", b"3\n4", b"4\n55"):
        lines(piece)
    assert [*keep] == ["2", "33", "44"]
    lines.end(True)
    assert [*keep] == ["33", "44", "55"]


def test_without_a_stream_nothing_happens(workers):
    (lines,) = workers(None, "a")
    lines(b"one\ntwo")
    lines.end(True)


def test_a_real_terminal(workers):
    shows, device = pty.openpty()
    tty.setraw(device)
    with os.fdopen(device, "w") as stream:
        (alone,) = workers(stream, "a")
        alone(b"1\n")
        (second,) = workers(stream, "b")
        alone(b"2\n")
        second(b"3\n")
        expected, seen = b"1\n[a] 2\n[b] 3\n", b""
        while len(seen) < len(expected):  # a terminal gives what it has so far
            seen += os.read(shows, 4096)
        assert seen == expected
    os.close(shows)


@pytest.mark.parametrize("number", [1, 2])
def test_processes_print_to_a_file_what_they_print(tmp_path, monkeypatch, number):
    monkeypatch.setenv("PYTHIAGS_STATE_DIR", str(tmp_path / "state"))
    target = tmp_path / "out"
    running = []
    with target.open("w") as stream, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        for each in range(number):
            channel = Channel(name="spy", on_full="block")
            worker = ProcessWorker(consumers.Printer, channel, name=f"spy/{each}")
            worker.launch()
            running.append((worker, channel))
        for worker, channel in running:
            worker.start()
            for event in range(100):
                channel.put({"event": event, "pad": "x" * 2000})
            channel.close()
        assert all(worker.drain(60) and worker.stop(5) for worker, _ in running)
    expected = [f'{{"event": {event}, "pad": "{"x" * 2000}"}}' for event in range(100)]
    assert sorted(target.read_text().splitlines()) == sorted(expected * number)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16-le"])
def test_a_character_that_comes_in_parts_stays_one_in_another_encoding(workers, encoding):
    stream = Stream(encoding)
    (lines,) = workers(stream, "a")
    for byte in "caf\xe9\n".encode():
        lines(bytes([byte]))
    assert stream.written == "caf\xe9\n".encode(encoding)
