"""nvof and nvofvisual on a CPU: how far each block has moved, and its colours."""

from __future__ import annotations

import numpy as np
import pytest

from pythiags.gst import Gst
from pythiags.lookalikes import pyds
from pythiags.metadata import user_metas_per_frame

WIDTH, HEIGHT = 128, 96
FRAMES = 4
MUX = f"nvstreammux name=m batch-size=1 width={WIDTH} height={HEIGHT}"
RGBA = "nvvideoconvert ! video/x-raw,format=RGBA ! fakesink name=sink enable-last-sample=true"


@pytest.fixture
def source(tmp_path):
    """``source(dx, dy)``: a picture of smooth noise that moves by so much a frame."""

    def make(dx, dy, frames=FRAMES):
        rng = np.random.default_rng(3)
        noise = rng.integers(0, 255, (HEIGHT // 4 + 16, WIDTH // 4 + 16)).astype(float)
        large = noise.repeat(4, axis=0).repeat(4, axis=1)
        for axis in (0, 1):
            large = sum(np.roll(large, shift, axis) for shift in range(-2, 3)) / 5
        path = tmp_path / f"{dx}-{dy}.raw"
        with path.open("wb") as file:
            for frame in range(frames):
                top, left = 32 - frame * dy, 32 - frame * dx
                file.write(
                    large[top : top + HEIGHT, left : left + WIDTH].astype(np.uint8).tobytes()
                )
                file.write(bytes([128]) * (WIDTH * HEIGHT // 2))
        return (
            f"filesrc location={path} blocksize={WIDTH * HEIGHT * 3 // 2} ! "
            f"rawvideoparse format=nv12 width={WIDTH} height={HEIGHT} ! m.sink_0 {MUX}"
        )

    return make


@pytest.fixture
def vectors(build):
    """``vectors(text)``: of each frame what a probe of pyds finds behind nvof; None: nothing."""

    def play(text):
        found = []

        def probe(_pad, info):
            batch = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
            frame = pyds.NvDsFrameMeta.cast(batch.frame_meta_list.data)
            users = frame.frame_user_meta_list
            if users is None:
                found.append(None)
                return Gst.PadProbeReturn.OK
            user = pyds.NvDsUserMeta.cast(users.data)
            assert user.base_meta.meta_type == pyds.NvDsMetaType.NVDS_OPTICAL_FLOW_META
            flow = pyds.NvDsOpticalFlowMeta.cast(user.user_meta_data)
            numbers = pyds.get_optical_flow_vectors(flow) / 32
            assert (flow.mv_size, flow.frame_num) == (4, frame.frame_num)
            found.append(numbers.reshape(flow.rows, flow.cols, 2))
            return Gst.PadProbeReturn.OK

        played = build(text)
        pad = played["sink"].get_static_pad("sink")
        number = pad.add_probe(Gst.PadProbeType.BUFFER, probe)
        assert played.play().error is None
        pad.remove_probe(number)
        return found

    return play


@pytest.mark.parametrize("preset", ["Fast", "Medium", "Slow"])
@pytest.mark.parametrize("moved", [(0, 0), (3, -2), (-7, 5)])
def test_vectors_are_the_movement(source, vectors, moved, preset):
    found = vectors(f"{source(*moved)} ! nvof preset-level={preset} ! fakesink name=sink")
    assert len(found) == FRAMES
    assert found[0] is None
    for field in found[1:]:
        assert field.shape == (HEIGHT // 4, WIDTH // 4, 2)
        inside = field[4:-4, 4:-4].reshape(-1, 2)
        assert (np.abs(inside - moved).max(axis=1) < 0.5).mean() > 0.95


def test_flat_pictures_do_not_move(vectors):
    flat = f"videotestsrc num-buffers=3 pattern=black ! m.sink_0 {MUX}"
    found = vectors(f"{flat} ! nvof ! fakesink name=sink")
    assert [field is None for field in found] == [True, False, False]
    assert not found[1].any()


def test_each_source_has_its_own(collect):
    text = (
        f"nvstreammux name=m batch-size=2 width={WIDTH} height={HEIGHT} ! nvof name=o "
        "! fakesink name=sink videotestsrc num-buffers=3 ! m.sink_0 "
        "videotestsrc num-buffers=3 pattern=ball ! m.sink_1"
    )
    assert collect(text, lambda frame, _: len(list(user_metas_per_frame(frame)))) == [
        [0, 0],
        [1, 1],
        [1, 1],
    ]


def picture(played):
    caps, data = played.last()
    structure = caps.get_structure(0)
    size = structure.get_value("height"), structure.get_value("width")
    assert size == (HEIGHT // 4, WIDTH // 4)
    return np.frombuffer(data, np.uint8).reshape(*size, 4)


def test_no_movement_is_white_and_no_vectors_are_black(run, source):
    still = picture(run(f"{source(0, 0)} ! nvof ! nvofvisual ! {RGBA}"))
    assert (still == 255).all()
    none = picture(run(f"{source(0, 0)} ! nvofvisual ! {RGBA}"))
    assert (none[..., :3] == 0).all()
    assert (none[..., 3] == 255).all()


def test_the_hue_says_where_to(run, source):
    right = picture(run(f"{source(4, 0)} ! nvof ! nvofvisual ! {RGBA}"))[8:16, 8:24, :3]
    left = picture(run(f"{source(-4, 0)} ! nvof ! nvofvisual ! {RGBA}"))[8:16, 8:24, :3]
    typical = np.median(right.reshape(-1, 3), axis=0)
    assert typical[2] == 255  # the wheel's red, at 4 of 10 pixels
    assert abs(typical[0] - 153) < 12
    assert np.median(left.reshape(-1, 3), axis=0)[2] < 200


def test_without_a_batch_it_says_what_is_missing(run):
    nvmm = "nvvideoconvert ! video/x-raw(memory:NVMM),format=NV12"
    played = run(f"videotestsrc num-buffers=1 ! {nvmm} ! nvof name=flow ! fakesink name=sink")
    assert "put nvstreammux before flow" in played.error


def test_what_writes_a_file_is_refused(run):
    played = run(
        f"videotestsrc num-buffers=1 ! m.sink_0 {MUX} ! nvof dump-of-meta=true ! fakesink name=sink"
    )
    assert played.error == "The property dump-of-meta is not supported on a CPU"
