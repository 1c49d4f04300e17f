"""Elements that work where the pictures are, in the memory of a card: here of one that is none."""

import ctypes
import queue

import numpy as np
import pytest
from standins import card
from standins.cardplay import HEIGHT, MUX, PICTURES, WIDTH, Play, kind

import pythiags
from pythiags import frames_per_batch, objects_per_frame
from pythiags.gst import Gst
from pythiags.gst.probe import attach
from pythiags.gst.tracing import Tracing
from pythiags.lookalikes import pyds

FLAT = [np.full_like(PICTURES[0], value) for value in (40, 200, 90)]
SINK = "! fakesink name=sink"
TILER = f"nvmultistreamtiler rows=1 columns=2 width={2 * WIDTH} height={HEIGHT} name=t "
RGBA = "video/x-raw(memory:NVMM),format=RGBA"


@pytest.fixture
def build(decoded, build):
    """Stop pipelines before the memory of their pictures goes."""
    return build


def look(info):
    """Return the kind of a buffer, and the picture of each frame."""
    images = [pythiags.frame_image(info, frame) for frame in frames_per_batch(info)]
    return kind(info), images


def boxes(info):
    return [
        [(o.rect_params.left, o.rect_params.top, o.rect_params.width, o.rect_params.height)
         for o in objects_per_frame(frame)]
        for frame in frames_per_batch(info)
    ]  # fmt: skip


def add_boxes(run):
    """Put an object into each frame that leaves the muxer."""

    def add(_pad, info):
        for frame in frames_per_batch(info):
            rect = frame.add_object().rect_params
            rect.left, rect.top, rect.width, rect.height = 16, 8, 32, 24

    run.probes.append(attach(run["m"].get_static_pad("src"), add, writable=True))


# ---- nvmultistreamtiler ----


def test_a_mosaic_of_pictures_on_a_card_is_there_too(build, decoded):
    playing = Play(build, decoded, [FLAT[:1], FLAT[1:2]], TILER + SINK, look)
    ((memory, (mosaic,)),) = playing.kept()
    assert (memory, mosaic.shape) == (1, (HEIGHT * 3 // 2, 2 * WIDTH))
    assert (mosaic[:, :WIDTH] == 40).all()
    assert (mosaic[:, WIDTH:] == 200).all()


def test_a_tile_without_a_source_is_black(build, decoded):
    ((memory, (mosaic,)),) = Play(build, decoded, [FLAT[:1]], TILER + SINK, look).kept()
    assert memory == 1
    assert (mosaic[:, :WIDTH] == 40).all()
    assert (mosaic[:HEIGHT, WIDTH:] == 16).all()
    assert (mosaic[HEIGHT:, WIDTH:] == 128).all()


def test_one_source_fills_the_mosaic(build, decoded):
    tail = TILER + "show-source=1 " + SINK
    ((memory, (mosaic,)),) = Play(build, decoded, [FLAT[:1], FLAT[1:2]], tail, look).kept()
    assert (memory, (mosaic == 200).all()) == (1, True)


def test_objects_are_in_their_tiles(build, decoded):
    tail = TILER.replace(f"width={2 * WIDTH}", f"width={4 * WIDTH}") + SINK
    playing = Play(build, decoded, [FLAT[:1], FLAT[1:2]], tail, boxes, prepare=add_boxes)
    assert playing.kept() == [[[(32, 8, 64, 24), (2 * WIDTH + 32, 8, 64, 24)]]]


class Feed:
    """Two sources of a mosaic that come one after the other; each is on the card or elsewhere."""

    def __init__(self, build, decoded, on_card):
        self._decoded, self._on_card = decoded, on_card
        caps = [card.caps(WIDTH, HEIGHT, "(memory:NVMM)" if each else "") for each in on_card]
        heads = [
            f'appsrc name=source{number} is-live=true format=time caps="{text}" ! m.sink_{number} '
            for number, text in enumerate(caps)
        ]
        more = "live-source=true batched-push-timeout=1000"
        mux = MUX.format(batch=2, width=WIDTH, height=HEIGHT, more=more)
        self.run = build("".join(heads) + mux + TILER + SINK)
        self.seen = queue.SimpleQueue()
        pad = self.run["sink"].get_static_pad("sink")
        self.run.probes.append(attach(pad, lambda _pad, info: self.seen.put(look(info))))
        self.run.pipeline.set_state(Gst.State.PLAYING)

    def push(self, source, value, number):
        """Push a picture of one value, and return the mosaic that follows: kind, and two tiles."""
        pixels = np.full_like(PICTURES[0], value)
        buffer = self._decoded(pixels).buffer(number) if self._on_card[source] else plain(pixels)
        buffer.pts = number * Gst.SECOND // 10
        self.run[f"source{source}"].emit("push-buffer", buffer)
        memory, (mosaic,) = self.seen.get(timeout=20)
        halves = mosaic[:HEIGHT, :WIDTH], mosaic[:HEIGHT, WIDTH:]
        return memory, *(int(half[0, 0]) for half in halves if (half == half[0, 0]).all())


def plain(pixels):
    return Gst.Buffer.new_wrapped(pixels.tobytes())


def test_a_source_that_is_late_keeps_its_tile(build, decoded):
    feed = Feed(build, decoded, (True, True))
    assert feed.push(1, 200, 0) == (1, 16, 200)
    assert [feed.push(0, 40 + number, number) for number in range(4)] == [
        (1, 40 + number, 200) for number in range(4)
    ]


@pytest.mark.parametrize("first", [0, 1])
def test_tiles_of_the_card_and_of_the_system_are_one_mosaic_of_the_systems(build, decoded, first):
    feed = Feed(build, decoded, (True, False))
    memory, *_ = feed.push(first, 90, 0)
    assert memory == (1 if first == 0 else None)
    tiles = [90, 90]
    for number, source in enumerate((1 - first, 0, 1, 0), start=1):
        tiles[source] = 100 + number
        assert feed.push(source, tiles[source], number) == (None, *tiles)


def test_a_card_without_memory_for_a_mosaic_is_told(build, decoded, monkeypatch):
    card.libraries()
    monkeypatch.setenv("STANDIN_SURFACES", str(card.surfaces() + 2))
    playing = Play(build, decoded, [PICTURES[:1]], TILER + SINK, kind)
    assert (
        playing.run.error == f"The GPU has no memory for a mosaic of {2 * WIDTH}x{HEIGHT} pixels."
    )


# ---- nvstreamdemux ----


def test_each_source_gets_its_pictures_where_they_are(build, decoded):
    tail = f"nvstreamdemux name=d d.src_0 ! queue {SINK} d.src_1 ! queue ! fakesink name=other"
    others = []

    def prepare(run):
        run["other"].set_property("async", False)
        add_boxes(run)
        pad = run["other"].get_static_pad("sink")
        run.probes.append(attach(pad, lambda _pad, info: others.append((look(info), boxes(info)))))

    def read(info):
        (frame,) = frames_per_batch(info)
        place = (frame.source_id, frame.batch_id, frame.frame_num, info.get_buffer().pts)
        return place, look(info), boxes(info)

    playing = Play(build, decoded, [PICTURES[:2], PICTURES[2:]], tail, read, prepare=prepare)
    for number, (place, (memory, (image,)), ((box,),)) in enumerate(playing.kept()):
        assert place == (0, 0, number, number * Gst.SECOND // 10)
        assert (memory, box) == (1, (16, 8, 32, 24))
        assert (image == PICTURES[number]).all()
    assert len(others) == 2
    for number, ((memory, (image,)), ((box,),)) in enumerate(others):
        assert (memory, box) == (1, (16, 8, 32, 24))
        assert (image == PICTURES[2 + number]).all()


def test_who_keeps_a_picture_of_a_batch_keeps_its_memory(build, decoded):
    card.libraries()
    before, kept = card.surfaces(), []
    tail = f"nvstreamdemux name=d d.src_0 {SINK} d.src_1 ! fakesink async=false"
    playing = Play(
        *(build, decoded, [PICTURES, PICTURES], tail),
        lambda info: kept.append(info.get_buffer().copy_deep()),
    )
    playing.kept()
    playing.run.pipeline.set_state(Gst.State.NULL)
    assert card.surfaces() - before == 2 * len(PICTURES) + len(PICTURES)
    for each, expected in zip(kept, PICTURES, strict=True):
        luma, chroma = card.planes(card.surface_of(each).pictures[0])
        assert (np.concatenate([luma, chroma]) == expected).all()
    del each
    kept.clear()
    assert card.surfaces() - before == 2 * len(PICTURES)


# ---- nvvideoconvert ----


def test_a_batch_that_is_not_changed_passes(build, decoded):
    before = card.transforms()
    playing = Play(build, decoded, [PICTURES[:1], PICTURES[1:2]], "nvvideoconvert " + SINK, kind)
    assert playing.kept() == [2]
    assert card.transforms() == before + 1  # the muxer's


def test_pictures_become_rgba_on_the_card(build, decoded):
    def read(info):
        surface = card.surface_of(info.get_buffer())
        tensors = [pythiags.frame_tensor(info, frame) for frame in frames_per_batch(info)]
        assert [each.shape for each in tensors] == [(HEIGHT, WIDTH, 4)] * surface.filled
        return (
            kind(info),
            [surface.pictures[i].format for i in range(surface.filled)],
            look(info)[1],
        )

    tail = f"nvvideoconvert ! {RGBA} {SINK}"
    ((memory, formats, images),) = Play(build, decoded, [FLAT[:1], FLAT[1:2]], tail, read).kept()
    assert (memory, formats) == (2, [19, 19])
    for image, pixels in zip(images, FLAT, strict=False):
        luma, chroma = 1.164384 * (int(pixels[0, 0]) - 16), int(pixels[0, 0]) - 128
        expected = (luma + 1.596027 * chroma, luma - 1.20476 * chroma, luma + 2.017232 * chroma)
        assert image.shape == (HEIGHT, WIDTH, 4)
        assert np.abs(image[0, 0, :3] - np.clip(expected, 0, 255)).max() <= 1


def test_boxes_are_scaled_with_the_pictures(build, decoded):
    size = f"video/x-raw(memory:NVMM),width={2 * WIDTH},height={HEIGHT}"
    playing = Play(
        *(build, decoded, [FLAT[:1]], f"nvvideoconvert ! {size} {SINK}"),
        lambda info: (look(info), boxes(info)),
        prepare=add_boxes,
    )
    (((memory, (image,)), found),) = playing.kept()
    assert (memory, image.shape) == (1, (HEIGHT * 3 // 2, 2 * WIDTH))
    assert (image == 40).all()
    assert found == [[(32, 8, 64, 24)]]


def test_crops_are_taken_on_the_card(build, decoded):
    """The right half of the pictures goes to the left half of the output; the rest is black."""
    crops = f"src-crop={WIDTH // 2}:0:{WIDTH // 2}:{HEIGHT} dest-crop=0:0:{WIDTH // 2}:{HEIGHT}"
    tail = f"nvvideoconvert {crops} disable-passthrough=true {SINK}"
    ((memory, (image,)),) = Play(build, decoded, [PICTURES[:1]], tail, look).kept()
    assert memory == 1
    assert (image[:, : WIDTH // 2] == PICTURES[0][:, WIDTH // 2 :]).all()
    assert (image[:HEIGHT, WIDTH // 2 :] == 16).all()
    assert (image[HEIGHT:, WIDTH // 2 :] == 128).all()


def test_pictures_of_the_decoder_are_converted_before_the_muxer(build, decoded):
    caps = f'"{card.caps(WIDTH, HEIGHT)}"'
    mux = MUX.format(batch=1, width=WIDTH, height=HEIGHT, more="")
    run = build(f"appsrc name=source format=time caps={caps} ! nvvideoconvert ! {RGBA} "
                f"! m.sink_0 {mux} fakesink name=sink")  # fmt: skip
    found = []
    pad = run["sink"].get_static_pad("sink")
    run.probes.append(attach(pad, lambda _pad, info: found.append(look(info))))
    run["source"].emit("push-buffer", decoded(FLAT[0]).buffer(0))
    run["source"].emit("end-of-stream")
    assert run.play().error is None
    ((memory, (image,)),) = found
    assert (memory, image.shape) == (1, (HEIGHT, WIDTH, 4))


def test_a_card_without_memory_to_convert_is_told(build, decoded, monkeypatch):
    card.libraries()
    monkeypatch.setenv("STANDIN_SURFACES", str(card.surfaces() + 2))
    playing = Play(build, decoded, [PICTURES[:1]], f"nvvideoconvert ! {RGBA} {SINK}", kind)
    assert playing.run.error == f"The GPU has no memory for pictures of {WIDTH}x{HEIGHT}."


@pytest.mark.parametrize("feature", ["", "(memory:NVMM)"])
@pytest.mark.parametrize("layout", ["I420", "NV12", "RGBA"])
def test_caps_that_change_in_between_change_where_pictures_go(build, decoded, feature, layout):
    """The elements behind ask for other caps, and the next picture is as they say."""
    caps = Gst.Caps.from_string(f"video/x-raw{feature},format={layout}")
    found = []

    def ask(_pad, info):
        if info.get_buffer().pts:
            run["f"].set_property("caps", caps)

    def read(info):
        found.append((info.get_buffer().get_size(), pad.get_current_caps()))

    run = build(
        f'appsrc name=source format=time caps="{card.caps(WIDTH, HEIGHT)}" ! nvvideoconvert name=c '
        f"! capsfilter name=f caps={RGBA.replace('RGBA', 'NV12')} {SINK}"
    )
    pad = run["sink"].get_static_pad("sink")
    run.probes.append(attach(run["c"].get_static_pad("sink"), ask))
    run.probes.append(attach(pad, lambda _pad, info: read(info)))
    for number in range(2):
        run["source"].emit("push-buffer", decoded(FLAT[number]).buffer(number))
    run["source"].emit("end-of-stream")
    assert run.play().error is None
    (first, _), (second, now) = found
    assert (first, now.is_subset(caps)) == (72, True)
    on_card = feature and layout != "I420"
    assert second == (72 if on_card else WIDTH * HEIGHT * (4 if layout == "RGBA" else 1.5))


# ---- memory that the CPU is to see, and pyds ----


@pytest.mark.parametrize("memory", ["nvbuf-mem-cuda-pinned", "nvbuf-mem-cuda-unified"])
@pytest.mark.parametrize(
    "element", [TILER, "nvvideoconvert ", f"nvvideoconvert name=c ! {RGBA} ! nvvideoconvert "]
)
def test_elements_leave_the_card_where_the_cpu_is_to_see_their_output(
    build, decoded, element, memory
):
    tail = f"{element} nvbuf-memory-type={memory} {SINK}"
    ((where, images),) = Play(build, decoded, [FLAT[:1], FLAT[1:2]], tail, look).kept()
    assert where is None
    assert images


def pointer(capsule):
    """Return the address in a capsule, as NVIDIA's sample for CuPy does."""
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return get(capsule, None)


def test_pyds_tells_where_a_picture_is_on_the_card(build, decoded):
    """What is written there is seen behind it."""

    def write(_pad, info):
        for frame in frames_per_batch(info):
            found = pyds.get_nvds_buf_surface_gpu(hash(info.get_buffer()), frame.batch_id)
            dtype, shape, strides, capsule, size = found
            assert (dtype, shape, strides) == (np.uint8, (HEIGHT, WIDTH, 4), (256, 4, 1))
            memory = (ctypes.c_uint8 * size).from_address(pointer(capsule))
            array = np.lib.stride_tricks.as_strided(np.frombuffer(memory, np.uint8), shape, strides)
            array[:, :, :3] = 10 * (1 + frame.batch_id)

    def prepare(run):
        run.probes.append(attach(run["here"].get_static_pad("sink"), write))

    tail = f"nvvideoconvert ! {RGBA} ! identity name=here ! {TILER} {SINK}"
    playing = Play(build, decoded, [FLAT[:1], FLAT[1:2]], tail, look, prepare=prepare)
    assert playing.run.probes[-1].stats().errors == {}
    ((memory, (mosaic,)),) = playing.kept()
    assert memory == 1
    assert (mosaic[:, :WIDTH, :3] == 10).all()
    assert (mosaic[:, WIDTH:, :3] == 20).all()


@pytest.mark.parametrize(
    ("function", "slot", "caps", "problem"),
    [
        ("get_nvds_buf_surface", 0, RGBA, "in the memory of a GPU.*NVBUF_MEM_CUDA_UNIFIED"),
        ("get_nvds_buf_surface_gpu", 1, RGBA, "has 1 pictures.*expected frame_meta.batch_id"),
        ("get_nvds_buf_surface_gpu", -1, RGBA, "has 1 pictures"),
        ("get_nvds_buf_surface_gpu", 0, "identity", "only support RGB/RGBA(?s:.*)format=RGBA"),
        ("get_nvds_buf_surface_gpu", "a", RGBA, "batchID: int"),
    ],
)
def test_pyds_says_what_cannot_be_had(build, decoded, *, function, slot, caps, problem):
    def read(info):
        with pytest.raises((RuntimeError, ValueError, TypeError), match=problem):
            getattr(pyds, function)(hash(info.get_buffer()), slot)

    tail = f"nvvideoconvert ! {caps} {SINK}"
    assert Play(build, decoded, [FLAT[:1]], tail, read).kept() == [None]


# ---- what tells where they are ----


def elements(pipeline):
    found = pipeline.iterate_recurse()
    while True:
        each, element = found.next()
        if each != Gst.IteratorResult.OK:
            return
        yield element


def test_a_trace_tells_which_links_carry_pictures_of_the_card(build, decoded):
    seen = []

    def prepare(run):
        seen.append(Tracing(run.pipeline, lambda: elements(run.pipeline)))
        seen[0].start()

    tail = f"{TILER} ! nvdsosd name=o {SINK}"
    Play(build, decoded, [PICTURES[:2]], tail, prepare=prepare).kept()
    seen[0].stop()
    links = {link.source: link.memory for link in seen[0].read().links}
    assert links["m"] == links["t"] == "GPU 0"
    assert links["o"] != "GPU 0"
