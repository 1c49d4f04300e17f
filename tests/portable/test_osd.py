"""nvdsosd on a CPU: what the metadata says is drawn, where it says, in every format."""

import random

import numpy as np
import pytest

from pythiags.gst._gst import BatchMeta, NativeProbe, buffer_address

WIDTH, HEIGHT = 64, 48
RED, GREEN, BLUE, WHITE = (1, 0, 0, 1), (0, 1, 0, 1), (0, 0, 1, 1), (1, 1, 1, 1)
SOURCE = (
    "videotestsrc num-buffers={n} pattern=black ! video/x-raw,format={format},width={w},height={h}"
)
ALL_FORMATS = [
    "NV12",
    "RGBA",
    "I420",
    "BGRA",
    "ARGB",
    "ABGR",
    "RGBx",
    "BGRx",
    "xRGB",
    "xBGR",
    "RGB",
    "BGR",
    "NV21",
    "YV12",
    "NV16",
    "Y42B",
    "Y444",
    "YUY2",
    "UYVY",
]


@pytest.fixture
def play(run, monkeypatch):
    """``play(describe, ...)``: draw what ``describe(frame)`` says; give the run."""
    probes = []

    def one(describe, caps="RGBA", osd="", *, tail="", n=1, size=(WIDTH, HEIGHT)):
        errors = []

        def write(_pad, info):
            describe(BatchMeta.attach(info).add_frame())

        def prepare(pipeline):
            pad = pipeline.get_by_name("osd").get_static_pad("sink")
            probes.append(NativeProbe(pad, write, errors.append, writable=True))

        source = SOURCE.format(n=n, format=caps, w=size[0], h=size[1])
        text = f"{source} ! nvdsosd name=osd {osd} {tail} ! fakesink name=sink"
        played = run(text, prepare=prepare)
        assert errors == []
        assert played.error is None
        return played

    yield one
    for probe in probes:
        probe.remove()


@pytest.fixture
def draw(play):
    """``draw(describe, ...)``: the drawn picture as an array of (height, width, RGBA)."""

    def one(describe, caps="RGBA", osd="", size=(WIDTH, HEIGHT), n=1):
        tail = "! videoconvert ! video/x-raw,format=RGBA"
        played = play(describe, caps, osd, tail=tail, n=n, size=size)
        buffer = played["sink"].get_property("last-sample").get_buffer()
        pixels = np.frombuffer(buffer.extract_dup(0, buffer.get_size()), np.uint8)
        return pixels.reshape(size[1], size[0], 4)

    return one


def box(frame, at=(10, 10, 20, 16), border=2, color=RED):
    thing = frame.add_object()
    rect = thing.rect_params
    rect.left, rect.top, rect.width, rect.height = at
    rect.border_width = border
    rect.border_color.set(*color)
    return thing


def write(text, words="Hg", at=(4, 4), size=14):
    text.display_text = words
    text.x_offset, text.y_offset = at
    text.font_params.font_name = "DejaVu Sans"
    text.font_params.font_size = size
    text.font_params.font_color.set(*WHITE)


def painted(picture):
    """Where a picture is not black."""
    return picture[..., :3].any(axis=-1)


def bounds(picture):
    rows, columns = np.nonzero(painted(picture))
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


# -- boxes


def test_a_border_lies_half_inside_and_half_outside(draw):
    picture = draw(lambda frame: box(frame, (10, 10, 20, 16), border=2))
    expected = np.zeros((HEIGHT, WIDTH), bool)
    expected[9:27, 9:31] = True
    expected[11:25, 11:29] = False
    assert (painted(picture) == expected).all()
    assert (picture[expected] == (255, 0, 0, 255)).all()


def test_a_background_is_blended_by_its_alpha(draw):
    def describe(frame):
        rect = box(frame, border=0).rect_params
        rect.has_bg_color = 1
        rect.bg_color.set(1, 1, 1, 0.5)

    picture = draw(describe)
    assert bounds(picture) == (10, 10, 30, 26)
    assert (picture[10:26, 10:30, :3] == 128).all()


def test_an_alpha_of_zero_draws_nothing(draw):
    assert not painted(draw(lambda frame: box(frame, color=(1, 0, 0, 0)))).any()


@pytest.mark.parametrize("caps", ALL_FORMATS)
@pytest.mark.parametrize(
    ("color", "expected"), [(RED, (255, 0, 0)), (GREEN, (0, 255, 0)), (BLUE, (0, 0, 255))]
)
def test_colours_are_right_in_every_format(draw, caps, color, expected):
    picture = draw(lambda frame: box(frame, (0, 0, WIDTH, HEIGHT), 80, color), caps)
    assert np.abs(picture[..., :3].astype(int) - expected).max() <= 6


@pytest.mark.parametrize("caps", ["RGBA", "BGRA", "ARGB", "ABGR", "RGBx", "BGRx", "xRGB", "xBGR"])
@pytest.mark.parametrize("alpha", [0.5, 1.0])
def test_no_byte_outside_of_a_box_is_touched(play, caps, alpha):
    def pixels(describe):
        buffer = play(describe, caps)["sink"].get_property("last-sample").get_buffer()
        data = np.frombuffer(buffer.extract_dup(0, buffer.get_size()), np.uint8)
        return data.reshape(HEIGHT, WIDTH, 4)

    def describe(frame):
        rect = box(frame, (11, 9, 21, 13), border=0).rect_params
        rect.has_bg_color = 1
        rect.bg_color.set(1, 1, 1, alpha)

    changed = (pixels(describe) != pixels(lambda _: None)).any(axis=-1)
    rows, columns = np.nonzero(changed)
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (11, 31, 9, 21)


def components(data, form):
    """Each component of a picture of 64x48, as its bytes in order."""
    luma, chroma = data[: WIDTH * HEIGHT], data[WIDTH * HEIGHT :]
    if form in {"NV12", "NV16"}:
        return [luma, chroma[::2], chroma[1::2]]
    if form in {"I420", "Y42B"}:
        return [luma, *np.split(chroma, 2)]
    if form in {"YUY2", "UYVY"}:
        start = form.index("Y")
        return [data[start::2], data[1 - start :: 4], data[3 - start :: 4]]
    return [data[form.index(letter) :: len(form)] for letter in "RGB"]


@pytest.mark.parametrize("alpha", [0.4, 1.0])
@pytest.mark.parametrize(
    "forms",
    [("NV12", "I420"), ("NV16", "Y42B", "YUY2", "UYVY"), ("RGB", "BGR", "RGBA", "xBGR")],
    ids="-".join,
)
def test_the_same_is_drawn_however_the_components_lie(play, forms, alpha):
    def describe(frame):
        for number in range(3):
            thing = box(
                frame, (3 + 9 * number, 5 + 4 * number, 31, 17), 1 + number, (*RED[:3], alpha)
            )
            thing.rect_params.has_bg_color = number == 1
            thing.rect_params.bg_color.set(0.2, 0.9, 0.4, alpha)
            write(thing.text_params, f"Hg{number}", (1 + 13 * number, 7 + 11 * number))
            thing.text_params.font_params.font_color.set(0.1, 0.3, 1, alpha)
        display = frame.add_display()
        display.num_circles = 1
        display.circle_params[0].xc, display.circle_params[0].yc = 41, 23
        display.circle_params[0].radius = 11
        display.circle_params[0].circle_color.set(1, 0.5, 0, alpha)

    pictures = []
    for form in forms:
        buffer = play(describe, form)["sink"].get_property("last-sample").get_buffer()
        data = np.frombuffer(buffer.extract_dup(0, buffer.get_size()), np.uint8)
        pictures.append(components(data, form))
    for other in pictures[1:]:
        for ours, theirs in zip(pictures[0], other, strict=True):
            assert (ours == theirs).all()


def test_grey_pictures_get_the_luma(draw):
    picture = draw(lambda frame: box(frame, border=2, color=WHITE), "GRAY8")
    assert picture[10, 10, 0] >= 235


@pytest.mark.parametrize(
    ("colorimetry", "expected"), [("bt601", (81, 90, 240)), ("bt709", (63, 102, 240))]
)
def test_the_matrix_of_the_caps_is_used(play, colorimetry, expected):
    played = play(
        lambda frame: box(frame, (0, 0, WIDTH, HEIGHT), 80), f"Y444,colorimetry={colorimetry}"
    )
    buffer = played["sink"].get_property("last-sample").get_buffer()
    planes = np.frombuffer(buffer.extract_dup(0, buffer.get_size()), np.uint8).reshape(3, -1)
    assert np.abs(planes.astype(int) - np.array(expected)[:, None]).max() <= 1


def test_subsampled_chroma_is_blended_by_what_is_covered(play):
    def describe(frame):
        rect = box(frame, (11, 11, 2, 2), border=0).rect_params
        rect.has_bg_color = 1
        rect.bg_color.set(*RED)

    buffer = play(describe, "I420")["sink"].get_property("last-sample").get_buffer()
    data = np.frombuffer(buffer.extract_dup(0, buffer.get_size()), np.uint8)
    red = data[WIDTH * HEIGHT * 5 // 4 :].reshape(HEIGHT // 2, WIDTH // 2)
    touched = red[5:7, 5:7].astype(int) - 128
    assert (abs(touched - (240 - 128) // 4) <= 1).all()  # a quarter of each of four cells
    assert (np.delete(red.ravel(), [5 * 32 + 5, 5 * 32 + 6, 6 * 32 + 5, 6 * 32 + 6]) == 128).all()


@pytest.mark.parametrize("size", [(33, 17), (17, 33), (1, 1)])
@pytest.mark.parametrize("caps", ["NV12", "I420", "YUY2", "RGB"])
def test_odd_sizes_are_filled_to_the_last_pixel(draw, caps, size):
    picture = draw(lambda frame: box(frame, (-5, -5, 99, 99), 99, GREEN), caps, size=size)
    assert np.abs(picture[..., :3].astype(int) - (0, 255, 0)).max() <= 6


def test_boxes_that_refer_to_another_size_are_scaled(draw):
    def describe(frame):
        frame.pipeline_width, frame.pipeline_height = WIDTH * 2, HEIGHT * 4
        box(frame, (20, 40, 40, 64), border=2)

    assert bounds(draw(describe)) == (9, 9, 31, 27)


# -- texts


def test_text_is_written_at_its_place(draw):
    picture = draw(lambda frame: write(box(frame, border=0).text_params, at=(20, 12)))
    left, top, right, bottom = bounds(picture)
    assert 20 <= left <= 23
    assert 12 <= top <= 20
    assert right < WIDTH
    assert bottom < HEIGHT


def test_text_lies_on_its_background(draw):
    def describe(frame):
        text = box(frame, border=0).text_params
        write(text, at=(8, 8))
        text.set_bg_clr = 1
        text.text_bg_clr.set(*BLUE)

    picture = draw(describe)
    assert tuple(picture[8, 8, :3]) == (0, 0, 255)
    assert (picture[..., :3] == 255).all(axis=-1).any()
    assert bounds(picture)[:2] == (8, 8)


def test_a_place_that_wrapped_below_zero_is_the_edge(draw):
    at_zero = draw(lambda frame: write(box(frame, border=0).text_params, at=(0, 0)))
    wrapped = draw(
        lambda frame: write(box(frame, border=0).text_params, at=(2**32 - 1, 4294967290))
    )
    assert painted(at_zero).any()
    assert (wrapped == at_zero).all()


def test_a_line_feed_begins_a_new_line(draw):
    one = bounds(draw(lambda frame: write(box(frame, border=0).text_params, "HH", size=8)))
    two = bounds(draw(lambda frame: write(box(frame, border=0).text_params, "H\nH", size=8)))
    assert two[2] < one[2]
    assert two[3] > one[3]


@pytest.mark.parametrize("font", ["Serif", "DejaVu Sans Bold", "No Such Font", "", None])
def test_any_font_name_writes_something(draw, font):
    def describe(frame):
        text = box(frame, border=0).text_params
        write(text)
        text.font_params.font_name = font

    assert painted(draw(describe)).any()


def test_the_same_text_is_the_same_after_a_thousand_others(draw):
    first = draw(lambda frame: write(box(frame, border=0).text_params, "same"))
    count = iter(range(1200))

    def describe(frame):
        number = next(count)
        words = "same" if number in {0, 1199} else f"other {number}"
        write(box(frame, border=0).text_params, words)

    last = draw(describe, n=1200)
    assert painted(first).any()
    assert (first == last).all()


# -- masks


def mask(frame, values, threshold=0.5):
    thing = box(frame, (16, 8, 32, 32), border=0)
    thing.mask_params.set_mask_array(values)
    thing.mask_params.threshold = threshold
    return thing


def test_a_mask_is_stretched_over_its_box(draw):
    picture = draw(lambda frame: mask(frame, [[0, 1], [0, 1]]), osd="display-mask=true")
    assert bounds(picture) == (32, 8, 48, 40)
    assert (picture[8:40, 32:48, :3] == (128, 0, 0)).all()


def test_masks_are_drawn_on_demand_only(draw):
    assert not painted(draw(lambda frame: mask(frame, [[1, 1], [1, 1]]))).any()


def test_a_mask_of_one_value_covers_all_or_nothing(draw):
    def whole(frame):
        mask(frame, [[0.7]])

    def below(frame):
        mask(frame, [[0.7]], threshold=0.9)

    assert painted(draw(whole, osd="display-mask=true")).sum() == 32 * 32
    assert not painted(draw(below, osd="display-mask=true")).any()


# -- display metas


def test_a_line_of_one_pixel_is_crisp(draw):
    def describe(frame):
        display = frame.add_display()
        display.num_lines = 1
        line = display.line_params[0]
        line.x1, line.y1, line.x2, line.y2, line.line_width = 5, 20, 45, 20, 1
        line.line_color.set(*GREEN)

    picture = draw(describe)
    assert bounds(picture)[1::2] == (20, 21)
    assert (picture[20, 6:45, :3] == (0, 255, 0)).all()


@pytest.mark.parametrize(("head", "wide_ends"), [(0, "start"), (1, "end"), (2, "both")])
def test_an_arrow_has_its_heads_where_it_says(draw, head, wide_ends):
    def describe(frame):
        display = frame.add_display()
        display.num_arrows = 1
        arrow = display.arrow_params[0]
        arrow.x1, arrow.y1, arrow.x2, arrow.y2, arrow.arrow_width = 6, 24, 58, 24, 2
        arrow.arrow_head = head
        arrow.arrow_color.set(*WHITE)

    thickness = painted(draw(describe)).sum(axis=0)
    start, end = thickness[8:20].max() > 4, thickness[45:57].max() > 4
    assert {(True, False): "start", (False, True): "end", (True, True): "both"}[start, end] == (
        wide_ends
    )


def test_a_circle_is_round_and_may_be_filled(draw):
    def describe(frame, filled):
        display = frame.add_display()
        display.num_circles = 1
        circle = display.circle_params[0]
        circle.xc, circle.yc, circle.radius = 32, 24, 15
        circle.circle_color.set(*RED)
        circle.has_bg_color = filled
        circle.bg_color.set(*GREEN)

    ring = draw(lambda frame: describe(frame, 0))
    disc = draw(lambda frame: describe(frame, 1))
    assert bounds(ring) == bounds(disc) == (16, 8, 49, 41)
    assert not painted(ring)[24, 32]
    assert tuple(disc[24, 32, :3]) == (0, 255, 0)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    distance = np.hypot(x - 32, y - 24)
    assert not painted(ring)[(distance > 17.5) | (distance < 12.5)].any()
    assert painted(ring)[abs(distance - 15) < 0.5].all()


def test_rectangles_and_labels_of_display_metas(draw):
    def describe(frame):
        display = frame.add_display()
        display.num_rects, display.num_labels = 1, 1
        rect = display.rect_params[0]
        rect.left, rect.top, rect.width, rect.height, rect.border_width = 2, 30, 50, 10, 2
        rect.border_color.set(*BLUE)
        write(display.text_params[0])

    picture = draw(describe)
    assert tuple(picture[30, 20, :3]) == (0, 0, 255)
    assert (picture[:25] == 255).all(axis=-1).any()


# -- batches


def test_every_picture_of_a_batch_is_drawn_on(run):
    def outline(_pad, info):
        for frame in BatchMeta.of(info).iter_frames():
            box(frame, (8, 8, 16, 16) if frame.batch_id else (30, 20, 10, 10))

    probes = []

    def prepare(pipeline):
        pad = pipeline.get_by_name("osd").get_static_pad("sink")
        probes.append(NativeProbe(pad, outline, print, writable=True))

    source = SOURCE.format(n=1, format="RGBA", w=WIDTH, h=HEIGHT)
    to_mux = f"{source} ! nvvideoconvert ! video/x-raw(memory:NVMM),format=RGBA ! m."
    played = run(
        f"{to_mux}sink_0 {to_mux}sink_1 "
        f"nvstreammux name=m batch-size=2 width={WIDTH} height={HEIGHT} ! nvdsosd name=osd ! "
        f"nvmultistreamtiler rows=1 columns=2 width={2 * WIDTH} height={HEIGHT} ! nvvideoconvert ! "
        "video/x-raw,format=RGBA ! fakesink name=sink",
        prepare=prepare,
    )
    assert played.error is None
    buffer = played["sink"].get_property("last-sample").get_buffer()
    both = np.frombuffer(buffer.extract_dup(0, buffer.get_size()), np.uint8)
    both = both.reshape(HEIGHT, 2 * WIDTH, 4)
    assert bounds(both[:, :WIDTH]) == (29, 19, 41, 31)
    assert bounds(both[:, WIDTH:]) == (7, 7, 25, 25)
    probes[0].remove()


# -- the element


def test_each_kind_is_switched_off_by_its_property(draw):
    def describe(frame):
        write(box(frame, (40, 30, 10, 10)).text_params, at=(0, 0))

    both = painted(draw(describe))
    boxes = painted(draw(describe, osd="display-text=false"))
    texts = painted(draw(describe, osd="display-bbox=false"))
    assert boxes.any()
    assert texts.any()
    assert (boxes | texts == both).all()
    assert not (boxes & texts).any()
    assert not painted(draw(describe, osd="display-text=false display-bbox=false")).any()


def test_the_clock_is_written_where_and_how_it_says(draw):
    osd = "display-clock=true x-clock-offset=10 y-clock-offset=20 clock-color=0x0000ffff"
    picture = draw(lambda _: None, osd=osd + " display-text=false")
    left, top, *_ = bounds(picture)
    assert left >= 10
    assert top >= 20
    assert not picture[..., :2].any()
    assert not painted(draw(lambda _: None)).any()


@pytest.fixture
def shared(run):
    """``shared(describe)``: draw on a buffer that a tee shares; give the other branch's picture.

    And whether the buffer that left the element is the one that came in.
    """

    def one(describe):
        probes, seen = [], []

        def prepare(pipeline):
            def attach(element, pad, callback, **options):
                pad = pipeline.get_by_name(element).get_static_pad(pad)
                probes.append(NativeProbe(pad, callback, seen.append, **options))

            attach("split", "sink", lambda _, info: describe(info), writable=True)
            attach("osd", "sink", lambda _, info: seen.append(buffer_address(info)))
            attach("osd", "src", lambda _, info: seen.append(buffer_address(info)))

        source = SOURCE.format(n=1, format="RGBA", w=WIDTH, h=HEIGHT)
        played = run(
            f"{source} ! tee name=split ! fakesink name=sink "
            "split. ! nvdsosd name=osd ! fakesink async=false",
            prepare=prepare,
        )
        for probe in probes:
            probe.remove()
        buffer = played["sink"].get_property("last-sample").get_buffer()
        before, after = seen
        return np.frombuffer(buffer.extract_dup(0, buffer.get_size()), np.uint8), before == after

    return one


def test_a_buffer_with_nothing_to_draw_is_passed_on_itself(shared):
    _, same = shared(lambda info: BatchMeta.attach(info).add_frame())
    assert same


def test_a_shared_buffer_is_copied_before_it_is_drawn_on(shared):
    picture, same = shared(lambda info: box(BatchMeta.attach(info).add_frame()))
    assert not same
    assert not picture.reshape(-1, 4)[:, :3].any()


@pytest.mark.parametrize("mode", [0, 1, 2])
def test_all_process_modes_draw_the_same(draw, mode):
    picture = draw(box, osd=f"process-mode={mode}")
    assert (picture == draw(box)).all()


NASTY_FLOATS = [0.0, -1.0, 0.4, 7.6, 31.0, -3e38, 3e38, float("nan"), float("inf"), -float("inf")]
NASTY_COUNTS = [0, 1, 2, 5, 20, 63, 64, 2**16, 2**31 - 1, 2**31, 4294967290, 2**32 - 1]


def scribble(frame, dice):
    """Fill in everything that can be drawn with values that no one should write."""

    def number():
        return dice.choice(NASTY_COUNTS)

    def colour(target):
        target.set(*(dice.choice([0.0, 0.5, 1.0, -9.0, 9.0, float("nan")]) for _ in range(4)))

    def fill(view, names):
        for name in names.split():
            setattr(view, name, number())

    def rectangle(rect):
        rect.left, rect.top, rect.width, rect.height = dice.choices(NASTY_FLOATS, k=4)
        fill(rect, "border_width has_bg_color")
        colour(rect.border_color)
        colour(rect.bg_color)

    def words(text):
        text.display_text = dice.choice(
            ["", "x", "é\n\n\u4e2d", "long " * 500, "\t\x01", "\n" * 99]
        )
        fill(text, "x_offset y_offset")
        text.set_bg_clr = dice.choice([0, 1, -1])
        text.font_params.font_size = number()
        colour(text.font_params.font_color)
        colour(text.text_bg_clr)

    thing = frame.add_object()
    rectangle(thing.rect_params)
    words(thing.text_params)
    thing.mask_params.set_mask_array(np.array(dice.choices(NASTY_FLOATS, k=6)).reshape(2, 3))
    thing.mask_params.threshold = dice.choice(NASTY_FLOATS)
    display = frame.add_display()
    display.num_rects = display.num_labels = 1
    display.num_lines = display.num_arrows = display.num_circles = 1
    rectangle(display.rect_params[0])
    words(display.text_params[0])
    fill(display.line_params[0], "x1 y1 x2 y2 line_width")
    fill(display.arrow_params[0], "x1 y1 x2 y2 arrow_width")
    display.arrow_params[0].arrow_head = dice.choice([-1, 0, 1, 2, 3])
    fill(display.circle_params[0], "xc yc radius has_bg_color")
    if dice.random() < 0.3:
        fill(frame, "pipeline_width pipeline_height")


@pytest.mark.parametrize(
    ("caps", "size"), [("RGBA", (64, 48)), ("NV12", (33, 17)), ("YUY2", (34, 9))]
)
def test_nothing_that_metadata_can_say_is_a_crash(play, caps, size):
    dice = random.Random(f"{caps}{size}")
    played = play(lambda frame: scribble(frame, dice), caps, "display-mask=true", n=400, size=size)
    assert played.rendered == 400


def test_padded_rows_go_through_only_to_who_can_read_them(run, tmp_path):
    """A decoder pads rows where it may; a file sink would write the padding."""
    encoded = (
        "videotestsrc num-buffers=1 ! video/x-raw,format=I420,width=328,height=248"
        " ! avenc_mpeg4 ! avdec_mpeg4"
    )
    for name, osd in (("with", "! nvdsosd"), ("without", "")):
        sink = f"filesink name=sink location={tmp_path / name}"
        assert run(f"{encoded} {osd} ! {sink}").error is None
    assert (tmp_path / "with").read_bytes() == (tmp_path / "without").read_bytes()
