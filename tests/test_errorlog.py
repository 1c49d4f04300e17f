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
    for number in range(30):
        log.record(ValueError(number))
        now[0] += 0.125
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [
        "consumer 'x' raised ValueError: 0",
        *(
            f"consumer 'x' raised ValueError: {number} (7 more since the last report)"
            for number in (8, 16, 24)
        ),
    ]
    assert log.counts == {"ValueError": 30}


@pytest.mark.parametrize("raised", ["raised", "of a worker process"])
def test_the_same_fault_is_logged_ever_more_seldom(log, now, caplog, raised):
    moments = []
    for _ in range(8 * 200):
        before = len(caplog.records)
        try:
            int("no")
        except ValueError as error:
            log.record(error if raised == "raised" else ValueError("told by another process"))
        moments += [now[0]] * (len(caplog.records) - before)
        now[0] += 0.125
    assert moments == [0, 1, 3, 7, 15, 31, 63, 123, 183]
    assert log.counts == {"ValueError": 1600}


def test_another_fault_is_logged_within_a_second(log, now, caplog):
    for _ in range(8 * 20):
        log.record(ValueError("often"))
        now[0] += 0.125
    caplog.clear()
    log.record(KeyError("new"))
    now[0] += 0.125
    log.record(ValueError("often"))
    now[0] += 1
    log.record(ValueError("often"))
    assert [record.getMessage().partition(" (")[0] for record in caplog.records] == [
        "consumer 'x' raised KeyError: 'new'",
        "consumer 'x' raised ValueError: often",
    ]


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
