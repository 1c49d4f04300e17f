"""``pythiags ctl``: what it prints, which run it means, and what it says if there is none."""

import json
import os
import signal

import pytest
from faults.harness import until

from pythiags import App, controlsocket, data
from pythiags.cli.ctl import ctl

LIVE = "videotestsrc is-live=true name=src ! identity name=here ! fakesink name=sink"
MIXER = (
    "videotestsrc name=first is-live=true ! video/x-raw,width=64,height=48 ! nvvideoconvert "
    "! m.sink_0 nvstreammux name=m batch-size=4 width=64 height=48 live-source=true "
    "batched-push-timeout=40000 ! fakesink"
)
ME = str(os.getpid())


@pytest.fixture(autouse=True)
def runtime(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    (tmp_path / "run").mkdir()


@pytest.fixture
def app(folder):
    with App(LIVE, control=True) as app:
        app.attach("here", lambda _pad, _info: [1], lambda _events: None)
        app.start()
        until(lambda: app.stats().frames > 2, "frames")
        yield app


@pytest.mark.parametrize("name", sorted(ctl.commands))
def test_help_has_examples(command, name):
    done = command("ctl", name, "--help")
    assert (done.code, done.err) == (0, "")
    assert f"  pythiags ctl {name}" in done.out.partition("Examples:")[2]


def test_the_runs_are_listed(command, app):
    done = command("ctl")
    titles, row = done.out.splitlines()
    assert titles.split() == ["PID", "STATE", "TIME", "PIPELINE"]
    assert row.split()[:2] == [ME, "running"]
    assert "videotestsrc is-live=true name=src" in row
    assert done.code == 0


def test_a_run_that_does_not_answer_is_listed(command):
    listening = controlsocket.ControlSocket()
    try:
        assert "does not answer" in command("ctl").out
    finally:
        listening.close()


def test_no_runs_are_an_empty_list_that_says_why(command):
    done = command("ctl")
    assert (done.code, done.out) == (0, "")
    assert "start one with --control, or App(control=True)" in done.err


@pytest.mark.parametrize("pid", [(), (ME,)])
def test_get_and_set(command, app, pid):
    assert command("ctl", *pid, "get", "src", "pattern").out == "smpte\n"
    done = command("ctl", *pid, "set", "src", "pattern=ball", "foreground-color=7")
    assert done.out == "src.pattern = ball\nsrc.foreground-color = 7\n"
    assert command("ctl", *pid, "set", "src", "num-buffers=-1").out == "src.num-buffers = -1\n"
    assert app.pipeline.get_by_name("src").get_property("foreground-color") == 7


def test_stats(command, app):
    done = command("ctl", "stats")
    headline, titles, row = done.out.splitlines()
    assert headline.endswith("fps: running")
    assert (titles.split()[0], row.split()[0]) == ("attachment", "here")
    stats = json.loads(command("ctl", "stats", "--json").out)
    assert stats["state"] == "running"
    assert stats["attachments"][0]["channel"]["produced"] > 0


def test_stats_of_another_version_are_there_as_json(command, app, monkeypatch):
    monkeypatch.setattr("pythiags.cli.ctl.ask", lambda *_: {"state": "running", "news": 1})
    assert "of another version" in command("ctl", "stats").err
    assert json.loads(command("ctl", "stats", "--json").out)["news"] == 1


def test_dot(command, app):
    assert command("ctl", "dot").out.startswith("digraph pipeline {")


def test_sources(command):
    with App(MIXER, control=True) as app:
        app.start()
        uri = data.path("pedestrians.h264").as_uri()
        assert command("ctl", "add-source", uri).out == "source0\n"
        assert command("ctl", "add-source", uri, "--name=yard").out == "yard\n"
        assert (
            "an element named 'yard' already"
            in command(*("ctl", "add-source", uri, "--name=yard")).err
        )
        assert command("ctl", "remove-source", "yard").code == 0
        done = command("ctl", "remove-source", "sourc0")
        assert (done.code, "did you mean 'source0'?" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("get", "scr", "pattern"), "choose from here, sink, src"),
        (("get", "src", "patern"), "did you mean 'pattern'?"),
        (("set", "src", "patern=1"), "did you mean 'pattern'?"),
        (("set", "src", "pattern"), "expected: PROPERTY=VALUE"),
        (("set", "src", "=3"), "expected: PROPERTY=VALUE"),
        (("set", "here", "last-message=x"), "can only be read"),
        (("set", "src"), "Missing argument 'PROPERTY=VALUE...'"),
        (("stat",), "Did you mean 'stats'?"),
        (("add-source", "nosuch://u:hunter2@h/"), "no element reads URIs of the scheme"),
        (("2",), "COMMAND is missing: add-source, dot, get"),
        (("2", "get", "src", "pattern"), "has no control socket|there is no process 2"),
        (
            ("999999999", "stats"),
            "there is no process 999999999\n  try: runs that can be controlled: {ME}",
        ),
        (("{ME}-7", "stats"), "has no control socket"),
    ],
)
def test_what_cannot_be_done_is_an_error(command, app, words, message):
    done = command("ctl", *(word.replace("{ME}", str(ME)) for word in words))
    assert (done.code, done.out) == (2, "")
    expected = message.replace("{ME}", str(ME)).split("|")
    assert any(each in done.err for each in expected)
    assert "hunter2" not in done.err
    assert "Traceback" not in done.err


def test_a_run_without_a_socket(command):
    with App(LIVE) as app:
        app.start()
        done = command("ctl", ME, "stats")
    assert f"process {ME} has no control socket\n  try: start it with --control" in done.err
    assert "no run of yours has a control socket" in command("ctl", "stats").err


def test_a_process_of_another_user(command, monkeypatch):
    def kill(_pid, _signal):
        raise PermissionError

    monkeypatch.setattr(os, "kill", kill)
    assert "process 1 belongs to another user" in command("ctl", "1", "stats").err


def test_of_several_runs_one_has_to_be_named(command, app):
    with App(LIVE, control=True) as other:
        other.start()
        done = command("ctl", "stats")
        assert "there are 2 runs to choose from\n  expected: pythiags ctl PID COMMAND" in done.err
        assert f"got: {ME}, {ME}-2" in done.err
        assert command("ctl", f"{ME}-2", "stats").code == 0


def test_a_command_that_was_killed_leaves_nothing_behind_for_long(command, child):
    process = child("launch", *LIVE.split(), "--control")
    until(lambda: str(process.pid) in controlsocket.names(), "the run")
    assert command("ctl", "get", "src", "pattern").out == "smpte\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert "there is no process" in command("ctl", str(process.pid), "stats").err
    assert command("ctl").out == ""
