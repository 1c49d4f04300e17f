"""check --deepstream on the command line."""

import pytest

from pythiags import MetadataWriter


def test_a_script_is_checked_line_by_line(command, folder):
    path = folder / "app.py"
    path.write_text("import pyds\nx = frame.obj_meta_list\n")
    done = command("check", "--deepstream=9.0", str(path))
    assert (done.code, done.err) == (2, "")
    assert "error[release-pyds]: pyds is deprecated" in done.out
    assert f"{path}:2:11" in done.out
    assert "in pyservicemaker: object_items" in done.out
    done = command("check", "--deepstream", "8.0", str(path))
    assert (done.code, done.out) == (0, f"{path}: nothing changes on DeepStream 8.0\n")


def test_a_pipeline_and_the_file_of_its_network(command, folder):
    config = folder / "net.txt"
    config.write_text("[property]\nmodel-file=a\n")
    path = folder / "demo.gstp"
    path.write_text("fakesrc ! nvinfer config-file-path={net} ! nvdsosd blur-bbox=1 ! fakesink\n")
    done = command("check", "--deepstream=7.1", str(path), f"--net={config}")
    assert done.code == 2
    assert f"{path}:1:" in done.out
    assert f"{config}:2:1" in done.out
    done = command("check", "--deepstream=6.4", "fakesrc", "!", "fakesink")
    assert done.code == 0


def test_a_configuration_alone(command, folder):
    path = folder / "net.yml"
    path.write_text("property:\n  is-classifier: 1\n")
    done = command("check", "--deepstream=9.1", str(path))
    assert done.code == 0
    assert "warning[release-key]: 'is-classifier' is deprecated" in done.out


@pytest.mark.parametrize("words", [["--deepstream=5.1", "a.py"], ["--deepstream"]])
def test_a_release_that_is_not_known(command, words):
    done = command("check", *words)
    assert done.code == 2
    assert "--deepstream" in done.err


def test_it_does_not_go_with_untrusted(command):
    done = command("check", "--deepstream=8.0", "--untrusted", "fakesrc ! fakesink")
    assert done.code == 2
    assert "do not go together" in done.err


def test_a_file_that_is_not_text(command, folder):
    path = folder / "app.py"
    path.write_bytes(b"\xff\xfe\xff")
    done = command("check", "--deepstream=8.0", str(path))
    assert done.code == 2
    assert "not UTF-8" in done.err


@pytest.mark.parametrize("word", [".", "..", "models", "models/", "{folder}"])
def test_a_folder_is_nothing_that_can_be_checked(command, folder, word):
    (folder / "models").mkdir()
    done = command("check", "--deepstream=9.0", word.format(folder=folder))
    assert (done.code, done.out) == (2, "")
    assert "this is a folder" in done.err
    assert "name a pipeline, a script or a configuration file" in done.err


@pytest.mark.parametrize("release", [[], ["--deepstream=9.0"]])
def test_a_recording_of_metadata_is_no_pipeline(command, folder, release):
    path = folder / "run.jsonl"
    writer = MetadataWriter(path)
    writer.open()
    writer.close()
    done = command("check", *release, str(path))
    assert (done.code, done.out) == (2, "")
    assert "this is a recording of metadata, not a pipeline" in done.err
    assert f"pythiags replay {path}" in done.err


@pytest.mark.parametrize("name", ["notes.txt", "data.json"])
def test_a_text_that_is_no_pipeline(command, folder, name):
    path = folder / name
    path.write_text('{"what": "ever"}\n')
    done = command("check", "--deepstream=9.0", str(path))
    assert done.code == 2
    assert "error[unexpected-text]" in done.out


@pytest.mark.parametrize("name", ["app.py", "demo.gstp", "net.txt", "folder/net.yml"])
def test_a_file_that_is_not_there(command, folder, name):
    done = command("check", "--deepstream=9.0", str(folder / name))
    assert (done.code, done.out) == (2, "")
    assert str(folder / name) in done.err
    assert "No such file" in done.err
