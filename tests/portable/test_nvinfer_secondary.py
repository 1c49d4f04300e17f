"""nvinfer on objects: which ones, their crops, batches of crops, children, what is remembered."""

from __future__ import annotations

import numpy as np
import pytest
from standins.networks import (
    HEIGHT,
    LABELS,
    WIDTH,
    ball,
    bright_box,
    classifier,
    configuration,
    nanodet,
)

from pythiags import frames_per_batch, portable
from pythiags.gst import Gst
from pythiags.gst._gst import BatchMeta, set_infer_engine
from pythiags.gst.probe import attach
from pythiags.inference import Attribute, ClassAttributes, Findings, Targets
from pythiags.portable.nvinfer import Engine, Plan

SIDES = ("left", "top", "width", "height")
SIZE = 64


class Network:
    """An engine that keeps its tensors and gives each picture what ``find(tensor)`` gives."""

    def __init__(self, find, **plan):
        self.find, self.tensors = find, []
        given = {
            "infer_dims": (3, 16, 16),
            "model_color_format": 0,
            "maintain_aspect_ratio": False,
            "symmetric_padding": False,
            "scaling_filter": 1,
            "net_scale_factor": 1.0,
            "offsets": (0.0, 0.0, 0.0),
            "interval": 0,
            "unique_id": 2,
            "classes": (ClassAttributes(label="part"),),
            "targets": Targets(),
        } | plan
        self.plan = Plan(**given)

    def infer(self, tensor):
        self.tensors.append(tensor.copy())
        return self.find(tensor)

    def close(self):
        pass

    @property
    def counts(self):
        return [len(tensor) for tensor in self.tensors]


def nothing(tensor):
    return Findings(boxes=[np.empty((0, 6), np.float32)] * len(tensor))


@pytest.fixture
def second():
    """``second(find, **plan)``: have nvinfer run this network."""

    def use(find=nothing, **plan):
        network = Network(find, **plan)
        set_infer_engine(lambda _: network)
        return network

    yield use
    set_infer_engine(portable._open_engine)


def add(frame, left, top, width, height, *, gie=1, class_id=0, number=None):
    """An object as a detector leaves it, or a tracker if it has a number."""
    each = frame.add_object()
    each.unique_component_id, each.class_id = gie, class_id
    each.obj_label = each.text_params.display_text = "car"
    for side, value in zip(SIDES, (left, top, width, height), strict=True):
        setattr(each.rect_params, side, value)
    if number is not None:
        each.object_id = number
    return each


def put(element, place):
    """Give each buffer that passes an element a batch, with what ``place(frame)`` adds."""
    return attach(
        element.get_static_pad("src"), lambda _, info: place(BatchMeta.attach(info).add_frame())
    )


@pytest.fixture
def play(build):
    """``play(place, frames=1)``: ``place(frame)`` adds objects before nvinfer; what leaves it, as
    ``read(frame)`` has it, a list a frame."""

    def run(place, read=lambda frame: None, frames=1, source="pattern=black", sources=1):
        size = f"video/x-raw,format=RGBA,width={SIZE},height={SIZE}"
        mux = f"nvstreammux name=m batch-size={sources} width={SIZE} height={SIZE} ! "
        one = build(
            "".join(
                f"videotestsrc num-buffers={frames} {source} ! {size} ! m.sink_{number} "
                for number in range(sources)
            )
            + mux
            + "identity name=before ! nvinfer ! fakesink name=sink"
        )
        one.edit("before", place)
        seen = []

        def note(_pad, info):
            seen.extend(read(frame) for frame in frames_per_batch(info))

        one.probes.append(attach(one["sink"].get_static_pad("sink"), note))
        assert one.play().error is None
        return seen

    return run


# ---- which objects ----


@pytest.mark.parametrize(
    ("targets", "kept"),
    [
        (Targets(), 4),
        (Targets(gie_id=1), 3),
        (Targets(gie_id=9), 1),
        (Targets(gie_id=5), 0),
        (Targets(class_ids=(0,)), 2),
        (Targets(class_ids=(2, 3)), 2),
        (Targets(gie_id=1, class_ids=(2,)), 1),
        (Targets(min_size=(20, 0)), 3),
        (Targets(min_size=(21, 0)), 1),
        (Targets(min_size=(0, 11)), 2),
        (Targets(max_size=(20, 0)), 3),
        (Targets(max_size=(0, 10)), 2),
        (Targets(min_size=(20, 10), max_size=(20, 10)), 1),
    ],
)
def test_objects_are_chosen_by_network_class_and_size(second, play, targets, kept):
    network = second(targets=targets)

    def place(frame):
        add(frame, 0, 0, 20, 10)
        add(frame, 10, 10, 10, 30)
        add(frame, 0, 0, 40, 10, class_id=2)
        add(frame, 0, 0, 20, 20, gie=9, class_id=3)

    play(place)
    assert sum(network.counts) == kept


def test_objects_beyond_the_picture_or_without_a_size_are_left_out(second, play):
    network = second()

    def place(frame):
        for box in (
            (SIZE, 0, 10, 10),
            (0, 200, 10, 10),
            (0, 0, 1, 9),
            (3, 3, 0, 0),
            (float("nan"), 0, float("nan"), 4),
            (-20, -20, float("inf"), float("inf")),  # all of the picture
            (SIZE - 4, SIZE - 4, 1e9, 1e9),
        ):
            add(frame, *box)

    play(place)
    assert network.counts == [2]


def test_a_batch_of_crops_is_taken_across_the_frames_up_to_the_batch_size(second, play):
    network = second(batch_size=4)
    play(lambda frame: [add(frame, 0, 0, 20, 20) for _ in range(3)], sources=3)
    assert network.counts == [4, 4, 1]


def test_without_an_object_the_network_does_not_run(second, play):
    network = second()
    assert play(lambda _: None, lambda frame: frame.bInferDone, frames=3) == [0, 0, 0]
    assert network.tensors == []


def test_the_interval_counts_for_whole_frames_only(second, play):
    network = second(interval=4)
    play(lambda frame: add(frame, 0, 0, 20, 20), frames=3)
    assert network.counts == [1, 1, 1]


# ---- crops ----


def gradient(left, top, width, height):
    """Of a picture whose red is 4 * column and green 4 * row."""
    columns = (np.arange(left, left + width) * 4).astype(np.float32)
    rows = (np.arange(top, top + height) * 4).astype(np.float32)
    return np.stack(
        [
            np.tile(columns, (height, 1)),
            np.tile(rows[:, None], (1, width)),
            np.zeros((height, width)),
        ]
    )


@pytest.fixture
def crop(second, build):
    """``crop(box, form, **plan)``: the tensor of one object of a picture with gradients."""

    def take(box, form="RGBA", **plan):
        network = second(**plan)
        one = build(
            f"appsrc name=source format=time ! videoconvert ! video/x-raw,format={form} ! "
            "identity name=before ! nvinfer ! fakesink name=sink"
        )
        caps = f"video/x-raw,format=RGBA,width={SIZE},height={SIZE},framerate=10/1"
        one["source"].set_property("caps", Gst.Caps.from_string(caps))
        one.probes.append(put(one["before"], lambda frame: add(frame, *box)))
        picture = np.full((SIZE, SIZE, 4), 255, np.uint8)
        picture[..., :3] = gradient(0, 0, SIZE, SIZE).transpose(1, 2, 0)
        one["source"].emit("push-buffer", Gst.Buffer.new_wrapped(picture.tobytes()))
        one["source"].emit("end-of-stream")
        assert one.play().error is None
        ((tensor,),) = network.tensors
        return tensor

    return take


@pytest.mark.parametrize("form", ["RGBA", "NV12", "I420", "BGR", "YUY2", "Y444", "Y42B"])
@pytest.mark.parametrize("box", [(16, 20, 16, 16), (48, 0, 16, 16), (0, 48, 16, 16)])
def test_a_crop_has_the_pixels_of_its_object(crop, form, box):
    exact = form in {"RGBA", "BGR"}
    assert crop(box, form) == pytest.approx(gradient(*box), abs=0.01 if exact else 9)


@pytest.mark.parametrize(
    ("box", "even"),
    [
        ((15.9, 19.2, 17.9, 17.9), (16, 20, 16, 16)),
        ((-5, -7, 16, 16), (0, 0, 16, 16)),
        ((56, 56, 30, 30), (56, 56, 8, 8)),
    ],
)
def test_the_crop_lies_on_even_pixels_within_the_picture(crop, box, even):
    size = even[3], even[2]
    assert crop(box, infer_dims=(3, *size)) == pytest.approx(gradient(*even), abs=0.01)


@pytest.mark.parametrize(("symmetric", "first"), [(False, 0), (True, 4)])
def test_a_crop_keeps_its_proportions_if_it_is_asked_to(crop, symmetric, first):
    tensor = crop((16, 16, 16, 8), maintain_aspect_ratio=True, symmetric_padding=symmetric)
    expected = np.zeros((3, 16, 16))
    expected[:, first : first + 8] = gradient(16, 16, 16, 8)
    assert tensor == pytest.approx(expected, abs=0.01)


# ---- detectors ----


def boxes(frame):
    return [
        (each.obj_label, *(getattr(each.rect_params, side) for side in SIDES))
        for each in frame.iter_objects()
    ]


@pytest.mark.parametrize(
    ("plan", "found"),
    [
        ({}, (10 + 4 * 2, 20 + 2 * 1, 8 * 2, 4 * 1)),  # of a crop of 32 x 16, from 10, 20
        ({"maintain_aspect_ratio": True}, (10 + 8, 20 + 4, 16, 8)),
        ({"maintain_aspect_ratio": True, "symmetric_padding": True}, (10 + 8, 20, 16, 8)),
    ],
)
def test_children_lie_in_the_frame_and_have_their_parent(second, play, plan, found):
    row = np.array([[0, 0.5, 4, 2, 8, 4]], np.float32)
    second(lambda tensor: Findings(boxes=[row] * len(tensor)), **plan)

    def read(frame):
        car, part = frame.iter_objects()
        org = part.detector_bbox_info.org_bbox_coords
        return (
            boxes(frame)[1:],
            tuple(getattr(org, side) for side in SIDES),
            part.parent == car,
            (part.unique_component_id, part.confidence, part.object_id),
            (part.text_params.x_offset, part.text_params.y_offset),
            (frame.num_obj_meta, frame.bInferDone),
        )

    seen = play(lambda frame: add(frame, 10, 20, 32, 16), read)
    x, y = found[0], found[1] - 10
    assert seen == [([("part", *found)], found, True, (2, 0.5, 2**64 - 1), (x, y), (2, 1))]


def test_a_childs_place_is_limited_to_its_parents_left_and_top(second, play):
    row = np.array([[0, 0.5, -4, -4, 16, 16]], np.float32)
    second(lambda tensor: Findings(boxes=[row] * len(tensor)))
    seen = play(lambda frame: add(frame, 10, 20, 16, 16), boxes)
    assert seen == [[("car", 10, 20, 16, 16), ("part", 10, 20, 16, 16)]]


def test_children_go_to_their_own_parents_and_frames(second, play):
    def find(tensor):
        number = iter(tensor[:, 2].mean(axis=(1, 2)).round())
        return Findings(boxes=[np.array([[0, n / 256, 0, 0, 8, 8]], np.float32) for n in number])

    second(find, batch_size=2)

    def read(frame):
        cars, parts = list(frame.iter_objects())[:3], list(frame.iter_objects())[3:]
        return [cars.index(part.parent) for part in parts]

    assert (
        play(lambda f: [add(f, 8 * n, 0, 16, 16) for n in range(3)], read, sources=2)
        == [[0, 1, 2]] * 2
    )


# ---- classifiers ----

CLASSIFIER = {"network_type": 1, "classes": ()}


def colour(tensor):
    """red where the picture's mean is above 100, else nothing."""
    found = [
        [Attribute(0, 3, 0.75, "red"), Attribute(1, 0, 0.5, "sedan")] if mean > 100 else []
        for mean in tensor.mean(axis=(1, 2, 3)).tolist()
    ]
    return Findings(labels=found)


def labels(frame):
    return [
        (
            each.text_params.display_text,
            [
                (
                    *(meta.unique_component_id, meta.num_labels, meta.classifier_type),
                    *(
                        (i.label_id, i.result_class_id, i.result_label, i.result_prob)
                        for i in meta.iter_labels()
                    ),
                )
                for meta in each.iter_classifiers()
            ],
        )
        for each in frame.iter_objects()
    ]


RED = (2, 2, None, (0, 3, "red", 0.75), (1, 0, "sedan", 0.5))


def test_labels_are_attached_and_appended_to_the_text_as_deepstream_writes_it(second, play):
    second(colour, **CLASSIFIER)
    seen = play(lambda frame: add(frame, 0, 0, 20, 20), labels, source="pattern=white")
    assert seen == [[("car red sedan ", [RED])]]


def test_without_a_label_nothing_is_attached(second, play):
    second(colour, **CLASSIFIER)
    assert play(lambda frame: add(frame, 0, 0, 20, 20), labels) == [[("car", [])]]
    second(lambda tensor: Findings(labels=[[Attribute(0, 1, 0.9)]] * len(tensor)), **CLASSIFIER)
    assert play(lambda frame: add(frame, 0, 0, 20, 20), labels) == [[("car", [])]]


def test_a_classifier_of_whole_frames_adds_an_object_as_large_as_the_frame(second, play):
    second(colour, **CLASSIFIER, targets=None, classifier_type="colour")

    def read(frame):
        (each,) = frame.iter_objects()
        rect = each.rect_params
        return (
            boxes(frame) + labels(frame),
            (each.class_id, each.object_id, each.unique_component_id),
            (rect.border_width, rect.has_bg_color, rect.border_color.red),
        )

    seen = play(lambda frame: None, read, source="pattern=white")
    whole = ("", 0, 0, SIZE, SIZE)
    red = (2, 2, "colour", *RED[3:])
    assert seen == [([whole, (" red sedan ", [red])], (-1, 2**64 - 1, 2), (6, 0, 1))]


def test_each_object_has_the_labels_of_its_own_crop_whatever_the_batches(second, play):
    def brightness(tensor):
        means = tensor.mean(axis=(1, 2, 3)).round().astype(int).tolist()
        return Findings(labels=[[Attribute(0, 1, 1.0, str(mean))] for mean in means])

    def place(frame):
        for row in range(0, SIZE, 8):
            add(frame, 0, row, 16, 8)

    def read(frame):
        return [int(text.split()[1]) for text, _ in labels(frame)]

    seen = []
    for size in (0, 3):
        second(brightness, **CLASSIFIER, batch_size=size)
        seen.append(play(place, read, source="pattern=gradient", sources=2))
    assert seen[0] == seen[1]
    assert seen[0][0] == sorted(set(seen[0][0]))
    assert len(seen[0][0]) == SIZE / 8


@pytest.mark.parametrize(
    ("interval", "inferred"), [(2**31 - 1, [1, 0, 0, 0]), (0, [1, 1, 1, 1]), (1, [1, 0, 1, 0])]
)
def test_a_tracked_object_is_looked_at_again_after_the_interval(second, play, interval, inferred):
    network = second(colour, **CLASSIFIER, targets=Targets(reinfer_interval=interval))
    seen = play(
        lambda frame: add(frame, 0, 0, 20, 20, number=7), labels, frames=4, source="pattern=white"
    )
    assert sum(network.counts) == sum(inferred)
    assert seen == [[("car red sedan ", [RED])]] * 4  # what was found is given to the others


def test_a_tracked_object_is_looked_at_again_once_it_has_grown_by_a_fifth(second, play):
    network = second(colour, **CLASSIFIER)
    sizes = [20, 21, 22, 23, 23, 30]  # squared: 400, 441, 484, 529 ... 900
    place = iter(sizes)

    def grow(frame):
        size = next(place)
        add(frame, 0, 0, size, size, number=7)

    play(grow, frames=len(sizes))
    assert network.counts == [1, 1, 1]


def test_objects_that_nothing_tracks_are_looked_at_every_time(second, play):
    network = second(colour, **CLASSIFIER)
    play(lambda frame: add(frame, 0, 0, 20, 20), frames=4)
    assert network.counts == [1, 1, 1, 1]


def test_each_source_has_tracks_of_its_own(second, play):
    network = second(colour, **CLASSIFIER)
    play(lambda frame: add(frame, 0, 0, 20, 20, number=7), frames=2, sources=2)
    assert network.counts == [2]


def test_a_secondary_detector_looks_at_tracked_objects_every_time_or_after_the_interval(
    second, play
):
    network = second()
    play(lambda frame: add(frame, 0, 0, 20, 20, number=7), frames=4)
    assert network.counts == [1, 1, 1, 1]
    network = second(targets=Targets(reinfer_interval=2))
    play(lambda frame: add(frame, 0, 0, 20, 20, number=7), frames=4)
    assert network.counts == [1, 1]


def test_asynchronous_mode_leaves_out_what_nothing_tracks_and_says_so_once(second, build):
    network = second(colour, **CLASSIFIER, targets=Targets(tracked_only=True))
    one = build(
        f"videotestsrc num-buffers=3 ! video/x-raw,width={SIZE},height={SIZE},format=RGBA ! "
        "identity name=before ! nvinfer ! fakesink name=sink"
    )

    def place(frame):
        add(frame, 0, 0, 20, 20)
        add(frame, 0, 0, 20, 20, number=3)

    one.probes.append(put(one["before"], place))
    assert one.play().error is None
    assert network.counts == [1]
    assert ["Untracked objects in metadata" in text for text in one.warnings] == [True]


# ---- real networks ----


def test_a_tracked_ball_is_classified_once_and_has_its_labels_in_every_frame(
    collect, tmp_path, monkeypatch
):
    first = configuration(
        tmp_path, nanodet, "[class-attrs-all]\npre-cluster-threshold=0.5\n", LABELS, "first.txt"
    )
    second = configuration(
        tmp_path,
        classifier,
        labels=("red;green;blue", "dark;bright"),
        name="second.txt",
        **{"process-mode": 2, "network-type": 1, "gie-unique-id": 2},
    )
    runs, infer = [], Engine.infer

    def noted(engine, tensor):
        runs.extend([tensor.shape[-1]] * len(tensor))
        return infer(engine, tensor)

    monkeypatch.setattr(Engine, "infer", noted)

    def read(_frame, objects):
        return [
            (
                each.object_id,
                [i.result_label for c in each.iter_classifiers() for i in c.iter_labels()],
            )
            for each in objects
        ]

    mux = f"m.sink_0 nvstreammux name=m batch-size=1 width={WIDTH} height={HEIGHT} ! "
    tracker = "nvtracker ll-lib-file=libnvds_nvmultiobjecttracker.so ! "
    seen = collect(
        ball(12) + mux + f"nvinfer config-file-path={first} ! {tracker}"
        f"nvinfer config-file-path={second} ! fakesink name=sink",
        read,
    )
    tracked = [each for ((each,),) in filter(any, seen)]  # none until the tracker is sure of it
    assert len(tracked) > 4
    assert all(labels == ["red", "bright"] for _, labels in tracked)
    assert runs.count(32) == len({number for number, _ in tracked}) == 1


def test_a_detector_and_two_secondary_networks_find_the_ball_its_colour_and_itself(
    collect, run, tmp_path
):
    first = configuration(
        tmp_path,
        nanodet,
        "[class-attrs-all]\npre-cluster-threshold=0.5\n",
        LABELS,
        "first.txt",
        **{"cluster-mode": 2, "gie-unique-id": 1},
    )
    second = configuration(
        tmp_path,
        classifier,
        labels=("red;green;blue", "dark;bright"),
        name="second.txt",
        **{"process-mode": 2, "network-type": 1, "gie-unique-id": 2, "operate-on-gie-id": 1},
        **{"operate-on-class-ids": "2;5", "classifier-threshold": 0.3},
        **{"maintain-aspect-ratio": 1, "batch-size": 4, "classifier-type": "look"},
    )
    third = configuration(
        tmp_path,
        nanodet,
        "[class-attrs-all]\npre-cluster-threshold=0.5\n",
        LABELS,
        "third.txt",
        **{"cluster-mode": 2, "gie-unique-id": 3, "process-mode": 2, "operate-on-gie-id": 1},
    )

    def read(_frame, objects):
        outer, inner = objects
        return (
            [(i.result_label, i.label_id, i.result_class_id) for c in outer.iter_classifiers()
             for i in c.iter_labels()],
            [c.classifier_type for c in outer.iter_classifiers()],
            outer.text_params.display_text,
            [[getattr(each.rect_params, side) for side in SIDES] for each in objects],
            (inner.parent == outer, inner.obj_label, list(inner.iter_classifiers())),
        )  # fmt: skip

    chain = " ! ".join(f"nvinfer config-file-path={path}" for path in (first, second, third))
    ((seen,),) = collect(ball(1) + chain + " ! fakesink name=sink", read)
    frame = run(ball(1) + "fakesink name=sink enable-last-sample=true")
    box = bright_box(frame, WIDTH, HEIGHT)
    found, kinds, text, (outer, inner), child = seen
    assert [(label, place) for label, place, _ in found] == [("red", 0), ("bright", 1)]
    assert kinds == ["look"]
    assert text == "ball red bright "
    assert outer == pytest.approx(box, abs=0.01)
    assert inner == pytest.approx(box, abs=2)  # of a crop that is even, scaled to the network
    assert child == (True, "ball", [])
