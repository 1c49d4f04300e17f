"""The file of dead letters: what is in it, who may read it, and how large it gets."""

import json
import logging
import os
import resource
import stat

import pytest

from pythiags.workers import deadletters
from pythiags.workers.deadletters import DeadLetters


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHIAGS_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state" / "dead-letters"


def bury(letters, event):
    return letters.write(event, 3, "killed by SIGSEGV", ["a line"])


def test_it_is_its_owners_alone_whatever_the_umask(folder):
    before = os.umask(0)
    try:
        path = bury(DeadLetters("cam/1"), {"frame": 1})
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [stat.S_IMODE(it.stat().st_mode) for it in (folder, folder.parent)] == [0o700, 0o700]


def test_it_has_a_bound_and_what_is_beyond_is_counted_and_told_once_a_second(caplog):
    now = [100.0]
    letters = DeadLetters("cam/1", limit=10_000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deadletters.time, "monotonic", lambda: now[0])
        paths = [bury(letters, bytes(400)) for _ in range(20)]
        path = paths[0]
        written = [it for it in paths if it]
        assert len(written) == 5
        assert paths == [path] * len(written) + [None] * (20 - len(written))
        assert letters.unwritten == 20 - len(written)
        assert len(caplog.records) == 1
        now[0] += 1
        assert bury(letters, bytes(400)) is None
    assert path.stat().st_size <= 10_000
    assert [json.loads(line)["attempts"] for line in path.read_text().splitlines()] == [
        3 for _ in written
    ]
    lines = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    assert [line.split()[0] for line in lines] == ["1", str(letters.unwritten)]
    assert "of 10000 bytes" in lines[0]


def test_the_bound_is_the_files_not_the_runs(caplog):
    bury(DeadLetters("cam/1", limit=5000), bytes(3000))
    assert bury(DeadLetters("cam/1", limit=5000), bytes(3000)) is None
    assert bury(DeadLetters("cam/1", limit=50_000), bytes(3000)) is not None, "the control"


class Unfit:
    def __reduce__(self):
        raise SystemExit("never")

    def __repr__(self):
        raise SystemExit("nor this")


@pytest.mark.parametrize("make", [lambda: print, Unfit], ids=["lambda", "exit"])
def test_an_event_that_cannot_be_pickled_is_written_without(make, caplog):
    path = bury(DeadLetters("cam/1"), [make(), lambda: None])
    letter = json.loads(path.read_text())
    assert letter["pickle"] is None
    assert letter["repr"]
    assert "cannot be pickled" in caplog.text


def test_a_disk_that_fills_up_leaves_whole_lines():
    letters = DeadLetters("cam/1")
    path = bury(letters, 1)
    whole = path.read_bytes()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 100, before[1]))
    try:
        assert bury(letters, 2) is None
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_bytes() == whole
    assert letters.unwritten == 1
    assert bury(letters, 3) == path


def test_who_has_no_home_loses_the_letter_not_the_worker(monkeypatch, caplog):
    monkeypatch.setattr(deadletters, "state_dir", no_home)
    letters = DeadLetters("cam/1")
    assert bury(letters, 1) is None
    assert letters.unwritten == 1
    assert "no home" in caplog.text


def no_home(kind):
    raise deadletters.ConfigError("no home folder")


def test_a_link_is_not_followed(folder, tmp_path):
    path = bury(DeadLetters("cam/1"), 1)
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    assert bury(DeadLetters("cam/1"), 1) is None
    assert not (tmp_path / "elsewhere").exists()
