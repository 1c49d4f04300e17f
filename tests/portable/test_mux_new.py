"""The new nvstreammux, for which DeepStream asks by USE_NEW_NVSTREAMMUX=yes."""

from __future__ import annotations

import pytest
from standins.networks import HEIGHT, LABELS, WIDTH, nanodet

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


SIZES = ((64, 48), (160, 120), (32, 32))
RGBA = "video/x-raw(memory:NVMM),format=RGBA"


def several(tail, sizes=SIZES, format="NV12"):  # noqa: A002
    sources = (source(pad, size).replace("NV12", format) + " " for pad, size in enumerate(sizes))
    return f"{''.join(sources)} nvstreammux name=m ! {tail}"


def sizes(batch):
    return [(frame["pipeline_width"], frame["pipeline_height"]) for frame in batch]


@pytest.mark.parametrize("format", ["NV12", "I420", "RGBA"])
def test_each_picture_keeps_its_size(build, format):  # noqa: A002
    one = build(several(SINK, format=format))
    batches = one.watch("m")
    assert caps_of(one.play())[:2] == [64, 48]
    assert [sizes(batch) for batch in batches] == [list(SIZES)] * 3


def test_a_size_that_is_set_is_every_pictures(build):
    one = build(several(SINK).replace("name=m", "name=m width=40 height=30"))
    batches = one.watch("m")
    assert caps_of(one.play())[:2] == [40, 30]
    assert [sizes(batch) for batch in batches] == [[(40, 30)] * 3] * 3


def test_nvstreamdemux_gives_back_each_size(run):
    sinks = "".join(f"d.src_{n} ! queue ! fakesink name=s{n} " for n in range(3))
    one = run(several(f"nvstreamdemux name=d {sinks} fakesrc num-buffers=0 ! {SINK}"))
    assert one.error is None
    for n, size in enumerate(SIZES):
        caps = one[f"s{n}"].get_static_pad("sink").get_current_caps().get_structure(0)
        assert (caps.get_value("width"), caps.get_value("height")) == size


def test_nvvideoconvert_makes_them_one_size_and_moves_the_boxes(build):
    one = build(several(f"nvvideoconvert name=c ! {RGBA},width=320,height=240 ! {SINK}"))

    def add(frame):
        rect = frame.add_object().rect_params
        rect.left, rect.top = frame.pipeline_width / 2, frame.pipeline_height / 4
        rect.width, rect.height = frame.pipeline_width / 4, frame.pipeline_height / 2

    found = []

    def read(frame):
        (obj,) = frame.iter_objects()
        rect = obj.rect_params
        found.append((rect.left, rect.top, rect.width, rect.height))

    one.edit("m", add)
    batches = one.watch("c")
    one.edit("c", read)
    one.play()
    assert one.error is None
    assert [sizes(batch) for batch in batches] == [[(320, 240)] * 3] * 3
    assert found == [(160, 60, 80, 120)] * 9


def test_a_network_finds_the_ball_in_each_size(collect, run, tmp_path):
    """Its boxes are in the pixels of the picture that it is in."""
    nanodet(str(tmp_path / "net.onnx"))
    (tmp_path / "labels.txt").write_text("\n".join(LABELS) + "\n")
    path = tmp_path / "config.txt"
    path.write_text(
        "[property]\nonnx-file=net.onnx\nlabelfile-path=labels.txt\nnum-detected-classes=3\n"
        "net-scale-factor=0.00392156862745098\nbatch-size=2\n"
    )

    def found(frame, objects):
        width, height = frame.pipeline_width, frame.pipeline_height
        return [
            (rect.left / width, rect.top / height, rect.width / width, rect.height / height)
            for rect in (each.rect_params for each in objects)
        ]

    films = "".join(
        f"videotestsrc num-buffers=1 pattern=ball ! video/x-raw,format=NV12,width={WIDTH},"
        f"height={HEIGHT} ! videoscale ! video/x-raw,width={width},height={height} ! m.sink_{pad} "
        for pad, (width, height) in enumerate([(WIDTH, HEIGHT), (2 * WIDTH, 2 * HEIGHT)])
    )
    text = f"{films} nvstreammux name=m ! nvinfer config-file-path={path} ! fakesink name=sink"
    ((small, large),) = collect(text, found)
    assert len(small) == len(large) == 1
    assert large[0] == pytest.approx(small[0], abs=0.02)


def test_a_tiler_and_nvdsosd_take_them(run):
    tail = f"nvvideoconvert ! {RGBA} ! nvdsosd ! nvmultistreamtiler width=200 height=100 ! {SINK}"
    assert caps_of(run(several(tail)))[:2] == [200, 100]


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


FORMS = {
    "txt": "[property]\nalgorithm-type=1\n{}={}\noverall-min-fps-n=5\n",
    "yml": "property:\n  algorithm-type: 1\n  {}: {}  # ours\n  overall-min-fps-n: 5\n",
    "yaml": "%YAML:1.0\nproperty:\n  {}: {}\n  overall-min-fps-n: 5\n",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("key", "size"), [("batch-size", 1), ("adaptive-batching", 2)])
def test_the_file_has_the_batch_size(run, tmp_path, form, key, size):
    path = tmp_path / f"mux.{form}"
    path.write_text(FORMS[form].format(key, 1))
    sources = f"{source(0)} {source(1)}"
    one = run(f"{sources} nvstreammux name=m batch-size=4 config-file-path={path} ! {SINK}")
    assert caps_of(one)[2] == size
    assert one.warnings == ["config-file-path: not done: [property] overall-min-fps-n"]


def test_a_key_that_is_there_again_is_a_warning(run, tmp_path):
    path = tmp_path / "mux.txt"
    path.write_text("[property]\nbatch-size=1\n[property]\nbatch-size=2\n")
    one = run(f"{source(0)} {source(1)} nvstreammux name=m config-file-path={path} ! {SINK}")
    assert caps_of(one)[2] == 2
    again = "batch-size is there again in line 4, which counts"
    assert one.warnings == [f"{path}:2: [property] {again}"]


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("mux.txt", FORMS["txt"].format("batch-size", "many"), ":3: [property] batch-size: 'many'"),
        ("mux.yml", FORMS["yml"].format("batch-size", "many"), ":3: [property] batch-size: 'many'"),
        ("mux.yml", FORMS["txt"].format("batch-size", 1), ": DeepStream reads a file of that name"),
        ("mux.txt", FORMS["yml"].format("batch-size", 1), ": DeepStream reads a file of that name"),
    ],
)
def test_a_wrong_file_is_an_error_with_its_line(run, tmp_path, name, text, why):
    path = tmp_path / name
    path.write_text(text)
    one = run(f"{source(0)} nvstreammux name=m config-file-path={path} ! {SINK}")
    assert one.error.startswith(f"config-file-path: {path}{why}")


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
