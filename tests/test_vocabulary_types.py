"""The protocols of the vocabulary fit the views of every carrier, as a type checker sees them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pythiags.metadata import model

pytest.importorskip("mypy", reason="the type checker is missing: make install brings it")

ROOT = Path(__file__).parent.parent

DRAWN = {
    name: [name]
    for name in (
        *("ArrowParams", "BboxCoords", "BboxInfo", "CircleParams", "ColorParams", "FontParams"),
        *("LineParams", "MaskParams", "RectParams", "TextParams"),
    )
}
# The views of a protocol: of portable metadata, which shows GstAnalytics and
# regions too, and of DeepStream's.
VIEWS = {
    **DRAWN,
    "AnalyticsFrameMeta": ["NvDsAnalyticsFrameMeta"],
    "AnalyticsObjInfo": ["NvDsAnalyticsObjInfo"],
    "BaseMeta": ["BaseMeta"],
    "BatchMeta": ["BatchMeta", "NvDsBatchMeta"],
    "ClassifierMeta": ["ClassifierMeta", "NvDsClassifierMeta"],
    "DisplayMeta": ["DisplayMeta", "NvDsDisplayMeta"],
    "FrameMeta": ["FrameMeta", "NvDsFrameMeta"],
    "GList": ["GList", "NvDsGList"],
    "LabelInfo": ["LabelInfo", "NvDsLabelInfo"],
    "LayerInfo": ["LayerInfo", "NvDsInferLayerInfo"],
    "ObjReid": ["NvDsObjReid"],
    "ObjectMeta": ["ObjectMeta", "NvDsObjectMeta"],
    "PastFrame": ["NvDsTargetMiscDataFrame"],
    "PastStream": ["NvDsTargetMiscDataStream"],
    "PastTrack": ["NvDsTargetMiscDataObject"],
    "SegmentationMeta": ["SegmentationMeta", "NvDsInferSegmentationMeta"],
    "TensorMeta": ["TensorMeta", "NvDsInferTensorMeta"],
    "UserMeta": ["UserMeta", "NvDsUserMeta"],
}

HEAD = """
from __future__ import annotations
from pythiags import (
    Bbox, Detection, classifiers_per_object, displays_per_frame, frames_per_batch, last_bbox,
    labels_per_classifier, objects_per_frame, tensors_per_frame, user_metas_per_object,
)
from pythiags.gst import _gst
from pythiags.metadata import model
"""

PROGRAM = """
def extract(pad: object, info: object) -> list[tuple[str, float, Bbox]]:
    found = []
    for frame in frames_per_batch(info):
        for obj in objects_per_frame(frame):
            obj.rect_params.border_color.set(1.0, 0.0, 0.0, 1.0)
            obj.obj_label = obj.obj_label.upper()
            found.append((obj.obj_label, obj.confidence, last_bbox(obj)))
    return found

def walk(frame: model.FrameMeta, obj: model.ObjectMeta) -> None:
    parent: model.ObjectMeta | None = obj.parent
    words: list[str] = [
        label.result_label
        for classifier in classifiers_per_object(obj)
        for label in labels_per_classifier(classifier)
    ]
    radii: list[int] = [
        circle.radius for display in displays_per_frame(frame) for circle in display.circle_params
    ]
    layers: list[str | None] = [
        tensor.output_layers_info(i).layerName
        for tensor in tensors_per_frame(frame)
        for i in range(tensor.num_output_layers)
    ]
    kinds = {user.base_meta.meta_type for user in user_metas_per_object(obj)}
    print(parent, words, radii, layers, kinds, Detection.of(frame, obj, last_bbox(obj)))
"""

WRONG = """
def wrong(frame: model.FrameMeta, obj: model.ObjectMeta, display: model.DisplayMeta) -> None:
    obj.confidense = 0.5
    obj.class_id = "car"
    frame.frame_num = "first"
    obj.rect_params.left.real = 3
    display.rect_params[0].border_width = 1.5
    label: int = obj.obj_label
    objects_per_frame(obj)
    unseen = obj.parent.obj_label
    print(label, unseen)
"""
WRONG_KINDS = (
    "attr-defined", "assignment", "assignment", "misc", "assignment", "assignment", "arg-type",
    "union-attr",
)  # fmt: skip


def program():
    """Each view, passed to a function that wants the protocol."""
    lines = [HEAD, PROGRAM]
    for protocol, views in VIEWS.items():
        lines.append(f"def take_{protocol}(it: model.{protocol}) -> None: ...")
        lines.extend(
            f"def {view}_is_{protocol}(it: _gst.{view}) -> None: take_{protocol}(it)"
            for view in views
        )
    return "\n".join(lines) + "\n"


def test_no_protocol_is_left_out():
    assert sorted(VIEWS) == sorted(model.__all__)


def mypy(path):
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--hide-error-context",
         "--follow-imports=silent", "--config-file=", path],
        cwd=ROOT,
        env={"MYPYPATH": str(ROOT / "src"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_every_carriers_views_are_what_the_protocols_say(tmp_path):
    path = tmp_path / "fits.py"
    path.write_text(program())
    assert mypy(path) == ""


def test_what_is_wrong_is_found(tmp_path):
    path = tmp_path / "wrong.py"
    path.write_text(HEAD + WRONG)
    kinds = re.findall(r"wrong\.py:\d+: error: .*\[([\w-]+)\]$", mypy(path), re.MULTILINE)
    assert tuple(kinds) == WRONG_KINDS


def test_pyright_says_the_same(tmp_path):
    """Run where basedpyright, which brings all that it needs, is installed."""
    pyright = shutil.which("basedpyright", path=str(Path(sys.executable).parent))
    if pyright is None:
        pytest.skip("basedpyright is not installed: pip install basedpyright")
    (tmp_path / "fits.py").write_text(program())
    (tmp_path / "wrong.py").write_text(HEAD + WRONG)
    (tmp_path / "pyrightconfig.json").write_text(
        f'{{"extraPaths": ["{ROOT / "src"}"], "typeCheckingMode": "standard"}}'
    )
    said = {
        name: subprocess.run(
            [pyright, "--pythonpath", sys.executable, f"{name}.py"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        ).stdout
        for name in ("fits", "wrong")
    }
    assert "0 errors" in said["fits"], said["fits"]
    assert said["wrong"].count(" error: ") == len(WRONG_KINDS), said["wrong"]
