"""Exceptions of user code: counted one by one, logged once a second, secrets masked."""

import logging
import threading

import pytest

from pythiags.errorlog import ErrorLog


@pytest.fixture
def now():
    return [0.0]


@pytest.fixture
def log(now):
    return ErrorLog("consumer 'x'", logging.getLogger("test"), clock=lambda: now[0])


def test_one_line_a_second_and_the_rest_is_counted(log, now, caplog):
    for _ in range(30):
        log.record(ValueError("no"))
        now[0] += 0.125
    lines = [record.getMessage() for record in caplog.records]
    assert lines[0] == "consumer 'x' raised ValueError: no"
    assert lines[1:] == ["consumer 'x' raised ValueError: no (7 more since the last report)"] * 3
    assert log.counts == {"ValueError": 30}


def test_a_filter_that_raises_does_not_reach_who_records(log, now, monkeypatch):
    def refuse(_record):
        raise KeyError("no such attribute")

    monkeypatch.setattr(logging.getLogger("test"), "filters", [refuse])
    log.record(ValueError("no"))
    assert log.counts == {"ValueError": 1}
    assert log.unreported == 1


def test_types_are_counted_apart(log):
    for error in (ValueError(), SystemExit(1), ValueError("other")):
        log.record(error)
    assert log.counts == {"ValueError": 2, "SystemExit": 1}


def test_the_traceback_comes_along(log, caplog):
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError as error:
        log.record(error)
    assert "1 / 0" in caplog.text


def test_passwords_are_masked_in_text_and_traceback(log, caplog):
    log.record(OSError("cannot reach rtsp://user:secret@camera/1"))
    assert "rtsp://user:***@camera/1" in caplog.text
    assert "user:secret@camera/1" not in caplog.records[0].getMessage()
    assert "secret" not in str(caplog.records[0].exc_info[1])


def test_many_threads_lose_no_count(log):
    def record():
        for _ in range(2000):
            log.record(ValueError())

    threads = [threading.Thread(target=record) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert log.counts == {"ValueError": 8000}
