"""The public face of the package: these names and no others."""

import ast
import importlib
from pathlib import Path

import pytest

import pythiags

NAMES = [
    "App",
    "AttachOptions",
    "Bbox",
    "Channel",
    "ChannelClosed",
    "Classification",
    "Classifications",
    "ConfigError",
    "Consumer",
    "Description",
    "DescriptionError",
    "Detection",
    "Detections",
    "DrainTimeout",
    "EventRefused",
    "Extractor",
    "Gap",
    "ImageError",
    "JsonLinesConsumer",
    "LiveMetadataError",
    "Metadata",
    "MetadataLayoutError",
    "MetadataReleased",
    "MetadataWriter",
    "MissingDependency",
    "NO_CONFIDENCE",
    "NoDisplayError",
    "NoFramesError",
    "Param",
    "PastBox",
    "Pipeline",
    "PythiagsError",
    "RecordingError",
    "RetriesExhausted",
    "RetryPolicy",
    "SourceLost",
    "StreamError",
    "SyntaxProblem",
    "TemplateError",
    "Track",
    "Tracks",
    "UNTRACKED",
    "UserCodeError",
    "WorkerDied",
    "add_classification",
    "add_display",
    "add_object",
    "add_user_meta",
    "analytics_per_frame",
    "analytics_per_object",
    "batch_of",
    "classifiers_per_object",
    "detector_bbox",
    "displays_per_frame",
    "frame_image",
    "frame_tensor",
    "frames_per_batch",
    "labels_per_classifier",
    "labels_per_object",
    "last_bbox",
    "nvdspreprocess_function",
    "nvinfer_parser",
    "objects_per_frame",
    "params_per_frame",
    "params_per_object",
    "past_bbox",
    "past_frames_per_track",
    "past_streams_per_batch",
    "past_tracks_per_stream",
    "read_metadata",
    "reid_per_object",
    "remove_object",
    "segmentations_per_frame",
    "segmentations_per_object",
    "tensors_per_frame",
    "tensors_per_object",
    "to_pyds",
    "tracker_bbox",
    "user_metas_per_batch",
    "user_metas_per_frame",
    "user_metas_per_object",
]


def test_the_names_are_these():
    assert sorted(pythiags.__all__) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_there_and_public_at_home(name):
    home = importlib.import_module(pythiags._HOMES[name])
    assert getattr(pythiags, name) is getattr(home, name)
    assert name in home.__all__
    assert name in dir(pythiags)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nosuch"):
        pythiags.nosuch  # noqa: B018


def test_editors_see_the_same_names():
    tree = ast.parse(Path(pythiags.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.asname: node.module for node in block.body for alias in node.names}
    assert seen == pythiags._HOMES
