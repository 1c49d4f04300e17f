"""What user metas of DeepStream hold: analytics, tensors, segmentation, past frames."""

import ctypes
import functools
import struct

import numpy as np
import pytest
from standins import nvidia

from pythiags import Tracks
from pythiags.errors import MetadataReleased
from pythiags.gst import Gst
from pythiags.gst.carriers import batch_of, frames_per_batch
from pythiags.metadata import (
    Bbox,
    PastBox,
    analytics_per_frame,
    analytics_per_object,
    objects_per_frame,
    past_streams_per_batch,
    reid_per_object,
    segmentations_per_frame,
    segmentations_per_object,
    tensors_per_frame,
    tensors_per_object,
    user_metas_per_batch,
    user_metas_per_frame,
    user_metas_per_object,
)

TENSORS, SEGMENTATION, PAST_FRAMES, FRAME_ANALYTICS, OBJECT_ANALYTICS = 12, 13, 15, 32, 33
FRAME_NAME, OBJECT_NAME = "NVIDIA.DSANALYTICSFRAME.USER_META", "NVIDIA.DSANALYTICSOBJ.USER_META"


@pytest.fixture(params=[nvidia.Nvidia, nvidia.ByHand], ids=["NVIDIA's library", "before 9"])
def make(request):
    if request.param is nvidia.Nvidia:
        nvidia.needs_library()
    return request.param


class Scene:
    """A frame with an object, and what is attached to them."""

    def __init__(self, make):
        self.batch = make()
        self.frame = self.batch.frame()
        self.obj = self.batch.obj(self.frame)

    def attach(self, holder, meta_type, data):
        user = self.batch.user(holder, data=data)
        user["meta_type"] = meta_type

    def read(self):
        buffer = self.batch.attach(Gst.Buffer.new())
        frame = next(frames_per_batch(buffer))
        return batch_of(buffer), frame, next(objects_per_frame(frame))


@pytest.fixture
def scene(make):
    return Scene(make)


# ---- analytics ----


def run_time_type(name):
    """The number of this run, as nvds_get_user_meta_type counts it."""
    nvidia.glib.g_quark_from_string.argtypes = [ctypes.c_char_p]
    return 8193 + nvidia.glib.g_quark_from_string(name.encode())


@pytest.fixture(params=["fixed", "run time"])
def era(request):
    """The numbers of nvdsanalytics, before and since DeepStream 8.0."""
    if request.param == "fixed":
        return FRAME_ANALYTICS, OBJECT_ANALYTICS
    return run_time_type(FRAME_NAME), run_time_type(OBJECT_NAME)


def test_the_run_time_type_is_what_nvidias_library_says():
    nvidia.needs_library()
    meta, _ = nvidia.libraries()
    name = ctypes.c_char_p(nvidia.text(FRAME_NAME))  # never freed: the function keeps it
    assert meta.nvds_get_user_meta_type(name) == run_time_type(FRAME_NAME)


def test_analytics_of_a_frame(scene, analytics, era):
    data = analytics.frame_new()
    scene.attach(scene.frame, era[0], data)
    _, frame, obj = scene.read()
    (found,) = analytics_per_frame(frame)
    assert found.ocStatus == {"entrance": True, "lane": False}
    assert found.objInROIcnt == {"entrance": 4000000000}
    assert found.objLCCurrCnt == {f"line {i}": i for i in range(100)}
    assert found.objLCCumCnt == {"exit": 1 << 40}
    assert found.objCnt == {-1: 2, 0: 7}
    assert found.unique_id == 17
    assert list(analytics_per_object(obj)) == []
    (user,) = user_metas_per_frame(frame)
    assert (user.base_meta.meta_type, user.known_type) == (era[0], FRAME_ANALYTICS)
    analytics.frame_free(data)


@pytest.mark.parametrize("status", [b"", b"standing", b"x" * 15])
def test_analytics_of_an_object(scene, analytics, era, status):
    data = analytics.object_new(status)
    scene.attach(scene.obj, era[1], data)
    _, frame, obj = scene.read()
    (found,) = analytics_per_object(obj)
    assert found.roiStatus[0] == "entrance"
    assert found.roiStatus[1].endswith("than what a string holds itself")
    assert (found.ocStatus, found.lcStatus, found.dirStatus) == ([], ["exit"], "South")
    assert (found.unique_id, found.objStatus) == (17, status.decode())
    assert list(analytics_per_frame(frame)) == []
    analytics.object_free(data)


def test_a_long_status_is_read_where_the_struct_is_known(scene, analytics, era):
    data = analytics.object_new(b"x" * 40)
    scene.attach(scene.obj, era[1], data)
    (found,) = analytics_per_object(scene.read()[2])
    assert found.objStatus == ("x" * 40 if era[1] == OBJECT_ANALYTICS else "")
    analytics.object_free(data)


def test_analytics_of_an_object_before_it_had_a_status(analytics):
    scene = Scene(nvidia.ByHand)
    data = analytics.early_new()
    scene.attach(scene.obj, run_time_type(OBJECT_NAME), data)
    (found,) = analytics_per_object(scene.read()[2])
    assert (found.dirStatus, found.unique_id, found.objStatus) == ("South", 17, "")
    analytics.early_free(data)


def test_broken_containers_end(scene):
    zeros = ctypes.create_string_buffer(288)
    scene.attach(scene.frame, FRAME_ANALYTICS, ctypes.addressof(zeros))
    scene.attach(scene.obj, OBJECT_ANALYTICS, ctypes.addressof(zeros))
    _, frame, obj = scene.read()
    (found,) = analytics_per_frame(frame)
    assert (found.ocStatus, found.objCnt, found.unique_id) == ({}, {}, 0)
    (status,) = analytics_per_object(obj)
    assert (status.roiStatus, status.dirStatus, status.objStatus) == ([], "", "")
    # A map in a circle that claims to have more than there is, with a text of no memory.
    node = (ctypes.c_uint64 * 8)()
    node[0] = ctypes.addressof(node)
    struct.pack_into("QQQQ", zeros, 0, 0, 0, ctypes.addressof(node), 2**63)
    assert found.ocStatus == {"": False}


# ---- networks ----


def layer_of(name, values, memory):
    """An NvDsInferLayerInfo; what it points to goes to `memory`."""
    kinds = {"f": 0, "e": 1, "b": 2, "i": 3, "q": 4, "B": 5}
    text = ctypes.create_string_buffer(name.encode())
    memory.extend([text, values])
    sizes = struct.pack("8I", *values.shape, *[0] * (8 - values.ndim))
    head = struct.pack("iI", kinds[values.dtype.char.replace("l", "q")], values.ndim)
    tail = struct.pack("IiPPi4x", values.size, 0, ctypes.addressof(text), 0, 0)
    return head + sizes + tail


def tensors_of(arrays, memory, *, on_host=True):
    """An NvDsInferTensorMeta of named arrays."""
    layers = b"".join(layer_of(name, values, memory) for name, values in arrays.items())
    assert len(layers) == 72 * len(arrays)
    layers = ctypes.create_string_buffer(layers)
    host = (ctypes.c_void_p * len(arrays))(*[values.ctypes.data for values in arrays.values()])
    meta = struct.pack(
        "IIPPPi4xPIIIiI4x", 3, len(arrays), ctypes.addressof(layers),
        ctypes.addressof(host) if on_host else 0, 0, 0, 0, 640, 480, 3, 1, 0,
    )  # fmt: skip
    assert len(meta) == 72
    meta = ctypes.create_string_buffer(meta)
    memory.extend([layers, host, meta])
    return ctypes.addressof(meta)


def test_tensors(scene):
    memory = []
    arrays = {
        "boxes": np.arange(24, dtype="f").reshape(2, 3, 4),
        "scores": np.array([0.5, 2], "e"),
        "counts": np.array([[-1, 7]], "q"),
        "pixels": np.array([255], "B"),
    }
    scene.attach(scene.frame, TENSORS, tensors_of(arrays, memory))
    scene.attach(scene.obj, TENSORS, tensors_of({"one": np.ones(1, "i")}, memory))
    _, frame, obj = scene.read()
    (found,) = tensors_per_frame(frame)
    assert (found.unique_id, found.num_output_layers) == (3, 4)
    network = found.network_info
    assert (network.width, network.height, network.channels) == (640, 480, 3)
    assert found.maintain_aspect_ratio == 1
    layers = found.layers()
    assert list(layers) == list(arrays)
    for name, values in arrays.items():
        assert layers[name].dims == values.shape
        assert layers[name].buffer == values.ctypes.data
        got = layers[name].to_array()
        assert (got.dtype, got.tolist()) == (values.dtype, values.tolist())
    with pytest.raises(IndexError, match="below 4, got 4"):
        found.output_layers_info(4)
    (found,) = tensors_per_object(obj)
    assert found.output_layers_info(0).layerName == "one"
    assert list(segmentations_per_frame(frame)) == []


def test_what_was_removed_takes_its_tensors_along():
    nvidia.needs_library()
    scene, memory = Scene(nvidia.Nvidia), []
    for holder in (scene.frame, scene.obj):
        scene.attach(holder, TENSORS, tensors_of({"one": np.ones(1, "i")}, memory))
    _, frame, obj = scene.read()
    kept = []
    for (found,) in (tensors_per_frame(frame), tensors_per_object(obj)):
        layer = found.output_layers_info(0)
        kept.append((found, layer, found.network_info, layer.inferDims))
    of_frame, of_object = kept
    frame.remove(next(frame.iter_user_metas()))
    for view, name in zip(of_frame, ("unique_id", "dims", "width", "d"), strict=True):
        with pytest.raises(MetadataReleased, match="after it was removed"):
            getattr(view, name)
    assert of_object[1].to_array().tolist() == [1]
    frame.remove(obj)
    assert [repr(view).endswith("(removed)>") for view in of_object] == [True] * 4


def test_tensors_on_the_gpu_alone(scene):
    memory = []
    address = tensors_of({"boxes": np.ones(2, "f")}, memory, on_host=False)
    scene.attach(scene.frame, TENSORS, address)
    (found,) = tensors_per_frame(scene.read()[1])
    layer = found.output_layers_info(0)
    assert layer.buffer is None
    with pytest.raises(ValueError, match="'boxes' has no numbers that the CPU can read"):
        layer.to_array()


def test_segmentation(scene):
    classes = np.array([[0, -1, 2], [1, 1, 0]], "i")
    likely = np.arange(18, dtype="f").reshape(3, 2, 3)
    meta = struct.pack("IIIPPP", 3, 3, 2, classes.ctypes.data, likely.ctypes.data, 0)
    meta = ctypes.create_string_buffer(meta)
    scene.attach(scene.frame, SEGMENTATION, ctypes.addressof(meta))
    bare = ctypes.create_string_buffer(struct.pack("IIIPPP", 1, 1, 1, 0, 0, 0))
    scene.attach(scene.obj, SEGMENTATION, ctypes.addressof(bare))
    _, frame, obj = scene.read()
    (found,) = segmentations_per_frame(frame)
    assert (found.classes, found.width, found.height) == (3, 3, 2)
    assert found.get_segmentation_masks().tolist() == classes.tolist()
    assert found.get_probabilities().tolist() == likely.tolist()
    (found,) = segmentations_per_object(obj)
    assert found.get_segmentation_masks().tolist() == [[0]]
    assert found.get_probabilities() is None


# ---- past frames ----


def past_frames(layout, tracks, memory):
    """What a tracker attaches to a batch; a track is a list of (frame, left, confidence, age)."""
    rect = "4f88x" if layout != "9" else "4f96x"
    frame_format = {"6.3": "I4x{}fI", "8": "I4x{}fIif", "9": "I4x{}fIif2f"}[layout].format(rect)
    objects = b""
    for number, boxes in enumerate(tracks):
        frames = b""
        for frame, left, confidence, age in boxes:
            values = [frame, left, 2, 3, 4, confidence, age]
            values += {"6.3": [], "8": [2, 0.5], "9": [2, 0.5, 1, 1]}[layout]
            frames += struct.pack(frame_format, *values)
        frames = ctypes.create_string_buffer(frames)
        memory.append(frames)
        objects += struct.pack(
            "PIIQH128s6x", ctypes.addressof(frames), len(boxes), len(boxes), 40 + number, 2, b"car"
        )
    objects = ctypes.create_string_buffer(objects)
    stream = struct.pack("PI4xQII", ctypes.addressof(objects), 5, 6, len(tracks), len(tracks))
    stream = ctypes.create_string_buffer(stream)
    batch = ctypes.create_string_buffer(struct.pack("PIIP", ctypes.addressof(stream), 1, 1, 0))
    memory.extend([objects, stream, batch])
    return ctypes.addressof(batch)


def by_hand(frame_size):
    return functools.partial(nvidia.ByHand, frame_size=frame_size)


# Which layout, what makes the batch, the number of the first frame, and the step to the next.
PAST = {  # by the DeepStream that has them
    "5.0": ("6.3", by_hand(192), 100, 1), "5.0, odd": ("6.3", by_hand(192), 0, 0),
    "6.3": ("6.3", by_hand(200), 100, 1), "6.3, apart": ("6.3", by_hand(200), 4, 2),
    "6.4": ("8", by_hand(200), 100, 1), "6.4, apart": ("8", by_hand(200), 3, 2),
    "6.4, backwards": ("8", by_hand(200), 100000, -1), "6.4, to 0": ("8", by_hand(200), 1, -1),
    "8.0": ("8", by_hand(232), 100, 1), "8.0, odd": ("8", by_hand(232), 1 << 28, 1),
    "9.0": ("9", nvidia.Nvidia, 100, 1),
}  # fmt: skip


@pytest.mark.parametrize("lefts", [(10.0, 11.5), (0.0, 0.0), (-3.0, -4.0), (5.0,)], ids=str)
@pytest.mark.parametrize(("layout", "make", "start", "step"), PAST.values(), ids=PAST)
def test_past_frames(layout, make, start, step, lefts):
    if make is nvidia.Nvidia:
        nvidia.needs_library()
    scene, memory = Scene(make), []
    boxes = [(start + i * step, left, 0.5, i) for i, left in enumerate(lefts)]
    scene.attach(scene.batch.batch, PAST_FRAMES, past_frames(layout, [boxes, boxes[:1]], memory))
    batch, _, _ = scene.read()
    (stream,) = past_streams_per_batch(batch)
    assert (stream.streamID, stream.surfaceStreamID, stream.numFilled) == (5, 6, 2)
    expected = tuple(
        PastBox(frame, Bbox(left, 2, 3, 4), confidence, age)
        for frame, left, confidence, age in boxes
    )
    first, second = Tracks().extract_metadata(None, batch)
    assert (first.object_id, first.class_id, first.label, first.source_id) == (40, 2, "car", 5)
    assert first.boxes == expected
    assert second.boxes == expected[:1]


def test_past_frames_of_nothing(scene):
    empty = ctypes.create_string_buffer(struct.pack("PIIP", 0, 8, 8, 0))
    scene.attach(scene.batch.batch, PAST_FRAMES, ctypes.addressof(empty))
    batch, _, _ = scene.read()
    assert list(past_streams_per_batch(batch)) == []


# ---- others ----


def test_what_is_not_known_is_a_capsule(scene):
    scene.attach(scene.batch.batch, 8193 + 5000, 0x1234)
    scene.attach(scene.frame, 9, 0)
    batch, frame, obj = scene.read()
    (user,) = user_metas_per_batch(batch)
    assert type(user.user_meta_data).__name__ == "PyCapsule"
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    assert pointer(user.user_meta_data, None) == 0x1234
    (user,) = user_metas_per_frame(frame)
    assert (user.user_meta_data, user.known_type) == (None, 9)
    assert list(user_metas_per_object(obj)) == []


def test_user_metas_come_by_their_type(scene):
    for meta_type in (40, 38, 39):
        scene.attach(scene.frame, meta_type, 0)
    _, frame, _ = scene.read()
    types = [user.base_meta.meta_type for user in user_metas_per_frame(frame)]
    assert types in ([40, 38, 39], [39, 38, 40])
    assert types[0] < types[-1]


# ---- what a tracker tells objects apart by ----

REID, TERMINATED, SHADOW = 17, 18, 19


def reid(*numbers):
    """An NvDsObjReid and its memory."""
    vector = (ctypes.c_float * len(numbers))(*numbers)
    memory = (ctypes.c_uint64 * 3)(len(numbers), ctypes.addressof(vector), 0)
    return memory, vector


def test_reid_of_an_object(scene):
    memory, vector = reid(0.5, -1.0, 2.0)
    scene.attach(scene.obj, REID, ctypes.addressof(memory))
    _, _, obj = scene.read()
    (found,) = reid_per_object(obj)
    assert (found.featureSize, found.get_host_reid_vector().tolist()) == (3, [0.5, -1.0, 2.0])
    memory[1] = 0  # on the GPU only
    assert found.get_host_reid_vector() is None
    del vector


@pytest.mark.parametrize("kind", [REID, TERMINATED, SHADOW])
@pytest.mark.parametrize("frame_size", [192, 200])
def test_before_deepstream_8_other_structs_have_these_numbers(kind, frame_size):
    scene = Scene(lambda: nvidia.ByHand(frame_size=frame_size))
    memory, _ = reid(0.5)
    scene.attach(scene.obj, kind, ctypes.addressof(memory))
    _, _, obj = scene.read()
    (user,) = user_metas_per_object(obj)
    assert type(user.user_meta_data).__name__ == "PyCapsule"
    assert list(reid_per_object(obj)) == []


@pytest.mark.parametrize("kind", [TERMINATED, SHADOW])
def test_tracks_that_ended_and_that_are_not_shown(scene, kind):
    memory = (ctypes.c_uint64 * 3)(0, 4, 0)
    scene.attach(scene.batch.batch, kind, ctypes.addressof(memory))
    batch, _, _ = scene.read()
    (user,) = user_metas_per_batch(batch)
    assert (user.user_meta_data.numAllocated, list(user.user_meta_data.list())) == (4, [])
    assert list(past_streams_per_batch(batch)) == []
