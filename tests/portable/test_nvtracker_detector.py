"""nvtracker behind a real network: the ball of videotestsrc, in every frame and in some."""

from __future__ import annotations

import pytest
from standins.networks import HEIGHT, LABELS, WIDTH, ball, nanodet

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

FRAMES = 40
TRACKER = """%YAML:1.0
TargetManagement:
  probationAge: 2
StateEstimator:
  stateEstimatorType: 1
DataAssociator:
  associationMatcherType: 1
  usePrediction4Assoc: 1
"""


@pytest.fixture
def follow(collect, tmp_path):
    """``follow(interval)``: of each frame, whether it was inferred, and its objects."""
    nanodet(str(tmp_path / "net.onnx"))
    (tmp_path / "labels.txt").write_text("\n".join(LABELS))
    config = tmp_path / "config.txt"
    config.write_text(
        "[property]\nonnx-file=net.onnx\nlabelfile-path=labels.txt\n"
        f"num-detected-classes={len(LABELS)}\nnet-scale-factor={1 / 255}\ncluster-mode=2\n"
        "[class-attrs-all]\npre-cluster-threshold=0.5\n"
    )
    (tmp_path / "tracker.yml").write_text(TRACKER)

    def read(frame, objects):
        found = [
            (each.object_id, each.obj_label, each.confidence > 0, each.rect_params.left)
            for each in objects
        ]
        return bool(frame.bInferDone), found

    def play(interval, tracker=True):
        then = (
            "nvtracker tracker-width=0 tracker-height=0 ll-lib-file=libnvds_nvmultiobjecttracker.so"
            f" ll-config-file={tmp_path / 'tracker.yml'} ! "
        )
        mux = f"m.sink_0 nvstreammux name=m batch-size=1 width={WIDTH} height={HEIGHT} ! "
        infer = f"nvinfer config-file-path={config} interval={interval} ! "
        text = ball(FRAMES) + mux + infer + (then if tracker else "") + "fakesink name=sink"
        return [frame for batch in collect(text, read) for frame in batch]

    return play


def test_the_ball_has_one_id(follow):
    frames = follow(interval=0)
    assert [len(found) for _inferred, found in frames] == [0, 0] + [1] * (FRAMES - 2)
    assert {found[0][:3] for _inferred, found in frames[2:]} == {(0, "ball", True)}


@pytest.mark.parametrize("interval", [1, 3])
def test_it_is_where_it_is_expected_in_frames_that_the_network_skips(follow, interval):
    truth = [found[0][3] for _inferred, found in follow(interval=0, tracker=False)]
    frames = follow(interval)
    assert [inferred for inferred, _found in frames] == [
        number % (interval + 1) == 0 for number in range(FRAMES)
    ]
    for number, (inferred, found) in list(enumerate(frames))[12:]:
        ((object_id, label, detected, left),) = found
        assert (object_id, label, detected) == (0, "ball", inferred)
        assert left == pytest.approx(truth[number], abs=4)
