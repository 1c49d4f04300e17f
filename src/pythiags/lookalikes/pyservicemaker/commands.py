"""Messages that start and stop recordings, as DeepStream reads them.

::

    {"command": "start-recording", "start": "2020-05-18T20:02:00.051Z",
     "end": "2020-05-18T20:02:02.851Z", "sensor": {"id": "CAMERA_ID"}}

A recording begins in the past: at ``start``, a time in UTC. It ends by itself at ``end``; without
it, a message with the command ``stop-recording`` ends it. A sensor's id is that of the group
``[sensorN]`` in the configuration of nvmsgconv, N being the number of the source.
"""

from __future__ import annotations

import calendar
import json
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pythiags.errors import ConfigError
from pythiags.printable import printable
from pythiags.suggest import hint_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from pythiags.inference.keyfile import Group

__all__ = ["Command", "read_command", "read_sensors", "sensor_number", "source_number"]

START: Final = "start-recording"
STOP: Final = "stop-recording"
LONGEST: Final = 2**31 - 1  # seconds
SHOWN: Final = 60  # letters of what others write

_TIME: Final = re.compile(
    r"\s*(\d{4})-(\d{1,2})-(\d{1,2})T(\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d*)?(.*)",
    re.ASCII | re.DOTALL,
)
_MONTHS: Final = 12
_MOST_OF: Final = (23, 59, 60)  # hours, minutes, seconds


class Command(NamedTuple):
    """What a message asks for.

    Attributes:
        starts: Whether a recording is to start; otherwise one is to stop.
        sensor: The sensor's id.
        before: How many seconds before now the recording begins.
        duration: How many seconds it has; 0: the message says nothing of its end.
        notes: What is doubtful.
    """

    starts: bool
    sensor: str
    before: int = 0
    duration: int = 0
    notes: tuple[str, ...] = ()


def read_command(payload: bytes, now: Callable[[], float] = time.time) -> Command:
    """Read a message.

    Args:
        payload: The message.
        now: The time, in seconds since 1970.

    Raises:
        ValueError: It is wrong; the text says how.
    """
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError) as problem:
        raise ValueError(f"it is not JSON: {problem}") from None
    if not isinstance(document, dict):
        raise ValueError(f"expected an object in braces, got {_shown(document)}")  # noqa: TRY004
    word = document.get("command", START)
    if word not in (START, STOP):
        raise ValueError(f"its command is {_shown(word)}: expected {START!r} or {STOP!r}")
    sensor = _sensor(document)
    if word == STOP:
        return Command(starts=False, sensor=sensor)
    return _start(document, sensor, int(now()))


def _sensor(document: dict[str, Any]) -> str:
    sensor = document.get("sensor")
    found = sensor.get("id") if isinstance(sensor, dict) else None
    if found is None:
        raise ValueError('it does not say which sensor: expected "sensor": {"id": "NAME"}')
    if not isinstance(found, str) or not found.strip():
        raise ValueError(f"sensor.id is {_shown(found)}: expected a text, in quotes")
    return found.strip()


def _start(document: dict[str, Any], sensor: str, now: int) -> Command:
    if "start" not in document:
        raise ValueError('it has no "start": expected a time such as "2020-05-18T20:02:00Z"')
    notes: list[str] = []
    start = _seconds(document, "start", notes)
    before, duration = now - start, 0
    if before < 0:
        notes.append(f"its start is {-before} s in the future: the recording begins now")
    if "end" in document:
        duration = _seconds(document, "end", notes) - start
    if duration < 0:
        notes.append(f"its end is {-duration} s before its start, and does not count")
    return Command(
        starts=True,
        sensor=sensor,
        before=min(max(before, 0), LONGEST),
        duration=min(max(duration, 0), LONGEST),
        notes=tuple(notes),
    )


def _seconds(document: dict[str, Any], key: str, notes: list[str]) -> int:
    """Return whole seconds since 1970; parts of them, and what is behind them, do not count."""
    text = document[key]
    found = _TIME.fullmatch(text) if isinstance(text, str) else None
    seconds = _since_1970(*map(int, found.groups()[:6])) if found else None
    if found is None or seconds is None:
        raise ValueError(
            f"its {key} is {_shown(text)}: expected a time in UTC, such as '2020-05-18T20:02:00Z'"
        )
    if found[8].strip() not in ("", "Z"):
        notes.append(
            f"its {key} ends in {_shown(found[8])}, which does not count, as with DeepStream: "
            "times are in UTC"
        )
    return seconds


def _since_1970(year: int, month: int, day: int, *clock: int) -> int | None:
    """Return the seconds since 1970 of a time in UTC; None: there is no such time."""
    right = year >= 1970 and 1 <= month <= _MONTHS  # noqa: PLR2004
    if not right or not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    if any(number > most for number, most in zip(clock, _MOST_OF, strict=True)):
        return None
    return calendar.timegm((year, month, day, *clock))


def _shown(value: object) -> str:
    text = printable(repr(value))
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


# ---- sensors and sources


def read_sensors(file: str) -> dict[str, int]:
    """Return the sensors of a file for nvmsgconv: the numbers of their sources, by their ids.

    Raises:
        ConfigError: It cannot be read, or says something that is not clear.
    """
    from pythiags.inference.keyfile import read_groups

    sensors: dict[str, int] = {}
    for name, group in read_groups(Path(file)).items():
        if not name.startswith("sensor"):
            continue
        number = re.match(r"sensor(\d+)", name, re.ASCII)
        if number is None:
            raise ConfigError(
                f"[{name}] is no name of a sensor's group", where=file, expected="[sensor0]"
            )
        sensor = _enabled(name, group, file)
        if sensor in sensors:
            raise ConfigError("two sensors have one id", where=f"{file}: [{name}] id", got=sensor)
        if sensor is not None:
            sensors[sensor] = int(number[1])
    return sensors


def _enabled(name: str, group: Group, file: str) -> str | None:
    """Return the id of a sensor; None: it is not enabled."""
    from pythiags.inference.keyfile import boolean, string

    where = f"{file}: [{name}]"
    try:
        if "enable" not in group or not boolean(group["enable"].text):
            return None
    except ValueError:
        raise ConfigError(
            "enable is not a boolean", where=where, expected="0 or 1", got=group["enable"].text
        ) from None
    if "id" not in group:
        raise ConfigError("the sensor has no id", where=where, expected="id=NAME")
    try:
        return string(group["id"].text)
    except ValueError:
        raise ConfigError(
            "id ends in a backslash, or has an unknown letter behind one",
            where=where,
            got=group["id"].text,
        ) from None


def sensor_number(sensor: str, sensors: dict[str, int] | None) -> int:
    """Return the number of a sensor's source.

    Args:
        sensor: Its id.
        sensors: Of the file; None: there is no file, and the id is the number.

    Raises:
        ValueError: It is not known.
    """
    if sensors is not None:
        if sensor not in sensors:
            hint = hint_for(sensor, sensors)
            raise ValueError(f"sensor {_shown(sensor)} is not enabled in the file: {hint}")
        return sensors[sensor]
    if not re.fullmatch(r"\d{1,18}", sensor, re.ASCII):
        raise ValueError(
            f"sensor {_shown(sensor)} is not the number of a source, and msgconv-config-file is "
            "not set"
        )
    return int(sensor)


def source_number(name: str) -> int:
    """Return the number of a source: that behind the last underscore of its name.

    Raises:
        RuntimeError: There is none.
    """
    number = re.match(r"\d{1,18}", name.rpartition("_")[2], re.ASCII)
    if number is None:
        raise RuntimeError(
            f"smart_recording_action cannot tell the number of the source {name!r}: expected a "
            "name that ends in an underscore and the number, such as 'src_0'"
        )
    return int(number[0])
