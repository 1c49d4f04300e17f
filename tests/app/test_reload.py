"""Files of extractors and consumers that are edited while a run goes on."""

import functools
import gc
import os
import signal
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest
from faults.harness import descriptors, memory, threads, until

from pythiags import App, ConfigError, Detections
from pythiags.app import reload, watchedfile
from pythiags.app.stats import ReloadStats

LIVE = (
    "videotestsrc is-live=true pattern=black ! video/x-raw,width=32,height=32,framerate=200/1 "
    "! identity name=tap ! fakesink name=sink sync=false"
)
TEXT = """\
import os
import time
from pathlib import Path
from typing import NamedTuple

VERSION = {version}

class Event(NamedTuple):
    frame: int
    version: int

class Extract:
    def extract_metadata(self, pad, info):
        return Event(info.get_buffer().offset, VERSION)

def extract(pad, info):
    return Event(info.get_buffer().offset, VERSION)

class Process:
    def __init__(self, path):
        self.path = Path(path)
        self.held = self.path.with_suffix(".held")

    def note(self, *words):
        with self.path.open("a") as file:
            print(*words, VERSION, os.getpid(), file=file)

    def open(self):
        self.note("open")

    def incoming(self, event):
        if not hasattr(event, "version"):
            event = Event(event if isinstance(event, int) else 0, 0)
        assert isinstance(event, Event)
        self.note("event", event.frame, event.version)
        while self.held.exists():
            time.sleep(0.002)

    def close(self):
        self.note("close")

class Writes:
    writable = {writable}

    def extract_metadata(self, pad, info):
        return Event(info.get_buffer().offset, VERSION)
"""
KINDS = pytest.mark.parametrize("worker", ["thread", "process"])


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(reload, "INTERVAL", 0.01)


class Mine:
    """The user's module, and what its consumers have noted."""

    def __init__(self, folder):
        self.path = folder / "mine_reloaded.py"
        self.notes_path = folder / "notes"
        self.write()
        self.module = __import__("mine_reloaded")

    def write(self, version=1, text=TEXT, *, writable=False):
        self.path.write_text(text.format(version=version, writable=writable))

    def replace(self, *pair, version=2):
        assert pair[0] in TEXT
        self.write(version, TEXT.replace(*pair))

    @property
    def process(self):
        return functools.partial(self.module.Process, str(self.notes_path))

    def notes(self, what):
        text = self.notes_path.read_text() if self.notes_path.exists() else ""
        rows = [line.split() for line in text.splitlines(keepends=True) if line.endswith("\n")]
        return [[int(word) for word in row[1:]] for row in rows if row[0] == what]

    def events(self, version):
        return [note for note in self.notes("event") if note[-2] == version]


@pytest.fixture
def mine(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield Mine(tmp_path)
    sys.modules.pop("mine_reloaded", None)


@pytest.fixture
def playing(mine):
    """Start an App with an extractor and a consumer of the module."""
    apps = []

    def play(extractor=None, consumer=None, **options):
        app = App(LIVE, reload=True)
        apps.append(app)
        app.attach("tap", extractor or mine.module.Extract, consumer or mine.process, **options)
        app.start()
        until(lambda: app.stats().frames > 5, "frames")
        return app

    yield play
    for app in apps:
        app.close()


def of_mine(app):
    """The counters of the user's module: an extractor of this one is watched as well."""
    return next(each for each in app.stats().reloads if "mine_reloaded" in each.file)


def reloaded(app, times=1):
    until(lambda: of_mine(app).reloads >= times, "the new code")


def refused(app, times=1):
    until(lambda: of_mine(app).errors >= times, "the refusal")
    return of_mine(app).error


def everything_arrived(app, mine):
    """No buffer was lost, and each event came in its order, once."""
    app.stop()
    (stats,) = app.stats().attachments
    assert stats.channel.dropped == {}
    assert stats.channel.produced == stats.channel.delivered == stats.extraction.buffers
    frames = [note[0] for note in mine.notes("event")]
    assert frames == list(range(len(frames)))
    assert len(frames) == stats.channel.delivered
    # The stop may come while the last one is between the tap and the sink.
    assert app.stats().frames >= len(frames) - 1


@KINDS
def test_new_code_takes_over_between_two_buffers(mine, playing, worker):
    app = playing(worker=worker)
    for version in (2, 3):
        mine.write(version)
        until(lambda: len(mine.events(version)) > 20, "events of the new code")  # noqa: B023
    assert of_mine(app).reloads == 2
    everything_arrived(app, mine)
    # Each event went to a consumer of the code that had made it.
    assert all(made == taken for _, made, taken, _ in mine.notes("event"))
    assert [note[0] for note in mine.notes("open")] == [1, 2, 3]
    assert [note[0] for note in mine.notes("close")] == [1, 2, 3]
    versions = [note[-2] for note in mine.notes("event")]
    assert versions == sorted(versions)
    pids = {note[-1] for note in mine.notes("event")}
    assert pids == {os.getpid()} if worker == "thread" else len(pids) == 3
    assert app.stats().attachments[0].worker_deaths == 0


@KINDS
def test_events_of_the_old_code_that_wait_are_not_lost(mine, playing, worker):
    """Their classes are in no module any more."""
    app = playing(worker=worker)
    held = mine.notes_path.with_suffix(".held")
    held.touch()
    before = app.stats().attachments[0].channel.produced
    until(lambda: app.stats().attachments[0].channel.produced > before + 50, "a backlog")
    mine.write(2)
    reloaded(app)
    before = app.stats().attachments[0].channel.produced
    until(lambda: app.stats().attachments[0].channel.produced > before + 50, "new events")
    assert not mine.events(2)
    held.unlink()
    until(lambda: len(mine.events(2)) > 20, "events of the new code")
    everything_arrived(app, mine)
    assert all(made == taken for _, made, taken, _ in mine.notes("event"))


def test_with_events_on_disk_too(mine, playing, tmp_path):
    app = playing(worker="process", queue_size=4, spill_dir=tmp_path / "spill")
    held = mine.notes_path.with_suffix(".held")
    held.touch()
    until(lambda: app.stats().attachments[0].channel.on_disk > 20, "events on disk")
    mine.write(2)
    reloaded(app)
    spilled = app.stats().attachments[0].channel.spilled
    until(lambda: app.stats().attachments[0].channel.spilled > spilled + 20, "more on disk")
    held.unlink()
    until(lambda: len(mine.events(2)) > 20, "events of the new code")
    app.stop()
    (stats,) = app.stats().attachments
    assert (stats.channel.dropped, stats.channel.pending) == ({}, 0)


@KINDS
def test_a_consumer_alone_takes_over_at_once(mine, playing, worker):
    app = playing(extractor=number, consumer=mine.process, worker=worker)
    mine.write(2)
    until(lambda: len(mine.events(2)) > 20, "events of the new code")
    app.stop()
    assert [note[0] for note in mine.notes("close")] == [1, 2]


def number(_pad, info):
    return info.get_buffer().offset


def test_a_slow_consumer_need_not_finish_its_backlog_first(mine, playing):
    app = playing(extractor=number, consumer=mine.process, worker="thread")
    held = mine.notes_path.with_suffix(".held")
    held.touch()
    before = app.stats().attachments[0].channel.produced
    until(lambda: app.stats().attachments[0].channel.pending > 50, "a backlog")
    old = len(mine.notes("event"))
    mine.write(2)
    reloaded(app)
    held.unlink()
    until(lambda: len(mine.events(2)) > 60, "events of the new code")
    assert len(mine.events(1)) <= old + 1
    assert before


@KINDS
def test_of_two_edits_during_one_event_the_later_one_stays(mine, playing, worker):
    app = playing(extractor=number, worker=worker)
    held = mine.notes_path.with_suffix(".held")
    held.touch()
    until(lambda: app.stats().attachments[0].channel.pending > 50, "a backlog")
    for version in (2, 3):
        mine.write(version)
        reloaded(app, version - 1)
    held.unlink()
    until(lambda: len(mine.events(3)) > 60, "events of the new code")
    app.stop()
    assert [note[0] for note in mine.notes("open")] == [1, 3]
    assert not mine.events(2)
    assert app.stats().attachments[0].channel.dropped == {}


def test_functions_and_several_consumers_share_one_edit(mine, playing, tmp_path):
    app = App(LIVE, reload=True)
    with app:
        taken = Counter()
        app.attach(
            "tap",
            mine.module.extract,
            [mine.process, lambda event: taken.update([event.version])],
            worker="thread",
        )
        app.start()
        until(lambda: taken[1] > 5, "events")
        mine.write(2)
        until(lambda: taken[2] > 5, "events of the new extractor")
        until(lambda: len(mine.events(2)) > 5, "events of the new consumer")
        assert of_mine(app).reloads == 1


def test_several_workers_all_take_over(mine, playing):
    app = playing(extractor=by_source, worker="process", workers=2)
    mine.write(2)
    until(lambda: len({note[-1] for note in mine.events(2)}) == 2, "both workers")
    app.stop()
    assert not app.stats().attachments[0].channel.dropped


def by_source(_pad, info):
    return [{"source_id": info.get_buffer().offset % 2}]


BROKEN = [
    (("VERSION = ", "VERSION = = "), "SyntaxError: invalid syntax", 6),
    (("import time\n", "import time\nimport no_such_module\n"), "No module named 'no_such_mod", 3),
    (("VERSION = ", "raise SystemExit\nVERSION = "), "SystemExit", 6),
    (("class Extract:", "class Extracts:"), "no 'Extract' in it any more", None),
    (("class Extract:", "Extract = lambda pad, info: 1\nclass E_:"), "not a class", None),
    (("class Process:", "def Process(path):\n  pass\nclass P_:"), "not a class any more", None),
    (("(self, pad, info)", "(self, pad)"), "cannot be called", 13),
    (("(self, event)", "(self, event, more)"), "cannot be called", 31),
    (("extract_metadata", "extract_metadat"), "not a valid extractor", 12),
    (("(self, path):", "(self, path, more):"), "cannot be constructed", 20),
    (
        ("self.path = Path(path)", "raise ValueError('no camera')"),
        "cannot be constructed",
        21,
    ),
]


@KINDS
@pytest.mark.parametrize("broken", BROKEN)
def test_a_file_with_an_error_keeps_the_old_code(mine, playing, caplog, worker, broken):
    edit, message, line = broken
    app = playing(worker=worker)
    mine.replace(*edit)
    error = refused(app)
    assert message in error
    record = next(each for each in caplog.records if "the old code goes on" in each.message)
    assert record.levelname == "ERROR"
    if line is not None:
        assert f"{mine.path}:{line}" in record.message
    seen = len(mine.events(1))
    until(lambda: len(mine.events(1)) > seen + 20, "events of the old code")
    mine.write(3)  # mended
    until(lambda: len(mine.events(3)) > 5, "events of the new code")
    assert of_mine(app) == ReloadStats(str(mine.path), 1, 1, "")
    everything_arrived(app, mine)
    assert not mine.events(2)


@KINDS
def test_a_consumer_that_cannot_be_opened_keeps_the_old_one(mine, playing, caplog, worker):
    app = playing(extractor=number, worker=worker)
    mine.replace('self.note("open")', "raise OSError('no broker')")
    assert "no broker" in refused(app)
    seen = len(mine.notes("event"))
    until(lambda: len(mine.notes("event")) > seen + 20, "events")
    assert {note[-2] for note in mine.notes("event")} == {1}
    mine.write(3)
    until(lambda: len(mine.events(3)) > 5, "events of the new code")
    app.stop()
    assert [note[0] for note in mine.notes("open")] == [1, 1, 3]
    assert [note[0] for note in mine.notes("close")] == [1, 1, 3]
    (stats,) = app.stats().attachments
    assert (stats.channel.dropped, stats.worker_deaths) == ({}, 0)


def test_a_child_that_dies_behind_a_broken_edit_is_replaced_by_what_ran(mine, playing):
    app = playing(worker="process")
    mine.write(2)
    until(lambda: len(mine.events(2)) > 5, "events of the new code")
    mine.replace("VERSION = ", "VERSION = = ", version=3)
    refused(app)
    for deaths in (1, 2, 3):  # the first spare is older than the edit, others are younger
        pid = mine.events(2)[-1][-1]
        os.kill(pid, signal.SIGKILL)
        until(lambda: app.stats().attachments[0].worker_deaths == deaths, "the death")  # noqa: B023
        until(lambda: mine.events(2)[-1][-1] != pid, "events of its successor")  # noqa: B023
    app.stop()
    assert app.stats().attachments[0].channel.dropped == {}


@pytest.mark.parametrize("own", [True, False])
def test_a_child_that_dies_behind_an_edit_that_cannot_be_opened_too(mine, playing, own):
    app = playing(extractor=None if own else number, worker="process")
    mine.write(2)
    until(lambda: mine.notes("event") and mine.notes("event")[-1][-2] == 2, "the new code")
    mine.replace('self.note("open")', "raise OSError('no broker')", version=3)
    assert "no broker" in refused(app)
    until(lambda: len(mine.notes("open")) == 3, "the old one")
    for deaths in (1, 2, 3):
        pid = mine.notes("event")[-1][-1]
        os.kill(pid, signal.SIGKILL)
        until(lambda: app.stats().attachments[0].worker_deaths == deaths, "the death")  # noqa: B023
        until(lambda: mine.notes("event")[-1][-1] != pid, "events of its successor")  # noqa: B023
    assert {note[-2] for note in mine.notes("event")[-3:]} == {2}
    assert {note[0] for note in mine.notes("open")} == {1, 2}
    mine.write(4)
    until(lambda: mine.notes("event")[-1][-2] == 4, "the mended code")
    pid = mine.notes("event")[-1][-1]
    os.kill(pid, signal.SIGKILL)
    until(lambda: mine.notes("event")[-1][-1] != pid, "events of its successor")
    assert mine.notes("event")[-1][-2] == 4
    app.stop()
    assert app.stats().attachments[0].channel.dropped == {}
    assert of_mine(app) == ReloadStats(str(mine.path), 2, 1, "")


def test_children_that_die_before_the_new_consumer_has_its_turn_run_the_old_one(mine, playing):
    app = playing(worker="process", queue_size=10000)
    held = mine.notes_path.with_suffix(".held")
    held.touch()
    until(lambda: app.stats().attachments[0].channel.pending > 50, "a backlog")
    mine.replace('self.note("open")', "raise OSError('no broker')")
    reloaded(app)
    for deaths in (1, 2):  # the second spare is younger than the edit
        child = mine.notes("event")[-1][-1]
        os.kill(child, signal.SIGKILL)
        until(lambda: app.stats().attachments[0].worker_deaths == deaths, "the death")  # noqa: B023
        until(lambda: mine.notes("event")[-1][-1] != child, "its successor's event")  # noqa: B023
    held.unlink()
    assert "no broker" in refused(app)
    assert app.stats().attachments[0].worker_deaths == 2


@KINDS
def test_an_edit_that_fails_in_several_consumers_counts_once(mine, playing, caplog, worker):
    app = playing(extractor=by_source, worker=worker, workers=2)
    mine.replace('self.note("open")', "raise OSError('no broker')")
    refused(app)
    until(lambda: len(mine.notes("open")) == 4, "both old ones")
    assert (of_mine(app).reloads, of_mine(app).errors) == (0, 1)
    assert caplog.text.count("is not taken, the old code goes on") <= 2  # one each, if they differ


OTHER = """
class Other(Process):
    def open(self):
        raise OSError("no broker")
"""


def test_the_consumer_that_cannot_be_opened_is_named(mine, playing, caplog, tmp_path):
    sound = "\nclass Other(Process):\n    pass\n"
    mine.write(1, TEXT + sound)
    sys.modules.pop("mine_reloaded")
    module = __import__("mine_reloaded")
    other = functools.partial(module.Other, str(tmp_path / "other"))
    first = functools.partial(module.Process, str(mine.notes_path))
    app = playing(extractor=number, consumer=[first, other], worker="process")
    mine.write(2, TEXT + OTHER)
    error = refused(app)
    line = (TEXT + OTHER).splitlines().index("    def open(self):", len(TEXT.splitlines())) + 1
    assert f"{mine.path}:{line}" in error or f"{mine.path}:{line + 1}" in error
    assert (of_mine(app).reloads, of_mine(app).errors) == (0, 1)
    until(lambda: mine.events(2) or mine.notes("open")[-1][0] == 2, "the consumer without a fault")


def test_an_extractor_cannot_begin_to_write(mine, playing):
    app = playing(extractor=mine.module.Writes)
    mine.write(2, writable=True)
    assert "writable was False, which cannot change" in refused(app)


def test_an_error_that_was_undone_is_gone(mine, playing):
    app = playing(worker="thread")
    mine.replace("VERSION = ", "VERSION = = ")
    refused(app)
    mine.write(1)
    until(lambda: not of_mine(app).error, "the error is gone")
    assert of_mine(app).reloads == 0


def test_editors_that_write_to_another_file_and_rename_it(mine, playing):
    app = playing(worker="thread")
    for version in (2, 3):
        other = mine.path.with_suffix(".swp")
        other.write_text(TEXT.format(version=version, writable=False))
        other.replace(mine.path)
        until(lambda: mine.events(version), "events of the new code")  # noqa: B023
    everything_arrived(app, mine)


def test_a_file_that_is_gone_keeps_the_old_code(mine, playing, caplog):
    app = playing(worker="thread")
    mine.path.unlink()
    until(lambda: "is gone: its code goes on" in caplog.text, "the warning")
    seen = len(mine.events(1))
    until(lambda: len(mine.events(1)) > seen + 5, "events")
    mine.write(2)
    until(lambda: mine.events(2), "events of the new code")
    everything_arrived(app, mine)


def test_a_file_that_is_too_large_is_called_so(mine, playing, caplog, monkeypatch):
    app = playing(worker="thread")
    monkeypatch.setattr(watchedfile, "MOST", 5000)
    mine.write(2, TEXT + "#" * 5000)
    until(lambda: "no more than 5000 are read: its code goes on" in caplog.text, "the warning")
    assert "is gone" not in caplog.text
    mine.write(3)
    until(lambda: mine.events(3), "events of the new code")
    assert of_mine(app).errors == 0


def test_a_file_that_cannot_be_read_is_called_so_until_it_can(mine, playing, caplog, monkeypatch):
    app = playing(worker="thread")
    read = Path.read_bytes

    def refuse(path):
        if path == mine.path and not path.stat().st_mode & 0o400:  # for root, too
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    other = mine.path.with_suffix(".swp")
    other.write_text(TEXT.format(version=2, writable=False))
    other.chmod(0)
    other.replace(mine.path)
    until(lambda: "cannot be read (Permission denied): its code goes on" in caplog.text, "words")
    mine.path.chmod(0o600)
    until(lambda: mine.events(2), "events of the new code")
    assert "is gone" not in caplog.text
    assert of_mine(app).errors == 0


def test_a_file_that_is_too_large_from_the_start_is_not_watched(mine, playing, caplog, monkeypatch):
    monkeypatch.setattr(watchedfile, "MOST", 100)
    app = playing(worker="process")
    assert "its file has" in caplog.text
    assert app.stats().reloads == ()
    until(lambda: mine.events(1), "events")


def test_a_file_that_stays_empty_is_called_so_once(mine, caplog):
    watched = watchedfile.WatchedFile(watchedfile.Target("mine_reloaded", mine.path, "Extract"))
    mine.path.write_text("")
    for _ in range(watchedfile.EMPTY_LOOKS):
        assert watched.changed() is None
    assert "is empty" not in caplog.text
    for _ in range(3 * watchedfile.EMPTY_LOOKS):
        assert watched.changed() is None
    assert caplog.text.count("is empty: its code goes on") == 1


def test_a_file_that_was_emptied_is_about_to_be_written(mine, playing):
    app = playing(worker="thread")
    file = app._services._reloader._files["mine_reloaded"]
    mine.path.write_text("")
    until(lambda: file.seen == watchedfile.signature(mine.path), "a look at the empty file")
    mine.write(2)
    until(lambda: mine.events(2), "events of the new code")
    assert of_mine(app).errors == 0


def test_a_file_that_is_touched_is_not_loaded(mine, playing, caplog):
    caplog.set_level("INFO", "pythiags")
    app = playing(worker="thread")
    file = app._services._reloader._files["mine_reloaded"]
    os.utime(mine.path, (1, 1))
    until(lambda: file.seen == watchedfile.signature(mine.path), "a look at it")
    mine.write(2)
    reloaded(app)
    assert of_mine(app).reloads == 1
    assert "is as it was" not in caplog.text


def test_a_file_that_grows_is_left_alone_until_it_is_whole(mine, monkeypatch):
    watched = watchedfile.WatchedFile(watchedfile.Target("mine_reloaded", mine.path, "Extract"))
    text = TEXT.format(version=2, writable=False)
    for size in (100, 200, 300):
        mine.path.write_text(text[:size])
        assert watched.changed() is None
    mine.path.write_text(text)
    assert watched.changed() is None
    assert watched.changed() == text.encode()
    assert watched.changed() is None


class Defined:
    """A class that is found, with an instance that is not one."""

    def extract_metadata(self, pad, info):
        return None


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (Defined(), "it is an instance: attach its class, or functools.partial"),
        (lambda pad, info: None, "its module has no such name"),
        (functools.partial(lambda more, pad, info: None, 1), "its module has no such name"),
    ],
)
def test_what_cannot_be_watched_is_named(given, reason, caplog):
    with App(LIVE, reload=True) as app:
        app.attach("tap", given, [print, print])
        app.start()
        assert caplog.text.count(reason) == 1
        assert "nothing is watched" in caplog.text
        assert app.stats().reloads == ()


def test_what_is_defined_in_the_main_program_is_named(monkeypatch, caplog):
    monkeypatch.setattr(Defined, "__module__", "__main__")
    monkeypatch.setattr(sys.modules["__main__"], "__file__", "/somewhere/main.py", raising=False)
    with App(LIVE, reload=True) as app:
        app.attach("tap", Defined, print)
        app.start()
        assert "edits of __main__.Defined are not taken: it is defined in the main" in caplog.text


def test_ready_made_extractors_are_not_watched(mine):
    with App(LIVE, reload=True) as app:
        app.attach("tap", Detections, mine.process, worker="thread")
        app.start()
        assert [Path(each.file).name for each in app.stats().reloads] == ["mine_reloaded.py"]


def test_without_being_asked_for_nothing_is_watched(mine):
    with App(LIVE) as app:
        app.attach("tap", mine.module.Extract, mine.process, worker="thread")
        app.start()
        assert app.stats().reloads == ()
        assert not [each for each in threading.enumerate() if each.name == "pythiags-reload"]


@pytest.mark.parametrize("value", [None, 1, "yes"])
def test_it_is_asked_for_with_true(value):
    with pytest.raises(ConfigError, match="invalid reload"):
        App(LIVE, reload=value)


def test_a_run_that_ends_while_code_is_constructed_ends(mine, playing):
    app = playing(worker="process")
    gate = mine.notes_path.with_suffix(".gate")
    os.mkfifo(gate)
    mine.replace("self.path = Path(path)", f"self.path = Path(path); open('{gate}').read()")
    until(lambda: len(app._attachments[0].lanes._lanes[0].worker._crew.roster._children) == 3, "it")
    app.stop(drain=5)
    assert app.stats().attachments[0].channel.pending == 0


@pytest.mark.parametrize(("worker", "edits"), [("thread", 60), ("process", 10)])
def test_many_edits_leave_nothing_behind(mine, playing, worker, edits):
    app = playing(worker=worker)
    counts = []
    for version in range(2, edits + 2):
        mine.write(version)
        until(lambda: mine.events(version), "events of the new code")  # noqa: B023
        mine.notes_path.write_text("")
        if version in {edits // 2, edits + 1}:
            gc.collect()
            counts.append((memory(), len(threads()), sum(descriptors().values())))
    before, after = counts
    assert after[0] - before[0] < 1 << 20
    # The old process and its spare go when the next ones come.
    assert after[1] <= before[1] + 2
    assert after[2] <= before[2] + 20
    app.stop()
    assert app.stats().attachments[0].channel.dropped == {}
