"""What messages that start and stop recordings say, and files of sensors."""

import calendar
import contextlib
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pythiags.errors import ConfigError
from pythiags.lookalikes.pyservicemaker.commands import (
    Command,
    read_command,
    read_sensors,
    sensor_number,
    source_number,
)

NOW = calendar.timegm((2024, 3, 1, 12, 0, 30))


def read(**said):
    payload = json.dumps({"sensor": {"id": "CAM"}, **said}).encode()
    return read_command(payload, lambda: NOW + 0.9)


STOP = {"command": "stop-recording"}


@pytest.mark.parametrize(
    ("said", "before", "duration"),
    [
        ({"start": "2024-03-01T12:00:20.700Z", "end": "2024-03-01T12:00:50.001Z"}, 10, 30),
        ({"start": "2024-03-01T12:00:20Z"}, 10, 0),
        ({"command": "start-recording", "start": "2024-03-01T12:00:29"}, 1, 0),
        ({"start": "2024-2-29T12:0:30Z", "end": " 2024-03-01T12:00:30 "}, 86400, 86400),
        ({"start": "1970-01-01T00:00:00Z", "end": "9999-12-31T23:59:60Z"}, NOW, 2**31 - 1),
    ],
)
def test_a_recording_that_starts(said, before, duration):
    assert read(**said) == Command(True, "CAM", before, duration)


def test_a_recording_that_stops():
    assert read(**STOP, sensor={"id": " CAM ", "more": 1}) == Command(False, "CAM")
    assert read(**STOP, start="whatever") == Command(False, "CAM")


def test_the_message_of_the_documentation():
    page = Path(__file__).parents[2] / "docs" / "reference" / "pyservicemaker.md"
    (message,) = re.findall(r"```json\n(.*?)```", page.read_text(), re.DOTALL)
    found = read_command(message.encode())
    assert (found.starts, found.sensor, found.duration, found.notes) == (True, "Front", 20, ())


@pytest.mark.parametrize(
    ("said", "before", "duration", "note"),
    [
        ({"start": "2024-03-01T12:00:35Z"}, 0, 0, "its start is 5 s in the future"),
        (
            {"start": "2024-03-01T12:00:35Z", "end": "2024-03-01T12:00:55Z"},
            *(0, 20, "the recording begins now"),
        ),
        (
            {"start": "2024-03-01T12:00:20Z", "end": "2024-03-01T12:00:10Z"},
            *(10, 0, "its end is 10 s before its start, and does not count"),
        ),
        ({"start": "2024-03-01T12:00:20+02:00"}, 10, 0, "'+02:00', which does not count"),
    ],
)
def test_what_is_doubtful_is_noted(said, before, duration, note):
    found = read(**said)
    assert (found.before, found.duration) == (before, duration)
    assert note in found.notes[0]


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"", "it is not JSON: "),
        (b"{'command': 'stop-recording'}", "it is not JSON: "),
        (b"\xff\xfe\xff", "it is not JSON: "),
        (b"[" * 100_000, "it is not JSON: "),
        (b"[]", r"expected an object in braces, got \[\]"),
        (b'{"command": "stop"}', "its command is 'stop': expected 'start-recording' or 'stop-rec"),
        (b'{"command": ["stop-recording"]}', "its command is "),
        (b'{"command": "\\u001b[2J"}', r"its command is '\\x1b\[2J'"),
        (b'{"command": "stop-recording"}', "it does not say which sensor"),
        (b'{"command": "stop-recording", "sensor": "CAM"}', "it does not say which sensor"),
        (b'{"command": "stop-recording", "sensor": {"id": 5}}', "sensor.id is 5: expected a text"),
        (b'{"command": "stop-recording", "sensor": {"id": " "}}', "sensor.id is ' '"),
        (b'{"sensor": {"id": "CAM"}}', 'it has no "start": expected a time'),
        (b'{"sensor": {"id": "CAM"}, "start": 5}', "its start is 5: expected a time in UTC"),
        (b'{"sensor": {"id": "CAM"}, "start": "12:00"}', "its start is '12:00'"),
        (b'{"sensor": {"id": "C"}, "start": "2023-02-29T00:00:00Z"}', "its start is '2023-02-29"),
        (b'{"sensor": {"id": "C"}, "start": "2023-13-01T00:00:00Z"}', "its start is "),
        (b'{"sensor": {"id": "C"}, "start": "2023-01-01T24:00:00Z"}', "its start is "),
        (b'{"sensor": {"id": "C"}, "start": "1969-12-31T23:59:59Z"}', "its start is "),
    ],
)
def test_a_message_that_is_wrong(payload, expected):
    with pytest.raises(ValueError, match=expected):
        read_command(payload)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
TIMES = st.from_regex(r"\d{4}-\d\d?-\d\d?T\d\d?:\d\d?:\d\d?.{0,6}") | st.text()


@given(
    st.binary()
    | JSON.map(json.dumps).map(str.encode)
    | st.fixed_dictionaries(
        {"sensor": st.just({"id": "CAM"}) | JSON},
        optional={"command": st.just("start-recording"), "start": TIMES | JSON, "end": TIMES},
    )
    .map(json.dumps)
    .map(str.encode)
)
def test_any_message_is_read_or_refused(payload):
    with contextlib.suppress(ValueError):
        found = read_command(payload)
        assert found.sensor
        assert 0 <= found.before < 2**31
        assert 0 <= found.duration < 2**31


# ---- sensors


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "msgconv.txt"
        path.write_text(text)
        return str(path)

    return write


SENSORS = """
# of nvmsgconv
[sensor0]
enable=1
type=Camera
id=Front door
[sensor12]
enable=true
id=Back
[sensor3]
enable=0
id=Back
[sensor4]
id=Left
[place0]
enable=1
id=1
"""


def test_the_sensors_of_a_file(write):
    assert read_sensors(write(SENSORS)) == {"Front door": 0, "Back": 12}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[sensors]\nenable=1", r"\[sensors\] is no name of a sensor's group"),
        ("[sensor0]\nenable=yes", "enable is not a boolean"),
        ("[sensor0]\nenable=1", "the sensor has no id"),
        ("[sensor0]\nenable=1\nid=a\\x", "id ends in a backslash, or has an unknown letter"),
        ("[sensor0]\nenable=1\nid=a\n[sensor1]\nenable=1\nid=a", "two sensors have one id"),
        ("sensor0:\n  enable: 1\n", "the line is not a group, a key or a comment"),
    ],
)
def test_a_file_of_sensors_that_cannot_be(write, text, expected):
    with pytest.raises(ConfigError, match=expected):
        read_sensors(write(text))


def test_a_file_of_sensors_that_is_not_there():
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        read_sensors("/nowhere.txt")


def test_the_number_of_a_sensor():
    assert sensor_number("Back", {"Back": 12}) == 12
    assert sensor_number("7", None) == 7
    with pytest.raises(ValueError, match=r"sensor 'Bäck' is not enabled in the file: .*'Back'"):
        sensor_number("Bäck", {"Back": 12})
    for text in ("Back", "-1", "1.5", "9" * 30):
        with pytest.raises(ValueError, match="is not the number of a source"):
            sensor_number(text, None)


@pytest.mark.parametrize(
    ("name", "number"), [("src_0", 0), ("a_b_12", 12), ("7", 7), ("src_3x", 3), ("batch-2-s_1", 1)]
)
def test_the_number_of_a_source(name, number):
    assert source_number(name) == number


@pytest.mark.parametrize("name", ["front", "src_", "src_a", "src-1", ""])
def test_a_source_without_a_number(name):
    with pytest.raises(RuntimeError, match="cannot tell the number of the source"):
        source_number(name)
