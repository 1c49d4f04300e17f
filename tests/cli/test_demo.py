"""The demonstration, and what it is made of."""

import json
from pathlib import Path

from pythiags import App, data


def frames_of(video):
    counted = []
    with App(
        "filesrc location={video} ! qtdemux ! h264parse ! avdec_h264 ! identity name=i ! fakesink",
        video=video,
    ) as app:
        app.attach("i", lambda pad, info: [info.get_buffer().pts], counted.extend)
        app.run()
    return len(counted)


def test_it_finds_people_and_writes_what_it_found(child, folder):
    process = child("demo", "--timeout=4", "--output=found")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "no window: the environment variable DISPLAY is not set" in err
    assert "wrote found/detections.jsonl and found/annotated.mp4" in err
    printed = out.splitlines()
    assert all(line.startswith("frame ") for line in printed)
    assert "person" in printed[0]
    lines = (folder / "found" / "detections.jsonl").read_text().splitlines()
    detections = [json.loads(line) for line in lines]
    assert len({detection["frame"] for detection in detections}) == len(printed)
    assert detections[0]["label"] == "person"
    assert {"confidence", "left", "top", "width", "height"} < set(detections[0])
    assert frames_of(folder / "found" / "annotated.mp4") > 0


def test_what_is_ejected_runs_as_it_says(command, child, folder, monkeypatch):
    done = command("demo", "--eject=mine-to-be")
    assert (done.code, done.out) == (0, "")
    copies = {path.name for path in (folder / "mine-to-be").iterdir()}
    assert copies == {"demo.gstp", "my_detections.py", *data.names()}
    monkeypatch.chdir("mine-to-be")
    said = done.err.partition("  pythiags ")[2].replace("\\\n", " ").split()
    process = child(*said, "--display=none", "--timeout=2")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "person" in out
    assert Path("annotated.mp4").exists()


def test_nothing_is_overwritten(command, folder):
    (folder / "there").mkdir()
    (folder / "there" / "demo.gstp").write_text("mine")
    done = command("demo", "--eject=there")
    assert done.code == 2
    assert "there/demo.gstp already exists" in done.err
    assert [path.name for path in (folder / "there").iterdir()] == ["demo.gstp"]


def test_a_folder_that_cannot_be_made(command):
    Path("file").touch()
    done = command("demo", "--output=file/below")
    assert done.code == 2
    assert "file/below: cannot make the folder" in done.err


def test_without_onnxruntime_it_says_what_to_install(child, folder):
    (folder / "sitecustomize.py").write_text(
        "import importlib.util\nfind = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name: None if name == 'onnxruntime' else find(name)\n"
    )
    process = child("demo", PYTHONPATH=str(folder))
    _, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "pip install 'onnxruntime>=1.17'" in err
