"""Functions in Python that make the tensors of nvdspreprocess, in the place of C libraries."""

from __future__ import annotations

import os
import subprocess

import numpy as np
import pytest
from standins.networks import HEIGHT, LABELS, WIDTH, Graph, configuration, nanodet
from standins.preparing import preprocess_file

from pythiags import nvdspreprocess_function, portable
from pythiags.description import Description
from pythiags.gst._gst import BatchMeta
from pythiags.gst.check import check
from pythiags.gst.probe import attach
from pythiags.inference import makers

SOURCE = (
    f"videotestsrc num-buffers=3 pattern=smpte ! video/x-raw,format=RGBA,width={WIDTH},"
    f"height={HEIGHT} ! m.sink_0"
)
MUX = f"nvstreammux name=m batch-size=1 width={WIDTH} height={HEIGHT}"
REGIONS = "[group-0]\nsrc-ids=0\nprocess-on-roi=1\nroi-params-src-0=8;4;16;12;32;20;16;12\n"
OWN = {"custom-lib-path": "lib/libmine.so", "custom-tensor-preparation-function": "Mine"}
FILE = """
import numpy as np
from pythiags import nvdspreprocess_function

@nvdspreprocess_function("Mine")
def mine(pictures, regions, settings):
    return pictures.transpose(0, 3, 1, 2).astype(settings.dtype) * float(settings.user_configs["k"])
"""


@pytest.fixture(autouse=True)
def forget():
    """No function outlives its test."""
    known = dict(makers._makers)
    yield
    makers._makers.clear()
    makers._makers.update(known)


@pytest.fixture
def play(build, tmp_path):
    """``play(**keys)``: what is attached to each batch, and the run."""

    def go(groups=REGIONS, user="k=2\n", **keys):
        path = preprocess_file(tmp_path, groups, user, **{**OWN, **keys})
        one = build(
            f"{MUX} ! nvdspreprocess name=prepare config-file={path} ! "
            f"fakesink name=sink enable-last-sample=true {SOURCE}"
        )
        found = []

        def note(_pad, info):
            link, metas = BatchMeta.of(info).batch_user_meta_list, []
            while link is not None:
                meta = link.data.user_meta_data
                tensor = meta.tensor_meta and meta.tensor_meta.to_array().copy()
                metas.append((tensor, [each.roi.left for each in meta.roi_vector]))
                link = link.next
            found.append(metas)

        probe = attach(one["prepare"].get_static_pad("src"), note)
        one.probes.append(probe)
        one.play()
        assert probe.stats().errors == {}
        return found, one

    return go


def pixels(one):
    _, content = one.last()
    return np.frombuffer(content, np.uint8).reshape(HEIGHT, WIDTH, 4)[..., :3]


def test_a_function_sees_the_scaled_pictures_and_their_regions(play):
    seen = []

    @nvdspreprocess_function("Mine")
    def mine(pictures, regions, settings):
        seen.append((pictures, regions, settings))
        return pictures.sum(axis=(1, 2)).astype(settings.dtype)

    found, one = play(**{"network-input-order": 2, "network-input-shape": "2;3",
                         "tensor-data-type": 4})  # fmt: skip
    assert one.error is None
    pictures, regions, settings = seen[-1]
    frame = pixels(one)
    np.testing.assert_array_equal(pictures, [frame[4:16, 8:24], frame[20:32, 32:48]])
    assert [each[:6] for each in regions] == [(0, 2, 8, 4, 16, 12), (0, 2, 32, 20, 16, 12)]
    assert (regions[0].class_id, regions[0].object_id) == (-1, None)
    assert (settings.name, settings.shape) == ("images", (2, 3))
    assert (settings.dtype, settings.user_configs) == (np.int32, {"k": "2"})
    ((tensor, lefts),) = found[-1]
    assert tensor.dtype == np.int32
    np.testing.assert_array_equal(tensor, pictures.sum(axis=(1, 2)))
    assert lefts == [8, 32]


def test_a_file_beside_the_library_is_read_in_its_place(play, tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "libmine.py").write_text(FILE)
    found, one = play()
    assert one.error is None
    frame = pixels(one).astype(np.float32)
    np.testing.assert_array_equal(found[-1][0][0][0], 2 * frame[4:16, 8:24].transpose(2, 0, 1))


def test_a_function_may_wait_and_choose_among_the_regions(play):
    calls = []

    @nvdspreprocess_function("Mine")
    def mine(pictures, regions, settings):
        calls.append(len(regions))
        if len(calls) < 2:
            return None
        return np.zeros((1, *settings.shape[1:]), settings.dtype), [1]

    found, one = play()
    assert one.error is None
    assert [[(tensor is None, lefts) for tensor, lefts in metas] for metas in found] == [
        [(True, [8, 32])], [(False, [32])], [(False, [32])]
    ]  # fmt: skip


def test_nvinfer_runs_on_what_it_makes(collect, tmp_path):
    @nvdspreprocess_function("Mine")
    def mine(pictures, regions, settings):
        return pictures.transpose(0, 3, 1, 2).astype(np.float32) / 255

    groups = "[group-0]\nsrc-ids=0\nprocess-on-roi=0\n"
    path = preprocess_file(tmp_path, groups, "", size=(WIDTH, HEIGHT), **OWN)
    config = configuration(
        tmp_path, nanodet, labels=LABELS,
        **{"num-detected-classes": 3, "cluster-mode": 2, "gie-unique-id": 1},
        **{"input-tensor-from-meta": 1},
    )  # fmt: skip
    found = collect(
        f"{MUX} ! nvdspreprocess config-file={path} ! nvinfer config-file-path={config} ! "
        f"fakesink name=sink {SOURCE.replace('smpte', 'ball')}",
        lambda _frame, objects: [each.obj_label for each in objects],
    )
    assert found == [[["ball"]]] * 3


def raises(*_):
    raise ZeroDivisionError("by zero")


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (raises, "the function 'Mine' raised ZeroDivisionError: by zero"),
        (lambda pictures, *_: pictures, "got: uint8 [2, 12, 16, 3], of [0, 1]"),
        (lambda *_: "tensor", "the function 'Mine' returned another tensor than the file says"),
        (lambda *_: (np.zeros((1, 3, 12, 16), np.float32), [2]), "places of regions below 2"),
    ],
)
def test_what_a_function_does_wrong_is_an_error(play, function, why):
    nvdspreprocess_function("Mine")(function)
    _, one = play()
    assert why in one.error


def problems(path):
    portable.install(["nvdspreprocess"])
    return check(Description(f"fakesrc ! nvdspreprocess config-file={path} ! fakesink"))


def test_a_function_that_is_not_there_is_named_with_the_remedy(play, tmp_path):
    _, one = play()
    why = "there is no function 'Mine' in Python, and 'lib/libmine.so' is compiled for NVIDIA's"
    place = "config_preprocess.txt:13: [property] custom-tensor-preparation-function"
    remedy = "write one with @pythiags.nvdspreprocess_function('Mine')"
    assert why in one.error
    assert remedy in one.error
    assert place in one.error
    (problem,) = problems(tmp_path / "config_preprocess.txt")
    assert why in problem.message
    assert place in problem.message
    assert remedy in problem.hint


def test_check_does_not_run_the_file(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "libmine.py").write_text("raise SystemExit")
    assert problems(preprocess_file(tmp_path, **OWN)) == []


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("pass", "libmine.py registers no function 'Mine'"),
    ],
)
def test_a_file_that_is_wrong_is_an_error(play, tmp_path, code, why):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "libmine.py").write_text(code)
    _, one = play()
    assert why in one.error


def test_a_tensor_has_few_dimensions(tmp_path):
    (problem,) = problems(
        preprocess_file(tmp_path, **OWN, **{"network-input-shape": "1;1;1;1;1;1;1;1;1"})
    )
    assert "network-input-shape has 9 numbers: expected 1 to 8" in problem.message


def sequences(path):
    """The mean colour of three pictures after another: [N, 3, 3, 12, 16] to [N, 3]."""
    net = Graph(size=(3, 3, 12, 16))
    net.save(path, colour=net.ReduceMean("images", axes=[2, 3, 4], keepdims=0))


def test_a_network_that_sees_several_pictures_at_once(build, tmp_path):
    """As those of actions: its input is [N, channels, pictures, height, width]."""
    kept = []

    @nvdspreprocess_function("Mine")
    def mine(pictures, regions, settings):
        kept.append(pictures[0].transpose(2, 0, 1).astype(np.float32) / 255)
        return None if len(kept) < 3 else np.stack(kept[-3:], axis=1)[None]

    path = preprocess_file(
        tmp_path, "[group-0]\nsrc-ids=0\nprocess-on-roi=0\n", "",
        **OWN, **{"network-input-order": 2, "network-input-shape": "1;3;3;12;16"},
    )  # fmt: skip
    config = configuration(
        tmp_path, sequences, labels=["red;green;blue"],
        **{"network-type": 1, "gie-unique-id": 1, "input-tensor-from-meta": 1},
        **{"classifier-threshold": 0.5},
    )  # fmt: skip
    red = SOURCE.replace("smpte", "solid-color foreground-color=0xffff0000")
    one = build(
        f"{MUX} ! nvdspreprocess config-file={path} ! nvinfer name=infer "
        f"config-file-path={config} ! fakesink name=sink {red}"
    )
    found = []

    def note(_pad, info):
        (roi,) = BatchMeta.of(info).batch_user_meta_list.data.user_meta_data.roi_vector
        link = roi.classifier_meta_list
        found.append(link and link.data.label_info_list.data.result_label)

    probe = attach(one["infer"].get_static_pad("src"), note)
    one.probes.append(probe)
    one.play()
    assert one.error is None
    assert found == [None, None, "red"]


def test_a_process_without_python_starts_one(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "libmine.py").write_text(FILE)
    path = preprocess_file(tmp_path, REGIONS, "k=2\n", **OWN)
    line = f"gst-launch-1.0 -q {MUX} ! nvdspreprocess config-file={path} ! fakesink {SOURCE}"
    environ = os.environ | {
        "GST_PLUGIN_PATH": str(portable.plugin_path()),
        "GST_REGISTRY": str(tmp_path / "registry.bin"),
    }

    def launch():
        return subprocess.run(
            line.split(), capture_output=True, text=True, env=environ, check=False, timeout=60
        )

    played = launch()
    assert played.returncode == 0, played.stderr
    (tmp_path / "lib" / "libmine.py").unlink()
    refused = launch()
    assert refused.returncode
    assert "there is no function 'Mine' in Python" in refused.stderr
