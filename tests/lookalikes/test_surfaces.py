"""Pictures through the pyds look-alike: what is drawn into them is seen downstream."""

import numpy as np
import pytest

from pythiags import portable
from pythiags.gst import Gst, GstVideo
from pythiags.lookalikes import pyds

SOURCE = (
    "videotestsrc num-buffers=2 pattern=black ! nvvideoconvert ! "
    "video/x-raw(memory:NVMM),format={format},width=70,height=50 ! m.sink_{number} "
)
TAIL = "nvstreammux name=m batch-size={count} width=70 height=50 {more}"


@pytest.fixture
def play():
    portable.install()
    pipelines = []

    def play(function, *, kind="RGBA", count=1, more="! identity name=here ! fakesink name=sink"):
        text = "".join(SOURCE.format(format=kind, number=n) for n in range(count))
        pipeline = Gst.parse_launch(text + TAIL.format(count=count, more=more))
        pipelines.append(pipeline)
        found, errors = [], []

        def probe(_pad, info):
            try:
                found.append(function(hash(info.get_buffer())))
            except Exception as problem:  # noqa: BLE001
                errors.append(problem)
            return Gst.PadProbeReturn.OK

        pad = pipeline.get_by_name("here").get_static_pad("sink")
        number = pad.add_probe(Gst.PadProbeType.BUFFER, probe)
        pipeline.set_state(Gst.State.PLAYING)
        wanted = Gst.MessageType.EOS | Gst.MessageType.ERROR
        message = pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, wanted)
        assert message.type == Gst.MessageType.EOS, message.parse_error()
        pad.remove_probe(number)
        if errors:
            raise errors[0]
        return pipeline, found

    yield play
    for pipeline in pipelines:
        pipeline.set_state(Gst.State.NULL)


@pytest.mark.parametrize(("kind", "channels"), [("RGBA", 4), ("RGB", 3)])
def test_a_picture_is_an_array_with_the_right_strides(play, kind, channels):
    def look(address):
        array = pyds.get_nvds_buf_surface(address, 0)
        return array.shape, array.dtype, array.strides, array.flags.writeable

    convert = f"! nvvideoconvert ! video/x-raw(memory:NVMM),format={kind} "
    found = play(look, more=f"{convert} ! identity name=here ! fakesink name=sink")[1][0]
    pitch = 280 if channels == 4 else 212
    assert found == ((50, 70, channels), np.uint8, (pitch, channels, 1), True)


def test_what_is_drawn_is_seen_downstream(play):
    cv2 = pytest.importorskip("cv2")

    def draw(address):
        array = pyds.get_nvds_buf_surface(address, 0)
        cv2.rectangle(array, (10, 20), (30, 40), (255, 0, 0, 255), -1)
        pyds.unmap_nvds_buf_surface(address, 0)

    more = "! identity name=here ! nvvideoconvert ! video/x-raw,format=RGBA ! appsink name=sink"
    pipeline, _ = play(draw, more=f"{more} sync=false wait-on-eos=false")
    sample = pipeline.get_by_name("sink").get_property("last-sample")
    seen = np.frombuffer(sample.get_buffer().extract_dup(0, 70 * 50 * 4), np.uint8)
    seen = seen.reshape(50, 70, 4)
    assert seen[30, 20].tolist() == [255, 0, 0, 255]
    assert seen[5, 5, :3].tolist() == [0, 0, 0]


def test_each_picture_of_a_batch_is_its_own(play):
    def paint(address):
        batch = pyds.gst_buffer_get_nvds_batch_meta(address)
        link = batch.frame_meta_list
        while link is not None:
            frame = pyds.NvDsFrameMeta.cast(link.data)
            pyds.get_nvds_buf_surface(address, frame.batch_id)[:] = 10 + frame.batch_id
            link = link.next
        return [int(pyds.get_nvds_buf_surface(address, slot)[7, 9, 1]) for slot in (0, 1)]

    assert play(paint, count=2)[1][0] == [10, 11]


def test_an_array_may_be_kept(play):
    kept = []
    play(lambda address: kept.append(pyds.get_nvds_buf_surface(address, 0)))
    assert kept[0].sum() == 50 * 70 * 255


def test_other_formats_are_refused_with_the_remedy(play):
    with pytest.raises(RuntimeError, match=r"(?s)only support RGBA/RGB.*NV12.*format=RGBA before"):
        play(lambda address: pyds.get_nvds_buf_surface(address, 0), kind="NV12")


@pytest.mark.parametrize("slot", [1, -1, 100])
def test_a_picture_that_is_not_there_is_refused(play, slot):
    with pytest.raises(ValueError, match=r"has 1 pictures.*expected frame_meta.batch_id"):
        play(lambda address: pyds.get_nvds_buf_surface(address, slot))


def test_there_is_no_gpu(play):
    with pytest.raises(RuntimeError, match="are in the CPU's memory"):
        play(lambda address: pyds.get_nvds_buf_surface_gpu(address, 0))


def described(size, *, width=4, height=3, stride=20, offset=0):
    """A buffer with a picture of RGBA that its GstVideoMeta describes so."""
    buffer = Gst.Buffer.new_allocate(None, size, None)
    GstVideo.buffer_add_video_meta_full(
        buffer,
        GstVideo.VideoFrameFlags.NONE,
        GstVideo.VideoFormat.RGBA,
        width,
        height,
        1,
        [offset, 0, 0, 0],
        [stride, 0, 0, 0],
    )
    return buffer


def test_the_last_row_needs_no_padding():
    buffer = described(8 + 20 * 2 + 16, offset=8)
    assert pyds.get_nvds_buf_surface(hash(buffer), 0).shape == (3, 4, 4)


def test_a_picture_that_is_a_byte_short_is_refused():
    buffer = described(8 + 20 * 2 + 15, offset=8)
    with pytest.raises(RuntimeError, match="the picture is shorter than its size says"):
        pyds.get_nvds_buf_surface(hash(buffer), 0)


def test_an_unpadded_picture_that_is_a_byte_short_is_refused():
    buffer = described(16 * 3 - 1, stride=16)
    with pytest.raises(RuntimeError, match="the picture is shorter than its size says"):
        pyds.get_nvds_buf_surface(hash(buffer), 0)


@pytest.mark.parametrize(
    ("name", "value", "least"),
    [("width", 0, 1), ("height", 0, 1), ("stride", 0, 16), ("stride", -20, 16), ("stride", 15, 16)],
)
def test_what_describes_no_picture_is_refused(name, value, least):
    buffer = described(100, **{name: value})
    with pytest.raises(
        RuntimeError, match=f"picture's {name} is {value}, expected {least} or more"
    ):
        pyds.get_nvds_buf_surface(hash(buffer), 0)
