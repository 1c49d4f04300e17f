"""The picture of a trace: an SVG that is whole, safe and complete; and the table."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from pythiags.tracing import Trace, TracedElement, TracedLink
from pythiags.tracing.picture import picture
from pythiags.tracing.table import duration, percent, table

SVG = "{http://www.w3.org/2000/svg}"
SOURCE = TracedElement("src", "videotestsrc", 100, "makes", 1e-3, 2e-3, 0.5, 0.25)
QUEUE = TracedElement("bin0/q", "queue", 100, "passes", 1e-2, 2e-2, 0.1, 0.1, waits="queue")
NET = TracedElement(
    "pgie", "nvinfer", 100, "passes", 8e-3, 9e-3, 1e-2, 0.8, extracted=100, extract_share=0.05
)
SINK = TracedElement("out", "fakesink", 0, "takes", 0.0, 0.0, 0.0, 0.0)
PLAIN, NVMM = "video/x-raw", "memory:NVMM"
LINKS = (
    TracedLink("src", "bin0/q", "src", "sink", "I420 64x64 30/1", PLAIN, "", "SystemMemory", 100),
    TracedLink("bin0/q", "pgie", "src", "sink", "NV12 64x64", f"{PLAIN}({NVMM})", NVMM, "nv", 99),
    TracedLink("pgie", "out", "src", "sink", "", "", "", "", 0),
)
TRACE = Trace(2.0, (SOURCE, QUEUE, NET, SINK), LINKS)


def read(trace):
    return ET.fromstring(picture(trace))


def texts(trace):
    return [each.text for each in read(trace).iter(f"{SVG}text")]


def titles(trace):
    return [each.text for each in read(trace).iter(f"{SVG}title")]


def test_it_shows_elements_times_caps_and_memory():
    found = texts(TRACE)
    for text in (
        *("src", "q", "pgie", "out", "queue, in bin0"),
        *("8.0 ms, p95 9.0 ms", "80 %", "waits", "no buffer has come", "extractors 5.0 %"),
        *("I420 64x64 30/1", NVMM, "most work: pgie, 80 % of the time"),
    ):
        assert text in found, text


def test_a_link_with_pictures_of_a_card_says_which():
    nv, (first, second, third) = "memory:NVMM, GPU 1", LINKS
    links = (first, replace(second, memory="GPU 1"), third)
    assert (nv in texts(TRACE), nv in texts(replace(TRACE, links=links))) == (False, True)


def test_titles_tell_more():
    said = "\n".join(titles(TRACE))
    assert "from arrival to departure: median 8.0 ms, p95 9.0 ms, longest 10 ms" in said
    assert "src.src to bin0/q.sink\n100 buffers of SystemMemory\nvideo/x-raw" in said
    assert "waits in the queue" in said
    assert "extractors on its pads: 100 calls, 5.0 % of the time" in said


def test_removed_elements_of_a_factory_are_one_row_and_no_box():
    gone = replace(NET, path="(removed)/nvinfer", share=0.9, present=False, removed=3)
    trace = replace(TRACE, elements=(*TRACE.elements, gone))
    assert "3 were removed" in table(trace)
    assert "was removed" in table(replace(trace, elements=(replace(gone, removed=1),)))
    assert "most work: pgie, 80 % of the time" in texts(trace)
    assert "removed" not in picture(trace)


def test_it_needs_no_other_file():
    text = picture(TRACE)
    assert re.findall(r"https?://[^\"]*", text) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"<script|<image|<use|href|@import|url\((?!#)", text)


def test_it_has_colours_for_light_and_dark_pages():
    text = picture(TRACE)
    assert "@media (prefers-color-scheme: dark)" in text
    assert 'class="page"' in text


def fills(trace):
    return [each.get("fill") for each in read(trace).iter(f"{SVG}rect") if each.get("rx") == "7"]


def test_boxes_are_coloured_by_work_unless_they_wait():
    cold, waits, hot, idle = fills(TRACE)
    red, _, blue = (int(hot[start : start + 2], 16) for start in (1, 3, 5))
    assert red > 2 * blue
    assert waits == fills(replace(TRACE, elements=(replace(QUEUE, share=9.0),), links=()))[0]
    assert len({cold, waits, hot, idle}) == 4


def test_boxes_and_labels_are_within_the_picture():
    wide = [replace(SOURCE, path=f"s{number}") for number in range(30)]
    links = [replace(LINKS[0], source=each.path, sink="pgie") for each in wide]
    root = read(Trace(1.0, (*wide, NET), tuple(links)))
    width, height = float(root.get("width")), float(root.get("height"))
    for box in root.iter(f"{SVG}rect"):
        x, y = float(box.get("x", 0)), float(box.get("y", 0))
        assert 0 <= x <= x + float(box.get("width")) <= width
        assert 0 <= y <= y + float(box.get("height")) <= height


@pytest.mark.parametrize("name", ["<script>", "a&b", 'q"', "a\0b\x1b", "\ud800", "x" * 500, "]]>"])
def test_names_cannot_break_it(name):
    element = replace(SOURCE, path=name, factory=name)
    link = replace(LINKS[0], source=name, sink=name, media=name, caps=name, features=name)
    root = read(Trace(1.0, (element,), (link,)))
    assert not list(root.iter(f"{SVG}script"))
    picture(Trace(1.0, (element,), (link,))).encode()


def test_passwords_are_masked():
    element = replace(SOURCE, path="rtsp:--a", factory="rtsp://user:secret@camera")
    assert "secret" not in picture(Trace(1.0, (element,), ()))


def test_what_was_removed_is_in_the_table_only():
    gone = replace(QUEUE, path="gone", present=False)
    trace = replace(TRACE, elements=(*TRACE.elements, gone))
    assert "gone" not in texts(trace)
    assert re.search(r"^gone \(queue\) .* was removed$", str(trace), re.MULTILINE)


def test_an_empty_trace_is_a_picture_too():
    assert read(Trace(0.0, (), ())).tag == f"{SVG}svg"
    assert "0.0 s" in table(Trace(0.0, (), ())).replace("µs", "s")


TABLE = """\
element buffers median p95 max work
src (videotestsrc) 100 makes 1.0 ms 2.0 ms 500 ms 25 %
bin0/q (queue) 100 passes 10 ms 20 ms 100 ms waits in the queue
pgie (nvinfer) 100 passes 8.0 ms 9.0 ms 10 ms 80 %
extractors 100 5.0 %
out (fakesink) 0 no buffer has come
work: share of 2.0 s that the element's own code took"""


def test_the_table():
    lines = str(TRACE).split("\n")
    assert "\n".join(" ".join(line.split()) for line in lines) == TABLE
    assert len({line.index("100") for line in lines[1:4]}) == 1, "numbers stand below each other"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "0.0 µs"), (9.94e-6, "9.9 µs"), (1.2e-4, "120 µs"), (0.0123, "12 ms"), (61.0, "61.0 s")],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_shares():
    assert [percent(0.0), percent(0.0123), percent(0.456), percent(2.0)] == [
        "0.0 %",
        "1.2 %",
        "46 %",
        "200 %",
    ]


def test_it_is_saved(tmp_path):
    TRACE.save(tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_text(encoding="utf-8") == TRACE.svg()
    with pytest.raises(OSError, match="No such file"):
        TRACE.save(tmp_path / "none" / "a.svg")
