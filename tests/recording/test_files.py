"""Recordings as files: what writes them, what reads them, and what is wrong with some."""

import bz2
import gzip
import io
import json
import lzma
import re
import shlex
import subprocess
import sys

import pytest
import zstandard

from pythiags import (
    App,
    ConfigError,
    Detections,
    Metadata,
    MetadataWriter,
    MissingDependency,
    NoFramesError,
    RecordingError,
    UserCodeError,
    frames_per_batch,
    objects_per_frame,
    read_metadata,
)
from pythiags.recording import DocumentReader, last_time
from pythiags.testing import make_batch, synthetic

HEADER = '{"format":"pythiags-metadata","version":1}'
SCENES = synthetic(3, buffers=4, objects=2)


def recorded(target, scenes=SCENES):
    writer, extractor = MetadataWriter(target), Metadata()
    writer.open()
    for frames in scenes:
        writer.incoming(extractor.extract_metadata(None, make_batch(*frames)))
    writer.close()
    return target


def labels(path):
    return [
        (frame.frame_num, [obj.obj_label for obj in objects_per_frame(frame)])
        for batch in read_metadata(path)
        for frame in frames_per_batch(batch)
    ]


EXPECTED = [(scene.frame_num, [obj.label for obj in scene.objects]) for (scene,) in SCENES]


def test_a_recording_is_lines_of_json_below_one_that_says_so(tmp_path):
    path = recorded(tmp_path / "new" / "run.jsonl")
    first, *others = path.read_text().splitlines()
    assert first == HEADER
    assert [json.loads(line)["frames"][0]["frame_num"] for line in others] == [0, 1, 2, 3]
    assert labels(path) == labels(str(path)) == EXPECTED


def test_an_open_file_is_left_open():
    target = recorded(io.StringIO())
    assert target.getvalue().startswith(HEADER + "\n")
    assert target.getvalue().count("\n") == 5


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstandard.compress])
def test_a_compressed_file_is_read_whatever_its_name(tmp_path, pack):
    path = recorded(tmp_path / "run.jsonl")
    path.write_bytes(pack(path.read_bytes()))
    assert labels(path) == EXPECTED
    assert last_time(path) is None


def test_a_path_with_gz_is_compressed_and_the_same_each_time(tmp_path):
    paths = [recorded(tmp_path / f"{name}.jsonl.gz") for name in "ab"]
    assert paths[0].read_bytes()[:2] == b"\x1f\x8b"
    assert labels(paths[0]) == EXPECTED
    assert paths[0].read_bytes()[-100:] == paths[1].read_bytes()[-100:]


def test_without_zstandard_the_error_says_what_to_install(tmp_path, monkeypatch):
    path = tmp_path / "run.jsonl.zst"
    path.write_bytes(zstandard.compress(recorded(tmp_path / "run.jsonl").read_bytes()))
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(MissingDependency, match="zstandard>=") as raised:
        read_metadata(path)
    assert "zstd -d" in raised.value.hint


def test_wherever_a_file_is_cut_the_whole_lines_are_read(tmp_path, caplog):
    content = recorded(tmp_path / "run.jsonl").read_bytes()
    cut = tmp_path / "cut.jsonl"
    first = content.index(b"\n") + 1
    for end in range(first, len(content), 97):
        cut.write_bytes(content[:end])
        caplog.clear()
        whole = content[first:end].count(b"\n")
        found = labels(cut)
        assert found[:whole] == EXPECTED[:whole]
        # A line may be complete but for its newline.
        assert len(found) == whole or (len(found) == whole + 1 and not caplog.text)
        partial = not content[:end].endswith(b"\n") and len(found) == whole
        says = f"{cut}:{whole + 2}: the file ends within this line"
        assert (says in caplog.text) == partial


def small_blocks(content):
    return bz2.compress(content, 1)


@pytest.mark.parametrize("pack", [gzip.compress, small_blocks, lzma.compress, zstandard.compress])
def test_a_compressed_file_that_is_cut_gives_what_is_there(tmp_path, caplog, pack):
    scenes = synthetic(5, buffers=3000, objects=3)
    path = recorded(tmp_path / "run.jsonl", scenes)
    packed = pack(path.read_bytes())
    path.write_bytes(packed[: len(packed) // 2])
    found = [frame for frame, _ in labels(path)]
    assert found == list(range(len(found)))
    assert 0 < len(found) < 3000
    assert f"{path}:{len(found) + 2}: the file ends within this line" in caplog.text


LINE = '{"frames":[{"frame_num":1,"objects":[{"class_id":1},%s]}]}'
BROKEN = {
    "no JSON": ("{frames", ["run.jsonl:3:2", "not JSON", "sed -i 3d"]),
    "binary": ("\x00\x01", ["run.jsonl:3", "not JSON"]),
    "a list": ("[]", ["run.jsonl:3", "expected an object of JSON, got []"]),
    "no frames": ("{}", ["'frames' is missing"]),
    "frames": ('{"frames":{}}', ["expected a list, got {}"]),
    "frame": ('{"frames":[7]}', ["frames[0]: expected an object of JSON, got 7"]),
    "text for a number": (
        LINE % '{"confidence":"high"}',
        ["frames[0].objects[1].confidence: expected a number, got 'high'"],
    ),
    "number for a text": (LINE % '{"obj_label":7}', ["obj_label", "expected a str, got 7"]),
    "too large": (LINE % '{"class_id":3000000000}', ["class_id", "-2147483648 to 2147483647"]),
    "fraction": (LINE % '{"object_id":1.5}', ["object_id: expected an integer", "1.5"]),
    "box": (LINE % '{"bbox":[1,2,3]}', ["expected four numbers, got [1, 2, 3]"]),
    "box of texts": (LINE % '{"bbox":[1,2,3,"4"]}', ["frames[0].objects[1]"]),
    "parent": (LINE % '{"parent":9}', ["objects[1].parent", "another of 2 objects, got 9"]),
    "colour": (
        LINE % '{"rect_params":{"border_color":3}}',
        ["objects[1].border_color: expected four numbers, got 3"],
    ),
    "array": (
        LINE % '{"mask_params":{"dtype":"float32","shape":[2,2],"data":"AAAA"}}',
        ["an array of float32 [2, 2] does not have 3 bytes"],
    ),
    "kind": (LINE % '{"user_metas":[{}]}', ["'meta_type' is missing"]),
    "analytics": (
        LINE % '{"user_metas":[{"meta_type":33,"analytics":{}}]}',
        ["'roiStatus' is missing"],
    ),
    "17 rectangles": (
        json.dumps({"frames": [{"displays": [{"rect_params": [{}] * 17}]}]}),
        ["num_rects", "from 0 to 16"],
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_line_is_named_after_what_is_before_it(tmp_path, case):
    line, says = BROKEN[case]
    path = tmp_path / "run.jsonl"
    path.write_text(f"{HEADER}\n{LINE % '{}'}\n{line}\n{LINE % '{}'}\n")
    batches = read_metadata(path)
    next(batches)
    with pytest.raises(RecordingError) as raised:
        next(batches)
    text = str(raised.value)
    assert f"{path}:3" in text
    assert "  try: " in text
    for words in says:
        assert words in text, text


NOT_RECORDINGS = {
    "empty": (b"", ["the file is empty", "record-meta"]),
    "binary": (bytes(range(256)), ["run.jsonl:1: this is not a recording", "expected: {"]),
    "video": (b"\x00\x00\x00\x01\x67\x42", ["not a recording"]),
    "of detections": (b'{"label":"car"}\n', ["not a recording", "got: {'label': 'car'}"]),
    "a number": (b"7\n", ["not a recording", "got: 7"]),
    "later": (b'{"format":"pythiags-metadata","version":2}\n', ["version 1", "got: version 2"]),
    "no version": (b'{"format":"pythiags-metadata"}\n', ["got: version None"]),
    "gzip of nothing": (gzip.compress(b""), ["the file is empty"]),
    "no gzip": (b"\x1f\x8b" + bytes(20), ["run.jsonl:1: the file cannot be read", "damaged"]),
    "no xz": (b"\xfd7zXZ\x00" + bytes(20), ["the file cannot be read", "damaged"]),
    "no bzip2": (b"BZh" + bytes(20), ["the file cannot be read", "damaged"]),
    "no zstd": (b"\x28\xb5\x2f\xfd" + b"\xff" * 20, ["the file cannot be read", "damaged"]),
}


@pytest.mark.parametrize("case", NOT_RECORDINGS)
def test_what_is_no_recording_is_refused_at_once(tmp_path, case):
    content, says = NOT_RECORDINGS[case]
    path = tmp_path / "run.jsonl"
    path.write_bytes(content)
    with pytest.raises(RecordingError) as raised:
        DocumentReader(path)
    for words in says:
        assert words in str(raised.value), str(raised.value)


@pytest.mark.parametrize(
    ("name", "says"),
    [("nosuch.jsonl", "No such file"), (".", "it is a folder"), ("a\0b", "null byte")],
)
def test_what_is_no_file_is_refused(tmp_path, name, says):
    with pytest.raises(RecordingError, match=says):
        read_metadata(f"{tmp_path}/{name}")


def test_a_damaged_compression_is_an_error_at_its_line(tmp_path):
    packed = bytearray(gzip.compress(recorded(tmp_path / "run.jsonl").read_bytes()))
    packed[-6] ^= 255  # of the checksum
    path = tmp_path / "run.jsonl"
    path.write_bytes(packed)
    with pytest.raises(RecordingError, match="the file is damaged"):
        labels(path)


def test_unknown_fields_are_ignored_and_reported_once(tmp_path, caplog):
    line = LINE % '{"mood":"good","rect_params":{"dash":1}}'
    path = tmp_path / "run.jsonl"
    path.write_text(f"{HEADER}\n{line}\n{line}\n")
    assert len(labels(path)) == 2
    assert [each.getMessage() for each in caplog.records] == [
        f"{path}:2: the field 'mood' is not known and is ignored",
        f"{path}:2: the field 'dash' is not known and is ignored",
    ]


def test_nan_is_read_as_python_writes_it(tmp_path):
    path = tmp_path / "run.jsonl"
    path.write_text(f"{HEADER}\n{LINE % json.dumps({'confidence': float('nan')})}\n")
    ((frame,),) = (list(frames_per_batch(each)) for each in read_metadata(path))
    _, obj = objects_per_frame(frame)
    assert str(obj.confidence) == "nan"


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_recordings_that_were_joined_are_played_one_after_the_other(tmp_path, pack):
    path = recorded(tmp_path / "run.jsonl")
    once = labels(path)
    path.write_bytes(pack(path.read_bytes()) * 2)
    assert labels(path) == 2 * once


def test_a_recording_of_another_version_behind_one_is_named(tmp_path):
    path = recorded(tmp_path / "run.jsonl")
    lines = path.read_bytes().count(b"\n")
    path.write_bytes(path.read_bytes() + b'{"format":"pythiags-metadata","version":2}\n')
    with pytest.raises(RecordingError, match=rf"run.jsonl:{lines + 1}: .*another version"):
        labels(path)


def test_empty_lines_are_nothing(tmp_path):
    path = tmp_path / "run.jsonl"
    path.write_text(f"{HEADER}\n\n{LINE % '{}'}\n \n")
    assert len(labels(path)) == 1


def test_the_time_of_the_last_buffer_is_seen_without_reading_all(tmp_path):
    path = tmp_path / "run.jsonl"
    path.write_text(f'{HEADER}\n{{"pts":5,"frames":[]}}\n{{"pts":9,"frames":[]}}\n')
    assert last_time(path) == 9
    wrong = ('{"pts":-1}\n', '{"pts":true}\n', f'{{"pts":{1 << 64}}}\n', "[" * 100_000)
    for rest in ('{"pts":', '{"pts":"soon"}\n', '{"frames":[]}\n', "[]\n", "\n\n", *wrong):
        path.write_text(f"{HEADER}\n{rest}")
        assert last_time(path) is None


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress])
def test_the_remedy_of_a_damaged_line_works_on_the_file(tmp_path, pack):
    path = tmp_path / "my run.jsonl"
    path.write_bytes(pack(f'{HEADER}\n{{"frames":}}\n{{"frames":[]}}\n'.encode()))
    with pytest.raises(RecordingError) as caught:
        list(read_metadata(path))
    if pack is not bytes:
        assert "unpack the file" in str(caught.value)
        return
    (command,) = re.findall(r"\((sed .*)\)", str(caught.value))
    subprocess.run(shlex.split(command), check=True)
    assert len(list(read_metadata(path))) == 1


def test_a_recording_without_buffers_is_an_error_when_it_is_played(tmp_path):
    path = tmp_path / "run.jsonl"
    path.write_text(f"{HEADER}\n")
    assert list(read_metadata(path)) == []
    with (
        App.from_recording(path) as app,
        pytest.raises(NoFramesError, match=r"run.jsonl: nothing was recorded"),
    ):
        app.run()


def test_an_extractor_that_finds_nothing_is_not_told_to_look_elsewhere(tmp_path, caplog):
    with App.from_recording(recorded(tmp_path / "run.jsonl")) as app:
        app.attach("source", Detections(labels=["nosuch"]), print)
        app.run()
    assert "found nothing in 4 buffers: the buffers that are played have no such" in caplog.text


def test_the_writer_takes_nothing_else_and_names_its_file(tmp_path):
    writer = MetadataWriter(tmp_path / "run.jsonl")
    writer.open()
    for event in ([], {"label": "car"}, None):
        with pytest.raises(UserCodeError, match="what the extractor Metadata returns"):
            writer.incoming(event)
    writer.close()
    for name in ("run.jsonl", "run.jsonl.gz"):
        (tmp_path / "file").write_text("")
        with pytest.raises(ConfigError, match="the file cannot be written"):
            MetadataWriter(tmp_path / "file" / name).open()
    with pytest.raises(ConfigError, match="expected: a path or an open file"):
        MetadataWriter(7)


@pytest.mark.parametrize("name", ["run.jsonl", "run.jsonl.gz"])
def test_two_runs_do_not_write_to_one_file(tmp_path, name):
    path = tmp_path / name
    first, second = MetadataWriter(path), MetadataWriter(path)
    first.open()
    first.incoming({"frames": []})
    with pytest.raises(ConfigError, match="another run is writing to the file") as caught:
        second.open()
    assert (caught.value.where, "another path" in caught.value.hint) == (str(path), True)
    first.close()
    assert len(list(read_metadata(path))) == 1  # the second one left it as it was
    second.open()
    second.close()
    assert list(DocumentReader(path)) == []


def test_arrays_is_one_of_two_words():
    with pytest.raises(ConfigError, match="shape, data"):
        Metadata(arrays="all")
