"""``check`` and an nvinfer's files: it says beforehand what the element would say at its start."""

from __future__ import annotations

import os

import pytest

from pythiags import data, portable
from pythiags.description import Description
from pythiags.extras import install_line
from pythiags.gst import Gst
from pythiags.gst.check import check

pytest.importorskip("onnxruntime")

GOOD = "config_infer_primary_nanodet.txt"


@pytest.fixture
def folder(tmp_path):
    """A folder with the default detector's files; its model can be replaced."""
    for name in (GOOD, "labels.txt", "nanodet_g_416.onnx"):
        (tmp_path / name).write_bytes(data.path(name).read_bytes())
    return tmp_path


def problems(path, more=""):
    text = f"videotestsrc ! nvinfer config-file-path={path} {more} ! fakesink"
    return check(Description(text))


def launched(path, more=""):
    """What the element says when it starts."""
    portable.install(["nvinfer"])
    pipeline = Gst.parse_launch(
        f"videotestsrc num-buffers=1 ! nvinfer config-file-path={path} {more} ! fakesink"
    )
    pipeline.set_state(Gst.State.PLAYING)
    wanted = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, wanted)
    pipeline.set_state(Gst.State.NULL)
    return message.parse_error()[0].message if message.type == Gst.MessageType.ERROR else None


def test_properties_that_every_element_has_are_no_keys_of_the_file(folder):
    assert problems(folder / GOOD, "name=pgie qos=true interval=2") == []


def edit(path, old, new):
    path.write_text(path.read_text().replace(old, new))


def lfs(model):
    model.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n")


def page(model):
    model.write_text("<!DOCTYPE html><html></html>")


def engine(model):
    model.write_bytes(b"ftrt" + bytes(range(256)))


def cut(model):
    os.truncate(model, 100_000)


def missing(model):
    model.unlink()


def pipe(model):
    model.unlink()
    os.mkfifo(model)


MODELS = [
    (lfs, "a Git LFS pointer"),
    (page, "an HTML page"),
    (engine, "a TensorRT engine"),
    (cut, "is truncated"),
    (missing, "the model does not exist"),
    (pipe, "it is a pipe"),
]


@pytest.mark.parametrize(
    ("spoil", "what"), MODELS, ids=lambda value: getattr(value, "__name__", "")
)
def test_a_spoilt_model_is_named_for_what_it_is_as_at_the_start(folder, spoil, what):
    assert problems(folder / GOOD) == []
    spoil(folder / "nanodet_g_416.onnx")
    (problem,) = problems(folder / GOOD)
    assert (problem.code, str(problem.position)) == ("bad-config", "1:41")
    assert what in problem.message
    assert f"{folder / GOOD}:6" in problem.message
    said = launched(folder / GOOD)
    assert what in said
    assert problem.message.split(", ")[0] in said


EDITS = [
    ("cluster-mode=2", "raw-output-file-write=1", "raw-output-file-write=1 is not supported"),
    ("cluster-mode=2", "cluster-mode=4# none", "cluster-mode cannot be read"),
    ("infer-dims=3;416;416", "infer-dims=3;320;320", "infer-dims does not match the model's input"),
    ("NvDsInferParseNanoDet", "NvDsInferParseNano", "unknown parser"),
    ("labels.txt", "label.txt", "the label file cannot be read"),
    ("labels.txt", "/dev/zero", "it is a device"),
    ("[property]", "[properties]", "there is no [property] group"),
]


@pytest.mark.parametrize(("old", "new", "what"), EDITS, ids=[new for _, new, _ in EDITS])
def test_a_configuration_that_is_refused_at_the_start_is_refused_before(folder, old, new, what):
    edit(folder / GOOD, old, new)
    (problem,) = problems(folder / GOOD)
    assert what in problem.message
    assert what in launched(folder / GOOD)


def test_parsers_in_a_file_are_not_run_and_their_names_are_left_to_the_start(folder):
    edit(folder / GOOD, "NvDsInferParseNanoDet", "NvDsInferParseMine\ncustom-lib-path=mine.so")
    (problem,) = problems(folder / GOOD)
    assert "@pythiags.nvinfer_parser('NvDsInferParseMine')" in problem.hint
    mine = folder / "mine.py"
    mine.write_text(f"from pathlib import Path\nPath({str(folder / 'was run')!r}).touch()\n")
    assert problems(folder / GOOD) == []
    assert not (folder / "was run").exists()
    assert "unknown parser 'NvDsInferParseMine'" in launched(folder / GOOD)
    assert (folder / "was run").exists()


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ("input-tensor-meta=true", None),
        ("raw-output-file-write=true", "raw-output-file-write=1 is not supported"),
        ("filter-out-class-ids=cat", "filter-out-class-ids cannot be read"),
        ("process-mode=secondary output-tensor-meta=true batch-size=4 unique-id=3", None),
    ],
)
def test_properties_go_before_the_file_as_at_the_start(folder, more, what):
    found = [problem.message for problem in problems(folder / GOOD, more)]
    said = launched(folder / GOOD, more)
    assert [what in message for message in found] == ([True] if what else [])
    assert (what in said) if what else said is None


def test_a_comment_behind_a_number_is_read_as_glib_reads_it(folder):
    edit(folder / GOOD, "cluster-mode=2", "cluster-mode=4   # no NMS")
    assert problems(folder / GOOD) == []
    assert launched(folder / GOOD) is None


def test_an_unknown_key_is_a_warning_with_its_line(folder):
    edit(folder / GOOD, "interval=0", "intervall=0")
    (problem,) = problems(folder / GOOD)
    assert (problem.severity, problem.code) == ("warning", "doubtful-config")
    assert ":12: unknown key 'intervall'" in problem.message
    assert "did you mean 'interval'?" in problem.message


def test_no_configuration_file_is_a_warning_for_it_may_be_set_later():
    (problem,) = check(Description("videotestsrc ! nvinfer ! fakesink"))
    assert (problem.severity, problem.message) == ("warning", "nvinfer has no configuration file")


def test_a_file_that_is_not_there_is_reported_once(tmp_path):
    assert [p.code for p in problems(tmp_path / "no.txt")] == ["missing-file"]
    assert [p.code for p in problems(tmp_path)] == ["missing-file"]


def test_a_path_may_come_from_a_variable(folder):
    missing(folder / "nanodet_g_416.onnx")
    text = "videotestsrc ! nvinfer config-file-path={config} ! fakesink"
    (problem,) = check(Description(text, config=str(folder / GOOD)))
    assert "the model does not exist" in problem.message


def test_where_deepstream_is_installed_its_own_nvinfer_judges(folder, monkeypatch):
    from pythiags.gst import registry

    missing(folder / "nanodet_g_416.onnx")
    theirs = Gst.ElementFactory.find("identity")
    find = registry.find_factory
    monkeypatch.setattr(
        registry, "find_factory", lambda name: theirs if name == "nvinfer" else find(name)
    )
    assert "bad-config" not in [problem.code for problem in problems(folder / GOOD)]


def test_without_onnx_runtime_the_remedy_is_told(folder, monkeypatch):
    monkeypatch.setattr("pythiags.gst.check_infer.find_spec", lambda name: None)
    (problem,) = problems(folder / GOOD)
    assert (problem.code, problem.hint) == ("missing-package", install_line("infer"))
