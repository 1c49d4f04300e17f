"""nvdsanalytics on a CPU: what it attaches, writes and has drawn, as DeepStream's does."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pythiags import analytics_per_frame, analytics_per_object, displays_per_frame
from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta
from pythiags.gst.probe import attach
from pythiags.recording import Documents, Filler

SIZE = (320, 240)
UNTRACKED = 2**64 - 1
RANGES = "width=[1, 2147483647], height=[1, 2147483647], framerate=[0/1, 2147483647/1]"
HEAD = "[property]\nenable={enable}\nconfig-width=320\nconfig-height=240\n"
REGION = "[roi-filtering-stream-0]\nenable=1\nroi-Door=100;20;200;20;200;200;100;200\n"
CROWD = "[overcrowding-stream-0]\nenable=1\nobject-threshold=2\nroi-Hall=0;0;320;0;320;240;0;240\n"
LINE = "[line-crossing-stream-0]\nenable=1\nline-crossing-Exit=100;100;220;100;160;20;160;220\n"
SOUTH = "[direction-detection-stream-0]\nenable=1\ndirection-East=10;10;110;10\n"
YELLOW, ORANGE, RED, GREEN = (1, 1, 0, 1), (1, 0.5, 0, 1), (1, 0, 0, 1), (0, 1, 0, 1)


@pytest.fixture
def config(tmp_path):
    """``config(text)``: the property with a file of it, below ``[property]``."""
    numbers = iter(range(100))

    def write(*groups, head=HEAD, enable=1, name="zones{}.txt"):
        path = tmp_path / name.format(next(numbers))
        path.write_text(head.format(enable=enable) + "\n".join(groups))
        return f"config-file={path}"

    return write


def source(pad=0, n=40):
    caps = f"video/x-raw,format=NV12,width={SIZE[0]},height={SIZE[1]},framerate=30/1"
    return f"videotestsrc num-buffers={n} pattern=black ! {caps} ! m.sink_{pad} "


def text(analytics, pads=(0,), n=40, tail="fakesink name=sink"):
    mux = f"nvstreammux name=m width={SIZE[0]} height={SIZE[1]} batch-size={len(pads)}"
    sources = "".join(source(pad, n) for pad in pads)
    return f"{sources} {mux} ! nvdsanalytics name=a {analytics} ! {tail}"


def put(frame, box, *, number=7, class_id=0, words="car"):
    """Add an object as a detector and a tracker do."""
    found = frame.add_object()
    found.class_id, found.object_id, found.confidence = class_id, number, 0.9
    rect = found.rect_params
    rect.left, rect.top, rect.width, rect.height = box
    rect.border_color.set(1.0, 0.0, 0.0, 1.0)
    if words:
        found.text_params.display_text = words
    return found


def walk(frame, **more):
    """One object goes from left to right, with its bottom's middle at x = 6 * frame, y = 120."""
    return put(frame, (6 * frame.frame_num - 20, 60, 40, 60), **more)


@pytest.fixture
def watch(build):
    """``watch(text, add, read)``: what ``read(frame)`` says of each frame behind nvdsanalytics."""

    def play(pipeline, add, read, *, pad="src", element="a", **patience):
        one, found = build(pipeline), []
        one.edit("m", add)

        def note(_pad, info):
            found.extend(read(frame) for frame in BatchMeta.of(info).iter_frames())

        probe = attach(one[element].get_static_pad(pad), note)
        one.probes.append(probe)
        one.play()
        assert one.error is None
        assert probe.stats().errors == {}
        play.warnings = one.warnings
        return found

    return play


def counts(frame):
    (found,) = analytics_per_frame(frame)
    return found


def status(frame):
    """The status of each object, None where there is none."""
    found = [list(analytics_per_object(obj)) for obj in frame.iter_objects()]
    return [each[0].objStatus if each else None for each in found]


# ---- the element ----


def test_its_properties_are_deepstreams(build):
    element = build(text(""))["a"]
    assert element.get_property("unique-id") == 17
    assert element.get_property("enable") is True
    assert element.get_property("config-file") is None
    caps = element.get_static_pad("src").get_pad_template_caps()
    formats = "video/x-raw(memory:NVMM), format=(string){NV12, RGBA}"
    assert caps.is_equal(Gst.Caps.from_string(f"{formats}, {RANGES}"))


def test_without_a_file_it_does_not_start(run):
    assert run(text("")).error == (
        "nvdsanalytics has no configuration file: set config-file to one"
    )


def test_a_wrong_file_is_told_of_when_it_starts(run, config):
    told = run(text(config("[roi-filtering-stream-0]\nenable=1\nroi-Door=1;2;3\n"))).error
    assert told.endswith("zones0.txt:7: [roi-filtering-stream-0] roi-Door has 3 numbers: a corner "
                         "has two, x;y")  # fmt: skip


def test_the_file_sets_enable_and_what_is_set_later_counts(build, config):
    off, on = config(REGION, enable=0), config(REGION, enable=1)
    assert build(text(f"enable=true {off}"))["a"].get_property("enable") is False
    assert build(text(f"{off} enable=true"))["a"].get_property("enable") is True
    assert build(text(f"enable=false {on}"))["a"].get_property("enable") is True


def test_what_is_not_enabled_attaches_nothing(watch, config):
    read = lambda frame: (list(analytics_per_frame(frame)), status(frame))  # noqa: E731
    found = watch(text(config(REGION, enable=0)), walk, read)
    assert found == [([], [None])] * 40


def test_a_buffer_without_metadata_is_an_error(run, config):
    plain = f"{source().split('!')[0]} ! nvvideoconvert ! video/x-raw(memory:NVMM),format=NV12"
    told = run(f"{plain} ! nvdsanalytics name=a {config(REGION)} ! fakesink name=sink").error
    assert told == (
        "A buffer without metadata has no objects to analyze: put nvstreammux before a."
    )


# ---- what is found ----


def test_objects_in_a_region(watch, config):
    read = lambda frame: (counts(frame).objInROIcnt, status(frame))  # noqa: E731
    found = watch(text(config(REGION)), walk, read)
    inside = [6 * n >= 100 and 6 * n <= 200 for n in range(40)]
    assert [of["Door"] for of, _ in found] == pytest.approx([int(x) for x in inside])
    assert [each for _, each in found] == [[" ROI:Door"] if x else [None] for x in inside]


def test_what_else_says_of_a_frame_and_of_an_object(watch, config):
    def read(frame):
        walk(frame, number=8)
        of = counts(frame)
        return of.objCnt, of.unique_id, of.ocStatus, of.objLCCurrCnt, of.objLCCumCnt

    found = watch(text(f"unique-id=5 {config(REGION)}"), walk, read)
    assert found[20] == ({0: 1}, 5, {}, {}, {})


def test_an_object_crosses_a_line_once(watch, config):
    def read(frame):
        of = counts(frame)
        return of.objLCCurrCnt["Exit"], of.objLCCumCnt["Exit"], status(frame)

    found = watch(text(config(LINE)), walk, read)
    crossed = next(n for n, (now, _, _) in enumerate(found) if now)
    assert 160 <= 6 * crossed <= 172
    assert [now for now, _, _ in found] == [int(n == crossed) for n in range(40)]
    assert [total for _, total, _ in found] == [int(n >= crossed) for n in range(40)]
    assert [each for _, _, each in found if each != [None]] == [[" LC:Exit "]]


def test_a_crowd_is_one_from_its_threshold_on(watch, config):
    def add(frame):
        for number in range(min(frame.frame_num, 3)):
            put(frame, (20 + 40 * number, 60, 30, 60), number=number)

    read = lambda frame: (counts(frame).ocStatus, counts(frame).objInROIcnt)  # noqa: E731
    found = watch(text(config(CROWD), n=4), add, read)
    assert [of["Hall"] for of, _ in found] == [False, False, True, True]
    assert [of["Hall"] for _, of in found] == [0, 1, 2, 3]


def test_an_object_goes_in_a_direction(watch, config):
    def read(frame):
        (obj,) = frame.iter_objects()
        return [each.dirStatus for each in analytics_per_object(obj)]

    found = watch(text(config(SOUTH)), walk, read)
    assert found == [[]] * 10 + [[" DIR:East "]] * 30


def test_rules_are_scaled_to_the_picture(watch, config):
    head = HEAD.replace("320", "640").replace("240", "480")
    region = "[roi-filtering-stream-0]\nenable=1\nroi-Door=200;40;400;40;400;400;200;400\n"
    read = lambda frame: counts(frame).objInROIcnt  # noqa: E731
    small = watch(text(config(REGION)), walk, read)
    large = watch(text(config(region, head=head)), walk, read)
    assert small == large
    assert {"Door": 1} in small


def test_streams_have_rules_of_their_own(watch, config):
    rules = REGION + LINE.replace("stream-0", "stream-1")
    read = lambda frame: (  # noqa: E731
        frame.pad_index, sorted(counts(frame).objInROIcnt), sorted(counts(frame).objLCCumCnt)
    )  # fmt: skip
    found = watch(text(config(rules), pads=(0, 1, 2), n=5), walk, read)
    assert sorted(map(str, found)) == sorted(
        map(str, [(0, ["Door"], []), (1, [], ["Exit"]), (2, [], [])] * 5)
    )


def test_without_ids_lines_are_given_up_and_it_says_so(watch, config):
    add = lambda frame: walk(frame, number=UNTRACKED)  # noqa: E731
    read = lambda frame: (counts(frame).objLCCumCnt, counts(frame).objInROIcnt)  # noqa: E731
    found = watch(text(config(REGION, LINE)), add, read)
    assert {of["Exit"] for of, _ in found} == {0}
    assert {of["Door"] for _, of in found} == {0, 1}
    assert watch.warnings == [
        "Objects of stream 0 have no ids: directions and lines are not looked at."
    ]


def test_another_file_begins_anew_while_it_plays(build, config):
    first, second = config(LINE), config(LINE.replace("Exit", "Gate"))
    one, found = build(text(first)), []
    one.edit("m", walk)

    def note(_pad, info):
        for frame in BatchMeta.of(info).iter_frames():
            found.append(counts(frame).objLCCumCnt)
            if frame.frame_num == 30:
                one["a"].set_property("config-file", second.partition("=")[2])

    one.probes.append(attach(one["a"].get_static_pad("src"), note))
    assert one.play().error is None
    assert found[30] == {"Exit": 1}
    assert found[31:] == [{"Gate": 0}] * 9


def test_a_wrong_file_while_it_plays_ends_it(build, config, tmp_path):
    one = build(text(config(LINE)))
    wrong = tmp_path / "none.txt"

    def note(_pad, info):
        for frame in BatchMeta.of(info).iter_frames():
            if frame.frame_num == 3:
                one["a"].set_property("config-file", str(wrong))

    one.probes.append(attach(one["a"].get_static_pad("src"), note))
    assert one.play().error.startswith(f"{wrong} cannot be read: ")


def test_counts_go_on_after_a_stop(build, config):
    one, found = build(text(config(LINE))), []
    one.edit("m", walk)

    def note(_pad, info):
        found.extend(counts(frame).objLCCumCnt for frame in BatchMeta.of(info).iter_frames())

    one.probes.append(attach(one["a"].get_static_pad("src"), note))
    assert one.play().error is None
    one.pipeline.set_state(Gst.State.NULL)
    before = len(found)
    assert one.play().error is None
    assert found[before - 1] == found[before] == {"Exit": 1}


# ---- copies ----


def test_both_branches_of_a_tee_have_it(build, config):
    tail = (
        "tee name=t t. ! queue ! identity name=left ! nvdsosd ! fakesink name=sink async=false "
        "t. ! queue ! identity name=right ! nvvideoconvert ! nvdsosd ! fakesink async=false"
    )
    one, found = build(text(config(REGION), tail=tail)), {"left": [], "right": []}
    one.edit("m", walk)
    for name, into in found.items():

        def note(_pad, info, into=into):
            frames = list(BatchMeta.of(info).iter_frames())
            into.extend((counts(frame).objInROIcnt, status(frame)) for frame in frames)

        one.probes.append(attach(one[name].get_static_pad("src"), note))
    assert one.play().error is None
    assert found["left"] == found["right"]
    assert ({"Door": 1}, [" ROI:Door"]) in found["left"]


def test_a_source_takes_its_own_along_behind_nvstreamdemux(watch, config):
    rules = REGION + LINE.replace("stream-0", "stream-1")
    tail = (
        "nvstreamdemux name=d d.src_0 ! fakesink async=false name=sink "
        "d.src_1 ! identity name=i ! fakesink async=false"
    )
    read = lambda frame: (counts(frame).objLCCumCnt, counts(frame).objInROIcnt)  # noqa: E731
    found = watch(text(config(rules), pads=(0, 1), tail=tail), walk, read, element="i")
    assert found[-1] == ({"Exit": 1}, {})
    assert len(found) == 40


def test_the_tiler_has_what_each_source_has(watch, config):
    rules = REGION + REGION.replace("stream-0", "stream-1").replace("Door", "Gate")
    tail = "nvmultistreamtiler rows=1 columns=2 width=640 height=240 ! fakesink name=sink"

    def read(frame):
        named = sorted(name for each in analytics_per_frame(frame) for name in each.objInROIcnt)
        places = sorted({line[0] for line in drawn(frame)[1]})
        return named, sorted(each for each in status(frame) if each), places

    pipeline = text(config(rules), pads=(0, 1), tail=tail)
    found = watch(pipeline, walk, read, element="sink", pad="sink")
    assert found[20] == (
        ["Door", "Gate"], [" ROI:Door", " ROI:Gate"], [100, 200, 420, 520]
    )  # fmt: skip


def test_a_recording_has_it(watch, config):
    kept = ("objInROIcnt", "ocStatus", "objLCCurrCnt", "objLCCumCnt", "objCnt", "unique_id")
    of_objects = ("roiStatus", "ocStatus", "lcStatus", "dirStatus", "objStatus", "unique_id")

    def said(frame):
        found = [getattr(each, name) for each in analytics_per_frame(frame) for name in kept]
        for obj in frame.iter_objects():
            found += [getattr(e, name) for e in analytics_per_object(obj) for name in of_objects]
        return found

    def read(frame):
        document = json.dumps(Documents().of(frame.base_meta.batch_meta))
        made = BatchMeta()
        Filler("run.jsonl").fill(made, json.loads(document), 1)
        (after,) = made.iter_frames()
        return said(frame), said(after)

    for before, after in watch(text(config(REGION, CROWD, LINE, SOUTH)), walk, read):
        assert before == after


# ---- what is written and drawn ----


def drawn(frame):
    """The labels and lines of a frame, in their order."""
    found = list(displays_per_frame(frame))
    labels = [
        (each.display_text, each.x_offset, each.y_offset, color(each.font_params.font_color))
        for display in found
        for each in list(display.text_params)[: display.num_labels]
    ]
    lines = [
        (each.x1, each.y1, each.x2, each.y2, each.line_width, color(each.line_color))
        for display in found
        for each in list(display.line_params)[: display.num_lines]
    ]
    return labels, lines


def color(of):
    return (of.red, of.green, of.blue, of.alpha)


def polygon(*corners, color):
    after = (*corners[1:], corners[0])
    return [(*one, *other, 2, color) for one, other in zip(corners, after, strict=True)]


@pytest.mark.parametrize(
    ("mode", "labels"),
    [
        (0, []),
        (1, ["Door", "Hall", "East", "Exit "]),
        (2, ["Door=1", "Hall OverCrowding=False, Count=1", "East", "Exit=1"]),
    ],
)
def test_what_is_drawn_by_osd_mode(watch, config, mode, labels):
    head = f"{HEAD}osd-mode={mode}\n"
    found = watch(text(config(REGION, CROWD, SOUTH, LINE, head=head)), walk, drawn)[32]
    places = [(100, 20), (0, 0), (10, 10), (160, 220)]
    colors = [YELLOW, ORANGE, RED, GREEN]
    assert [(words, (x, y), of) for words, x, y, of in found[0]] == (
        list(zip(labels, places, colors, strict=True)) if labels else []
    )
    if not mode:
        assert found[1] == []
        return
    assert found[1] == [
        *polygon((100, 20), (200, 20), (200, 200), (100, 200), color=YELLOW),
        *polygon((0, 0), (320, 0), (320, 240), (0, 240), color=ORANGE),
        (10, 10, 110, 10, 2, RED), (95, 13, 110, 10, 2, RED), (95, 6, 110, 10, 2, RED),
        (100, 100, 220, 100, 2, GREEN), (202, 104, 220, 100, 2, GREEN),
        (202, 95, 220, 100, 2, GREEN), (160, 20, 160, 220, 2, GREEN),
    ]  # fmt: skip


def test_a_display_meta_has_fifteen_lines_at_most(watch, config):
    rules = "".join(f"roi-R{n}=1;1;9;1;9;9;1;9\n" for n in range(8))
    groups = f"[roi-filtering-stream-0]\nenable=1\n{rules}"
    read = lambda frame: [  # noqa: E731
        (each.num_lines, each.num_labels) for each in displays_per_frame(frame)
    ]
    found = watch(text(config(groups), n=1), lambda _frame: None, read)
    (one,) = found
    assert max(lines for lines, _ in one) == 15
    assert (sum(lines for lines, _ in one), sum(labels for _, labels in one)) == (32, 8)


def test_the_numbers_of_objects_are_drawn_where_the_file_asks_for_it(watch, config):
    head = f"{HEAD}osd-mode=0\ndisplay-obj-cnt=1\ndisplay-font-size=9\n"

    def add(frame):
        for number, class_id in enumerate((2, 0, 2)):
            put(frame, (20 + 40 * number, 60, 30, 60), number=number, class_id=class_id)

    def read(frame):
        (display,) = displays_per_frame(frame)
        return drawn(frame), display.text_params[0].font_params.font_size

    (found,) = watch(text(config(head=head), n=1), add, read)
    assert found == (([("Count for ClassId0=1 ClassId2=2", 5, 5, YELLOW)], []), 9)


def look(frame):
    (obj,) = frame.iter_objects()
    words, border = obj.text_params, obj.rect_params.border_color
    return words.display_text, (words.x_offset, words.y_offset), color(border)


def test_an_objects_text_has_its_status_and_its_border_is_inverted(watch, config):
    found = watch(text(config(REGION)), walk, look)
    assert found[20] == ("car  ROI:Door", (0, 0), (0, 1, 1, 1))
    assert found[39] == ("car", (0, 0), (1, 0, 0, 1))
    head = f"{HEAD}osd-mode=1\n"
    assert watch(text(config(REGION, head=head)), walk, look)[20] == found[39]


def test_an_object_without_a_text_gets_one(watch, config):
    found = watch(text(config(REGION)), lambda frame: walk(frame, words=None), look)
    assert found[20] == (" ROI:Door", (100, 50), (0, 1, 1, 1))


def test_a_direction_alone_does_not_invert_the_border(watch, config):
    found = watch(text(config(SOUTH)), walk, look)
    assert found[20] == ("car  DIR:East ", (0, 0), (1, 0, 0, 1))


def test_nvdsosd_draws_it(run, config):
    tail = "nvvideoconvert ! video/x-raw(memory:NVMM),format=RGBA ! nvdsosd ! fakesink name=sink"
    pixels = np.frombuffer(run(text(config(REGION), n=1, tail=tail)).last()[1], np.uint8)
    picture = pixels.reshape(SIZE[1], SIZE[0], 4)
    assert (picture[150, 99:102, :3] == (255, 255, 0)).all(axis=1).any()
    assert (picture[199:202, 150, :3] == (255, 255, 0)).all(axis=1).any()
    assert (picture[100, 140:160, :3] < 40).all()
