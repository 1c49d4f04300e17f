"""Past frames of the portable nvtracker, as scripts for pyds read them."""

import pytest

from pythiags import portable
from pythiags.gst import Gst
from pythiags.lookalikes import pyds

FILE = """%YAML:1.0
TargetManagement:
  maxTargetsPerStream: 50
  probationAge: 3
  maxShadowTrackingAge: 5
  earlyTerminationAge: 1
DataAssociator:
  associationMatcherType: 1
"""
TEXT = (
    "videotestsrc num-buffers=8 ! video/x-raw,format=NV12,width=320,height=240 ! m.sink_0 "
    "nvstreammux name=m width=320 height=240 batch-size=1 ! nvtracker name=t tracker-width=320 "
    "tracker-height=240 ll-lib-file=libnvds_nvmultiobjecttracker.so ll-config-file={path} "
    "enable-past-frame=true ! fakesink"
)


def put(info):
    """Add an object as a detector does, a little further each time."""
    batch = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    frame = pyds.NvDsFrameMeta.cast(batch.frame_meta_list.data)
    found = pyds.nvds_acquire_obj_meta_from_pool(batch)
    found.class_id, found.confidence, found.obj_label = 2, 0.9, "car"
    found.object_id, found.unique_component_id = 2**64 - 1, 1
    box = found.rect_params
    box.left, box.top, box.width, box.height = 40 + 4 * frame.frame_num, 50, 40, 60
    coordinates = found.detector_bbox_info.org_bbox_coords
    coordinates.left, coordinates.top = box.left, box.top
    coordinates.width, coordinates.height = box.width, box.height
    frame.bInferDone = 1
    pyds.nvds_add_obj_meta_to_frame(frame, found, None)


def past_of(info):
    batch = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
    link, found = batch.batch_user_meta_list, []
    while link is not None:
        user = pyds.NvDsUserMeta.cast(link.data)
        if user.base_meta.meta_type == pyds.NvDsMetaType.NVDS_TRACKER_PAST_FRAME_META:
            past = pyds.NvDsTargetMiscDataBatch.cast(user.user_meta_data)
            for stream in pyds.NvDsTargetMiscDataBatch.list(past):
                for track in pyds.NvDsTargetMiscDataStream.list(stream):
                    frames = [
                        (each.frameNum, round(each.tBbox.left), each.age)
                        for each in pyds.NvDsTargetMiscDataObject.list(track)
                    ]
                    assert len(frames) == track.numObj
                    found.append((stream.streamID, track.classId, track.objLabel, frames))
        link = link.next
    return found


def test_past_frames_come_with_the_first_report(tmp_path):
    portable.install()
    path = tmp_path / "tracker.yml"
    path.write_text(FILE)
    pipeline = Gst.parse_launch(TEXT.format(path=path))
    tracker, found, errors = pipeline.get_by_name("t"), [], []

    def probing(function):
        def probe(_pad, info):
            try:
                found.extend(function(info) or [])
            except Exception as problem:  # noqa: BLE001
                errors.append(problem)
            return Gst.PadProbeReturn.OK

        return probe

    probes = []
    for name, function in (("sink", put), ("src", past_of)):
        pad = tracker.get_static_pad(name)
        probes.append((pad, pad.add_probe(Gst.PadProbeType.BUFFER, probing(function))))
    pipeline.set_state(Gst.State.PLAYING)
    wanted = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(20 * Gst.SECOND, wanted)
    for pad, number in probes:
        pad.remove_probe(number)
    pipeline.set_state(Gst.State.NULL)
    assert message.type == Gst.MessageType.EOS, message.parse_error()
    assert errors == []
    ((stream, kind, label, frames),) = found
    assert (stream, kind, label) == (0, 2, "car")
    assert [number for number, _, _ in frames] == list(range(len(frames)))
    assert len(frames) in {3, 4}
    for number, left, _age in frames:
        assert left == pytest.approx(40 + 4 * number, abs=3)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("NvDsTargetMiscDataBatch", "numFilled"),
        ("NvDsTargetMiscDataBatch", "numAllocated"),
        ("NvDsTargetMiscDataStream", "numFilled"),
        ("NvDsTargetMiscDataStream", "numAllocated"),
        ("NvDsTargetMiscDataObject", "numObj"),
        ("NvDsObjReid", "featureSize"),
    ],
)
def test_how_many_there_are_cannot_be_set(name, number):
    found = getattr(pyds, name)()
    with pytest.raises(AttributeError, match=f"can't set attribute '{number}' of pyds.{name}"):
        setattr(found, number, 1000)
