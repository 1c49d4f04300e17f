"""pyservicemaker's metadata: its names, its iterators, and what is added by them."""

import numpy as np
import pytest
from standins.servicemaker import batched, run

from pythiags.lookalikes.pyservicemaker import metadata, osd
from pythiags.lookalikes.pyservicemaker.usermetas import ObjectVisibilityUserMetadata


def once(function, **options):
    """What a function returns for a batch of one frame."""
    (found,) = run(batched(frames=1, **options), function)
    return found


def test_frames_are_read_in_order():
    def read(batch):
        names = ("frame_number", "pad_index", "source_id", "batch_id", "source_width")
        return batch.n_frames, [
            tuple(getattr(frame, name) for name in (*names, "source_height", "pipeline_width"))
            for frame in batch.frame_items
        ]

    found = run(batched(2, frames=2), read)
    assert found == [
        (2, [(number, pad, pad, pad, 64, 48, 64) for pad in range(2)]) for number in range(2)
    ]


def test_an_iterator_is_used_up_and_has_no_length():
    def read(batch):
        items = batch.frame_items
        with pytest.raises(TypeError, match="has no len"):
            len(items)
        return len(list(items)), len(list(items)), len(list(batch.frame_items))

    assert once(read) == (1, 0, 1)


def add(batch, frame, **values):
    found = batch.acquire_object_meta()
    for name, value in values.items():
        setattr(found, name, value)
    frame.append(found)
    return found


def test_objects_are_added_and_read_newest_first():
    def read(batch):
        (frame,) = batch.frame_items
        for number in range(3):
            made = add(batch, frame, class_id=number, confidence=number / 4, label=f"it {number}")
            made.rect_params.left, made.rect_params.width = 1.5 * number, 10
            made.rect_params.border_color = osd.Color(1.0, 0, 0, 0.5)
            made.object_id = 2**40 + number
        return [
            (each.class_id, each.confidence, each.label, each.object_id, each.rect_params.left)
            for each in frame.object_items
        ], [each.rect_params.border_color.a for each in frame.object_items]

    found, alphas = once(read)
    assert found == [(n, n / 4, f"it {n}", 2**40 + n, 1.5 * n) for n in (2, 1, 0)]
    assert alphas == [0.5] * 3


def test_names_of_pyds_are_not_there():
    def read(batch):
        (frame,) = batch.frame_items
        found = add(batch, frame)
        return [
            hasattr(of, name)
            for of, names in (
                (frame, ("frame_num", "obj_meta_list", "buf_pts")),
                (found, ("obj_label", "classifier_meta_list", "cast")),
                (batch, ("num_frames_in_batch", "frame_meta_list")),
            )
            for name in names
        ]

    assert not any(once(read))


@pytest.mark.parametrize(
    ("name", "value"), [("class_id", 1.5), ("confidence", "high"), ("frame_number", 1)]
)
def test_a_value_that_does_not_fit_is_refused(name, value):
    def read(batch):
        (frame,) = batch.frame_items
        target = frame if name == "frame_number" else batch.acquire_object_meta()
        with pytest.raises((TypeError, AttributeError), match=name):
            setattr(target, name, value)

    once(read)


def test_what_is_drawn_is_copied_into_the_batch():
    def read(batch):
        (frame,) = batch.frame_items
        display = batch.acquire_display_meta()
        text = osd.Text()
        text.display_text, text.x_offset, text.y_offset = "a b".encode("ascii"), 10, 12
        text.font.name, text.font.size = osd.FontFamily.Serif, 11
        text.font.color = osd.Color(1.0, 1.0, 0.0, 1.0)
        text.set_bg_color, text.bg_color = True, osd.Color(0.0, 0.0, 0.0, 1.0)
        display.add_text(text)
        text.display_text = "other"
        line, rect, circle, arrow = osd.Line(), osd.Rect(), osd.Circle(), osd.Arrow()
        line.x2, line.width, rect.width, circle.radius = 7, 2, 8.0, 3
        arrow.head = osd.ArrowHead.Both
        display.add_line(line)
        display.add_rect(rect)
        display.add_circle(circle)
        display.add_arrow(arrow)
        frame.append(display)
        return repr(display), text.display_text, text.font.name

    counts = "n_rects=1, n_labels=1, n_lines=1, n_arrows=1, n_circles=1"
    assert once(read) == (f"DisplayMetadata({counts})", "other", "Serif")


def test_a_text_is_drawn_on_the_picture():
    def mark(batch):
        (frame,) = batch.frame_items
        display = batch.acquire_display_meta()
        text = osd.Text()
        text.display_text, text.font.size = "MMMM", 20
        text.font.name, text.font.color = osd.FontFamily.Serif, osd.Color(1.0, 1.0, 1.0, 1.0)
        display.add_text(text)
        frame.append(display)

    def brightness(draws):
        from standins.servicemaker import Seeing

        from pythiags.lookalikes.pyservicemaker.buffers import BufferRetriever, Receiver
        from pythiags.lookalikes.pyservicemaker.probes import Probe

        class Taking(BufferRetriever):
            def consume(self, buffer):
                self.picture = np.from_dlpack(buffer.extract(0).clone())
                return 1

        taking = Taking()
        pipeline = batched(frames=1)
        pipeline.add("nvdsosd", "osd").add("appsink", "sink", {"emit-signals": True})
        pipeline.link("mux", "osd", "sink")
        pipeline.attach("mux", Probe("mark", Seeing(mark if draws else lambda _: None)))
        pipeline.attach("sink", Receiver("taking", taking), tips="new-sample").start().wait()
        return taking.picture[..., :3].max()

    assert brightness(True) > 200
    assert brightness(False) < 30


def test_a_seventeenth_text_is_told(caplog):
    def read(batch):
        display = batch.acquire_display_meta()
        for _ in range(17):
            display.add_text(osd.Text())
        return display.n_labels

    assert once(read) == 16
    assert "room for 16 Texts" in caplog.text


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (lambda batch, frame: frame.append(frame), "Invalid type for FrameMetadata.append"),
        (lambda batch, frame: frame.append(batch.acquire_user_meta()), "FrameMetadata.append"),
        (lambda batch, frame: batch.append(frame), "Invalid type for BatchMetadata.append"),
        (lambda batch, frame: add(batch, frame).append(frame), "ObjectMetadata.append"),
        (lambda batch, frame: batch.acquire_display_meta().add_text("a"), "an osd.Text"),
    ],
)
def test_what_does_not_fit_together_is_a_type_error(what, message):
    def read(batch):
        (frame,) = batch.frame_items
        with pytest.raises(TypeError, match=message):
            what(batch, frame)

    once(read)


def test_an_object_that_was_added_is_not_added_again():
    def read(batch):
        (frame,) = batch.frame_items
        found = add(batch, frame)
        with pytest.raises(ValueError, match="added before"):
            frame.append(found)
        return len(list(frame.object_items))

    assert once(read) == 1


def test_json_of_ones_own_travels_with_an_object():
    def write(batch):
        (frame,) = batch.frame_items
        user = batch.acquire_user_meta()
        user.set_user_data_json({"a": [1, "ü"]}, 9000)
        add(batch, frame).append(user)

    def read(batch):
        (frame,) = batch.frame_items
        (found,) = frame.object_items
        of = found.user_meta_items(9000)
        return [(each.meta_type, each.get_user_data_json()) for each in of], [
            *found.user_meta_items(9001)
        ]

    pipeline = batched(frames=1)
    pipeline.add("tee", "tee").add("queue", "one").add("nvvideoconvert", "copy")
    pipeline.add("fakesink", "end1", {"sync": False}).add("fakesink", "end2", {"sync": False})
    pipeline.link("mux", "tee", "one", "copy", "end1").link("tee", "end2")
    from standins.servicemaker import Seeing

    from pythiags.lookalikes.pyservicemaker.probes import Probe

    reading = Seeing(read)
    pipeline.attach("mux", Probe("write", Seeing(write)))
    pipeline.attach("copy", Probe("read", reading)).start().wait()
    assert reading.seen == [([(9000, {"a": [1, "ü"]})], [])]


def test_the_trackers_box_is_a_dict():
    def read(batch):
        (frame,) = batch.frame_items
        found = add(batch, frame)
        found.nv_bbox_info = {"left": 1, "top": 2, "width": 3, "height": 4.5}
        return found.nv_bbox_info

    assert once(read) == {"left": 1, "top": 2, "width": 3, "height": 4.5}


def test_a_mask_is_an_array():
    def read(batch):
        (frame,) = batch.frame_items
        found = add(batch, frame)
        empty = found.mask_params.mask_array
        values = np.arange(6, dtype=np.float32).reshape(2, 3)
        found.mask_params.mask_array = values
        found.mask_params.threshold = 0.5
        return empty.size, found.mask_params.mask_array.tolist(), found.mask_params.threshold

    assert once(read) == (0, [[0, 1, 2], [3, 4, 5]], 0.5)


def test_a_batch_as_plain_values():
    def read(batch):
        frame = next(batch.frame_items)
        found = add(batch, frame, class_id=1, confidence=0.5, label="dog", object_id=2**64 - 1)
        found.rect_params.left, found.rect_params.top = 1.9, 2
        found.rect_params.width, found.rect_params.height = 10, 20
        return batch.extract(3)

    (found,) = run(batched(2, frames=1), read)
    assert found[2] is None
    expected = {"bboxes": [[1, 2, 11, 22]], "probs": [0.5], "labels": [["dog"]], "objects": [-1]}
    assert {**found[0], "timestamp": 0} == {
        **expected,
        "shape": [48, 64],
        "seg_maps": [],
        "timestamp": 0,
    }
    assert found[1]["labels"] == []


def test_messages_are_filled():
    from pythiags.lookalikes.pyds import enums, messages, metas
    from pythiags.lookalikes.pyds._pyds import get_string, view_of

    def read(batch):
        (frame,) = batch.frame_items
        found = add(batch, frame, class_id=2, confidence=0.25, object_id=7, label="ball")
        found.rect_params.left = 3
        event = batch.acquire_event_message_meta()
        event.generate(found, frame, "camera", "file:///a.mp4", ["car", "bus", "Person"])
        frame.append(event)
        user = view_of(metas.NvDsUserMeta, event)
        message = messages.NvDsEventMsgMeta.cast(user.user_meta_data)
        return (
            event.meta_type,
            message.objType == enums.NvDsObjectType.NVDS_OBJECT_TYPE_PERSON,
            (message.trackingId, message.frameId, message.confidence, message.bbox.left),
            [get_string(getattr(message, name)) for name in ("objectId", "sensorStr", "videoPath")],
            len(get_string(message.ts)),
        )

    numbers, texts = (7, 0, 0.25, 3.0), ["Person", "camera", "file:///a.mp4"]
    assert once(read) == (9, True, numbers, texts, len("2026-01-31T12:00:00.123Z"))


def test_a_user_meta_is_false_as_what_it_is_not():
    def read(batch):
        user = batch.acquire_user_meta()
        kinds = ("tensor_output", "segmentation", "nvdsanalytics_frame", "nvdsanalytics_obj")
        found = [bool(getattr(user, f"as_{kind}")()) for kind in (*kinds, "obj_reid")]
        return bool(user), found, ObjectVisibilityUserMetadata(user).visibility

    assert once(read) == (True, [False] * 5, -1.0)


def test_analytics_are_read():
    from pythiags.lookalikes.pyds import analytics
    from pythiags.lookalikes.pyds._pyds import attach_zones, view_of
    from pythiags.lookalikes.pyds.metas import NvDsFrameMeta, NvDsObjectMeta

    def read(batch):
        (frame,) = batch.frame_items
        found = add(batch, frame)
        of_frame, of_object = analytics.NvDsAnalyticsFrameMeta(), analytics.NvDsAnalyticsObjInfo()
        of_frame.objInROIcnt, of_frame.ocStatus, of_frame.unique_id = {"a": 3}, {"a": True}, 5
        of_frame.objLCCumCnt, of_frame.objCnt = {"line": 9}, {0: 4}
        of_object.roiStatus, of_object.dirStatus = ["a", "b"], "north"
        attach_zones(view_of(NvDsFrameMeta, frame), of_frame)
        attach_zones(view_of(NvDsObjectMeta, found), of_object)
        (zones,) = (each.as_nvdsanalytics_frame() for each in frame.nvdsanalytics_frame_items)
        (places,) = (each.as_nvdsanalytics_obj() for each in found.nvdsanalytics_obj_items)
        return (
            (zones.obj_in_roi_cnt, zones.oc_status, zones.obj_lc_cum_cnt, zones.obj_lc_curr_cnt),
            (zones.obj_cnt, zones.unique_id, bool(zones)),
            (places.roi_status, places.dir_status, places.lc_status, places.obj_status),
        )

    assert once(read) == (
        ({"a": 3}, {"a": True}, {"line": 9}, {}),
        ({0: 4}, 5, True),
        (["a", "b"], "north", [], ""),
    )


def test_what_is_kept_reads_what_was_there_last():
    kept = []

    def keep(batch):
        (frame,) = batch.frame_items
        add(batch, frame, class_id=3)
        kept.append(next(frame.object_items))

    once(keep)
    assert [each.class_id for each in kept] == [3]


def test_a_batch_that_is_made_is_empty():
    batch = metadata.BatchMetadata()
    assert (batch.n_frames, list(batch.frame_items), batch.is_audio) == (0, [], False)
