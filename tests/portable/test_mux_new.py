"""The new nvstreammux, for which DeepStream asks by USE_NEW_NVSTREAMMUX=yes."""

from __future__ import annotations

import pytest

SINK = "fakesink name=sink sync=false enable-last-sample=true"


@pytest.fixture(autouse=True)
def new(monkeypatch):
    monkeypatch.setenv("USE_NEW_NVSTREAMMUX", "yes")


def source(pad, size=(64, 48), n=3):
    caps = f"video/x-raw,format=NV12,width={size[0]},height={size[1]}"
    return f"videotestsrc num-buffers={n} ! {caps} ! m.sink_{pad}"


def caps_of(one):
    structure = one.last()[0].get_structure(0)
    return [structure.get_value(key) for key in ("width", "height", "batch-size")]


def test_without_a_size_it_is_the_first_frames(run):
    one = run(f"{source(0, (80, 60))} nvstreammux name=m batch-size=1 ! {SINK}")
    assert caps_of(one) == [80, 60, 1]


def test_without_a_batch_size_it_is_the_number_of_sources(build):
    one = build(f"{source(0)} {source(1)} {source(2)} nvstreammux name=m ! {SINK}")
    batches = one.watch("m")
    assert caps_of(one.play()) == [64, 48, 3]
    assert [len(batch) for batch in batches] == [3, 3, 3]


def test_the_timeout_is_the_new_ones(build):
    assert (
        build(f"{source(0)} nvstreammux name=m ! {SINK}")["m"].get_property("batched-push-timeout")
        == 33000
    )


@pytest.mark.parametrize(("text", "size"), [("batch-size=1", 1), ("adaptive-batching=1", 2)])
def test_the_file_has_the_batch_size(run, tmp_path, text, size):
    path = tmp_path / "mux.txt"
    path.write_text(f"[property]\nalgorithm-type=1\n{text}\noverall-min-fps-n=5\n")
    sources = f"{source(0)} {source(1)}"
    one = run(f"{sources} nvstreammux name=m batch-size=4 config-file-path={path} ! {SINK}")
    assert caps_of(one)[2] == size
    assert one.warnings == ["config-file-path: not done: [property] overall-min-fps-n"]


def test_a_missing_file_is_an_error_that_names_it(run):
    one = run(f"{source(0)} nvstreammux name=m config-file-path=/none/mux.txt ! {SINK}")
    assert "/none/mux.txt" in one.error


def test_the_old_one_has_no_file(run, monkeypatch, tmp_path):
    monkeypatch.delenv("USE_NEW_NVSTREAMMUX")
    path = tmp_path / "mux.txt"
    path.write_text("[property]\nbatch-size=1\n")
    words = f"width=64 height=48 batch-size=1 config-file-path={path}"
    assert (
        "USE_NEW_NVSTREAMMUX=yes" in run(f"{source(0)} nvstreammux name=m {words} ! {SINK}").error
    )
