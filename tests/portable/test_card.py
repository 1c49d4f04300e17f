"""Batches in the memory of a card: here of one that is none, with the libraries' stand-ins."""

import ctypes
import threading

import numpy as np
import pytest
from standins import card
from standins.cardplay import HEIGHT, MUX, PICTURES, WIDTH, Play, kind

import pythiags
from pythiags import data, frames_per_batch, objects_per_frame, portable
from pythiags.errors import ImageError
from pythiags.gst import Gst, GstVideo
from pythiags.gst._gst import set_infer_engine
from pythiags.gst.probe import attach
from pythiags.inference import ClassAttributes
from pythiags.inference.picturegraph import Best
from pythiags.portable import session
from pythiags.portable.nvinfer import Engine, Plan
from pythiags.portable.oncard import Kept


@pytest.fixture
def build(decoded, build):
    """Stop pipelines before the memory of their pictures goes."""
    return build


def pictures(info):
    """The pixels of all pictures of a surface."""
    surface = card.surface_of(info.get_buffer())
    return [np.concatenate(card.planes(surface.pictures[i])) for i in range(surface.filled)]


def test_frames_of_a_card_become_one_surface(build, decoded):
    found = Play(build, decoded, [PICTURES[:2], PICTURES[2:]], "fakesink name=sink", pictures)
    first, second = found.kept()
    for got, expected in zip([*first, *second], [PICTURES[i] for i in (0, 2, 1, 3)], strict=True):
        assert (got == expected).all()


def test_the_surface_is_as_nvidias_elements_expect_it(build, decoded):
    def look(info):
        surface = card.surface_of(info.get_buffer())
        picture = surface.pictures[0]
        frames = [(each.batch_id, each.source_id, each.frame_num, each.pipeline_width)
                  for each in frames_per_batch(info)]  # fmt: skip
        return (surface.batch, surface.filled, surface.memory, picture.format, frames)

    # The batch has room for four; the second source ends first.
    playing = Play(build, decoded, [PICTURES, PICTURES[:1]], "fakesink name=sink", look, batch=4)
    assert playing.kept()[0] == (
        *(4, 4, card.DEVICE, card.NV12),
        [(0, 0, 0, WIDTH), (1, 1, 0, WIDTH), (2, 0, 1, WIDTH), (3, 0, 2, WIDTH)],
    )


def test_pictures_are_scaled_on_the_card(build, decoded):
    flat = [np.full_like(PICTURES[0], value) for value in (40, 200)]
    playing = Play(
        *(build, decoded, [flat[:1], flat[1:]], "fakesink name=sink", pictures),
        width=96,
        height=96,
    )
    ((one, other),) = playing.kept()
    assert one.shape == other.shape == (144, 96)
    assert ((one == 40).all(), (other == 200).all()) == (True, True)


def test_padding_is_black(build, decoded):
    playing = Play(
        *(build, decoded, [[np.full_like(PICTURES[0], 100)]], "fakesink name=sink", pictures),
        width=WIDTH * 2,
        height=HEIGHT,
        more="enable-padding=true",
    )
    (((picture,),)) = playing.kept()
    left = WIDTH // 2
    assert (picture[:, left : left + WIDTH] == 100).all()
    assert (picture[:HEIGHT, :left] == 16).all()
    assert (picture[HEIGHT:, left + WIDTH :] == 128).all()


@pytest.mark.parametrize("memory", ["nvbuf-mem-cuda-pinned", "nvbuf-mem-cuda-unified"])
def test_memory_that_the_cpu_sees_may_be_asked_for(build, decoded, memory):
    more = f"nvbuf-memory-type={memory}"
    playing = Play(build, decoded, [PICTURES[:2]], "fakesink name=sink", kind, more=more)
    assert playing.kept() == [None, None]


def test_with_a_source_elsewhere_the_batch_is_the_systems(build, decoded):
    text = (
        f'appsrc name=source0 format=time caps="{card.caps(WIDTH, HEIGHT)}" ! m.sink_0 '
        f"videotestsrc num-buffers=2 ! {card.caps(WIDTH, HEIGHT, '')} ! m.sink_1 "
        + MUX.format(batch=2, width=WIDTH, height=HEIGHT, more="")
        + "nvstreamdemux name=d d.src_0 ! queue ! fakesink name=sink d.src_1 ! queue ! fakesink"
    )
    run, found = build(text), []

    def look(_pad, info):
        found.append((kind(info), pythiags.frame_image(info)))

    run.probes.append(attach(run["m"].get_static_pad("src"), look))
    for number in range(2):
        run["source0"].emit("push-buffer", decoded(PICTURES[number]).buffer(number))
    run["source0"].emit("end-of-stream")
    assert run.play().error is None
    assert [each for each, _ in found] == [None, None]
    assert (found[0][1] == PICTURES[0]).all()


# ---- pictures for the CPU ----


def test_frame_image_copies_the_picture_of_its_frame(build, decoded):
    def read(info):
        return [pythiags.frame_image(info, frame) for frame in frames_per_batch(info)]

    playing = Play(build, decoded, [PICTURES[:1], PICTURES[1:2]], "fakesink name=sink", read)
    ((one, other),) = playing.kept()
    assert ((one == PICTURES[0]).all(), (other == PICTURES[1]).all()) == (True, True)


@pytest.mark.parametrize("slot", [7, 2**32 - 1])
def test_frame_image_tells_that_there_is_no_such_picture(build, decoded, slot):
    def read(info):
        (frame,) = frames_per_batch(info)
        frame.batch_id = slot
        with pytest.raises(ImageError, match=f"1 pictures, expected at least {slot + 1}"):
            pythiags.frame_image(info, frame)

    assert Play(build, decoded, [PICTURES[:1]], "fakesink name=sink", read).kept() == [None]


def test_memory_of_a_card_up_to_deepstream_7_is_told(build, decoded):
    run = build(f'appsrc name=source format=time caps="{card.caps(WIDTH, HEIGHT)}" ! '
                "nvvideoconvert ! video/x-raw,format=NV12 ! fakesink name=sink")  # fmt: skip
    whole = decoded(PICTURES[0]).buffer(0)
    older = Gst.Buffer.new_wrapped(whole.extract_dup(0, 64))
    older.pts = 0
    run["source"].emit("push-buffer", older)
    assert "as up to DeepStream 7.1" in str(run.play().error)


TAILS = {
    "nvdsosd": "nvdsosd ! fakesink name=sink",
    "to system memory": "nvvideoconvert ! video/x-raw,format=NV12 ! fakesink name=sink",
    "flipped twice": "nvvideoconvert flip-method=4 ! nvvideoconvert flip-method=4 "
    "! fakesink name=sink",
}


@pytest.mark.parametrize("tail", TAILS.values(), ids=TAILS)
def test_what_works_on_the_cpu_copies_the_pictures(build, decoded, tail):
    def read(info):
        (frame,) = frames_per_batch(info)
        return kind(info), frame.frame_num, info.get_buffer().pts, pythiags.frame_image(info, frame)

    playing = Play(build, decoded, [PICTURES[:2]], tail, read)
    for number, (memory, frame_num, pts, image) in enumerate(playing.kept()):
        assert (memory, frame_num, pts) == (None, number, number * Gst.SECOND // 10)
        assert (image == PICTURES[number]).all()


def test_all_pictures_of_a_batch_are_drawn_on(build, decoded):
    gray = np.full_like(PICTURES[0], 128)

    def read(info):
        return [pythiags.frame_image(info, frame) for frame in frames_per_batch(info)]

    tail = "nvdsosd display-clock=true ! fakesink name=sink"
    ((one, other),) = Play(build, decoded, [[gray], [gray]], tail, read).kept()
    assert ((one != 128).any(), (other != 128).any()) == (True, True)


NV12 = "video/x-raw,format=NV12"


def stride(picture):
    return GstVideo.buffer_get_video_meta(picture).stride[0]


def test_pictures_are_drawn_on_where_the_card_puts_them(build, decoded):
    """Rows of the card's memory are padded, those of the system's are not."""
    tail = "nvdsosd display-clock=true ! fakesink name=sink"
    playing = Play(build, decoded, [PICTURES], tail, lambda info: stride(info.get_buffer()))
    assert playing.kept() == [256] * len(PICTURES)
    playing = Play(
        *(build, decoded, [PICTURES], f"nvvideoconvert ! {NV12} ! fakesink name=sink"),
        lambda info: stride(info.get_buffer()),
    )
    assert playing.kept() == [WIDTH] * len(PICTURES)


def test_who_keeps_pictures_that_were_drawn_on_does_not_lock_all_memory(build, decoded):
    card.libraries()
    before, many, kept = card.surfaces(), 20, []

    def read(info):
        kept.append(info.get_buffer().copy())
        return stride(kept[-1])

    playing = Play(build, decoded, [[PICTURES[0]] * many], "nvdsosd ! fakesink name=sink", read)
    found = playing.kept()
    assert (found[0], found[-1]) == (256, WIDTH)
    playing.run.pipeline.set_state(Gst.State.NULL)
    assert card.surfaces() - before - many == found.count(256) == 8
    for each in kept:
        luma = each.extract_dup(0, each.get_size())[:WIDTH]
        assert np.array_equal(np.frombuffer(luma, np.uint8), PICTURES[0][0])
    del each
    kept.clear()
    assert card.surfaces() - before == many


# ---- the life of surfaces ----


def test_surfaces_are_used_again_and_freed(build, decoded):
    card.libraries()
    before = card.surfaces()
    many = [PICTURES[0]] * 30

    def read(_info):
        return card.surfaces() - before - len(many)

    playing = Play(build, decoded, [many], "fakesink name=sink", read)
    assert max(playing.kept()) <= 3
    playing.run.pipeline.set_state(Gst.State.NULL)
    assert card.surfaces() - before == len(many)


def test_a_copy_of_a_buffer_keeps_its_surface(build, decoded):
    card.libraries()
    before, copies = card.surfaces(), []
    playing = Play(
        *(build, decoded, [PICTURES], "fakesink name=sink"),
        lambda info: copies.append(info.get_buffer().copy_deep()),
    )
    playing.kept()
    playing.run.pipeline.set_state(Gst.State.NULL)
    for copy, expected in zip(copies, PICTURES, strict=True):
        luma, chroma = card.planes(card.surface_of(copy).pictures[0])
        assert (np.concatenate([luma, chroma]) == expected).all()
    assert card.surfaces() - before == 2 * len(PICTURES)
    del copy
    copies.clear()
    assert card.surfaces() - before == len(PICTURES)


def test_a_card_without_memory_left_is_told(build, decoded, monkeypatch):
    card.libraries()
    monkeypatch.setenv("STANDIN_SURFACES", str(card.surfaces() + 1))
    playing = Play(build, decoded, [PICTURES[:1]], "fakesink name=sink", kind)
    assert "No batch can be made: the card has no memory for 1 pictures" in str(playing.run.error)


# ---- networks ----

SIZE = 32


class Looker:
    """An engine that keeps the pixels that it is given, and finds one object in each picture."""

    def __init__(self, takes, **plan):
        self.seen, self.tensors, self.asked = [], 0, []
        self.plan = Plan(
            infer_dims=(3, SIZE, SIZE),
            model_color_format=0,
            maintain_aspect_ratio=True,
            symmetric_padding=True,
            scaling_filter=1,
            net_scale_factor=1.0,
            offsets=(0.0, 0.0, 0.0),
            interval=0,
            unique_id=1,
            classes=(ClassAttributes(label="ball"),),
            takes_surfaces=takes,
            **plan,
        )

    def infer(self, tensor):
        self.tensors += len(tensor)
        return self.answer(len(tensor))

    def infer_surface(self, memory, size, place, colours, count):
        address, pitch, rows, chroma = memory
        self.asked.append((size, place, count, colours))
        width, height = size
        pixels = (ctypes.c_uint8 * (count * rows * pitch)).from_address(address)
        array = np.frombuffer(pixels, np.uint8).reshape(count, rows, pitch)[:, :, :width].copy()
        below = array[:, chroma : chroma + height // 2]
        self.seen += list(np.concatenate([array[:, :height], below], axis=1))
        return self.answer(count)

    def answer(self, count):
        return [np.array([[0, 0.5, 8, 12, 4, 4]], np.float32)] * count

    def close(self):
        pass


@pytest.fixture
def looker():
    """``looker(takes)``: what every nvinfer has as its engine meanwhile."""

    def use(takes, **plan):
        engine = Looker(takes, **plan)
        set_infer_engine(lambda _settings: engine)
        return engine

    yield use
    set_infer_engine(portable._open_engine)


def boxes(info):
    return [
        [(o.rect_params.left, o.rect_params.top, o.rect_params.width, o.rect_params.height)
         for o in objects_per_frame(frame)]
        for frame in frames_per_batch(info)
    ]  # fmt: skip


def test_a_network_on_the_card_gets_the_pictures_where_they_are(build, decoded, looker):
    engine = looker(takes=True)
    card.libraries()
    before = card.transforms()
    sources = [PICTURES[:1], PICTURES[1:2]]
    playing = Play(build, decoded, sources, "nvinfer ! fakesink name=sink", boxes)
    # 64x48 become 32x24, four black rows above and below.
    assert playing.kept() == [[[(16, 16, 8, 8)], [(16, 16, 8, 8)]]]
    ((size, place, count, colours),) = engine.asked
    assert (size, place, count) == ((WIDTH, HEIGHT), (0, 4, 32, 24), 2)
    assert engine.tensors == 0
    assert card.transforms() == before + 1  # the muxer's
    assert all((got == put).all() for got, put in zip(engine.seen, PICTURES[:2], strict=True))
    white = [sum(np.multiply(factors, (235, 128, 128))) + bias for factors, bias in colours]
    assert np.allclose(white, 255)
    black = [sum(np.multiply(factors, (16, 128, 128))) + bias for factors, bias in colours]
    assert np.allclose(black, 0, atol=1e-3)


def test_a_network_on_the_cpu_gets_tensors_of_them(build, decoded, looker):
    engine = looker(takes=False)
    tail = "nvinfer ! fakesink name=sink"
    playing = Play(build, decoded, [PICTURES[:1], PICTURES[1:2]], tail, boxes)
    assert playing.kept() == [[[(16, 16, 8, 8)], [(16, 16, 8, 8)]]]
    assert (engine.tensors, engine.seen) == (2, [])


def test_batches_are_on_the_card_of_gpu_id(build, decoded):
    def read(info):
        return card.surface_of(info.get_buffer()).gpu

    sources, tail = [PICTURES[:2], PICTURES[2:]], "fakesink name=sink"
    assert Play(build, decoded, sources, tail, read, gpu=1, more="gpu-id=1").kept() == [1, 1]


@pytest.mark.parametrize(("gpu", "more"), [(1, ""), (0, "gpu-id=1"), (2, "gpu-id=1")])
def test_pictures_of_another_card_than_the_batch_are_an_error(build, decoded, gpu, more):
    playing = Play(build, decoded, [PICTURES[:1]], "fakesink name=sink", gpu=gpu, more=more)
    wanted = 1 if more else 0
    assert playing.found == []
    assert f"sink_0 is in the memory of GPU {gpu} and gpu-id is {wanted}; set" in playing.run.error


@pytest.mark.parametrize(("batch", "network"), [(1, 0), (0, 1)])
def test_batches_of_another_card_than_the_networks_are_an_error(
    build, decoded, looker, batch, network
):
    engine = looker(takes=True, gpu_id=network)
    tail, more = "nvinfer ! fakesink name=sink", f"gpu-id={batch}"
    playing = Play(build, decoded, [PICTURES[:1]], tail, kind, gpu=batch, more=more)
    said = f"The batch is in the memory of GPU {batch} and gpu-id is {network}: set gpu-id"
    assert said in playing.run.error
    assert (engine.asked, engine.tensors, playing.found) == ([], 0, [])


def test_a_network_takes_the_batches_of_its_card(build, decoded, looker):
    engine = looker(takes=True, gpu_id=1)
    tail = "nvinfer ! fakesink name=sink"
    playing = Play(build, decoded, [PICTURES[:1]], tail, kind, gpu=1, more="gpu-id=1")
    assert (playing.kept(), engine.tensors, len(engine.asked)) == ([1], 0, 1)


def test_the_batch_stays_on_the_card_behind_the_network(build, decoded, looker):
    looker(takes=True)
    assert Play(build, decoded, [PICTURES], "nvinfer ! fakesink name=sink", kind).kept() == [1] * 4


def test_several_batches_are_under_way_and_leave_in_order(build, decoded, looker):
    class Waiting(Looker):
        def __init__(self):
            super().__init__(True, runs_at_once=2)
            self.both = threading.Barrier(2)

        def infer_surface(self, *place):
            self.both.wait(20)
            return super().infer_surface(*place)

    engine = Waiting()
    set_infer_engine(lambda _settings: engine)
    try:
        playing = Play(
            *(build, decoded, [PICTURES], "nvinfer ! fakesink name=sink"),
            lambda info: next(frames_per_batch(info)).frame_num,
        )
        assert playing.kept() == [0, 1, 2, 3]
    finally:
        set_infer_engine(portable._open_engine)


# ---- the default detector, the CPU in the place of the card ----


def frames_of_the_video(count):
    cv2 = pytest.importorskip("cv2")
    video = cv2.VideoCapture(str(data.path("pedestrians.h264")))
    for _ in range(count):
        picture = cv2.cvtColor(video.read()[1], cv2.COLOR_BGR2YUV_I420)
        height, width = picture.shape[0] * 2 // 3, picture.shape[1]
        nv12 = picture.copy()
        nv12[height:] = picture[height:].reshape(2, -1).transpose().reshape(height // 2, width)
        yield nv12


def detect(build, decoded, pictures, more):
    width, height = pictures[0].shape[1], pictures[0].shape[0] * 2 // 3
    config = data.path("config_infer_primary_nanodet.txt")

    def read(info):
        return [
            sorted(
                (o.class_id, o.confidence, o.rect_params.left, o.rect_params.top,
                 o.rect_params.width, o.rect_params.height)
                for o in objects_per_frame(frame)
            )
            for frame in frames_per_batch(info)
        ]  # fmt: skip

    tail = f"nvinfer config-file-path={config} batch-size=2 ! fakesink name=sink"
    playing = Play(
        *(build, decoded, [pictures, pictures], tail, read),
        width=width,
        height=height,
        more=more,
    )
    return playing.kept()


def test_boxes_are_those_of_the_cpu_within_a_pixel(build, decoded, monkeypatch):
    pytest.importorskip("onnxruntime")
    pictures = list(frames_of_the_video(2))
    on_cpu = detect(build, decoded, pictures, "nvbuf-memory-type=1")
    monkeypatch.setattr(session, "device", lambda *_: ("cpu", 0))
    on_card = detect(build, decoded, pictures, "")
    for one, other in zip(on_cpu, on_card, strict=True):
        for expected, got in zip(one, other, strict=True):
            assert len(expected) == len(got) > 3
            for a, b in zip(expected, got, strict=True):
                assert a[0] == b[0]
                assert np.abs(np.subtract(a[2:], b[2:])).max() < 1


def test_only_boxes_above_the_threshold_leave_the_card():
    best = Best("boxes", "scores", classes=3, most=4)
    kept = Kept(best, 0.5, {"boxes": (0, 40, 4), "scores": (0, 40, 3)})
    corners = np.arange(2 * 4 * 4, dtype=np.float32).reshape(2, 4, 4)
    scores = np.array([[0.9, 0.2, 0.1, 0.1], [0.8, 0.7, 0.3, 0.2]], np.float32)
    found = kept.only(corners, scores, np.array([[2, 0, 0, 0], [1, 0, 2, 2]]))
    assert np.array_equal(found["boxes"], corners[:, :2])
    none = -np.inf
    expected = [[[none, none, 0.9], [0.2, none, none]], [[none, 0.8, none], [0.7, none, none]]]
    assert np.array_equal(found["scores"], np.array(expected, np.float32))
    assert kept.only(corners, scores * 0.1, np.zeros((2, 4), int))["boxes"].shape == (2, 0, 4)


@pytest.mark.parametrize("first", [False, True], ids=["after another", "at first"])
def test_a_picture_without_objects_has_no_boxes(monkeypatch, first):
    pytest.importorskip("onnxruntime")
    card.libraries()
    monkeypatch.setattr(session, "device", lambda *_: ("cpu", 0))
    (picture,) = frames_of_the_video(1)
    empty = np.full_like(picture, 128)
    engine = Engine({"config-file-path": str(data.path("config_infer_primary_nanodet.txt"))})
    found = {}
    for each in (empty, picture) if first else (picture, empty):
        height, width = each.shape[0] * 2 // 3, each.shape[1]
        memory, place = (each.ctypes.data, width, len(each), height), (0, 52, 416, 312)
        colours = [((1, 0, 0), 0.0)] * 3
        (boxes,) = engine.infer_surface(memory, (width, height), place, colours, 1).boxes
        found[each is empty] = boxes
    engine.close()
    assert found[True].shape == (0, 6)
    assert len(found[False]) > 2


def test_full_outputs_are_fetched_where_many_boxes_are_above_the_threshold(monkeypatch):
    pytest.importorskip("onnxruntime")
    from pythiags.portable import oncard

    card.libraries()
    monkeypatch.setattr(session, "device", lambda *_: ("cpu", 0))
    (picture,) = frames_of_the_video(1)
    height, width = picture.shape[0] * 2 // 3, picture.shape[1]
    memory, place = (picture.ctypes.data, width, len(picture), height), (0, 52, 416, 312)
    colours = [
        ((1.164, 0, 1.596), -222.9),
        ((1.164, -0.392, -0.813), 135.6),
        ((1.164, 2.017, 0), -276.8),
    ]
    settings = {"config-file-path": str(data.path("config_infer_primary_nanodet.txt"))}
    found = []
    for most in (512, 2):
        monkeypatch.setattr(oncard, "MOST_BOXES", most)
        engine = Engine(settings)
        found.append(engine.infer_surface(memory, (width, height), place, colours, 1).boxes[0])
        engine.close()
    assert len(found[0]) > 2  # the control: more than are kept
    assert np.array_equal(*found)
