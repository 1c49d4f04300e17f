"""Which carrier a buffer has, and its frames through the public iterators."""

import ctypes
import sys
from types import SimpleNamespace

import pytest
from standins import nvidia

from pythiags.errors import MetadataReleased, MissingDependency
from pythiags.gst import Gst, carriers
from pythiags.gst._gst import BatchMeta
from pythiags.gst.carriers import batch_of, frames_per_batch, to_pyds
from pythiags.gst.probe import attach
from pythiags.lookalikes import finder
from pythiags.metadata import objects_per_frame


@pytest.fixture(autouse=True)
def fresh_lookup():
    """Forget whether pyds is installed, before and after."""
    carriers.find_pyds.cache_clear()
    yield
    carriers.find_pyds.cache_clear()


@pytest.fixture
def buffer():
    buffer = Gst.Buffer.new()
    obj = BatchMeta.attach(buffer).add_frame().add_object()
    obj.obj_label, obj.confidence = "cat", 0.5
    return buffer


def labels(source):
    return [obj.obj_label for frame in frames_per_batch(source) for obj in objects_per_frame(frame)]


def test_frames_of_a_buffer_and_of_a_batch(buffer):
    assert labels(buffer) == ["cat"]
    assert labels(BatchMeta.of(buffer)) == ["cat"]


@pytest.mark.parametrize("own", [True, False], ids=["pythiags's info", "PyGObject's info"])
def test_frames_of_a_probes_info(source_pad, run, own):
    pad, pipeline = source_pad

    def write(pad, info):
        BatchMeta.attach(info).add_frame().add_object().obj_label = "dog"

    seen = []

    def read(pad, info):
        seen.append(labels(info))
        return Gst.PadProbeReturn.OK

    with attach(pad, write, writable=True) as writer:
        if own:
            with attach(pad, read):
                run(pipeline)
        else:
            pad.add_probe(Gst.PadProbeType.BUFFER, read)
            run(pipeline)
    assert writer.stats().errors == {}
    assert seen == [["dog"]] * 20


def test_a_buffer_without_metadata_has_no_frames():
    assert list(frames_per_batch(Gst.Buffer.new())) == []


def test_what_is_no_buffer_is_refused():
    with pytest.raises(TypeError, match="expected a probe's info"):
        frames_per_batch("a buffer")


def test_a_kept_info_is_refused(source_pad, run):
    pad, pipeline = source_pad
    kept = []
    with attach(pad, lambda pad, info: kept.append(info)):
        run(pipeline)
    with pytest.raises(MetadataReleased, match="callback had returned"):
        frames_per_batch(kept[0])


class Watch:
    """Notes whether anyone looks for pyds."""

    def __init__(self):
        self.tried = []

    def find_spec(self, name, path=None, target=None):
        if name == "pyds":
            self.tried.append(name)


@pytest.fixture
def watch(monkeypatch):
    watch = Watch()
    monkeypatch.setattr(sys, "meta_path", [watch, *sys.meta_path])
    monkeypatch.delitem(sys.modules, "pyds", raising=False)
    return watch


def deepstream_buffer(label=b"bus"):
    batch = nvidia.ByHand()
    batch.obj(batch.frame(frame_num=4), label=label, class_id=3)
    return batch.attach(Gst.Buffer.new())


def test_nobody_looks_for_pyds(watch, buffer):
    assert labels(buffer) == ["cat"]
    assert labels(deepstream_buffer()) == ["bus"]
    assert watch.tried == []


def test_pyds_is_imported_once_and_only_by_choice(watch):
    for _ in range(3):
        assert carriers.find_pyds() is None
    assert watch.tried == ["pyds"]


def test_the_look_alike_is_not_imported_for_it(monkeypatch):
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, finder.Finder()])
    monkeypatch.delitem(sys.modules, "pyds", raising=False)
    assert carriers.find_pyds() is None
    assert "pyds" not in sys.modules
    assert carriers._LOOK_ALIKE == finder.LOOK_ALIKE


@pytest.mark.parametrize("text", ["class DempsterShafer: pass", "raise OSError('libnvds_meta.so')"])
def test_another_or_a_broken_pyds_is_none(monkeypatch, tmp_path, text):
    (tmp_path / "pyds.py").write_text(f"{text}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "pyds", raising=False)
    assert carriers.find_pyds() is None
    obj = next(objects_per_frame(next(frames_per_batch(deepstream_buffer()))))
    with pytest.raises(MissingDependency, match="pythiags doctor"):
        to_pyds(obj)
    sys.modules.pop("pyds", None)  # not by the patch, which would bring it back


def test_objects_of_pyds_are_walked_too(pyds):
    batch, frame, obj = pyds.NvDsBatchMeta(), pyds.NvDsFrameMeta(), pyds.NvDsObjectMeta()
    obj.obj_label = "from pyds"
    frame.obj_meta_list = pyds.standin_list([obj])
    batch.frame_meta_list = pyds.standin_list([frame])
    assert labels(batch) == ["from pyds"]
    assert type(next(frames_per_batch(batch))).__module__ == "pyds"


def test_deepstreams_metadata_comes_first(buffer):
    batch = nvidia.ByHand()
    batch.obj(batch.frame(), label=b"DeepStream's")
    assert labels(batch.attach(buffer)) == ["DeepStream's"]


CAST = [
    (lambda batch, frame, obj: batch, "NvDsBatchMeta"),
    (lambda batch, frame, obj: frame, "NvDsFrameMeta"),
    (lambda batch, frame, obj: obj, "NvDsObjectMeta"),
]


@pytest.mark.parametrize(("choose", "name"), CAST, ids=[name for _, name in CAST])
def test_to_pyds_casts_the_address(monkeypatch, choose, name):
    got = []
    cast = SimpleNamespace(cast=got.append)
    pyds = SimpleNamespace(gst_buffer_get_nvds_batch_meta=None, **{name: cast})
    monkeypatch.setitem(sys.modules, "pyds", pyds)
    made = nvidia.ByHand()
    frame = made.frame()
    views = choose(made, frame, made.obj(frame))
    buffer = made.attach(Gst.Buffer.new())
    batch = batch_of(buffer)
    frame = next(frames_per_batch(batch))
    to_pyds(choose(batch, frame, next(objects_per_frame(frame))))
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    assert [pointer(handle, None) for handle in got] == [views.address]


def test_only_deepstreams_metadata_becomes_pyds(pyds, buffer):
    frame = next(frames_per_batch(buffer))
    for other in (frame, "a frame"):
        with pytest.raises(TypeError, match="expected metadata of DeepStream"):
            to_pyds(other)
    rect = next(objects_per_frame(next(frames_per_batch(deepstream_buffer())))).rect_params
    with pytest.raises(TypeError, match="pyds has no RectParams"):
        to_pyds(rect)
