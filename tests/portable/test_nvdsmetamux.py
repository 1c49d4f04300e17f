"""nvdsmetamux on a CPU: which metadata of parallel branches it puts into the pictures of one."""

from __future__ import annotations

import threading

import pytest

from pythiags import displays_per_frame
from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta
from pythiags.gst.probe import attach

HEAD = "[property]\nenable=1\n"
GROUP = "[group-0]\n"


@pytest.fixture
def config(tmp_path):
    """``config(text)``: the property with a file of it."""

    def write(text, name="metamux.txt"):
        path = tmp_path / name
        path.write_text(text)
        return f"config-file={path}"

    return write


def source(pad=0, mux="m", n=5, rate=10):
    caps = f"video/x-raw,format=NV12,width=64,height=48,framerate={rate}/1"
    return f"videotestsrc num-buffers={n} ! {caps} ! {mux}.sink_{pad} "


def mux(sources=1, name="m"):
    return f"nvstreammux name={name} width=64 height=48 batch-size={sources} "


def branches(more="", *, sources=1, tail="fakesink name=sink", count=2, **each):
    """One batch for several branches; what an identity b0, b1 sees is of that branch alone."""
    text = "".join(source(pad, **each) for pad in range(sources)) + f"{mux(sources)} ! tee name=t "
    for number in range(count):
        text += f"t. ! queue ! identity name=b{number} ! queue ! meta.sink_{number} "
    return f"{text} nvdsmetamux name=meta {more} ! {tail}"


def beside(more="", *, pads=((0,), (0,)), rates=(10, 10), n=(5, 5), tail="fakesink name=sink"):
    """Two muxers with sources of their own."""
    text = ""
    for number in range(2):
        name = f"m{number}"
        for pad in pads[number]:
            text += source(pad, name, n[number], rates[number])
        text += f"{mux(len(pads[number]), name)} ! identity name=b{number} ! queue "
        text += f"! meta.sink_{number} "
    return f"{text} nvdsmetamux name=meta {more} ! {tail}"


def put(unique_id, label=None):
    """What adds an object to a frame, by default named after its source and its number."""

    def change(frame):
        found = frame.add_object()
        found.unique_component_id = unique_id
        found.obj_label = label or f"{unique_id}:{frame.source_id}.{frame.frame_num}"

    return change


@pytest.fixture
def merged(build):
    """``merged(text, b0=change, …)``: labels of each frame, by source and number."""

    def play(text, read=None, **changes):
        one, found = build(text), []
        for name, change in changes.items():
            one.edit(name, change)

        def note(_pad, info):
            found.extend((read or labels)(frame) for frame in BatchMeta.of(info).iter_frames())

        one.probes.append(attach(one["meta"].get_static_pad("src"), note))
        one.play()
        assert one.error is None
        play.run = one
        return found

    return play


def labels(frame):
    return frame.source_id, frame.frame_num, [each.obj_label for each in frame.iter_objects()]


# ---- the element ----


def test_its_properties_are_deepstreams(build):
    element = build(branches())["meta"]
    names = ("active-pad", "pts-tolerance", "config-file", "latency", "min-upstream-latency")
    values = [element.get_property(name) for name in names]
    assert values == [None, 60000, None, 0, 0]
    assert element.get_property("start-time") == 2**64 - 1
    assert element.get_property("start-time-selection").value_nick == "zero"


def test_pads_are_numbered_in_the_order_in_which_they_are_asked_for(build):
    element = build("nvdsmetamux name=meta ! fakesink name=sink")["meta"]
    pads = [element.request_pad_simple(name) for name in ("sink_3", "sink_%u")]
    assert [pad.get_name() for pad in pads] == ["sink_0", "sink_1"]


# ---- which frames belong together ----


def test_objects_of_all_branches_are_in_each_frame(merged):
    found = merged(branches(count=3), b0=put(1), b1=put(2), b2=put(3))
    assert found == [(0, n, [f"1:0.{n}", f"2:0.{n}", f"3:0.{n}"]) for n in range(5)]


def test_frames_of_several_sources_keep_what_is_theirs(merged):
    found = merged(branches(sources=3), b0=put(1), b1=put(2))
    assert sorted(found) == [
        (pad, n, [f"1:{pad}.{n}", f"2:{pad}.{n}"]) for pad in range(3) for n in range(5)
    ]


def test_a_branch_may_lag_behind(merged):
    """All frames wait in a queue of the other branch until the slow one has given its last."""
    text = branches().replace("identity name=b1 ! queue", "identity name=b1 ! queue name=slow")
    found = merged(
        text.replace("name=slow", "name=slow min-threshold-buffers=4"), b0=put(1), b1=put(2)
    )
    assert found == [(0, n, [f"1:0.{n}", f"2:0.{n}"]) for n in range(5)]


def test_a_branch_may_have_some_of_the_sources(merged):
    found = merged(beside(pads=((0, 1, 2), (1,))), b0=put(1), b1=put(2))
    assert sorted(found) == [
        (pad, n, [f"1:{pad}.{n}"] + [f"2:{pad}.{n}"] * (pad == 1))
        for pad in range(3)
        for n in range(5)
    ]


def test_batches_of_branches_may_have_other_sizes(merged):
    """That the branch has a source is known from its first frame on."""
    one_each = beside(pads=((0, 1), (0, 1))).replace(f"{mux(2, 'm1')}", f"{mux(1, 'm1')}")
    found = merged(one_each, b0=put(1), b1=put(2))
    assert sorted(found) == [
        (pad, n, [f"1:{pad}.{n}"] + [f"2:{pad}.{n}"] * ((pad, n) != (1, 0)))
        for pad in range(2)
        for n in range(5)
    ]


@pytest.mark.parametrize(
    ("tolerance", "numbers"),
    [
        (60_000, [0, 0, 1, 1, 2, 2]),  # each second one is 50 ms away, and the earlier one counts
        (49_999, [0, None, 1, None, 2, None]),
        (-1, [None] * 6),
    ],
)
def test_the_closest_frame_within_the_tolerance_counts(merged, tolerance, numbers):
    text = beside(f"pts-tolerance={tolerance}", rates=(20, 10), n=(6, 4))
    found = merged(text, b1=put(2))
    expected = [[] if number is None else [f"2:0.{number}"] for number in numbers]
    assert [labels for *_, labels in found] == expected


def test_a_faster_branch_gives_its_closest_frames(merged):
    found = merged(beside(rates=(10, 20), n=(4, 8)), b1=put(2))
    assert [labels for *_, labels in found] == [[f"2:0.{2 * n}"] for n in range(4)]


def test_a_branch_that_ends_early_does_not_stop_the_others(merged):
    found = merged(beside(n=(5, 2)), b0=put(1), b1=put(2))
    assert [len(labels) for *_, labels in found] == [2, 2, 1, 1, 1]


def test_the_end_of_the_active_pad_is_the_end(merged):
    found = merged(beside(n=(2, 5)), b1=put(2))
    assert [labels for *_, labels in found] == [["2:0.0"], ["2:0.1"]]


def test_a_branch_without_that_source_is_not_waited_for(merged):
    found = merged(beside(pads=((0,), (1,)), n=(9, 3)), b0=put(1), b1=put(2))
    assert found == [(0, n, [f"1:0.{n}"]) for n in range(9)]


@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("lengths", [(24, 4), (4, 24), (25, 5), (12, 12)])
def test_a_branch_whose_source_has_ended_stops_nothing(merged, lengths, size):
    """A muxer behind a demuxer neither gets more of it, nor ends: parallel networks by source."""
    text = "".join(source(pad, n=n) for pad, n in enumerate(lengths)) + f"{mux(2)} ! tee name=t "
    text += "t. ! queue max-size-buffers=2 ! meta.sink_0 "
    text += "t. ! queue max-size-buffers=2 ! nvstreamdemux name=d "
    for pad in range(2):
        text += (
            f"d.src_{pad} ! queue max-size-buffers=2 ! m{pad}.sink_{pad} {mux(size, f'm{pad}')} "
        )
        text += f"batched-push-timeout=10000 ! identity name=b{pad} ! meta.sink_{pad + 1} "
    found = merged(f"{text} nvdsmetamux name=meta ! fakesink name=sink", b0=put(1), b1=put(2))
    for pad, n in enumerate(lengths):
        theirs = [each for each in found if each[0] == pad]
        assert theirs == [(pad, k, [f"{pad + 1}:{pad}.{k}"]) for k in range(n)]


def test_more_batches_than_a_branch_keeps(merged):
    """Those of another source are let go, and the right one is found when it comes."""
    found = merged(beside(pads=((0,), (1,)), n=(40, 40)), b0=put(1), b1=put(2))
    assert len(found) == 40


# ---- what is merged ----


def test_display_and_user_metadata_follow(merged):
    def change(frame):
        put(2)(frame)
        display = frame.add_display()
        display.num_labels = 1
        display.text_params[0].display_text = "seen"
        frame.add_user_meta({"a": 1})

    def read(frame):
        shown = [each.text_params[0].display_text for each in displays_per_frame(frame)]
        return shown, [user.user_meta_data for user in frame.iter_user_metas()]

    assert merged(branches(n=1), read, b1=change) == [(["seen"], [{"a": 1}])]


def test_parents_are_those_of_the_branch(merged):
    def change(frame):
        parent = frame.add_object()
        parent.obj_label = "car"
        frame.add_object(parent).obj_label = "plate"

    def read(frame):
        return [
            (each.obj_label, each.parent and each.parent.obj_label) for each in frame.iter_objects()
        ]

    assert merged(branches(n=1), read, b1=change) == [[("car", None), ("plate", "car")]]


def test_the_branch_keeps_its_own_metadata(merged):
    seen = []

    def look(frame):
        put(2)(frame)
        seen.append(frame.num_obj_meta)

    merged(branches(), b0=put(1), b1=look)
    assert seen == [1] * 5


# ---- the active pad ----


def test_pictures_are_those_of_the_active_pad(run):
    text = "".join(
        f"videotestsrc num-buffers=2 pattern={pattern} ! "
        f"video/x-raw,format=RGBA,width=64,height=48 ! m{n}.sink_0 {mux(1, f'm{n}')} "
        f"! meta.sink_{n} "
        for n, pattern in enumerate(("white", "black"))
    )
    tail = "nvvideoconvert ! video/x-raw,format=RGBA ! fakesink name=sink"
    found = [
        run(f"{text} nvdsmetamux name=meta active-pad={pad} ! {tail}").last()[1][:3]
        for pad in ("sink_0", "sink_1")
    ]
    white, black = found
    assert min(white) > 200
    assert max(black) < 50


def test_the_file_names_the_active_pad_until_it_is_set(build, config):
    element = build(branches(config(f"{HEAD}active-pad=sink_1\npts-tolerance=5\n")))["meta"]
    assert (element.get_property("active-pad"), element.get_property("pts-tolerance")) == (
        "sink_1",
        5,
    )
    element.set_property("active-pad", "sink_0")
    assert element.get_property("active-pad") == "sink_0"


def test_an_active_pad_that_is_not_there(run):
    said = run(branches("active-pad=sink_2")).error
    assert said == "meta has no pad 'sink_2', which active-pad names: it has sink_0, sink_1"


def test_buffers_need_metadata(run):
    caps = "video/x-raw(memory:NVMM),format=NV12,width=64,height=48"
    said = run(
        f"videotestsrc num-buffers=1 ! nvvideoconvert ! {caps} ! nvdsmetamux name=meta "
        "! fakesink name=sink"
    ).error
    assert said == "A buffer without metadata cannot be merged: put nvstreammux before meta."


def test_segments_and_timestamps_are_those_of_the_active_pad(build):
    one = build(branches())
    times = []

    def note(pad, info):
        event = pad.get_sticky_event(Gst.EventType.SEGMENT, 0)
        segment = event.parse_segment()
        times.append(segment.to_running_time(Gst.Format.TIME, info.get_buffer().pts))

    one.probes.append(attach(one["meta"].get_static_pad("src"), note))
    assert one.play().error is None
    assert times == [n * Gst.SECOND // 10 for n in range(5)]


def test_what_comes_after_it_knows_the_sources(run):
    """nvstreamdemux needs the events of nvstreammux, which come before the first caps."""
    tail = "nvstreamdemux name=d d.src_0 ! queue ! fakesink name=sink d.src_1 ! queue ! fakesink"
    one = run(branches(sources=2, tail=tail))
    assert one.error is None
    caps = one["sink"].get_static_pad("sink").get_current_caps()
    assert caps.get_structure(0).get_fraction("framerate")[1:] == (10, 1)


# ---- the file ----


@pytest.mark.parametrize(
    ("keys", "kept"),
    [
        ("", {0: ["1", "2"], 1: ["1", "2"]}),
        ("src-ids-model-1=0\nsrc-ids-model-2=1", {0: ["1"], 1: ["2"]}),
        ("src-ids-model-1=0;1;\nsrc-ids-model-2=7", {0: ["1"], 1: ["1"]}),
        ("src-ids-model-1=-1\nsrc-ids-model-2=0", {0: ["1", "2"], 1: ["1"]}),
        ("src-ids-model-1=0\nsrc-ids-model-1=1", {0: ["2"], 1: ["1", "2"]}),
        ("src-ids-model-3=0", {0: ["1", "2"], 1: ["1", "2"]}),
    ],
)
def test_sources_are_chosen_by_model(merged, config, keys, kept):
    text = branches(config(f"{HEAD}[user-configs]\n{GROUP}{keys}\n"), sources=2, n=1)
    found = merged(text, b0=put(1, "1"), b1=put(2, "2"))
    assert {pad: labels for pad, _, labels in found} == kept


def test_classifiers_are_chosen_by_model(merged, config):
    def change(frame):
        found = frame.add_object()
        found.unique_component_id = 1
        for unique_id in (2, 3):
            found.add_classifier().unique_component_id = unique_id

    def read(frame):
        (found,) = frame.iter_objects()
        return [each.unique_component_id for each in found.iter_classifiers()]

    text = branches(config(f"{HEAD}{GROUP}src-ids-model-2=1\n"), n=1)
    assert merged(text, read, b1=change) == [[3]]


WRONG = [
    ("[group-0]\n", "{path}: there is no group [property]"),
    (f"{HEAD}pts-tolerance=-5\n", "{path}:3: [property] pts-tolerance: -5 is not between 0 and"),
    (
        f"{HEAD}pts-tolerance=much\n",
        "{path}:3: [property] pts-tolerance: 'much' is no whole number",
    ),
    (f"{HEAD}active-pad=\n", "{path}:3: [property] active-pad is empty"),
    (f"{HEAD}active-pad=sink_0 # first\n", "{path}:3: [property] active-pad has a comment behind"),
    ("[property]\nenable=maybe\n", "{path}:2: [property] enable: 'maybe' is neither 0 nor 1"),
    (
        f"{HEAD}{GROUP}src-ids-model=0\n",
        "{path}:4: [group-0] src-ids-model does not say which model",
    ),
    (f"{HEAD}{GROUP}src-ids-model-x=0\n", "{path}:4: [group-0] src-ids-model-x does not say which"),
    (f"{HEAD}{GROUP}src-ids-model-1=\n", "{path}:4: [group-0] src-ids-model-1 names no source"),
    (
        f"{HEAD}{GROUP}src-ids-model-1=0,1\n",
        "{path}:4: [group-0] src-ids-model-1: '0,1' is no whole",
    ),
    (
        f"{HEAD}{GROUP}src-ids-model-1=-2\n",
        "{path}:4: [group-0] src-ids-model-1: -2 is not between -1",
    ),
    ("property:\n  enable: 1\n", "{path}: this is YAML, which this element"),
]


@pytest.mark.parametrize(("text", "said"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_file_is_an_error_with_line_group_and_key(run, config, tmp_path, text, said):
    found = run(branches(config(text))).error
    assert found.startswith(said.format(path=tmp_path / "metamux.txt"))


NOTES = [
    ("[property]\nenable=0\n", "{path}:2: [property] enable=0 has no effect"),
    (f"{HEAD}active-pads=sink_0\n", "{path}:3: [property] active-pads is not known, and not read: "
     "did you mean 'active-pad'?"),
    (f"{HEAD}[user-configs]\nsrc-ids-model-1=0\n", "{path}:4: [user-configs] src-ids-model-1 is "
     "not read here: write it in [group-0]"),
    (f"{HEAD}[models]\n", "{path}:3: [models] is not known, and not read"),
    (f"{HEAD}{GROUP}[group-1]\n", "{path}:3: [group-0] does not count"),
    (f"[property]\nenable=maybe\n{HEAD}", "{path}:2: [property] enable is there again in line 4, "
     "which counts"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), NOTES, ids=range(len(NOTES)))
def test_what_does_not_count_is_a_warning(run, config, tmp_path, text, said):
    one = run(branches(config(text)))
    assert one.error is None
    (found,) = one.warnings
    assert found.startswith(said.format(path=tmp_path / "metamux.txt"))


def test_the_last_group_counts(merged, config):
    groups = "[group-0]\nsrc-ids-model-1=5\n[group-1]\nsrc-ids-model-2=5\n"
    found = merged(branches(config(HEAD + groups), n=1), b0=put(1, "1"), b1=put(2, "2"))
    assert found == [(0, 0, ["1"])]


def test_a_file_that_is_not_there(run, tmp_path):
    path = tmp_path / "none.txt"
    assert (
        run(branches(f"config-file={path}")).error
        == f"{path} cannot be read: No such file or directory"
    )


def test_another_file_while_it_runs_is_a_warning(build, config):
    one = build(branches(config(HEAD + GROUP)))
    before = one["meta"].get_property("config-file")
    one.pipeline.set_state(Gst.State.PAUSED)
    one.pipeline.get_state(30 * Gst.SECOND)
    one["meta"].set_property("config-file", "none.txt")
    assert one["meta"].get_property("config-file") == before
    assert one.play().error is None
    assert one.warnings == [
        "The property 'config-file' stays as it was: it can be set in the states NULL and READY "
        "only."
    ]


def test_the_active_pad_is_released_while_its_batch_is_being_merged(build):
    one = build(branches(n=50))
    active, other = (one["meta"].get_static_pad(f"sink_{number}") for number in range(2))

    def release():
        active.get_peer().unlink(active)
        one["meta"].release_request_pad(active)

    def consumed(*_):  # between the look at the active pad's batch and its removal from the pad
        other.disconnect(handler)
        thread = threading.Thread(target=release)
        thread.start()
        thread.join()
        released.set()

    released = threading.Event()
    other.set_property("emit-signals", True)
    handler = other.connect("buffer-consumed", consumed)
    one.pipeline.set_state(Gst.State.PLAYING)
    assert released.wait(20)
    assert one.pipeline.set_state(Gst.State.NULL) == Gst.StateChangeReturn.SUCCESS
