"""Elements that move or draw never take the GIL for a buffer.

The main thread waits for the end of the stream without letting go of the GIL: a pipeline that needs
it just once cannot get there.
"""

import ctypes

import pytest
from standins import nvidia
from standins.preparing import preprocess_file

from pythiags import data, portable
from pythiags.gst import Gst
from pythiags.gst._gst import NativeProbe

SOURCE = "videotestsrc num-buffers=60 ! video/x-raw,width=64,height=48"
MUX = "m.sink_0 nvstreammux name=m width=64 height=48 batch-size=1"
OSD = "nvdsosd name=osd display-clock=true"
ZONES = """[property]
enable=1
config-width=64
config-height=48
[roi-filtering-stream-0]
enable=1
roi-Door=10;2;20;2;20;20;10;20
"""
CHAINS = {
    "decoder": f"{SOURCE} ! jpegenc ! nvv4l2decoder ! {MUX} ! {OSD} ! nvvideoconvert ! fakesink",
    "sink": f"{SOURCE} ! nvvideoconvert ! {OSD} ! nveglglessink name=window sync=false",
    "logger": f"{SOURCE} ! {MUX} ! nvosdbin ! {OSD} ! nvdslogger ! nvegltransform "
    "! nveglglessink name=window sync=false",
    "flow": f"{SOURCE} ! {MUX} ! nvof ! nvofvisual ! {OSD} ! nvvideoconvert ! fakesink",
    "jpeg": f"{SOURCE} ! jpegenc ! nvjpegdec ! nvvidconv ! {MUX} ! {OSD} ! nvvidconv ! fakesink",
    "encoder": f"{SOURCE} ! {MUX} ! {OSD} ! nvvideoconvert ! nvv4l2h264enc ! fakesink sync=false",
    "outputs": f"{SOURCE} ! {MUX} ! {OSD} ! tee name=t t. ! queue ! nvvideoencfilesinkbin "
    "output-file={file} t. ! queue ! nvrtspoutsinkbin rtsp-port=0 sync=false",
    "nvtracker": f"{SOURCE} ! {MUX} ! nvtracker ll-lib-file=libnvds_nvmultiobjecttracker.so "
    f"enable-past-frame=true ! {OSD} ! nvvideoconvert ! fakesink",
    "nvmsgconv": f"{SOURCE} ! {MUX} ! nvmsgconv payload-type=PAYLOAD_DEEPSTREAM_MINIMAL "
    f"msg2p-newapi=true frame-interval=1 ! {OSD} ! nvvideoconvert ! fakesink",
    "dsmetaconvert": f"{SOURCE} ! {MUX} ! dsmetaconvert ! dsmetaconvert to=portable ! {OSD} ! "
    "nvvideoconvert ! fakesink",
    "nvdsmetamux": f"{SOURCE} ! {MUX} ! tee name=t t. ! queue ! meta.sink_0 t. ! queue ! "
    f"meta.sink_1 nvdsmetamux name=meta ! {OSD} ! nvvideoconvert ! fakesink",
    "nvdsanalytics": f"{SOURCE} ! {MUX} ! nvdsanalytics config-file={{zones}} ! {OSD} ! "
    "nvvideoconvert ! fakesink",
    "nvdspreprocess": f"{SOURCE} ! nvvideoconvert ! video/x-raw(memory:NVMM) ! {MUX} "
    f"! nvdspreprocess config-file={{tensor}} ! {OSD} ! nvvideoconvert ! fakesink",
    "secondary": f"{SOURCE} ! nvvideoconvert ! video/x-raw(memory:NVMM) ! {MUX} ! nvinfer "
    f"process-mode=secondary config-file-path={data.path('config_infer_primary_nanodet.txt')} "
    f"! {OSD} ! fakesink sync=false",
    "nvinfer": f"{SOURCE} ! nvvideoconvert ! video/x-raw(memory:NVMM) ! {MUX} ! nvinfer "
    f"interval=2147483647 config-file-path={data.path('config_infer_primary_nanodet.txt')} "
    f"! {OSD} ! fakesink sync=false",
}

library = ctypes.PyDLL("libgstreamer-1.0.so.0")  # PyDLL: calls keep the GIL, unlike CDLL's
library.gst_element_set_state.argtypes = [ctypes.c_void_p, ctypes.c_int]
library.gst_bus_timed_pop_filtered.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_int]
library.gst_bus_timed_pop_filtered.restype = ctypes.c_void_p
ctypes.pythonapi.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
ctypes.pythonapi.PyCapsule_GetPointer.restype = ctypes.c_void_p


def pointer(gobject):
    return ctypes.pythonapi.PyCapsule_GetPointer(gobject.__gpointer__, None)


def ends_while_the_gil_is_held(pipeline, seconds):
    """Play it and wait for its end, without letting go of the GIL from the first step on."""
    bus = pointer(pipeline.get_bus())
    library.gst_element_set_state(pointer(pipeline), int(Gst.State.PLAYING))
    wanted = int(Gst.MessageType.EOS | Gst.MessageType.ERROR)
    message = library.gst_bus_timed_pop_filtered(bus, int(seconds * Gst.SECOND), wanted)
    if message:
        library.gst_mini_object_unref(ctypes.c_void_p(message))
    return message is not None


@pytest.fixture(params=CHAINS)
def pipeline(request, tmp_path):
    """A chain that has its first frame at the sink: nvinfer has run its network on that one."""
    portable.install()
    if request.param == "dsmetaconvert":
        nvidia.needs_library()
    zones = tmp_path / "zones.txt"
    zones.write_text(ZONES)
    files = {"{zones}": zones, "{tensor}": preprocess_file(tmp_path), "{file}": tmp_path / "o"}
    text = CHAINS[request.param]
    for name, path in files.items():
        text = text.replace(name, str(path))
    pipeline = Gst.parse_launch(text)
    window = pipeline.get_by_name("window")
    if window:
        window.set_property("video-sink", Gst.ElementFactory.make("fakesink"))
    pipeline.set_state(Gst.State.PAUSED)
    assert pipeline.get_state(20 * Gst.SECOND)[0] == Gst.StateChangeReturn.SUCCESS
    yield pipeline
    pipeline.set_state(Gst.State.NULL)


def test_the_stream_ends_while_python_holds_the_gil(pipeline):
    assert ends_while_the_gil_is_held(pipeline, seconds=20)


def test_with_a_python_probe_it_does_not(pipeline):
    pad = pipeline.get_by_name("osd").get_static_pad("src")
    probe = NativeProbe(pad, lambda _pad, _info: None, print)
    assert not ends_while_the_gil_is_held(pipeline, seconds=0.3)
    probe.remove()
