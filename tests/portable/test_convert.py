"""nvvideoconvert on a CPU: the same pixels as videoconvert gives, and honest about batches."""

from __future__ import annotations

import pytest

SOURCE = "videotestsrc num-buffers=1 pattern=smpte ! video/x-raw,format={},width=64,height=48"
SINK = "fakesink name=sink sync=false enable-last-sample=true"
NVMM = "video/x-raw(memory:NVMM)"
FORMATS = ["NV12", "I420", "RGBA", "BGRx", "RGB", "BGR", "GRAY8"]


def pixels(one):
    assert one.error is None
    buffer = one["sink"].get_property("last-sample").get_buffer()
    return buffer.extract_dup(0, buffer.get_size())


@pytest.mark.parametrize("after", FORMATS)
@pytest.mark.parametrize("before", ["NV12", "RGBA", "I420"])
def test_formats_come_out_as_videoconvert_makes_them(run, before, after):
    source = SOURCE.format(before)
    ours = run(f"{source} ! nvvideoconvert ! video/x-raw,format={after} ! {SINK}")
    theirs = run(f"{source} ! videoconvert dither=none ! video/x-raw,format={after} ! {SINK}")
    assert pixels(ours) == pixels(theirs)


def test_memory_goes_there_and_back_without_a_change(run):
    source = SOURCE.format("NV12")
    ours = run(f"{source} ! nvvideoconvert ! {NVMM} ! nvvideoconvert ! video/x-raw ! {SINK}")
    theirs = run(f"{source} ! {SINK}")
    assert pixels(ours) == pixels(theirs)
    caps = ours["sink"].get_property("last-sample").get_caps()
    assert not caps.get_features(0).contains("memory:NVMM")


def test_a_batch_of_several_cannot_leave_nvmm_and_the_error_says_what_to_do(run):
    mux = "nvstreammux name=m width=64 height=48 batch-size=2"
    one = run(f"{SOURCE.format('NV12')} ! m.sink_0 {mux} ! nvvideoconvert ! video/x-raw ! {SINK}")
    assert "nvstreamdemux" in one.error
    assert "nvmultistreamtiler" in one.error
