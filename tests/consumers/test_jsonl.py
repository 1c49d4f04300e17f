"""Events as lines of JSON: every value, every way to be interrupted."""

import decimal
import io
import json
import os
import resource
import signal
import subprocess
import sys
import textwrap
from collections import namedtuple
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from enum import Enum
from pathlib import Path

import numpy as np
import pytest

from pythiags import Bbox, JsonLinesConsumer
from pythiags.consumers.plain import plain
from pythiags.errors import ConfigError, UserCodeError

Point = namedtuple("Point", "x y")  # noqa: PYI024 (what users write)


@dataclass
class Car:
    plate: str
    at: Point


class Color(Enum):
    RED = "red"


def write(target, *items, **options):
    consumer = JsonLinesConsumer(target, **options)
    consumer.open()
    for item in items:
        consumer.incoming(item)
    consumer.close()


def lines(path):
    def constant(name):
        raise ValueError(f"{name} is not JSON")

    text = path.read_text(encoding="utf-8")
    assert not text or text.endswith("\n")
    return [json.loads(line, parse_constant=constant) for line in text.split("\n")[:-1]]


def test_a_list_is_several_events_and_a_dict_is_one(tmp_path):
    file = tmp_path / "deep" / "er" / "out.jsonl"
    write(file, [{"a": 1}, {"a": 2}], {"a": 3}, ("x", "y"), Point(1, 2), "text")
    assert lines(file) == [{"a": 1}, {"a": 2}, {"a": 3}, "x", "y", {"x": 1, "y": 2}, "text"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (float("nan"), None),
        (float("-inf"), None),
        (np.float32("nan"), None),
        (np.float64(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.array([np.nan, 1.0]), [None, 1.0]),
        (Bbox(1, 2, 3, 4)._replace(), {"left": 1, "top": 2, "width": 3, "height": 4}),
        (Car("X 1", Point(1, 2)), {"plate": "X 1", "at": {"x": 1, "y": 2}}),
        ((1, (2, "é")), [1, [2, "é"]]),
        ({3, 1}, [1, 3]),
        (Color.RED, "red"),
        (Path("/a/b"), "/a/b"),
        (datetime(2024, 1, 2, tzinfo=timezone.utc), "2024-01-02T00:00:00+00:00"),
        ({1: "a", 2.5: "b", np.int8(3): "c"}, {"1": "a", "2.5": "b", "3": "c"}),
        (True, True),
        (2**70, 2**70),
        ("line\nbreak \udc80 \u2028", "line\nbreak \udc80 \u2028"),
    ],
    ids=repr,
)
def test_every_value_has_its_form(tmp_path, value, expected):
    file = tmp_path / "out.jsonl"
    write(file, {"value": value})
    assert lines(file) == [{"value": expected}]
    assert len(file.read_bytes().splitlines()) == 1


@pytest.mark.parametrize(
    ("event", "place"),
    [
        ([{"a": 1}, {"a": [1, object()]}], "event[1]['a'][1]"),
        ({"car": Car("x", Point(1, b"raw"))}, "event['car'].at.y"),
        ({(1, 2): 3}, "a key of event"),
        (1j, "event"),
    ],
)
def test_what_has_no_form_is_refused_by_name_and_nothing_is_written(tmp_path, event, place):
    file = tmp_path / "out.jsonl"
    with pytest.raises(UserCodeError) as caught:
        write(file, {"good": 1}, event)
    assert caught.value.where == place
    assert lines(file) == [{"good": 1}]


def test_an_event_that_holds_itself_is_refused():
    event = []
    event.append(event)
    with pytest.raises(UserCodeError, match="contain itself"):
        plain(event)
    event = {}
    event["me, a field with a long name"] = event
    with pytest.raises(UserCodeError, match="contain itself") as caught:
        plain(event)
    assert len(str(caught.value)) < 600


def test_keys_that_are_bools_are_written_as_json_writes_them():
    assert plain({True: 1, np.bool_(False): 2}) == {"true": 1, "false": 2}
    with pytest.raises(UserCodeError, match="keys that differ"):
        plain({True: 1, "true": 2})


def test_a_file_is_emptied_unless_told_to_append(tmp_path):
    file = tmp_path / "out.jsonl"
    write(file, [1])
    write(file, [2])
    assert lines(file) == [2]
    write(file, [3], append=True)
    assert lines(file) == [2, 3]


@pytest.mark.parametrize("size", [3, 200_000])
def test_append_removes_a_part_of_a_line(tmp_path, size):
    file = tmp_path / "out.jsonl"
    file.write_text("1\n2\n" + "x" * size, encoding="utf-8")
    write(file, [3], append=True)
    assert lines(file) == [1, 2, 3]


def test_open_files_are_flushed_and_stay_open():
    text, binary = io.StringIO(), io.BytesIO()
    write(text, [{"a": "é"}])
    write(binary, [{"a": "é"}])
    assert text.getvalue() == '{"a":"é"}\n'
    assert binary.getvalue() == text.getvalue().encode()


def test_a_pipe_is_no_file_to_cut(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write(fifo, [1], append=True)
        assert os.read(reader, 100) == b"1\n"
    finally:
        os.close(reader)


def test_nothing_to_write_to():
    with pytest.raises(ConfigError, match="path"):
        JsonLinesConsumer(None)


def test_a_folder_cannot_be_written(tmp_path):
    with pytest.raises(ConfigError, match="Is a directory"):
        write(tmp_path, [1])


@contextmanager
def file_size_limit():
    """A disk that is full after 10,000 bytes, as far as this process can tell.

    Never for longer than a test's own writes: pytest's report may be a file, and longer than that.
    """
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_leaves_whole_lines(tmp_path):
    file = tmp_path / "out.jsonl"
    consumer = JsonLinesConsumer(file)
    consumer.open()
    with file_size_limit():
        for _ in range(19):
            consumer.incoming(["x" * 100] * 5)
        with pytest.raises(OSError, match="File too large"):
            consumer.incoming(["x" * 100] * 5)
        consumer.incoming("y")
    consumer.close()
    assert lines(file) == ["x" * 100] * 95 + ["y"]


def test_a_killed_run_leaves_whole_lines(tmp_path):
    file = tmp_path / "out.jsonl"
    code = """
        import sys
        from pythiags.consumers import JsonLinesConsumer
        consumer = JsonLinesConsumer(sys.argv[1])
        consumer.open()
        for number in range(10**9):
            consumer.incoming([{"number": number, "text": "x" * 50}] * 3)
            if number == 50:
                print("go", flush=True)
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        child.send_signal(signal.SIGKILL)
    numbers = [event["number"] for event in lines(file)]
    assert len(numbers) > 150
    assert numbers == sorted(numbers)


COLLISIONS = [
    ({1: "a", "1": "b"}, "event", "1, '1'"),
    ({"x": [{"1": "a", "2": 0, 1: "b"}]}, "event['x'][0]", "'1', 1"),
    ({1.5: "a", "1.5": "b"}, "event", "1.5, '1.5'"),
    ({True: "a", "true": "b"}, "event", "True, 'true'"),
    ({np.int64(7): "a", "7": "b"}, "event", "7"),
    (Point({np.float64(0.5): 1, "0.5": 2}, 0), "event.x", "0.5"),
]


@pytest.mark.parametrize(("event", "place", "keys"), COLLISIONS)
def test_keys_that_are_one_as_texts_are_refused(tmp_path, event, place, keys):
    file = tmp_path / "out.jsonl"
    with pytest.raises(UserCodeError, match="cannot be written as JSON") as caught:
        write(file, event)
    assert caught.value.where == place
    assert keys in caught.value.got
    assert file.read_text() == ""


def test_keys_that_differ_as_texts_are_kept(tmp_path):
    file = tmp_path / "out.jsonl"
    write(file, {1: "a", "01": "b", 1.5: "c", False: "d", "False": "e"})
    assert lines(file) == [{"1": "a", "01": "b", "1.5": "c", "false": "d", "False": "e"}]


class Number(int):
    """As a user's."""


LONG = 10**5000


@pytest.mark.skipif(
    not hasattr(sys, "get_int_max_str_digits"), reason="this Python writes integers of any length"
)
@pytest.mark.parametrize(
    ("event", "place"),
    [
        ([LONG], "event[0]"),
        ({"a": -LONG}, "event['a']"),
        ({"a": [0, LONG]}, "event['a'][1]"),
        (Point(0, {"n": Number(LONG)}), "event.y['n']"),
        ({"s": {LONG, 1}}, "event['s'][1]"),
        ({"s": frozenset({1, -LONG})}, "event['s']"),
        ({LONG: 1}, "a key of event"),
        ({"a": {Number(LONG): 1}}, "a key of event['a']"),
        (np.array([1, LONG], object), "event[1]"),
    ],
)
def test_an_integer_that_python_does_not_write_is_refused_by_name(tmp_path, event, place):
    file = tmp_path / "out.jsonl"
    with pytest.raises(UserCodeError, match="cannot be written as JSON") as caught:
        write(file, event)
    assert caught.value.where.startswith(place.removesuffix("[1]"))
    assert "4300 digits" in caught.value.expected
    assert file.read_text() == ""


@pytest.mark.parametrize("number", [10**300, 10**302, -(10**4000), 10**4299, 1 << 1000])
def test_long_integers_are_written_whole(tmp_path, number):
    file = tmp_path / "out.jsonl"
    write(file, {"n": number, "s": {number}})
    assert lines(file) == [{"n": number, "s": [number]}]


HALF = "caf\xe9 \u6771 \U0001f600 half: \ud83d end"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1", "ascii", "cp1252"])
def test_a_text_file_of_any_encoding_takes_every_text(tmp_path, encoding):
    file = tmp_path / "out.jsonl"
    with file.open("w", encoding=encoding) as target:
        write(target, {HALF: [HALF, "\udcff"]}, "\udc80")
    written = [json.loads(line) for line in file.read_text(encoding=encoding).splitlines()]
    assert written == [{HALF: [HALF, "\udcff"]}, "\udc80"]


def test_every_other_target_takes_every_text(tmp_path):
    text, binary = io.StringIO(), io.BytesIO()
    for target in (text, binary, tmp_path / "out.jsonl"):
        write(target, HALF)
    assert lines(tmp_path / "out.jsonl") == [HALF]
    assert json.loads(text.getvalue()) == json.loads(binary.getvalue()) == HALF
    assert "\xe9" in text.getvalue(), "what can be written as it is stays readable"


def test_other_numbers_are_refused_by_name(tmp_path):
    with pytest.raises(UserCodeError, match=r"event\['price'\]"):
        write(tmp_path / "out.jsonl", {"price": decimal.Decimal("1.5")})
