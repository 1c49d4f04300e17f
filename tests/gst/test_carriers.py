"""Which carrier a buffer bears, and its frames through the public iterators."""

import sys

import pytest

from pythiags.errors import MetadataReleased
from pythiags.gst import Gst, carriers
from pythiags.gst._gst import BatchMeta
from pythiags.gst.carriers import frames_per_batch
from pythiags.gst.probe import attach
from pythiags.metadata import objects_per_frame


@pytest.fixture(autouse=True)
def fresh_lookup():
    """Forget whether pyds is installed, before and after."""
    carriers.deepstream.cache_clear()
    yield
    carriers.deepstream.cache_clear()


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


def test_pyds_is_imported_once_and_only_when_asked(monkeypatch, buffer):
    tried = []

    class Finder:
        def find_spec(self, name, path=None, target=None):
            if name == "pyds":
                tried.append(name)

    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    monkeypatch.delitem(sys.modules, "pyds", raising=False)
    for _ in range(3):
        assert labels(buffer) == ["cat"]
    assert tried == ["pyds"]


def test_another_package_called_pyds_is_passed_over(monkeypatch, tmp_path, buffer):
    (tmp_path / "pyds.py").write_text("class DempsterShafer: pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "pyds", raising=False)
    assert labels(buffer) == ["cat"]
    del sys.modules["pyds"]  # not by the patch, which would bring it back


def test_a_broken_pyds_is_passed_over(monkeypatch, tmp_path, buffer):
    (tmp_path / "pyds.py").write_text("raise OSError('libnvds_meta.so: cannot open')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "pyds", raising=False)
    assert labels(buffer) == ["cat"]


def test_where_pyds_is_installed_its_own_objects_come(pyds, buffer):
    batch, frame, obj = pyds.NvDsBatchMeta(), pyds.NvDsFrameMeta(), pyds.NvDsObjectMeta()
    obj.obj_label = "from DeepStream"
    frame.obj_meta_list = pyds.standin_list([obj])
    batch.frame_meta_list = pyds.standin_list([frame])
    pyds.standin_attach(hash(buffer), batch)
    assert labels(buffer) == ["from DeepStream"]
    assert type(next(frames_per_batch(buffer))).__module__ == "pyds"
    assert labels(batch) == ["from DeepStream"]


def test_portable_metadata_is_read_where_deepstream_has_none(pyds, buffer):
    assert carriers.deepstream() is pyds
    assert labels(buffer) == ["cat"]
