"""GStreamer and NVIDIA DeepStream from Python, with or without NVIDIA hardware.

``import pythiags`` only defines names: GStreamer is loaded and initialised by the first name that
needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pythiags.lazy import loader

if TYPE_CHECKING:  # for editors and type checkers: the same names as below
    from pythiags.app import App as App
    from pythiags.app import AttachOptions as AttachOptions
    from pythiags.channel import Channel as Channel
    from pythiags.channel import Gap as Gap
    from pythiags.consumers import Consumer as Consumer
    from pythiags.consumers import JsonLinesConsumer as JsonLinesConsumer
    from pythiags.description import Description as Description
    from pythiags.errors import ChannelClosed as ChannelClosed
    from pythiags.errors import ConfigError as ConfigError
    from pythiags.errors import DescriptionError as DescriptionError
    from pythiags.errors import DrainTimeout as DrainTimeout
    from pythiags.errors import EventRefused as EventRefused
    from pythiags.errors import ImageError as ImageError
    from pythiags.errors import LiveMetadataError as LiveMetadataError
    from pythiags.errors import MetadataLayoutError as MetadataLayoutError
    from pythiags.errors import MetadataReleased as MetadataReleased
    from pythiags.errors import MissingDependency as MissingDependency
    from pythiags.errors import NoDisplayError as NoDisplayError
    from pythiags.errors import NoFramesError as NoFramesError
    from pythiags.errors import PythiagsError as PythiagsError
    from pythiags.errors import RecordingError as RecordingError
    from pythiags.errors import RetriesExhausted as RetriesExhausted
    from pythiags.errors import SourceLost as SourceLost
    from pythiags.errors import StreamError as StreamError
    from pythiags.errors import SyntaxProblem as SyntaxProblem
    from pythiags.errors import TemplateError as TemplateError
    from pythiags.errors import UserCodeError as UserCodeError
    from pythiags.errors import WorkerDied as WorkerDied
    from pythiags.extractors import Classifications as Classifications
    from pythiags.extractors import Detections as Detections
    from pythiags.extractors import Extractor as Extractor
    from pythiags.extractors import Metadata as Metadata
    from pythiags.extractors import Tracks as Tracks
    from pythiags.gst.carriers import batch_of as batch_of
    from pythiags.gst.carriers import frames_per_batch as frames_per_batch
    from pythiags.gst.carriers import to_pyds as to_pyds
    from pythiags.gst.image import frame_image as frame_image
    from pythiags.gst.pipeline import Pipeline as Pipeline
    from pythiags.gst.replay import read_metadata as read_metadata
    from pythiags.gst.tensor import frame_tensor as frame_tensor
    from pythiags.inference import nvdspreprocess_function as nvdspreprocess_function
    from pythiags.inference import nvinfer_parser as nvinfer_parser
    from pythiags.metadata import NO_CONFIDENCE as NO_CONFIDENCE
    from pythiags.metadata import UNTRACKED as UNTRACKED
    from pythiags.metadata import Bbox as Bbox
    from pythiags.metadata import Classification as Classification
    from pythiags.metadata import Detection as Detection
    from pythiags.metadata import Param as Param
    from pythiags.metadata import PastBox as PastBox
    from pythiags.metadata import Track as Track
    from pythiags.metadata import add_classification as add_classification
    from pythiags.metadata import add_display as add_display
    from pythiags.metadata import add_object as add_object
    from pythiags.metadata import add_user_meta as add_user_meta
    from pythiags.metadata import analytics_per_frame as analytics_per_frame
    from pythiags.metadata import analytics_per_object as analytics_per_object
    from pythiags.metadata import classifiers_per_object as classifiers_per_object
    from pythiags.metadata import detector_bbox as detector_bbox
    from pythiags.metadata import displays_per_frame as displays_per_frame
    from pythiags.metadata import labels_per_classifier as labels_per_classifier
    from pythiags.metadata import labels_per_object as labels_per_object
    from pythiags.metadata import last_bbox as last_bbox
    from pythiags.metadata import objects_per_frame as objects_per_frame
    from pythiags.metadata import params_per_frame as params_per_frame
    from pythiags.metadata import params_per_object as params_per_object
    from pythiags.metadata import past_bbox as past_bbox
    from pythiags.metadata import past_frames_per_track as past_frames_per_track
    from pythiags.metadata import past_streams_per_batch as past_streams_per_batch
    from pythiags.metadata import past_tracks_per_stream as past_tracks_per_stream
    from pythiags.metadata import reid_per_object as reid_per_object
    from pythiags.metadata import remove_object as remove_object
    from pythiags.metadata import segmentations_per_frame as segmentations_per_frame
    from pythiags.metadata import segmentations_per_object as segmentations_per_object
    from pythiags.metadata import tensors_per_frame as tensors_per_frame
    from pythiags.metadata import tensors_per_object as tensors_per_object
    from pythiags.metadata import tracker_bbox as tracker_bbox
    from pythiags.metadata import user_metas_per_batch as user_metas_per_batch
    from pythiags.metadata import user_metas_per_frame as user_metas_per_frame
    from pythiags.metadata import user_metas_per_object as user_metas_per_object
    from pythiags.recording import MetadataWriter as MetadataWriter
    from pythiags.retry import RetryPolicy as RetryPolicy

# Where each public name lives; it is loaded from there when it is first asked for.
_HOMES: Final = {
    "App": "pythiags.app",
    "AttachOptions": "pythiags.app",
    "Bbox": "pythiags.metadata",
    "Channel": "pythiags.channel",
    "ChannelClosed": "pythiags.errors",
    "Classification": "pythiags.metadata",
    "Classifications": "pythiags.extractors",
    "ConfigError": "pythiags.errors",
    "Consumer": "pythiags.consumers",
    "Description": "pythiags.description",
    "DescriptionError": "pythiags.errors",
    "Detection": "pythiags.metadata",
    "Detections": "pythiags.extractors",
    "DrainTimeout": "pythiags.errors",
    "EventRefused": "pythiags.errors",
    "Extractor": "pythiags.extractors",
    "Gap": "pythiags.channel",
    "JsonLinesConsumer": "pythiags.consumers",
    "ImageError": "pythiags.errors",
    "LiveMetadataError": "pythiags.errors",
    "Metadata": "pythiags.extractors",
    "MetadataLayoutError": "pythiags.errors",
    "MetadataReleased": "pythiags.errors",
    "MetadataWriter": "pythiags.recording",
    "MissingDependency": "pythiags.errors",
    "NO_CONFIDENCE": "pythiags.metadata",
    "NoDisplayError": "pythiags.errors",
    "NoFramesError": "pythiags.errors",
    "Param": "pythiags.metadata",
    "PastBox": "pythiags.metadata",
    "Pipeline": "pythiags.gst.pipeline",
    "PythiagsError": "pythiags.errors",
    "RecordingError": "pythiags.errors",
    "RetriesExhausted": "pythiags.errors",
    "RetryPolicy": "pythiags.retry",
    "SourceLost": "pythiags.errors",
    "StreamError": "pythiags.errors",
    "SyntaxProblem": "pythiags.errors",
    "TemplateError": "pythiags.errors",
    "Track": "pythiags.metadata",
    "Tracks": "pythiags.extractors",
    "UNTRACKED": "pythiags.metadata",
    "UserCodeError": "pythiags.errors",
    "WorkerDied": "pythiags.errors",
    "add_classification": "pythiags.metadata",
    "add_display": "pythiags.metadata",
    "add_object": "pythiags.metadata",
    "add_user_meta": "pythiags.metadata",
    "analytics_per_frame": "pythiags.metadata",
    "analytics_per_object": "pythiags.metadata",
    "batch_of": "pythiags.gst.carriers",
    "classifiers_per_object": "pythiags.metadata",
    "detector_bbox": "pythiags.metadata",
    "displays_per_frame": "pythiags.metadata",
    "frame_image": "pythiags.gst.image",
    "frame_tensor": "pythiags.gst.tensor",
    "frames_per_batch": "pythiags.gst.carriers",
    "labels_per_classifier": "pythiags.metadata",
    "labels_per_object": "pythiags.metadata",
    "last_bbox": "pythiags.metadata",
    "nvdspreprocess_function": "pythiags.inference",
    "nvinfer_parser": "pythiags.inference",
    "objects_per_frame": "pythiags.metadata",
    "params_per_frame": "pythiags.metadata",
    "params_per_object": "pythiags.metadata",
    "past_bbox": "pythiags.metadata",
    "past_frames_per_track": "pythiags.metadata",
    "past_streams_per_batch": "pythiags.metadata",
    "past_tracks_per_stream": "pythiags.metadata",
    "read_metadata": "pythiags.gst.replay",
    "reid_per_object": "pythiags.metadata",
    "remove_object": "pythiags.metadata",
    "segmentations_per_frame": "pythiags.metadata",
    "segmentations_per_object": "pythiags.metadata",
    "tensors_per_frame": "pythiags.metadata",
    "tensors_per_object": "pythiags.metadata",
    "to_pyds": "pythiags.gst.carriers",
    "tracker_bbox": "pythiags.metadata",
    "user_metas_per_batch": "pythiags.metadata",
    "user_metas_per_frame": "pythiags.metadata",
    "user_metas_per_object": "pythiags.metadata",
}

__all__ = list(_HOMES)
if not TYPE_CHECKING:  # which would take any name for one that is there
    __getattr__ = loader(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
