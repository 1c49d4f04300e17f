"""nvinfer with networks of every kind: tensors, masks, segmentation, and how they are read."""

from __future__ import annotations

import gc

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
    onnx,
    segmenter,
)

from pythiags import (
    frames_per_batch,
    objects_per_frame,
    segmentations_per_frame,
    segmentations_per_object,
    tensors_per_frame,
    tensors_per_object,
)
from pythiags.errors import ConfigError
from pythiags.gst.probe import attach
from pythiags.portable.nvinfer import Engine

SIDES = ("left", "top", "width", "height")
THRESHOLD = "[class-attrs-all]\npre-cluster-threshold=0.5\n"


def chain(*paths):
    return " ! ".join(f"nvinfer config-file-path={path}" for path in paths) + " ! "


@pytest.fixture
def look(build):
    """``look(text, read)``: play, and what ``read(frame)`` gives of each frame at the sink."""

    def play(text, read):
        one, seen = build(text + "fakesink name=sink"), []
        pad = one["sink"].get_static_pad("sink")
        probe = attach(pad, lambda _, info: seen.extend(map(read, frames_per_batch(info))))
        one.probes.append(probe)
        assert one.play().error is None
        assert probe.stats().errors == {}
        return seen

    return play


@pytest.fixture
def picture(run):
    """The pixels of the ball, as the network gets them: [height, width], 0 to 255."""
    frame = run(ball() + "fakesink name=sink enable-last-sample=true")
    _, content = frame.last()
    return np.frombuffer(content, np.uint8).reshape(HEIGHT, WIDTH, 4)[..., :3].max(axis=2)


@pytest.fixture
def box(run):
    return bright_box(run(ball() + "fakesink name=sink enable-last-sample=true"), WIDTH, HEIGHT)


# ---- tensors ----


def detector(folder, name="detector.txt", **keys):
    given = {"cluster-mode": 2, "gie-unique-id": 1} | keys
    return configuration(folder, nanodet, THRESHOLD, LABELS, name, **given)


def test_tensors_are_on_the_frame_by_their_names(look, tmp_path, box):
    path = detector(tmp_path, output_tensor_meta=1, gie_unique_id=5)

    def read(frame):
        (meta,) = tensors_per_frame(frame)
        size = meta.network_info
        return (
            (meta.unique_id, meta.num_output_layers, size.width, size.height, size.channels),
            (meta.maintain_aspect_ratio, meta.symmetric_padding),
            {
                name: (layer.dims, layer.dataType, layer.to_array().tolist())
                for name, layer in meta.layers().items()
            },
            [meta.output_layers_info(number).layerName for number in range(2)],
            len(list(objects_per_frame(frame))),
        )

    ((numbers, padding, layers, names, objects),) = look(ball() + chain(path), read)
    left, top, width, height = (int(side) for side in box)
    assert numbers == (5, 2, WIDTH, HEIGHT, 3)
    assert padding == (0, 0)
    assert layers["boxes"] == ((1, 4), 0, [[left, top, left + width, top + height]])
    assert layers["scores"] == ((1, 3), 0, [pytest.approx([0.1, 0.2, 0.9])])
    assert names == ["boxes", "scores"]
    assert objects == 1


def test_a_network_of_another_kind_has_tensors_only(look, tmp_path):
    path = configuration(tmp_path, nanodet, network_type=100, output_tensor_meta=1)

    def read(frame):
        counts = [len(list(of(frame))) for of in (tensors_per_frame, objects_per_frame)]
        return counts, frame.bInferDone

    assert look(ball() + chain(path), read) == [([1, 0], 0)]  # whoever reads them sets it


def test_tensors_of_a_secondary_network_are_on_its_objects(look, tmp_path):
    secondary = configuration(
        *(tmp_path, classifier),
        name="second.txt",
        **{"network-type": 100, "output-tensor-meta": 1, "process-mode": 2, "gie-unique-id": 2},
    )

    def read(frame):
        (each,) = objects_per_frame(frame)
        (meta,) = tensors_per_object(each)
        return (
            list(tensors_per_frame(frame)),
            meta.unique_id,
            meta.layers()["colour"].to_array().round(2).tolist(),
        )

    ((of_frame, number, colours),) = look(ball() + chain(detector(tmp_path), secondary), read)
    assert (of_frame, number) == ([], 2)
    assert colours == pytest.approx([1 / 3] * 3, abs=0.01)  # the ball is white on black


def with_more(path):
    """A detector with outputs beside the ones that are decoded, the first in front of them.

    The last is of no picture, and has as many values as there are pictures in the largest batch.
    """
    net = Finder()
    sides = {"before": net.left, "boxes": net.row(*net.corners), "scores": net.row(0.1, 0.2, 0.9)}
    net.save(path, **sides, after=net.constant(np.float32([7, 8, 9])))


@pytest.mark.parametrize(
    "named", [{}, {"output_blob_names": "boxes;scores"}], ids=["absent", "named"]
)
@pytest.mark.parametrize("batch", [1, 2, 3])
def test_all_outputs_are_attached_whichever_are_decoded(look, tmp_path, batch, named):
    path = configuration(
        *(tmp_path, with_more, THRESHOLD, LABELS),
        **{"cluster-mode": 2, "output-tensor-meta": 1, "batch-size": batch},
        **{"parse-bbox-func-name": "NvDsInferParseNanoDet"} | named,
    )
    pads = "".join(
        f"videotestsrc num-buffers=1 pattern=ball ! video/x-raw,format=RGBA,width={WIDTH},"
        f"height={HEIGHT} ! m.sink_{number} "
        for number in range(3)
    )

    def read(frame):
        (meta,) = tensors_per_frame(frame)
        layers = {name: layer.to_array().tolist() for name, layer in meta.layers().items()}
        (found,) = objects_per_frame(frame)
        assert layers["before"] == [[found.rect_params.left]]
        return list(layers), layers["after"]

    mux = f"nvstreammux name=m width={WIDTH} height={HEIGHT} batch-size=3 ! "
    all_of_them = (["before", "boxes", "scores", "after"], [7, 8, 9])
    assert look(pads + mux + chain(path), read) == [all_of_them] * 3


def test_each_picture_of_a_batch_has_its_own_tensors(look, tmp_path):
    path = configuration(
        *(tmp_path, classifier), network_type=100, output_tensor_meta=1, batch_size=2
    )
    shades = (0x000000, 0x404040, 0xFF0000)
    pads = "".join(
        f"videotestsrc num-buffers=1 pattern=solid-color foreground-color={0xFF000000 | shade} "
        f"! video/x-raw,format=RGBA,width=32,height=32 ! m.sink_{number} "
        for number, shade in enumerate(shades)
    )
    mux = "nvstreammux name=m width=32 height=32 batch-size=3 ! "

    def read(frame):
        (meta,) = tensors_per_frame(frame)
        return frame.source_id, round(float(meta.layers()["light"].to_array()[1]), 2)

    assert sorted(look(pads + mux + chain(path), read)) == [(0, 0), (1, 0.25), (2, 1)]


def test_an_array_outlives_its_buffer_and_is_no_copy(look, tmp_path):
    path = detector(tmp_path, output_tensor_meta=1)
    kept = []

    def read(frame):
        (meta,) = tensors_per_frame(frame)
        layer = meta.layers()["scores"]
        kept.append(layer.to_array())
        assert kept[-1].ctypes.data == layer.buffer
        with pytest.raises(ValueError, match="read-only"):
            kept[-1][0, 0] = 1

    look(ball(40) + chain(path), read)
    gc.collect()
    assert len(kept) == 40
    assert all(each.tolist() == [pytest.approx([0.1, 0.2, 0.9])] for each in kept)


def test_tensors_follow_into_a_copy_of_the_buffer(look, tmp_path):
    path = detector(tmp_path, output_tensor_meta=1)

    def read(frame):
        return [meta.layers()["scores"].dims for meta in tensors_per_frame(frame)]

    copied = ball() + chain(path) + "videoconvert ! video/x-raw,format=BGR ! "
    assert look(copied, read) == [[(1, 3)]]


def whole_numbers(path):
    """int64, int32, uint8, bool and float16, as a network may put them out."""
    net = Finder()
    kinds = ("INT64", "INT32", "UINT8", "BOOL", "FLOAT16")
    made = {kind.lower(): net.Cast(net.left, to=getattr(onnx.TensorProto, kind)) for kind in kinds}
    net.save(path, **made)
    model = onnx.load(path)
    for output in model.graph.output:
        output.type.tensor_type.elem_type = getattr(onnx.TensorProto, output.name.upper())
    onnx.save(model, path)


def test_tensors_have_the_types_of_the_network(look, tmp_path, box):
    path = configuration(tmp_path, whole_numbers, network_type=100, output_tensor_meta=1)

    def read(frame):
        (meta,) = tensors_per_frame(frame)
        arrays = {name: layer.to_array() for name, layer in meta.layers().items()}
        return {name: (str(of.dtype), of.tolist()) for name, of in arrays.items()}, [
            meta.layers()[name].dataType for name in ("int64", "int32", "uint8", "bool", "float16")
        ]

    ((arrays, types),) = look(ball() + chain(path), read)
    assert {name: kind for name, (kind, _) in arrays.items()} == {name: name for name in arrays}
    assert arrays["int64"][1] == [[box[0]]]
    assert types == [4, 3, 5, -1, 1]  # NvDsInferDataType; it has no bool


# ---- semantic segmentation ----


@pytest.mark.parametrize("last", [False, True])
def test_a_segmentation_gives_the_class_of_each_pixel(look, tmp_path, picture, last):
    path = configuration(
        *(tmp_path, lambda file: segmenter(file, last=last)),
        **{"network-type": 2, "num-detected-classes": 2, "segmentation-threshold": 0.5},
        **{"segmentation-output-order": int(last), "gie-unique-id": 4},
    )

    def read(frame):
        (meta,) = segmentations_per_frame(frame)
        return (
            (meta.unique_id, meta.classes, meta.width, meta.height, frame.bInferDone),
            meta.get_segmentation_masks(),
            meta.get_probabilities(),
        )

    ((numbers, classes, scores),) = look(ball() + chain(path), read)
    assert numbers == (4, 2, WIDTH, HEIGHT, 1)
    bright = picture / 255
    assert np.array_equal(classes, np.where(bright > 0.5, 1, 0))
    assert {0, 1} == set(np.unique(classes))
    flat = np.stack([1 - bright, bright], axis=-1 if last else 0).reshape(-1)
    assert scores.reshape(-1) == pytest.approx(flat, abs=1e-5)


def test_a_pixel_whose_classes_are_all_below_the_threshold_is_of_none(look, tmp_path, picture):
    path = configuration(
        *(tmp_path, segmenter),
        **{"network-type": 2, "num-detected-classes": 2, "segmentation-threshold": 0.9},
    )

    def read(frame):
        return next(segmentations_per_frame(frame)).get_segmentation_masks()

    (classes,) = look(ball() + chain(path), read)
    bright = picture / 255
    expected = np.where(bright > 0.9, 1, np.where(1 - bright > 0.9, 0, -1))
    assert np.array_equal(classes, expected)
    assert -1 in classes


def test_a_secondary_segmentation_is_on_its_objects(look, tmp_path):
    secondary = configuration(
        *(tmp_path, lambda file: segmenter(file, (3, 24, 24))),
        name="second.txt",
        **{"network-type": 2, "num-detected-classes": 2, "process-mode": 2},
    )

    def read(frame):
        (each,) = objects_per_frame(frame)
        (meta,) = segmentations_per_object(each)
        mask = meta.get_segmentation_masks()
        return list(segmentations_per_frame(frame)), mask.shape, mask[12, 12], mask[0, 0]

    assert look(ball() + chain(detector(tmp_path), secondary), read) == [([], (24, 24), 1, 0)]


# ---- instance segmentation ----

MASK = 8


def yolo_masks(path):
    """The ball's box with a mask of 8 x 8: its left half."""
    net = Finder()
    ramp = np.tile(np.array([1] * (MASK // 2) + [0] * (MASK // 2), np.float32), (1, 1, MASK, 1))
    zero = net.Unsqueeze(net.zero, np.array([3]))
    net.save(
        path,
        boxes=net.row(*net.corners),
        scores=net.row(0.9),
        classes=net.row(2),
        masks=net.Add(zero, ramp),
    )


def pose(path):
    """The ball's corners as two key points."""
    net = Finder()
    left, top, right, bottom = net.corners
    net.save(path, output=net.row(*net.corners, 0.9, left, top, 0.5, right, bottom, 0.25))


def instances(folder, model, parser, **keys):
    given = {"network-type": 3, "cluster-mode": 4, "output-instance-mask": 1} | keys
    labels = LABELS if model is yolo_masks else ("person",)
    name = {"parse-bbox-instance-mask-func-name": parser}
    return configuration(folder, model, THRESHOLD, labels, **given, **name)


def test_an_instance_has_its_box_its_mask_and_a_colour_of_its_own(look, tmp_path, box):
    keys = {"segmentation-threshold": 0.25}
    path = instances(tmp_path, yolo_masks, "NvDsInferParseYoloSeg", **keys)

    def read(frame):
        (each,) = objects_per_frame(frame)
        mask, color = each.mask_params, each.rect_params.border_color
        return (
            each.obj_label,
            [getattr(each.rect_params, side) for side in SIDES],
            (mask.width, mask.height, mask.size, mask.threshold),
            mask.get_mask_array().reshape(mask.height, mask.width).tolist(),
            [color.red, color.green, color.blue, color.alpha],
        )

    first, second = look(ball(2) + chain(path), read)
    label, sides, numbers, mask, color = first
    assert label == "ball"
    assert sides == pytest.approx(list(box), abs=0.01)
    assert numbers == (MASK, MASK, 4 * MASK * MASK, 0.25)
    assert mask == [[1] * 4 + [0] * 4] * MASK
    # The first three of std::mt19937 with seed 0: 2357136044, 2546248239, 3071714933.
    assert color == pytest.approx([0.5488135, 0.5928446, 0.7151894, 1], abs=1e-6)
    assert second[4] == color


def test_without_output_instance_mask_there_is_the_box_alone(look, tmp_path):
    keys = {"output-instance-mask": 0}
    path = instances(tmp_path, yolo_masks, "NvDsInferParseYoloSeg", **keys)

    def read(frame):
        (each,) = objects_per_frame(frame)
        return each.mask_params.size, each.rect_params.border_color.red

    assert look(ball() + chain(path), read) == [(0, 1)]


@pytest.mark.parametrize("parser", ["NvDsInferParseYoloPose", "NvDsInferParseYoloFace"])
def test_key_points_are_in_the_place_of_the_mask(look, tmp_path, box, parser):
    path = instances(tmp_path, pose, parser)

    def read(frame):
        (each,) = objects_per_frame(frame)
        mask = each.mask_params
        return (mask.width, mask.height, mask.size), mask.get_mask_array().tolist()

    ((numbers, points),) = look(ball() + chain(path), read)
    left, top, width, height = map(float, box)
    assert numbers == (WIDTH, HEIGHT, 6 * 4)
    assert points == pytest.approx([left, top, 0.5, left + width, top + height, 0.25], abs=0.01)


# ---- parsers of one's own ----

PARSERS = """
import numpy as np
import pythiags

@pythiags.nvinfer_parser("NvDsInferParseTopLeft")
def top_left(outputs, network):
    left, top, right, bottom = outputs["boxes"][0]
    best = outputs["scores"][0].argmax()
    return [(best, outputs["scores"][0, best], left, top, network.width, 20)]

@pythiags.nvinfer_parser("NvDsInferParseRatio")
def ratio(outputs, network):
    return [(0, 7, float(outputs["colour"].max()), f"{network.width}x{network.height}")]
"""


@pytest.mark.parametrize("library", ["libmine.so", "libmine.py"])
def test_parsers_in_a_file_beside_the_library_read_the_outputs(look, tmp_path, box, library):
    (tmp_path / "libmine.py").write_text(PARSERS)
    keys = {"custom-lib-path": library, "cluster-mode": 4}
    first = configuration(
        *(tmp_path, nanodet, THRESHOLD, LABELS),
        **keys,
        **{"parse-bbox-func-name": "NvDsInferParseTopLeft"},
    )
    second = configuration(
        *(tmp_path, classifier),
        name="second.txt",
        **keys,
        **{"network-type": 1, "parse-classifier-func-name": "NvDsInferParseRatio"},
        **{"process-mode": 2},
    )

    def read(frame):
        (each,) = objects_per_frame(frame)
        sides = [getattr(each.rect_params, side) for side in SIDES]
        return each.obj_label, sides, each.text_params.display_text

    left, top, *_ = map(float, box)
    assert look(ball() + chain(first, second), read) == [
        ("ball", [left, top, WIDTH - left, 20], "ball 32x32 ")
    ]


def test_a_parser_that_raises_ends_the_stream_with_its_message(run, tmp_path):
    (tmp_path / "mine.py").write_text(
        "import pythiags\n"
        '@pythiags.nvinfer_parser("NvDsInferParseBroken")\n'
        'def broken(outputs, network):\n    return outputs["no such output"]\n'
    )
    keys = {"custom-lib-path": "mine.py", "parse-bbox-func-name": "NvDsInferParseBroken"}
    path = configuration(tmp_path, nanodet, THRESHOLD, LABELS, **keys)
    one = run(ball() + chain(path) + "fakesink name=sink")
    assert "NvDsInferParseBroken" in one.error
    assert "no such output" in one.error
    assert one.rendered == 0


# ---- what does not fit ----


@pytest.mark.parametrize(
    ("model", "keys", "message", "hint"),
    [
        (segmenter, {"network-type": 2, "num-detected-classes": 3}, "no decoder supports", "3"),
        (nanodet, {"network-type": 2, "num-detected-classes": 3}, "no decoder supports", ""),
        (
            lambda path: segmenter(path, last=True),
            {"network-type": 2, "num-detected-classes": 2},
            "no decoder supports",
            "",
        ),
        (
            yolo_masks,
            {"network-type": 3, "num-detected-classes": 3, "cluster-mode": 4},
            "instance segmentation has no parser",
            "NvDsInferParseYoloSeg",
        ),
        (
            yolo_masks,
            {"network-type": 3, "num-detected-classes": 3, "cluster-mode": 2},
            "cluster-mode=2 is not supported with instance segmentation",
            "suppresses by itself",
        ),
        (
            yolo_masks,
            {
                "network-type": 3,
                "num-detected-classes": 3,
                "cluster-mode": 4,
                "parse-bbox-instance-mask-func-name": "NvDsInferParseYolo",
            },
            "unknown parser 'NvDsInferParseYolo'",
            "it is a parser for parse-bbox-func-name",
        ),
        (
            classifier,
            {"network-type": 1, "parse-classifier-func-name": "NvDsInferParseMine"},
            "unknown parser 'NvDsInferParseMine'",
            "@pythiags.nvinfer_parser('NvDsInferParseMine')",
        ),
    ],
)
def test_a_network_of_another_kind_is_refused_before_a_frame_is_read(
    tmp_path, model, keys, message, hint
):
    path = configuration(tmp_path, model, **keys)
    with pytest.raises(ConfigError) as problem:
        Engine({"config-file-path": str(path)})
    assert message in problem.value.message
    assert hint in f"{problem.value.hint} {problem.value.got}"
    assert str(path) in problem.value.where
