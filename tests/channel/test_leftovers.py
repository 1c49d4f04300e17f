"""What a killed run leaves on disk, and what the next one makes of it."""

import contextlib
import fcntl
import logging
import os
import re
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import textwrap
import threading
from pathlib import Path

import pytest

from pythiags.channel import Channel, Control
from pythiags.channel.batches import pack
from pythiags.channel.spillfile import Owner, SpillFile
from pythiags.errors import ConfigError
from pythiags.testing.leaks import nothing_left

OWNER = ("mine.Consume", "", "videotestsrc ! fakesink")
KILLED = """
    import os, signal, sys, time
    from pythiags.channel import Channel

    number_of_this = os.getpid()
    os.getpid = lambda: 1  # as in a container, where it is the same each time
    owner = ("mine.Consume", "", sys.argv[2])
    channel = Channel(4, spill_dir=sys.argv[1], name="cam/1", owner=owner)
    channel.prepare()
    for number in range(100):
        channel.put(number)
        while channel.stats().pending - channel.stats().on_disk > 3:
            time.sleep(0.0001)  # as fast as the disk takes them
    for number in range(10):
        assert channel.get() == number
        channel.delivered()
    limit = time.monotonic() + 60  # only to end a hang
    while channel.stats().on_disk < 80 and time.monotonic() < limit:
        time.sleep(0.001)
    print(channel.stats().dropped, flush=True)
    if sys.argv[3] == "kill":
        os.kill(number_of_this, signal.SIGKILL)
    sys.stdin.read()
"""


def run(folder, end="kill", text=OWNER[2]):
    arguments = [sys.executable, "-c", textwrap.dedent(KILLED), str(folder), text, end]
    child = subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "{}\n"
    return child


@pytest.fixture
def left(tmp_path):
    """A folder in which a killed run left some."""
    with run(tmp_path) as child:
        assert child.wait(10) == -signal.SIGKILL
    assert [each for each in tmp_path.iterdir() if each.suffix == ".spill"]
    return tmp_path


def restart(folder, leftovers, **options):
    options.setdefault("owner", OWNER)
    channel = Channel(4, spill_dir=folder, leftovers=leftovers, name="cam/1", **options)
    channel.prepare()
    return channel


def finish(channel):
    channel.put_control(Control.END)
    events = []
    while (item := channel.get(10)) is not Control.END:
        events.append(item)
        channel.delivered()
    assert channel.dispose(10)
    stats = channel.stats()
    assert stats.produced == stats.delivered + sum(stats.dropped.values())
    return events


def test_they_are_offered(left, caplog):
    before = sorted(left.iterdir())
    assert finish(restart(left, "offer")) == []
    assert sorted(left.iterdir()) == before
    (line,) = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert str(before[0]) in line
    assert "'deliver'" in line
    assert "s old, videotestsrc ! fakesink)" in line
    assert re.search(r"left \d+ events in", line)
    assert "'discard'" in line


def test_they_are_delivered_before_all_others(left):
    channel = restart(left, "deliver")
    assert channel.stats().pending > 80
    for number in range(1000, 1050):
        channel.put(number)
    events = finish(channel)
    old, new = events[:-50], events[-50:]
    assert new == list(range(1000, 1050))
    assert old == list(range(old[0], old[-1] + 1))
    assert old[0] <= 10, "the first that was not delivered, or one that was just before"
    assert old[-1] >= 97, "what was in memory is lost"
    assert list(left.iterdir()) == []


def test_they_are_discarded(left, caplog):
    assert finish(restart(left, "discard")) == []
    assert list(left.iterdir()) == []
    assert "deleted" in caplog.text


def test_another_text_of_the_pipeline_does_not_hide_them(left, caplog):
    edited = (*OWNER[:2], "videotestsrc num-buffers=10 ! fakesink")
    assert finish(restart(left, "deliver", owner=edited))
    assert "s old, videotestsrc ! fakesink)" in caplog.text, "it is named as it was written then"
    assert list(left.iterdir()) == []


@pytest.mark.parametrize("other", [("mine.Other", *OWNER[1:]), (OWNER[0], "/x.gstp", OWNER[2])])
def test_another_consumer_or_file_has_nothing_to_do_with_them(left, other, caplog):
    before = sorted(left.iterdir())
    assert finish(restart(left, "deliver", owner=other)) == []
    assert sorted(left.iterdir()) == before
    assert caplog.text == ""


def test_what_is_not_delivered_then_stays_for_the_next(left):
    channel = restart(left, "deliver")
    first = [channel.get(10) for _ in range(3)]
    channel.delivered(2)
    assert channel.dispose(10)
    again = finish(restart(left, "deliver"))
    assert again[0] in first[:3], "what was not settled comes again"
    assert again[-1] >= 97


def test_a_run_that_lives_is_left_alone(tmp_path):
    with run(tmp_path, end="live") as child:
        files = sorted(tmp_path.iterdir())
        assert finish(restart(tmp_path, "deliver")) == []
        assert finish(restart(tmp_path, "discard")) == []
        assert sorted(tmp_path.iterdir()) == files
        child.stdin.close()
        assert child.wait(10) == 0
    assert list(tmp_path.iterdir()) == [], "it has ended without a kill"


def test_two_at_once_in_one_process_do_not_mix(tmp_path):
    channels = [restart(tmp_path, "deliver") for _ in range(2)]
    for number in range(200):
        channels[number % 2].put(number)
    assert [finish(channel) for channel in channels] == [
        list(range(0, 200, 2)),
        list(range(1, 200, 2)),
    ]


def test_several_killed_runs_are_delivered_oldest_first(left):
    with run(left) as child:
        child.wait(10)
    events = finish(restart(left, "deliver"))
    (start,) = [n for n in range(1, len(events)) if events[n] < events[n - 1]]
    assert events[:start] == sorted(events[:start])
    assert events[start:] == sorted(events[start:])
    assert list(left.iterdir()) == []


def test_a_batch_of_which_some_events_were_delivered_begins_behind_them(tmp_path):
    owner = Owner("cam/1", *OWNER)
    file = SpillFile.create(tmp_path, owner)
    file.append(5, batch(10, 11, 12, 13, 14))
    file.append(2, batch(15, 16))
    file.note(1, 3)
    file.close()
    channel = restart(tmp_path, "deliver")
    assert channel.stats().pending == 4
    assert finish(channel) == [13, 14, 15, 16]


def batch(*events):
    return pack([*events], [8] * len(events), None)[0]


def test_what_was_noted_of_a_batch_that_is_gone_means_no_other(tmp_path):
    file = SpillFile.create(tmp_path, Owner("cam/1", *OWNER))
    file.append(5, batch(10, 11, 12, 13, 14))
    file.append(2, batch(15, 16))
    file.note(1, 3)
    file.settle(1)
    file.close()
    channel = restart(tmp_path, "deliver")
    assert channel.stats().pending == 2
    assert finish(channel) == [15, 16]


def test_what_cannot_be_read_any_more_is_counted(tmp_path, caplog):
    file = SpillFile.create(tmp_path, Owner("cam/1", *OWNER))
    file.append(3, b"not a batch of events")
    file.append(1, batch("good"))
    file.close()
    channel = restart(tmp_path, "deliver")
    assert finish(channel) == ["good"]
    assert channel.stats().dropped == {"spill-error": 3}
    assert "3 spilled events cannot be read" in caplog.text


def test_what_names_a_file_hides_passwords_and_may_hold_any_bytes(tmp_path):
    secret = Owner("cam", "", "", "rtspsrc location=rtsp://me:secret@host/a ! " + "queue ! " * 50)
    assert "secret" not in secret.title
    assert len(secret.title) <= 100
    file = SpillFile.create(tmp_path, Owner("cam", "", "/tmp/\udcff.gstp"))
    file.append(1, b"x")
    file.close()
    (again,) = SpillFile.left(tmp_path)
    assert again.file.pipeline == "/tmp/?.gstp"
    again.remove()


def damage(file, how):
    """Make a file of a killed run unreadable, at its start, in its middle, or in what it says."""
    if how == "all":
        file.write_bytes(b"this is not SQLite's" * 100)
    elif how == "pages":
        with file.open("r+b") as it:
            it.seek(4096)
            it.write(b"\xff" * 60_000)
    else:
        with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as base:
            base.execute(how)


@pytest.fixture(
    params=[
        "all",
        "pages",
        "UPDATE batch SET count = -1 WHERE id = 2",
        "UPDATE batch SET count = 1 << 60 WHERE id = 2",
        "UPDATE batch SET count = 'many' WHERE id = 2",
        "UPDATE batch SET body = 1000000000 WHERE id = 2",
    ]
)
def damaged(request, tmp_path):
    file = SpillFile.create(tmp_path, Owner("cam/1", *OWNER))
    for number in range(20):
        file.append(2, batch(number, bytes(4000)))
    file.close()
    damage(file.path, request.param)
    return file.path


@pytest.mark.parametrize("leftovers", ["offer", "deliver"])
def test_one_that_cannot_be_read_is_told_and_stays(damaged, leftovers, caplog):
    assert finish(restart(damaged.parent, leftovers)) == []
    assert damaged.exists()
    (line,) = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert f"{damaged} ({damaged.stat().st_size} bytes)" in line
    assert "cannot be read" in line
    assert "--leftovers=discard" in line


def test_one_that_cannot_be_read_is_discarded_like_all_others(damaged, caplog):
    assert finish(restart(damaged.parent, "discard")) == []
    assert list(damaged.parent.iterdir()) == []
    assert f"{damaged} (" in caplog.text
    assert "which cannot be read" in caplog.text


def test_one_that_cannot_be_read_does_not_keep_others_from_being_delivered(damaged):
    good = SpillFile.create(damaged.parent, Owner("cam/1", *OWNER))
    good.append(2, batch("a", "b"))
    good.close()
    assert finish(restart(damaged.parent, "deliver")) == ["a", "b"]
    assert [each.name for each in damaged.parent.glob("*.spill")] == [damaged.name]


def test_a_file_without_events_is_deleted_in_silence(tmp_path, caplog):
    SpillFile.create(tmp_path, Owner("cam/1", *OWNER)).close()
    (tmp_path / f"{Owner('cam/1', *OWNER).stem}-0.spill").touch()
    assert finish(restart(tmp_path, "offer")) == []
    assert list(tmp_path.iterdir()) == []
    assert caplog.text == ""


def test_files_that_never_got_their_name_are_swept_but_nothing_else(tmp_path):
    owner = Owner("cam/2", *OWNER)
    stale, fresh, locked, full = (tmp_path / f"{owner.stem}-{n:012x}.new" for n in range(4))
    strange = tmp_path / "config.new"
    for file in (stale, fresh, locked, full, strange):
        file.touch()
    full.write_bytes(b"x")
    for file in (stale, locked, full, strange):
        os.utime(file, (1, 1))
    with locked.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        finish(restart(tmp_path, "offer"))
    assert sorted(tmp_path.iterdir()) == sorted([fresh, locked, full, strange])


@pytest.mark.parametrize("call", ["fcntl.flock", "pathlib.Path.rename"])
def test_a_file_that_cannot_be_made_leaves_no_descriptor_and_no_name(tmp_path, call, monkeypatch):
    def refuse(*_):
        raise OSError("no locks available")

    monkeypatch.setattr(call, refuse)
    with nothing_left(), pytest.raises(OSError, match="no locks"):
        SpillFile.create(tmp_path, Owner("cam/1"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("mode", "refused"), [(0o777, True), (0o1777, False), (0o775, False)])
def test_a_folder_in_which_everybody_may_replace_files_is_refused(tmp_path, mode, refused):
    folder = tmp_path / "spill"
    folder.mkdir()
    folder.chmod(mode)
    if not refused:
        assert finish(restart(folder, "offer")) == []
        return
    with pytest.raises(ConfigError, match="any user can replace") as caught:
        restart(folder, "offer")
    assert (caught.value.where, caught.value.got) == ("cam/1", f"{folder}: mode 0777")
    assert f"chmod 700 {folder}" in caught.value.hint
    assert "--spill-dir" in caught.value.hint


def test_a_folder_that_is_made_is_its_owners_alone(tmp_path):
    restart(tmp_path / "state" / "spill", "offer").dispose(10)
    for folder in (tmp_path / "state", tmp_path / "state" / "spill"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_another_user_or_a_link_put_there_is_never_unpickled(left, monkeypatch):
    (file,) = (each for each in left.iterdir() if each.suffix == ".spill")
    with monkeypatch.context() as patch:
        patch.setattr("os.geteuid", lambda: file.stat().st_uid + 1)
        assert finish(restart(left, "deliver")) == []
    moved = file.rename(left / "elsewhere")
    file.symlink_to(moved)
    assert finish(restart(left, "deliver")) == []
    file.unlink()
    moved.rename(file)
    assert finish(restart(left, "deliver")) != [], "the control"


FULL = """
    import os, resource, sys
    from pythiags.channel import Channel

    channel = Channel(100, spill_dir=sys.argv[1])
    channel.prepare()
    channel.be_patient(True)  # however slow the machine is
    limit = 2 << 20
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))  # a disk with two megabytes left
    for number in range(20_000):
        channel.put((number, os.urandom(1000)))
    stats = channel.stats()
    assert stats.produced == stats.delivered + sum(stats.dropped.values()) + stats.pending == 20_000
    assert stats.dropped.keys() == {"spill-full"}, stats
    assert stats.on_disk > 500, stats
    assert stats.pending < 4_000, stats
    channel.close()
    numbers = []
    while channel.stats().pending:
        numbers.append(channel.get()[0])
        channel.delivered()
    assert numbers == sorted(numbers)
    assert numbers[-1] == 19_999
    assert channel.dispose(10)
"""


def test_a_disk_that_fills_up_while_it_runs(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FULL), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stderr.splitlines()
    assert 1 <= len(lines) <= 10
    assert "full" in lines[0]
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_before_anything_runs(tmp_path):
    code = """
        import resource, sys
        from pythiags.channel import Channel
        from pythiags.errors import ConfigError

        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 19, 1 << 19))
        try:
            Channel(spill_dir=sys.argv[1]).prepare()
        except ConfigError as error:
            print(error)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "no disk space" in done.stdout
    assert "spill_dir" in done.stdout


def test_a_read_only_folder_is_told_before_anything_runs(tmp_path):
    code = """
        import os, sys, tempfile
        from pythiags.channel import Channel
        from pythiags.errors import ConfigError

        ConfigError("")  # reads a module that another user may not be allowed to read
        if os.geteuid() == 0:  # who may write everywhere
            os.setgroups([])
            os.setuid(65534)
        try:
            Channel(spill_dir=sys.argv[1]).prepare()
        except ConfigError as error:
            print(error)
    """
    folder = Path(tempfile.mkdtemp())  # not below what only the owner may enter
    folder.chmod(0o555)
    try:
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code), str(folder)],
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        folder.rmdir()
    assert "cannot write to the folder" in done.stdout
    assert "Permission denied" in done.stdout


BUSY = """
    import itertools, sys
    from pythiags.channel import Channel

    owner = ("mine.Consume", "", sys.argv[2])
    channel = Channel(50, spill_dir=sys.argv[1], name="cam/1", owner=owner)
    channel.prepare()
    told = False
    for number in itertools.count():
        channel.put(number)
        if not told and channel.stats().on_disk > 100:
            told = True
            print("go", flush=True)
        if number % 10 == 9:
            channel.get_many(5)
            channel.delivered(channel.stats().in_flight)
"""


@pytest.mark.parametrize("delay", [0.0, 0.02, 0.1, 0.3])
def test_a_kill_at_any_moment_leaves_a_file_that_can_be_read(tmp_path, delay):
    arguments = [sys.executable, "-c", textwrap.dedent(BUSY), str(tmp_path), OWNER[2]]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "go\n"
        threading.Event().wait(delay)
        child.kill()
    events = finish(restart(tmp_path, "deliver"))
    assert events == list(range(events[0], events[-1] + 1))
    assert list(tmp_path.iterdir()) == []
