"""A script for pyds that runs for long: memory stays as it is."""

import pytest

SCRIPT = """
import sys, gi
gi.require_version('Gst', '1.0')
from gi.repository import Gst
import pyds
Gst.init(None)
first, last = map(int, sys.argv[1:])
seen, kilobytes = 0, {}
def on_buffer(pad, info):
    global seen
    buffer = info.get_buffer()
    batch = pyds.gst_buffer_get_nvds_batch_meta(hash(buffer))
    link = batch.frame_meta_list
    while link is not None:
        frame = pyds.NvDsFrameMeta.cast(link.data)
        pyds.get_nvds_buf_surface(hash(buffer), frame.batch_id)[0, 0] = 1
        for number in range(10):
            found = pyds.nvds_acquire_obj_meta_from_pool(batch)
            found.obj_label, found.text_params.display_text = 'mine', 'text'
            found.rect_params = pyds.NvOSD_RectParams()
            pyds.nvds_add_obj_meta_to_frame(frame, found, None)
        user = pyds.nvds_acquire_user_meta_from_pool(batch)
        message = pyds.alloc_nvds_event_msg_meta(user)
        message.ts, message.sensorStr = pyds.alloc_buffer(33), 'camera'
        vehicle = pyds.NvDsVehicleObject.cast(pyds.alloc_nvds_vehicle_object())
        vehicle.color = 'blue'
        message.objType = pyds.NvDsObjectType.NVDS_OBJECT_TYPE_VEHICLE
        message.extMsg, message.extMsgSize = vehicle, 48
        user.user_meta_data = message
        pyds.nvds_add_user_meta_to_frame(frame, user)
        link = link.next
    seen += 1
    if seen in (first, last):
        kilobytes[seen] = int(open('/proc/self/statm').read().split()[1]) * 4
    return Gst.PadProbeReturn.OK
pipeline = Gst.parse_launch(
    f'videotestsrc num-buffers={last} pattern=black ! video/x-raw,width=64,height=64 '
    '! nvvideoconvert ! video/x-raw(memory:NVMM),format=RGBA ! m.sink_0 nvstreammux name=m '
    'batch-size=1 width=64 height=64 ! nvvideoconvert ! video/x-raw(memory:NVMM),format=RGBA '
    '! identity name=here ! tee name=t ! queue ! nvdsosd ! fakesink '
    't. ! queue ! nvvideoconvert ! video/x-raw,format=RGBA ! fakesink')
pad = pipeline.get_by_name('here').get_static_pad('sink')
pad.add_probe(Gst.PadProbeType.BUFFER, on_buffer)
pipeline.set_state(Gst.State.PLAYING)
pipeline.get_bus().timed_pop_filtered(
    Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS | Gst.MessageType.ERROR)
pipeline.set_state(Gst.State.NULL)
print(seen, kilobytes[last] - kilobytes[first])
"""
FIRST, LAST = 1_000, 11_000
MOST = 1_300  # kilobytes: allocators and queues take some hundred, more or less


@pytest.fixture
def growth(run_script, tmp_path):
    def play(text):
        path = tmp_path / "app.py"
        path.write_text(text)
        done = run_script(path, str(FIRST), str(LAST), timeout=100)
        assert (done.stderr, done.returncode) == ("", 0)
        seen, kilobytes = map(int, done.stdout.split())
        assert seen == LAST
        return kilobytes

    return play


def test_ten_thousand_frames_leave_nothing(growth):
    assert growth(SCRIPT) < MOST


def test_the_control_two_hundred_and_fifty_bytes_a_frame_that_stay(growth):
    assert growth(SCRIPT.replace("    seen += 1", "    pyds.alloc_buffer(250); seen += 1")) > MOST
