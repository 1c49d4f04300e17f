"""nvdsosd between NVMM memory and plain memory: one buffer, whichever the next element takes."""

import pytest

MUX = "m.sink_0 nvstreammux name=m batch-size=1 width={width} height=48"
# Decoders pad the rows of such a picture.
PADDED = "videotestsrc num-buffers=3 ! video/x-raw,width=322,height=48 ! x264enc ! nvv4l2decoder"
PLAIN = "video/x-raw,format=NV12"
SINK = "fakesink name=sink enable-last-sample=true"


def features(caps):
    return caps.get_features(0).to_string()


def pixels(picture, width):
    """The rows of plain NV12 without their padding, whose bytes mean nothing."""
    stride = (width + 3) // 4 * 4
    assert len(picture) == stride * 48 * 3 // 2
    return [picture[at : at + width] for at in range(0, len(picture), stride)]


def test_nvmm_memory_stays_where_the_next_element_takes_it(run):
    one = run(f"{PADDED} ! {MUX.format(width=322)} ! nvdsosd ! videoconvert ! {SINK}")
    caps, _ = one.last()
    assert features(caps) == "memory:NVMM"


@pytest.mark.parametrize("width", [322, 480])
def test_plain_memory_goes_to_who_takes_no_other(run, width):
    start = f"{PADDED} ! {MUX.format(width=width)}"
    caps, picture = run(f"{start} ! nvdsosd ! {PLAIN} ! {SINK}").last()
    expected = run(f"{start} ! nvvideoconvert ! {PLAIN} ! {SINK}").last()
    assert features(caps) == "memory:SystemMemory"
    assert not caps.get_structure(0).has_field("batch-size")
    assert pixels(picture, width) == pixels(expected[1], width)


def test_what_is_drawn_is_in_the_plain_picture(run, collect):
    start = f"{PADDED} ! {MUX.format(width=322)}"
    clock = "nvdsosd display-clock=true"
    _, drawn = run(f"{start} ! {clock} ! {PLAIN} ! {SINK}").last()
    _, bare = run(f"{start} ! nvdsosd ! {PLAIN} ! {SINK}").last()
    assert len(drawn) == len(bare)
    assert drawn != bare
    frames = collect(f"{start} ! {clock} ! {PLAIN} ! {SINK}", lambda frame, _: frame.frame_num)
    assert frames == [[0], [1], [2]]


def test_a_batch_cannot_leave_as_one_picture(run):
    mux = "m.sink_0 nvstreammux name=m batch-size=2 width=322 height=48"
    one = run(f"{PADDED} ! {mux} ! nvdsosd ! {PLAIN} ! {SINK}")
    assert "cannot leave NVMM memory as one picture" in one.error
