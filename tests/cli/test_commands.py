"""The commands from end to end."""

import io
import json
import re
import signal
import sys

import pytest

from pythiags import data
from pythiags.cli.attaching import Size
from pythiags.cli.checking import report_findings, report_problems
from pythiags.cli.commands import cli
from pythiags.cli.doctor import Finding
from pythiags.description import Description

HERE = "videotestsrc num-buffers=5 ! identity name=here ! fakesink"
ATTACHED = ("--obs=here", "--ext=mine:ext", "--proc=mine:proc")
# Ten frames a second without end; the first line of stdout shows that it plays.
LIVE = "videotestsrc is-live=true ! video/x-raw,framerate=10/1 ! identity name=here ! fakesink"


def cells(titles, row):
    """A row of the summary's table by its titles."""
    return dict(zip(*(re.split(r"\s{2,}", line.strip()) for line in (titles, row)), strict=True))


@pytest.mark.parametrize("name", ["", *sorted(cli.commands)])
def test_help_has_examples(command, name):
    done = command(*filter(None, [name, "--help"]))
    assert done.code == 0
    assert "Examples:" in done.out
    assert (
        f"  pythiags {name}".rstrip() in done.out.partition("Examples:")[2] or name == "completion"
    )
    assert max(map(len, done.out.splitlines())) <= 100
    assert done.err == ""


def test_every_example_of_the_help_is_read(command):
    """Its options exist: what is not there (files, modules) is the first thing missed."""
    commands = [*cli.commands.values(), *cli.commands["ctl"].commands.values()]
    texts = " ".join(str(each.epilog) for each in [cli, *commands])
    options = set(re.findall(r"(--[a-z][a-z-]*)", texts)) - {"--size", "--batch-size", "--uri"}
    known = {name for each in commands for param in each.params for name in param.opts}
    assert options
    assert options <= known


def test_version(command):
    assert re.fullmatch(r"pythiags \d+\.\d+\.\S+\n", command("--version").out)


@pytest.mark.parametrize(
    "words",
    [
        [HERE],
        HERE.split(),
        ["videotestsrc", "num_buffers=5", "!", "video/x-raw,width=64,height=64", "!", "fakesink"],
        ["videotestsrc", "num-buffers=5", "!", "textoverlay", "text=a b ! c", "!", "fakesink"],
    ],
)
def test_launch_takes_words_as_gst_launch_does(command, words):
    done = command("launch", *words)
    assert (done.code, done.out) == (0, "")
    assert re.fullmatch(r"5 frames in \d+\.\d\d s, \d+\.\d fps: end of stream\n", done.err)


def test_file_sets_variables_by_options(command, folder):
    (folder / "a.gstp").write_text("videotestsrc num-buffers={count} ! fakesink name={{x}}\n")
    (folder / "a.gstp").write_text(
        "videotestsrc num-buffers={n_frames} pattern={timeout} ! fakesink"
    )
    done = command("file", "a.gstp", "--n-frames=7", "--var", "timeout=ball")
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith("7 frames")


def test_extractor_and_consumer_of_the_current_directory(command):
    done = command("launch", HERE, *ATTACHED)
    assert done.code == 0
    assert len(done.out.splitlines()) == 5
    said, *lines = done.err.splitlines()
    assert said.endswith(
        "here: mine.proc runs in a thread (a function, which may be shared with the program)"
    )
    assert lines[0].startswith("5 frames")
    row = cells(*lines[1:3])
    assert re.fullmatch(r"[\d.]+ [µm]s", row.pop("p99"))
    row.pop("share", None)
    assert row == {
        "attachment": "here",
        "buffers": "5",
        "produced": "5",
        "delivered": "5",
        "dropped": "0",
        "pending": "0",
        "errors": "0",
    }
    assert lines[3:] == [], "nothing was full"


def test_several_pairs_in_their_order(command):
    second = ("--ext=mine:Extract", "--proc=mine:Process", "--on-full=drop-oldest")
    done = command("launch", HERE, *ATTACHED, *second)
    assert done.code == 0
    assert len(done.out.splitlines()) == 10
    assert done.out.count("class\n") == 5
    lines = done.err.splitlines()
    assert [line.partition("runs in a ")[2][:7] for line in lines[:2]] == ["thread ", "process"]
    assert [line.split()[0] for line in lines[4:6]] == ["here", "here-Process"]


def test_arguments_of_extractor_and_consumer(command):
    done = command(
        "launch",
        HERE,
        "--obs=here",
        "--ext=mine:Sourced(name=camera)",
        "--proc=mine:NeedsMore(path='a b')",
    )
    assert (done.code, done.out) == (0, "a b\n" * 5)


@pytest.mark.parametrize("labels", ["person", "[person, car]"])
def test_the_ready_extractor_takes_arguments(command, labels):
    ext = f"--ext=pythiags:Detections(min_confidence=0.4, labels={labels})"
    done = command("launch", HERE, "--obs=here", ext, "--proc=mine:proc")
    assert done.code == 0, done.err


@pytest.mark.parametrize("key", ["camera", "mine:camera_of"])
def test_several_workers_share_events_by_key(command, key):
    pair = ("--obs=here", "--ext=mine:Sourced", "--proc=mine:proc")
    done = command("launch", HERE, *pair, "--workers=2", f"--key={key}", "--json-logs")
    assert done.code == 0, done.err
    summary = json.loads(done.err.splitlines()[-1])["summary"]
    lanes = summary["attachments"][0]["lanes"]
    assert [(lane["name"], lane["channel"]["delivered"]) for lane in lanes] == [
        ("here/1", 3),
        ("here/2", 2),
    ]


@pytest.mark.parametrize(
    ("text", "size"),
    [("1", 1), ("5000", 5000), ("64M", 64 << 20), ("64MiB", 64 << 20), ("1.5g", 3 << 29)],
)
def test_sizes(text, size):
    assert Size().convert(text, None, None) == size


def test_user_code_that_raises_is_counted_and_shown_in_one_line(command):
    raising = ("--obs=here", "--ext=mine:raises", "--proc=mine:proc")
    done = command("launch", HERE, *raising)
    assert done.code == 8  # every event failed
    assert "raises on /GstPipeline:" in done.err
    assert "raised ValueError: boom" in done.err
    assert "5 ValueError in the extractor" in done.err
    assert "mine.py:24" in done.err
    assert "Traceback" not in done.err
    assert "Traceback" in command("launch", HERE, *raising, "-v").err


def test_consumer_that_raises_loses_its_events_by_name(command):
    done = command("launch", HERE, "--obs=here", "--ext=mine:ext", "--proc=mine:bang")
    assert done.code == 8  # every event failed
    assert "5 consumer-error" in done.err
    assert "5 KeyError in the consumer" in done.err


def test_a_consumer_in_a_process_that_raises_is_shown_in_one_line(command):
    bang = ("--obs=here", "--ext=mine:ext", "--proc=mine:bang", "--worker=process")
    done = command("launch", HERE, *bang)
    assert done.code == 8  # every event failed
    assert "5 consumer-error" in done.err
    assert "mine.py:27" in done.err
    assert "Traceback" not in done.err
    assert "Traceback" in command("launch", HERE, *bang, "-v").err


def test_timeout_ends_in_order(command):
    done = command("launch", LIVE, *ATTACHED, "--timeout=0.5")
    assert done.code == 0
    assert ": timeout" in done.err
    assert "pending" in done.err


def test_json_logs_are_json(command):
    done = command("launch", HERE, *ATTACHED, "--json-logs", "--worker=thread")
    said, summary = [json.loads(line) for line in done.err.splitlines()]
    assert "runs in a thread" in said["message"]
    assert summary["message"] == "summary"
    assert summary["summary"]["frames"] == 5
    (attachment,) = summary["summary"]["attachments"]
    assert attachment["worker"] == "thread"
    assert 0 < attachment["extraction"]["p50"] <= attachment["extraction"]["p99"] < 1
    assert attachment["extraction"]["gil_seconds"] >= 0
    assert set(attachment["share"]) == {"extractor", "gil"}
    counters = {"produced": 5, "delivered": 5, "dropped": {}, "pending": 0}
    counters |= {"spilled": 0, "on_disk": 0, "redelivered": 0}
    assert attachment["channel"].items() >= counters.items()
    assert attachment["lanes"][0]["channel"] == attachment["channel"]
    (error,) = [json.loads(line) for line in command("file", "no", "--json-logs").err.splitlines()]
    assert (error["level"], error["error"], error["exit_code"]) == ("ERROR", "DescriptionError", 2)
    assert error["where"] == "no"


def test_json_logs_hold_what_workers_write_and_log(command):
    options = ("--obs=here", "--ext=mine:ext", "--proc=mine:Talks", "--worker=process")
    done = command("launch", HERE, *options, "--json-logs")
    lines = [json.loads(line) for line in done.err.splitlines()]
    by_worker = [(each["logger"], each["message"]) for each in lines if "process" in each]
    assert by_worker.count(("stderr", "to stderr")) == by_worker.count(("mine", "to the log")) == 5
    assert {each["process"] for each in lines if "process" in each} == {"here"}


def test_json_logs_hold_usage_errors_too(command):
    for words in (["launch", "--json-logs", "--worker=no", HERE], ["--json-logs", "lunch"]):
        done = command(*words)
        (error,) = [json.loads(line) for line in done.err.splitlines()]
        assert (done.code, error["exit_code"], error["level"]) == (2, 2, "ERROR")


def test_what_a_worker_logs_has_its_name(command, monkeypatch):
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)  # it would part a line from its end
    options = ("--obs=here", "--ext=mine:ext", "--proc=mine:Talks", "--worker=process")
    done = command("launch", HERE, *options)
    assert done.err.count("[here] WARNING mine: to the log\n") == 5
    assert done.err.count("to stderr\n") == 5


def test_a_refused_event_is_not_the_extractors_error(command):
    done = command("launch", HERE, "--obs=here", "--ext=mine:Holds", "--proc=mine:proc")
    assert "Holds.extract_metadata on " in done.err
    assert "returned a value that is refused: event[0]['callback']: " in done.err
    assert ".pxi" not in done.err, "a place in the native core tells the user nothing"
    assert "pickling.py" not in done.err
    assert "5 UnpicklableError of events" in done.err


def test_a_key_function_that_raises_is_told_and_counted(command):
    options = ("--obs=here", "--ext=mine:Sourced", "--proc=mine:Process", "--worker=thread")
    done = command("launch", HERE, *options, "--workers=2", "--key=mine:key_error")
    assert "the key function mine.key_error raised ZeroDivisionError" in done.err
    assert re.search(r"mine\.py:\d+: return 1 /", done.err)
    assert re.search(r"here +5 +5 +0 +5 refused", done.err)
    assert "5 EventRefused of events" in done.err


def test_check_tells_all_problems_and_runs_nothing(command, folder):
    path = folder / "a.gstp"
    path.write_text("videotestsrc patern=ball\n! nosuch\n! filesink location={out}\n")
    done = command("check", "a.gstp")
    assert done.code == 2
    assert re.findall(r"error\[([\w-]+)\]", done.out) == [
        "unknown-property",
        "unknown-element",
        "missing-variable",
    ]
    assert "a.gstp:3:21" in done.out
    assert done.err == ""
    path.write_text("videotestsrc ! filesink location={out}")
    done = command("check", "a.gstp", "--out=made.raw")
    assert (done.code, done.out) == (0, "a.gstp: no problems, 2 elements\n")
    assert not (folder / "made.raw").exists()


def test_check_takes_words_too(command):
    assert command("check", "videotestsrc", "!", "fakesink").code == 0
    assert "did you mean 'fakesink'?" in command("check", "videotestsrc ! fakesnk").out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(command, shell):
    done = command("completion", shell)
    assert done.code == 0
    assert "_PYTHIAGS_COMPLETE" in done.out


def test_completion_completes(child):
    words = {"COMP_WORDS": "pythiags launch --ob", "COMP_CWORD": "2"}
    out, _ = child(_PYTHIAGS_COMPLETE="bash_complete", **words).communicate(timeout=20)
    assert out == "plain,--obs\n"


def test_doctor_prints_a_table(command):
    done = command("doctor")
    assert done.code == 0, done.out
    assert "GStreamer" in done.out
    assert "portable elements" in done.out


def test_nothing_heavy_is_loaded_to_launch(child):
    process = child("launch", "videotestsrc num-buffers=1 ! fakesink", PYTHONPROFILEIMPORTTIME="1")
    _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    loaded = {line.rpartition("|")[2].strip() for line in err.splitlines() if "import time" in line}
    assert {"click", "pythiags.app"} <= loaded
    assert not {"numpy", "rich", "kivy", "onnxruntime"} & loaded


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_one_signal_ends_in_order(child, number, code):
    process = child("launch", LIVE, *ATTACHED, PYTHONUNBUFFERED="1")
    process.stdout.readline()
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == code
    assert f"fps: {signal.Signals(number).name}\n" in err
    row = cells(*err.splitlines()[2:4])
    assert row["produced"] == row["delivered"] == str(1 + len(out.splitlines()))
    assert "Traceback" not in err


def test_the_summary_explains_a_channel_that_was_full(command):
    options = ("--obs=here", "--ext=mine:ext", "--proc=mine:Late", "--worker=thread")
    done = command("launch", HERE, *options, "--queue-size=1", "--on-full=drop-oldest")
    assert done.err.endswith("--on-full=drop-oldest: a full channel drops its oldest event\n")


def test_two_signals_end_at_once(child, folder):
    (folder / "slow.py").write_text(
        "import time\ndef proc(events):\n    print('x', flush=True)\n    time.sleep(60)\n"
    )
    process = child("launch", LIVE, "--obs=here", "--ext=mine:ext", "--proc=slow:proc")
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    with pytest.raises(Exception, match="timed out"):
        process.wait(0.5)  # it waits for the consumer, which sleeps
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "SIGINT" in err


def test_the_detector_over_the_sample_video(child, folder):
    config = data.path("config_infer_primary_nanodet.txt")
    (folder / "a.gstp").write_text(
        f"filesrc location={data.path('pedestrians.h264')} ! h264parse "
        "! identity eos-after=15 ! nvv4l2decoder ! m.sink_0 "
        "nvstreammux name=m batch-size=1 width=768 height=576 "
        f"! nvinfer name=pgie config-file-path={config} ! fakesink"
    )
    (folder / "see.py").write_text(
        "from pythiags import frames_per_batch, objects_per_frame\n"
        "def ext(pad, info):\n"
        "    return [o.obj_label for f in frames_per_batch(info) for o in objects_per_frame(f)]\n"
    )
    pair = ("--obs=pgie", "--ext=see:ext", "--proc=mine:proc")
    process = child("file", "a.gstp", *pair)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out.count("person") > 10
    assert sys.executable not in err


def without(folder, name):
    """A folder for PYTHONPATH with which a package cannot be found."""
    (folder / "sitecustomize.py").write_text(
        "from importlib.machinery import PathFinder\n"
        "find = PathFinder.find_spec\n"
        "PathFinder.find_spec = lambda name, *more: (\n"
        f"    None if name.partition('.')[0] == {name!r} else find(name, *more))\n"
    )
    return str(folder)


def test_without_pygobject_one_message_and_a_doctor_that_still_runs(child, folder):
    path = without(folder, "gi")
    process = child("launch", HERE, PYTHONPATH=path)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert "try: apt install python3-gi" in err
    assert "Traceback" not in err
    process = child("doctor", PYTHONPATH=path)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 2, err
    assert "sudo apt install python3-gi" in out


def test_without_kivy_a_window_says_what_to_install(child, folder):
    path = without(folder, "kivy")
    process = child("videotestsrc", PYTHONPATH=path, SDL_VIDEODRIVER="dummy")
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert "pip install 'kivy>=2.3', or --display none" in err
    assert "Traceback" not in err


DELETED = {
    "launch": (["launch", HERE], 0, "5 frames"),
    "process": (
        ["launch", HERE, "--obs=here", "--ext=mine:Extract", "--proc=mine:Process"],
        0,
        "5",
    ),
    "thread": (["launch", HERE, *ATTACHED], 0, "5 frames"),
    "spill": (["launch", HERE, *ATTACHED, "--spill-dir=there"], 2, "which was deleted"),
    "ext": (["launch", HERE, "--obs=here", "--ext=./a.py:f", "--proc=mine:Process"], 3, "deleted"),
    "uri": (["check", "urisourcebin uri=a.mp4 ! fakesink"], 2, "write uri=file:///"),
    "file": (["file", "a.gstp"], 2, "the current directory was deleted"),
    "demo": (["demo", "--display=none", "--timeout=1"], 2, "demo-output"),
    "doctor": (["doctor"], 0, "Python"),
}


@pytest.mark.parametrize("name", DELETED)
def test_a_deleted_working_directory(child, folder, tmp_path_factory, monkeypatch, name):
    words, code, says = DELETED[name]
    gone = tmp_path_factory.mktemp("gone")
    monkeypatch.chdir(gone)
    gone.rmdir()
    process = child(*words, PYTHONPATH=str(folder))
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert says in out + err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "end",
    [
        "appsink max-buffers=1 drop=true",
        "appsink",
        "appsink max-buffers=1",
        "tee name=t ! queue ! fakesink t. ! queue ! appsink",
    ],
)
def test_an_appsink_that_nothing_pulls_is_reported_once(command, end):
    done = command("launch", f"videotestsrc num-buffers=5 ! {end}")
    assert done.code == 0
    assert done.err.count("appsink 'appsink0'") == 1
    assert "nothing pulls from" in done.err


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("environment", "terminal", "colored"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, True, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
    ],
)
def test_colors_are_for_who_wants_them(monkeypatch, environment, terminal, colored):
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    out = Terminal() if terminal else io.StringIO()
    report_problems(Description("nosuch ! fakesink"), out)
    report_findings([Finding("a", "missing", "b", "c")], out)
    assert ("\x1b[" in out.getvalue()) == colored


def test_portable_elements_are_details(command):
    text = "videotestsrc num-buffers=1 ! nvvideoconvert ! fakesink"
    assert "portable" not in command("launch", text).err
