"""nvdspreprocess on a CPU: its tensors are numpy's, and its regions and objects DeepStream's."""

from __future__ import annotations

import numpy as np
import pytest
from standins.networks import (
    HEIGHT,
    LABELS,
    WIDTH,
    Finder,
    ball,
    bright_box,
    classifier,
    configuration,
    nanodet,
    segmenter,
)
from standins.preparing import preprocess_file

from pythiags import portable
from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta
from pythiags.gst.probe import attach
from pythiags.lookalikes import pyds

SIDES = ("left", "top", "width", "height")
MUX = f"nvstreammux name=m batch-size={{}} width={WIDTH} height={HEIGHT} batched-push-timeout=-1"
RGBA = "nvvideoconvert ! video/x-raw(memory:NVMM),format=RGBA"
SINK = "fakesink name=sink enable-last-sample=true"


def source(pattern="smpte", number=0, size=(WIDTH, HEIGHT)):
    caps = f"video/x-raw,format=RGBA,width={size[0]},height={size[1]}"
    return f"videotestsrc num-buffers=2 pattern={pattern} ! {caps} ! m.sink_{number} "


def box(rect):
    return tuple(getattr(rect, side) for side in SIDES)


def prepared_of(batch):
    return [
        user.user_meta_data
        for user in iter_list(batch.batch_user_meta_list)
        if user.base_meta.meta_type == 28
    ]


def iter_list(link):
    while link is not None:
        yield link.data
        link = link.next


def summary(prepared):
    """What is said of a tensor, and its numbers."""
    tensor = prepared.tensor_meta
    return {
        "ids": prepared.target_unique_ids,
        "shape": tensor.tensor_shape,
        "meta_id": tensor.meta_id,
        "rois": [(each.frame_meta.source_id, box(each.roi)) for each in prepared.roi_vector],
        "numbers": tensor.to_array(),
    }


@pytest.fixture
def prepare(build, tmp_path):
    """``prepare(sources, groups, **keys)``: the tensors of each batch, and the run."""

    def play(sources, groups=None, *, more="", before="", read=summary, **keys):
        given = {} if groups is None else {"groups": groups}
        path = preprocess_file(tmp_path, **given, **keys)
        count = sources.count("m.sink_")
        one = build(
            f"{MUX.format(count)} ! {before} nvdspreprocess name=prepare config-file={path} "
            f"{more} ! {SINK} {sources}"
        )
        found = []

        def note(_pad, info):
            found.append([read(each) for each in prepared_of(BatchMeta.of(info))])

        probe = attach(one["prepare"].get_static_pad("src"), note)
        one.probes.append(probe)
        one.play()
        assert probe.stats().errors == {}
        return found, one

    return play


def picture(one):
    """The last frame that the sink saw, of a batch of one: uint8[height, width, 4]."""
    _, content = one.last()
    return np.frombuffer(content, np.uint8).reshape(HEIGHT, WIDTH, 4)


# ---- numbers ----

ROI = "[group-0]\nsrc-ids=0\nprocess-on-roi=1\nroi-params-src-0=32;20;16;12\n"
FACTOR = "pixel-normalization-factor=0.5\n"


@pytest.mark.parametrize(("order", "half"), [(0, False), (1, False), (0, True)])
@pytest.mark.parametrize(("color", "channels"), [(0, [0, 1, 2]), (1, [2, 1, 0])])
def test_the_tensor_is_what_numpy_makes_of_the_region(prepare, order, color, channels, half):
    shape = "4;12;16;3" if order else "4;3;12;16"
    found, one = prepare(
        source(),
        ROI,
        user=FACTOR + "offsets=10;20;30\n",
        network_input_order=order,
        network_input_shape=shape,
        network_color_format=color,
        tensor_data_type=7 if half else 0,
    )
    assert one.error is None
    ((tensor,),) = {len(batch): batch for batch in found}.values()
    pixels = picture(one)[20:32, 32:48, channels].astype(np.float32)
    expected = (pixels - np.array([10, 20, 30], np.float32)) * np.float32(0.5)
    expected = expected[None] if order else expected.transpose(2, 0, 1)[None]
    assert tensor["numbers"].dtype == (np.float16 if half else np.float32)
    assert tensor["shape"] == list(expected.shape)
    np.testing.assert_allclose(
        tensor["numbers"], expected.astype(tensor["numbers"].dtype), rtol=1e-6
    )


def test_a_mean_picture_is_taken_off_each_pixel_and_goes_before_offsets(prepare, tmp_path):
    mean = np.random.default_rng(1).integers(0, 255, (12, 16, 3), np.uint8)
    (tmp_path / "mean.ppm").write_bytes(b"P6\n# of noise\n16 12#\n255\n" + mean.tobytes())
    found, one = prepare(source(), ROI, user=FACTOR + "mean-file=mean.ppm\noffsets=1;2;3\n")
    assert one.error is None
    place = f"{tmp_path}/config_preprocess.txt:17"
    assert one.warnings == [f"{place}: [user-configs] offsets does not count beside mean-file"]
    pixels = picture(one)[20:32, 32:48, :3].astype(np.float32)
    expected = ((pixels - mean) * 0.5).transpose(2, 0, 1)[None]
    np.testing.assert_array_equal(found[-1][0]["numbers"], expected)


def test_another_file_while_it_runs_is_a_warning(build, tmp_path):
    first = preprocess_file(tmp_path, ROI)
    one = build(
        f"{MUX.format(1)} ! nvdspreprocess name=prepare config-file={first} ! {SINK} {source()}"
    )
    one.pipeline.set_state(Gst.State.PAUSED)
    one.pipeline.get_state(30 * Gst.SECOND)
    one["prepare"].set_property("config-file", "none.txt")
    assert one["prepare"].get_property("config-file") == str(first)
    assert one.play().error is None
    assert one.warnings == [
        "The property 'config-file' stays as it was: it can be set in the states NULL and READY "
        "only."
    ]


@pytest.mark.parametrize("value", [0.1, -2.5e-5, 65504.0, 65519.9, 65520.0, 6e-8, 2.9e-8, -0.0])
def test_halves_are_numpys(prepare, value):
    """A factor of 1 and an offset that leaves the value, in a picture that is all 0."""
    found, one = prepare(
        source("black"), ROI, user=f"pixel-normalization-factor=1\noffsets={-value};0;{value}\n",
        tensor_data_type=7,
    )  # fmt: skip
    assert one.error is None
    with np.errstate(over="ignore"):
        expected = np.array([value, 0, -value], np.float32).astype(np.float16)
    np.testing.assert_array_equal(found[0][0]["numbers"][0, :, 5, 5], expected)


def test_grey_tensors_have_one_channel(prepare):
    found, one = prepare(
        source("solid-color foreground-color=0xffffffff"),
        ROI, channels=1, network_color_format=2, network_input_order=1,
        network_input_shape="4;12;16;1", tensor_data_type=7,
    )  # fmt: skip
    assert one.error is None
    assert found[0][0]["shape"] == [1, 12, 16, 1]
    np.testing.assert_allclose(found[0][0]["numbers"], 255, atol=0.5)


@pytest.mark.parametrize(("symmetric", "first"), [(0, 0), (1, 3)])
def test_padding_is_black_before_the_offsets(prepare, symmetric, first):
    found, one = prepare(
        source("solid-color foreground-color=0xffffffff"),
        ROI.replace("16;12", "32;12"),
        user="pixel-normalization-factor=1\noffsets=5;5;5\n",
        maintain_aspect_ratio=1,
        symmetric_padding=symmetric,
        read=lambda prepared: (
            prepared.tensor_meta.to_array()[0, 0, :, 0].tolist(),
            [
                (each.scale_ratio_x, each.scale_ratio_y, each.offset_left, each.offset_top)
                for each in prepared.roi_vector
            ],
        ),
    )
    assert one.error is None
    column = [-5.0] * 12
    column[first : first + 6] = [250.0] * 6
    assert found[0] == [(column, [(0.5, 0.5, 0, first)])]


# ---- which regions ----

TWO = source(number=0) + source("ball", number=1)
GROUPS = """[group-0]
src-ids=0
process-on-roi=1
roi-params-src-0=0;0;16;12;8;8;32;24
[group-1]
src-ids=1
process-on-roi=0
"""


def regions(found):
    return [[tensor["rois"] for tensor in batch] for batch in found]


def test_groups_in_their_order_and_tensors_of_the_batch_that_is_wanted(prepare):
    found, one = prepare(TWO, GROUPS, batch=2, target_unique_ids="3;7;")
    assert one.error is None
    whole = (0, 0, WIDTH, HEIGHT)
    assert regions(found) == [
        [[(0, (0, 0, 16, 12)), (0, (8, 8, 32, 24))], [(1, whole)]],
        [[(0, (0, 0, 16, 12)), (0, (8, 8, 32, 24))], [(1, whole)]],
    ]
    assert [each["meta_id"] for each in found[0]] == [0, 1]
    assert [each["shape"][0] for each in found[0]] == [2, 1]
    assert found[0][0]["ids"] == [3, 7]


def test_one_region_for_every_source(prepare):
    groups = "[group-0]\nsrc-ids=-1\nprocess-on-roi=1\nroi-params-src-0=2;2;8;8\n"
    found, one = prepare(TWO, groups)
    assert one.error is None
    assert regions(found)[0] == [[(0, (2, 2, 8, 8)), (1, (2, 2, 8, 8))]]


def test_a_group_skips_batches_and_a_group_of_another_number_its_sources(prepare, tmp_path):
    groups = GROUPS.replace("src-ids=0", "src-ids=0\ninterval=1").replace("group-1", "group-2")
    found, one = prepare(TWO, groups, batch=2)
    assert one.error is None
    (warning,) = one.warnings
    assert "[group-2] is the file's group 1, counted from 0" in warning
    assert [len(batch) for batch in found] == [1, 0]


def test_what_lies_beyond_the_picture_is_cut_off(prepare):
    groups = f"[group-0]\nsrc-ids=0\nprocess-on-roi=1\nroi-params-src-0={WIDTH - 8};3;90;900\n"
    found, one = prepare(source(), groups)
    assert one.error is None
    assert regions(found)[0] == [[(0, (WIDTH - 8, 3, 8, HEIGHT - 3))]]


def test_a_region_outside_the_picture_is_an_error(prepare):
    groups = f"[group-0]\nsrc-ids=0\nprocess-on-roi=1\nroi-params-src-0={WIDTH};0;16;16\n"
    _, one = prepare(source(), groups)
    assert one.error == (
        f"Region 0 of source 0 in group 0, 16x16 at {WIDTH}, 0, lies outside its picture of "
        f"{WIDTH}x{HEIGHT}: change roi-params-src-0 in [group-0], or the size of the batch."
    )


@pytest.mark.parametrize(("more", "count"), [("", 1), ("draw-roi=0\n", 0)])
def test_regions_are_drawn(prepare, more, count):
    found, one = prepare(
        source(),
        ROI + more + "roi-color=1;0;0.5;1\n",
        read=lambda prepared: [
            (box(each.rect_params[0]), each.rect_params[0].border_color.blue, each.num_rects)
            for each in prepared.roi_vector[0].frame_meta.iter_displays()
        ],
    )
    assert one.error is None
    drawn = found[0][0]
    assert drawn == [((32, 20, 16, 12), 0.5, 1)] * count


def test_it_does_nothing_while_it_is_not_enabled(prepare):
    found, one = prepare(source(), ROI, more="enable=false")
    assert one.error is None
    assert found == [[], []]


# ---- objects ----


@pytest.fixture
def detector(tmp_path):
    """nvinfer that finds the ball, number 1."""
    path = configuration(
        tmp_path, nanodet, labels=LABELS, name="detector.txt",
        **{"num-detected-classes": 3, "gie-unique-id": 1, "cluster-mode": 2},
    )  # fmt: skip
    return f"{RGBA} ! nvinfer config-file-path={path} ! "


OBJECTS = "[group-0]\nsrc-ids=0\nprocess-on-all-objects=1\n"


@pytest.mark.parametrize(
    ("groups", "keys", "count"),
    [
        (OBJECTS, {}, 1),
        (OBJECTS + "operate-on-class-ids=2\n", {}, 1),
        (OBJECTS + "operate-on-class-ids=0;1\n", {}, 0),
        (OBJECTS + "input-object-min-width=500\n", {}, 0),
        (OBJECTS + "input-object-max-height=2\n", {}, 0),
        (OBJECTS, {"operate_on_gie_id": 1}, 1),
        (OBJECTS, {"operate_on_gie_id": 2}, 0),
        (OBJECTS.replace("objects=1", "objects=0") + "roi-params-src-0=0;0;160;120\n", {}, 1),
        (OBJECTS.replace("objects=1", "objects=0") + "roi-params-src-0=0;0;2;2\n", {}, 0),
        (OBJECTS.replace("objects=1", "objects=0") + "roi-params-src-0=0;0;160;120;1;1;150;110\n",
         {}, 2),
    ],
)  # fmt: skip
def test_objects_that_are_wanted(prepare, detector, groups, keys, count):
    found, one = prepare(
        source("ball"), groups, before=detector, process_on_frame=0, **keys,
        read=lambda prepared: [
            (box(each.roi), box(each.object_meta.rect_params)) for each in prepared.roi_vector
        ],
    )  # fmt: skip
    assert one.error is None
    assert [len(rois) for rois in found[-1]] == ([count] if count else [])
    assert all(roi == of for rois in found[-1] for roi, of in rois)


# ---- nvinfer on them ----


def infer(folder, model, labels=LABELS, name="infer.txt", **keys):
    given = {"input-tensor-from-meta": 1, "gie-unique-id": 1} | keys
    return configuration(folder, model, labels=labels, name=name, **given)


@pytest.fixture
def chain(collect, tmp_path):
    """``chain(sources, groups, model, read, **keys)``: what is on each frame behind nvinfer."""

    def play(sources, groups, model, read, keys=None, **tensor):
        given = {"user": "pixel-normalization-factor=0.00392156862745098\n"} | tensor
        path = preprocess_file(tmp_path, groups, size=(WIDTH, HEIGHT), **given)
        more = {"num-detected-classes": 3, "cluster-mode": 2} if keys is None else keys
        config = infer(tmp_path, model, **more)
        count = sources.count("m.sink_")
        return collect(
            f"{MUX.format(count)} ! nvdspreprocess config-file={path} ! queue ! "
            f"nvinfer config-file-path={config} batch-size=4 ! {SINK} {sources}",
            read,
        )

    return play


def boxes(_frame, objects):
    return [box(each.rect_params) for each in objects]


HALF = f"{WIDTH // 2};{HEIGHT // 2}"
QUARTERS = "[group-0]\nsrc-ids=0\nprocess-on-roi=1\nroi-params-src-0={}\n"


def test_boxes_are_moved_back_into_the_frame(chain, build):
    """A region of half the size is twice as large for the network; the ball lies at its edges."""
    one = build(ball() + "fakesink name=sink enable-last-sample=true")
    one.play()
    left, top, width, height = bright_box(one, WIDTH, HEIGHT)
    x, y = (left - 10) // 2 * 2, (top - 10) // 2 * 2
    groups = QUARTERS.format(f"{x};{y};{HALF}")
    found = chain(source("ball"), groups, nanodet, boxes, scaling_filter=0)
    assert found[0] == [[pytest.approx((left, top, width, height), abs=0.5)]]


def test_a_whole_frame_gives_the_boxes_that_nvinfer_finds_by_itself(chain, collect, tmp_path):
    found = chain(source("ball"), "[group-0]\nsrc-ids=0\nprocess-on-roi=0\n", nanodet, boxes)
    config = infer(tmp_path, nanodet, name="own.txt", **{
        "num-detected-classes": 3, "cluster-mode": 2, "input-tensor-from-meta": 0,
    })  # fmt: skip
    text = f"{MUX.format(1)} ! nvinfer config-file-path={config} ! {SINK} {source('ball')}"
    assert found == collect(text, boxes)
    assert [len(objects) for (objects,) in found] == [1, 1]


@pytest.mark.parametrize(("clip", "cut"), [({}, True), ({"clip-object-outside-roi": 0}, False)])
def test_boxes_are_cut_to_their_region(chain, tmp_path, clip, cut):
    """A network that finds all of its input, whose lower half is padding."""

    def greedy(path):
        net = Finder()
        net.save(path, boxes=net.row(0, 0, WIDTH, HEIGHT), scores=net.row(0.1, 0.2, 0.9))

    groups = QUARTERS.format(f"20;30;{WIDTH // 2};{HEIGHT // 4}")
    keys = {"num-detected-classes": 3, "cluster-mode": 2} | clip
    found = chain(source(), groups, greedy, boxes, keys, maintain_aspect_ratio=1)
    expected = (20, 30, WIDTH // 2, HEIGHT // 4 if cut else HEIGHT // 2)
    assert found[0] == [[pytest.approx(expected)]]


def test_regions_of_several_sources_and_tensors(chain):
    """Three regions, two a tensor; the boxes are on their own frames."""
    groups = (
        "[group-0]\nsrc-ids=0;1\nprocess-on-roi=1\n"
        f"roi-params-src-0=0;0;{WIDTH};{HEIGHT}\n"
        f"roi-params-src-1=0;0;{WIDTH};{HEIGHT};0;0;{WIDTH};{HEIGHT}\n"
    )
    sources = source("black", 0) + source("ball", 1)
    found = chain(
        sources, groups, nanodet,
        lambda frame, objects: (frame.source_id, frame.bInferDone, len(objects)), batch=2,
    )  # fmt: skip
    # Where nothing is bright the box has no size, and is left out.
    by_source = {source_id: (done, count) for source_id, done, count in found[0]}
    assert by_source[1] == (1, 2)
    assert by_source[0][0] == 1


def secondary(folder, detector_line, groups, size=(32, 32), **keys):
    path = preprocess_file(
        folder, groups, size=size, process_on_frame=0, target_unique_ids="2",
        user="pixel-normalization-factor=0.00392156862745098\n",
    )  # fmt: skip
    colours = infer(
        folder, classifier, ["red;green;blue", "dark;light"], "classify.txt",
        **{"network-type": 1, "gie-unique-id": 2, "process-mode": 2, "classifier-threshold": 0.3},
        **keys,
    )  # fmt: skip
    return (
        f"{MUX.format(1)} ! {detector_line} nvdspreprocess config-file={path} ! "
        f"nvinfer config-file-path={colours} ! {SINK} "
    )


def test_labels_of_objects(collect, detector, tmp_path):
    found = collect(
        secondary(tmp_path, detector, OBJECTS) + source("ball"),
        lambda _frame, objects: [
            (each.obj_label, [
                label.result_label
                for found in iter_list(each.classifier_meta_list)
                for label in iter_list(found.label_info_list)
            ])
            for each in objects
        ],
    )  # fmt: skip
    assert found[0][0][0][0] == "ball"
    assert "light" in found[0][0][0][1]


def test_labels_of_regions_are_on_the_region(build, tmp_path):
    path = preprocess_file(
        tmp_path, ROI, size=(32, 32), user="pixel-normalization-factor=0.0039215686\n"
    )
    config = infer(
        tmp_path, classifier, ["red;green;blue", "dark;light"],
        **{"network-type": 1, "classifier-threshold": 0.3},
    )  # fmt: skip
    one = build(
        f"{MUX.format(1)} ! nvdspreprocess config-file={path} ! "
        f"nvinfer name=infer config-file-path={config} ! {SINK} "
        + source("solid-color foreground-color=0xffff0000")
    )
    found = []

    def note(_pad, info):
        (prepared,) = prepared_of(BatchMeta.of(info))
        (roi,) = prepared.roi_vector
        labels = [
            label.result_label
            for each in iter_list(roi.classifier_meta_list)
            for label in iter_list(each.label_info_list)
        ]
        found.append((labels, roi.frame_meta.num_obj_meta, roi.object_meta))

    one.probes.append(attach(one["infer"].get_static_pad("src"), note))
    one.play()
    assert one.error is None
    assert found[0] == (["red", "light"], 0, None)


def test_tensors_and_masks_are_on_the_region(build, tmp_path):
    path = preprocess_file(tmp_path, ROI, size=(WIDTH, HEIGHT))
    config = infer(
        tmp_path, segmenter, (),
        **{"network-type": 2, "num-detected-classes": 2, "segmentation-threshold": 0.5,
           "output-tensor-meta": 1},
    )  # fmt: skip
    one = build(
        f"{MUX.format(1)} ! nvdspreprocess config-file={path} ! "
        f"nvinfer name=infer config-file-path={config} ! {SINK} {source()}"
    )
    found = []

    def note(_pad, info):
        (prepared,) = prepared_of(BatchMeta.of(info))
        (roi,) = prepared.roi_vector
        kinds = {type(each.user_meta_data).__name__ for each in iter_list(roi.roi_user_meta_list)}
        found.append((kinds, list(roi.frame_meta.iter_user_metas())))

    one.probes.append(attach(one["infer"].get_static_pad("src"), note))
    one.play()
    assert one.error is None
    assert found[0] == ({"TensorMeta", "SegmentationMeta"}, [])


@pytest.mark.parametrize(
    ("tensor", "said"),
    [
        ({"target_unique_ids": "9"}, None),
        ({"tensor_name": "input_1"}, "The tensor of nvdspreprocess is called 'input_1', and the "
         "input of the network 'images': nothing is inferred."),
    ],
)  # fmt: skip
def test_tensors_for_others_are_left_alone(run, tmp_path, tensor, said):
    path = preprocess_file(tmp_path, size=(WIDTH, HEIGHT), **tensor)
    config = infer(tmp_path, nanodet, **{"num-detected-classes": 3, "cluster-mode": 2})
    one = run(
        f"{MUX.format(1)} ! nvdspreprocess config-file={path} ! nvinfer name=infer "
        f"config-file-path={config} ! {SINK} {source('ball')}"
    )
    assert one.error is None
    assert one.rendered == 2
    assert one.warnings == ([said] if said else [])


@pytest.mark.parametrize(
    ("tensor", "got"),
    [
        ({"size": (16, 12)}, "float32 [1, 3, 12, 16]"),
        ({"tensor_data_type": 7}, f"float16 [1, 3, {HEIGHT}, {WIDTH}]"),
        ({"network_input_order": 1, "network_input_shape": f"4;{HEIGHT};{WIDTH};3"},
         f"float32 [1, {HEIGHT}, {WIDTH}, 3]"),
    ],
)  # fmt: skip
def test_a_tensor_that_the_network_does_not_take_is_an_error(run, tmp_path, tensor, got):
    path = preprocess_file(tmp_path, **({"size": (WIDTH, HEIGHT)} | tensor))
    config = infer(tmp_path, nanodet, **{"num-detected-classes": 3, "cluster-mode": 2})
    one = run(
        f"{MUX.format(1)} ! nvdspreprocess config-file={path} ! "
        f"nvinfer config-file-path={config} ! {SINK} {source()}"
    )
    assert "the tensor of nvdspreprocess is not what the network takes" in one.error
    assert f"expected: float32 [n, 3, {HEIGHT}, {WIDTH}]" in one.error
    assert f"got: {got}" in one.error
    assert "network-input-shape" in one.error


# ---- the element ----


def test_its_properties_and_what_the_file_sets(tmp_path):
    portable.install(["nvdspreprocess"])
    element = Gst.ElementFactory.make("nvdspreprocess")
    names = ("unique-id", "enable", "gpu-id", "process-on-frame", "operate-on-gie-id",
             "target-unique-ids", "config-file")  # fmt: skip
    assert [element.get_property(name) for name in names] == [15, True, 0, True, -1, "", ""]
    path = preprocess_file(
        tmp_path, OBJECTS, unique_id=5, process_on_frame=0, operate_on_gie_id=3,
        target_unique_ids="3;4",
    )  # fmt: skip
    element.set_property("gpu-id", 2)
    element.set_property("config-file", str(path))
    found = [element.get_property(name) for name in names]
    assert found == [5, True, 2, False, 3, "3;4;", str(path)]
    element.set_property("target-unique-ids", "7 8;9")
    element.set_property("operate-on-gie-id", -1)
    assert element.get_property("target-unique-ids") == "7;8;9;"
    assert element.get_property("operate-on-gie-id") == -1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nvdspreprocess", "nvdspreprocess has no configuration file: set config-file to one"),
        ("nvdspreprocess config-file=/no/file.txt", "/no/file.txt cannot be read: No such file"),
    ],
)
def test_it_does_not_start_without_a_file(run, text, said):
    one = run(f"{MUX.format(1)} ! {text} ! {SINK} {source()}")
    assert one.error.startswith(said)


def test_buffers_without_metadata_are_refused(run, tmp_path):
    path = preprocess_file(tmp_path)
    one = run(f"{ball()} {RGBA} ! nvdspreprocess name=prepare config-file={path} ! {SINK}")
    assert one.error == (
        "A buffer without metadata has no frames to prepare: put nvstreammux before prepare."
    )


# ---- pyds ----


def test_pyds_reads_it(build, tmp_path):
    path = preprocess_file(tmp_path, ROI)
    one = build(
        f"{MUX.format(1)} ! nvdspreprocess name=prepare config-file={path} ! {SINK} {source()}"
    )
    found = []

    def note(_pad, info):
        batch = pyds.gst_buffer_get_nvds_batch_meta(hash(info.get_buffer()))
        user = pyds.NvDsUserMeta.cast(batch.batch_user_meta_list.data)
        assert user.base_meta.meta_type == pyds.NvDsMetaType.NVDS_PREPROCESS_BATCH_META
        meta = pyds.GstNvDsPreProcessBatchMeta.cast(user.user_meta_data)
        (roi,) = meta.roi_vector
        tensor = meta.tensor_meta
        assert pyds.get_ptr(tensor.raw_tensor_buffer)
        assert tensor.private_data is None
        with pytest.raises(AttributeError):
            tensor.tensor_shape = []
        found.append(
            (meta.target_unique_ids, tensor.tensor_shape, tensor.tensor_name, tensor.data_type,
             tensor.buffer_size, box(roi.roi), roi.scale_ratio_x, roi.frame_meta.source_id,
             roi.object_meta, roi.classifier_meta_list)
        )  # fmt: skip

    probe = attach(one["prepare"].get_static_pad("src"), note)
    one.probes.append(probe)
    one.play()
    assert probe.stats().errors == {}
    assert found[0] == (
        [1], [1, 3, 12, 16], "images", pyds.NvDsDataType.of(0),
        3 * 12 * 16 * 4, (32, 20, 16, 12), 1.0, 0, None, None,
    )  # fmt: skip
