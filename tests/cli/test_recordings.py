"""``record-meta`` and ``replay`` from end to end."""

import gzip
import json

import pytest

from pythiags import App, Metadata, MetadataWriter, data
from pythiags.testing import script, synthetic

PIPELINE = (
    "filesrc location={video} ! h264parse ! nvv4l2decoder ! muxer.sink_0 "
    "nvstreammux name=muxer width=768 height=576 batch-size=1 "
    "! nvinfer name=pgie config-file-path={model} interval={interval} ! fakesink"
)
MODULE = """
from pythiags import frames_per_batch, objects_per_frame

def ext(pad, info):
    return [(frame.frame_num, [obj.obj_label for obj in objects_per_frame(frame)])
            for frame in frames_per_batch(info)]

def proc(events):
    print(events[0], flush=True)

def fails(events):
    raise ValueError("boom")
"""


@pytest.fixture
def recording(folder):
    (folder / "seen.py").write_text(MODULE)
    with App.from_buffers(script(*synthetic(1, buffers=50, objects=2))) as app:
        app.attach("source", Metadata, MetadataWriter("run.jsonl"))
        app.run()
    return folder / "run.jsonl"


def test_a_pipeline_is_recorded_and_played_without_it(command, folder):
    (folder / "seen.py").write_text(MODULE)
    (folder / "a.gstp").write_text(PIPELINE)
    words = [f"--video={data.path('pedestrians.h264')}", "--interval=59", "--output=out/run.jsonl"]
    model = f"--model={data.path('config_infer_primary_nanodet.txt')}"
    done = command("record-meta", "a.gstp", *words, model, "--obs=pgie")
    assert (done.code, done.out) == (0, ""), done.err
    assert "pgie" in done.err
    first, *lines = (folder / "out" / "run.jsonl").read_text().splitlines()
    assert json.loads(first) == {"format": "pythiags-metadata", "version": 1}
    assert f"{len(lines)} frames in " in done.err
    played = command("replay", "out/run.jsonl", "--ext=seen:ext", "--proc=seen:proc")
    assert played.code == 0, played.err
    assert f"{len(lines)} frames in " in played.err
    seen = played.out.splitlines()
    assert len(seen) == len(lines)
    assert seen[0].startswith("(0, ['person'")
    assert seen[1] == "(1, [])"


def test_words_are_recorded_too(command, folder):
    done = command(
        *("record-meta", "videotestsrc", "num-buffers=2", "!", "identity", "name=here"),
        *("!", "fakesink", "--obs=here", "--output=run.jsonl.gz"),
    )
    assert done.code == 0
    assert "the extractor found nothing in 2 buffers" in done.err
    assert gzip.decompress((folder / "run.jsonl.gz").read_bytes()).count(b"\n") == 1


def test_without_code_a_recording_is_read_and_counted(command, recording):
    done = command("replay", "run.jsonl")
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith("50 frames in ")


def test_it_is_played_on_another_carrier(command, recording):
    done = command("replay", "run.jsonl", "--ext=seen:ext", "--proc=seen:proc", "--carrier=regions")
    assert done.code == 0, done.err
    assert len(done.out.splitlines()) == 50
    done = command("replay", "run.jsonl", "--carrier=pyds")
    assert (done.code, done.out) == (2, "")
    assert "'portable', 'deepstream', 'analytics', 'regions'" in done.err


def test_the_summary_is_json_where_it_is_asked_for(command, recording):
    done = command("replay", "run.jsonl", "--ext=seen:ext", "--proc=seen:proc", "--json-logs")
    assert len(done.out.splitlines()) == 50
    summary = json.loads(done.err.splitlines()[-1])["summary"]
    assert (summary["frames"], summary["attachments"][0]["channel"]["delivered"]) == (50, 50)


def test_an_unknown_field_is_told_once(command, recording):
    recording.write_text(recording.read_text().replace('"frame_num"', '"number"'))
    done = command("replay", "run.jsonl")
    assert done.code == 0
    assert done.err.count("the field 'number' is not known") == 1


def test_a_file_that_was_cut_is_played_up_to_there(command, recording):
    recording.write_bytes(recording.read_bytes()[:-20])
    done = command("replay", "run.jsonl", "--ext=seen:ext", "--proc=seen:proc")
    assert done.code == 0
    assert len(done.out.splitlines()) == 49
    assert "run.jsonl:51: the file ends within this line" in done.err
    assert "49 frames in " in done.err


def test_a_broken_line_is_an_error_after_what_is_before_it(command, recording):
    lines = recording.read_text().splitlines(keepends=True)
    recording.write_text("".join([*lines[:31], "what?\n", *lines[31:]]))
    done = command("replay", "run.jsonl", "--ext=seen:ext", "--proc=seen:proc")
    assert done.code == 2
    assert len(done.out.splitlines()) == 30
    assert "pythiags: run.jsonl:32:1: the line is not JSON" in done.err
    assert "delivered" in done.err, "the counters are told as well"
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["nosuch.jsonl"], 2, ["nosuch.jsonl: the file cannot be read: No such file"]),
        (["seen.py"], 2, ["seen.py:1: this is not a recording of metadata", "record-meta"]),
        (["run.jsonl", "--ext=seen:ext"], 2, ["--proc is missing"]),
        (["run.jsonl", "--ext=seen:nosuch", "--proc=seen:proc"], 3, ["nosuch"]),
        (
            ["run.jsonl", "--ext=seen:ext", "--proc=seen:fails", "--on-error=stop"],
            3,
            ["ValueError: boom"],
        ),
    ],
)
def test_bad_input_of_replay(command, recording, words, code, says):
    done = command("replay", *words)
    assert done.code == code, done.err
    for each in says:
        assert each in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["videotestsrc", "!", "fakesink"], 2, ["--obs"]),
        (["videotestsrc", "!", "fakesink", "--obs=nosuch"], 2, ["--obs=nosuch"]),
        (["--obs=here"], 2, ["The pipeline is missing"]),
        (
            ["videotestsrc", "!", "fakesink", "name=f", "--obs=f", "--output=seen.py/run.jsonl"],
            2,
            ["seen.py/run.jsonl: the file cannot be written"],
        ),
    ],
)
def test_bad_input_of_record_meta(command, recording, words, code, says):
    done = command("record-meta", *words)
    assert done.code == code, done.err
    for each in says:
        assert each in done.err
    assert "Traceback" not in done.err
