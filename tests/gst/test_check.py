"""What the corpus cannot show: variables, growth, silence, and errors that only building finds."""

import sys
import time

import pytest

from pythiags import portable
from pythiags.description import Description
from pythiags.errors import DescriptionError
from pythiags.gst import GLib, Gst, registry
from pythiags.gst.check import check, translate_parse_error


def found(text, **variables):
    return [(p.code, str(p.position)) for p in check(Description(text, **variables))]


SOUND = "videotestsrc num-buffers={n} pattern={p} ! video/x-raw,width={w},format={f} ! fakesink"


def test_values_of_variables_are_judged_where_they_stand():
    assert found(SOUND, n=3, p="ball", w=64, f="RGB") == []
    assert found(SOUND, n=-9, p="bal", w=64, f="RGGB") == [
        ("bad-value", "1:26"),
        ("bad-value", "1:38"),
        ("cannot-link", "1:44"),
    ]
    assert found(SOUND, n=3, p="ball", w="3;x", f="RGB") == [("bad-caps", "1:62")]
    assert found("fakesrc ! video/x-raw,width=(int){w} ! fakesink", w="wide") == [
        ("bad-value", "1:34")
    ]


def test_texts_of_variables_may_be_anything():
    assert found("videotestsrc ! textoverlay text={t} ! fakesink", t='"') == []
    assert found("filesrc location={t} ! fakesink", t="/dev/null") == []
    assert found("filesrc location={t} ! fakesink", t="/nowhere/a") == [("missing-file", "1:18")]


def test_a_portable_element_that_is_not_registered_yet_passes(monkeypatch):
    monkeypatch.setattr(registry, "find_factory", lambda name: None)
    assert found("nvstreammux name=m x=1") == []
    assert found("nvstreammuxer name=m") == [("unknown-element", "1:1")]


def test_each_uri_of_a_list_is_judged(tmp_path):
    portable.install(["nvurisrcbin", "nvmultiurisrcbin"])
    film = (tmp_path / "film.mp4").as_uri()
    text = "nvmultiurisrcbin uri-list={uris} width=64 height=64 ! fakesink"
    assert found(text, uris=f"{film},{film}") == [("missing-file", "1:27")] * 2
    (tmp_path / "film.mp4").touch()
    assert found(text, uris=f"{film}, {film}") == []
    assert found(text, uris=f"film.mp4,{film}") == [("bad-uri", "1:27")]
    assert found("nvurisrcbin uri=film.mp4 ! fakesink") == [("bad-uri", "1:17")]


def test_the_file_that_was_meant(tmp_path):
    (tmp_path / "movie.mp4").touch()
    (problem,) = check(Description("filesrc location={p} ! fakesink", p=tmp_path / "moovie.mp4"))
    assert problem.hint == f"did you mean '{tmp_path / 'movie.mp4'}'?"
    (problem,) = check(Description("filesrc location={p} ! fakesink", p=tmp_path))
    assert "is a folder" in problem.message


def test_a_path_as_seen_from_the_description(tmp_path):
    (tmp_path / "movie.mp4").touch()
    path = tmp_path / "demo.gstp"
    path.write_text("filesrc location=movie.mp4 ! fakesink")
    (problem,) = check(Description.from_file(path))
    assert f": write '{tmp_path / 'movie.mp4'}'" in problem.hint


def test_two_hundred_elements_take_less_than_a_second(capfd):
    branch = "t. ! queue max-size-time=5 ! videoconv{} ! video/x-raw,width=64 ! fakesink sync=no "
    branches = [branch.format(number) for number in range(50)]
    description = Description("videotestsrc ! tee name=t " + "".join(branches))
    before = time.process_time()
    assert len(check(description)) == 50
    assert time.process_time() - before < 1.0
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("fakesrc ! identity name=i sleep-time=no ! fakesink", "1:27"),
        ("fakesrc !\n nosuch ! fakesink", "2:2"),
        ("fakesrc ! identity nosuch=1 ! fakesink", "1:20"),
        ("fakesrc name=a !\nfakesink a.\n ! fakesink", "3:2"),
        ("videotestsrc ! queue ! audio/x-raw ! videoconvert ! fakesink", "1:22"),
        ("fakesrc ! video/x-raw,width= ! fakesink", "1:11"),
        ("nosuch://host ! fakesink", "1:1"),
    ],
)
def test_what_building_finds_gets_its_place(text, place):
    description = Description(text, origin="x.gstp")
    with pytest.raises(GLib.Error) as caught:
        Gst.parse_launch(description.launch_text)
    error = translate_parse_error(caught.value, description)
    assert isinstance(error, DescriptionError)
    assert error.where == f"x.gstp:{place}"
    assert error.message == caught.value.message


def test_an_error_that_names_nothing_has_no_place():
    error = translate_parse_error(GLib.Error("out of luck"), Description("fakesrc ! fakesink"))
    assert (error.where, error.exit_code) == ("<description>", 2)
    assert error.hint is not None


def test_a_uri_where_a_path_is_wanted_shows_no_password():
    description = Description("filesrc location={u} ! fakesink", u="rtsp://admin:hunter2@camera/1")
    shown = description.render(check(description))
    assert "hunter2" not in shown
    assert "rtsp://admin:***@camera/1" in shown
    assert "uridecodebin" in shown


def test_what_has_no_effect_on_a_cpu_is_told_unless_it_is_the_default():
    portable.install(["nvvideoconvert"])
    text = "videotestsrc ! nvvideoconvert gpu-id={gpu} nvbuf-memory-type={memory} ! fakesink"
    (told,) = check(Description(text, gpu=1, memory=0))
    assert (told.code, told.severity, str(told.position)) == ("no-effect", "warning", "1:31")
    assert check(Description(text, gpu=0, memory="nvbuf-mem-default")) == []


@pytest.mark.parametrize(
    "text",
    [
        "videotestsrc ! tee : concat ! fakesink",
        "videotestsrc ! tee name=t t. : funnel ! fakesink",
        "videotestsrc ! tee name=t t. : c. concat name=c ! fakesink",
        "( videotestsrc ! tee ) : ( input-selector ! fakesink )",
        "videotestsrc ! tee : multiqueue name=q q. ! fakesink",
        "nvstreamdemux : concat ! fakesink",
    ],
)
def test_a_link_of_all_pads_that_never_ends_is_refused(text):
    portable.install(["nvstreamdemux"])
    errors = [p for p in check(Description(text)) if p.severity == "error"]
    (problem,) = errors
    assert (problem.code, problem.hint) == ("endless-link", "write '!' to link one pad")
    assert text[problem.position.column - 1] == ":"


@pytest.mark.parametrize(
    "text",
    [
        "videotestsrc ! tee : queue ! fakesink",
        "videotestsrc ! tee name=t t.src_0 : concat ! fakesink",
        "videotestsrc ! tee : c.sink_0 concat name=c ! fakesink",
        "videotestsrc ! queue : concat ! fakesink",
        "audiotestsrc ! deinterleave : interleave ! fakesink",
        "videotestsrc ! tee : compositor ! fakesink",
        "videotestsrc ! tee ! concat ! fakesink",
    ],
)
def test_a_link_of_all_pads_that_ends_is_not_refused(text):
    assert "endless-link" not in dict(found(text))
    Gst.parse_launch(text)


@pytest.mark.parametrize("factory", ["tee", "queue", "fakesink", "nvinfer"])
def test_only_bins_hold_elements(factory):
    portable.install(["nvinfer"])
    (problem,) = [
        p
        for p in check(Description(f"{factory}.( name=b videotestsrc ! fakesink )"))
        if p.severity == "error"
    ]
    assert (problem.code, str(problem.position)) == ("not-a-bin", "1:1")
    assert f"'{factory}' is not a bin" in problem.message


@pytest.mark.parametrize("factory", ["bin", "pipeline", "decodebin"])
def test_bins_hold_elements(factory):
    assert "not-a-bin" not in dict(found(f"{factory}.( name=b videotestsrc ! fakesink )"))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("funnel ! fakesink", "1:1"),
        ("nvstreammux name=m batch-size=1 width=64 height=64 ! fakesink", "1:1"),
        ("videotestsrc ! fakesink matroskamux ! fakesink", "1:25"),
        ("concat name=a ! b. concat name=b ! fakesink", "1:1"),
        ("splitmuxsink location=x.mp4", "1:1"),
        ("videotestsrc ! tee", "1:16"),
        ("videotestsrc ! nvstreammux width=64 height=64 ! nvstreamdemux", "1:49"),
    ],
)
def test_pads_on_request_that_nothing_requests(text, place):
    portable.install(["nvstreammux", "nvstreamdemux"])
    problems = check(Description(text))
    assert [(p.code, str(p.position), p.severity) for p in problems] == [
        ("unlinked", place, "warning")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "compositor force-live=true ! fakesink",
        "videotestsrc ! tee allow-not-linked=true",
        "videotestsrc ! m. funnel name=m ! fakesink",
        "videotestsrc ! mux.video_0 matroskamux name=mux ! fakesink",
        "rtpbin name=r udpsrc ! r.recv_rtp_sink_0 r. ! fakesink",
    ],
)
def test_pads_on_request_that_need_not_be_requested(text):
    assert "unlinked" not in dict(found(text))


def steps(text):
    """How many steps the interpreter takes to read and check a description."""
    count = 0

    def trace(frame, event, _):
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        problems = check(Description(text))
    finally:
        sys.settrace(before)
    assert not [problem for problem in problems if problem.severity == "error"]
    return count


@pytest.mark.parametrize(
    ("first", "middle"),
    [
        ("videotestsrc", "! queue ! identity "),
        ("videotestsrc", "! tee name=t{n} t{n}. ! queue "),
        ("videotestsrc", "! video/x-raw,width=64 ! queue2 "),
        ("", "file:///dev/null ! fakesink "),
        ("", "fakesrc ! queue{n}. queue ! fakesink "),
    ],
    ids=["row", "references", "caps", "uris", "automatic names"],
)
def test_twice_the_elements_take_twice_the_steps(first, middle):
    def text(count):
        last = "! fakesink" if first else ""
        return first + " " + "".join(middle.replace("{n}", str(n)) for n in range(count)) + last

    check(Description(text(1)))  # what is looked up once
    assert steps(text(80)) - steps(text(40)) < 1.2 * (steps(text(40)) - steps(text(1))) * 40 / 39


@pytest.mark.parametrize("camera", ["/dev/video0", "/dev/video12", "/dev/v4l/by-id/usb-cam-index0"])
@pytest.mark.parametrize("is_there", [True, False])
def test_a_camera_is_not_a_file(camera, is_there, monkeypatch):
    monkeypatch.setattr("pathlib.Path.exists", lambda _: is_there)
    for text, hint in (
        (f"filesrc location={camera} ! fakesink", f"write v4l2src device={camera}"),
        (f"uridecodebin uri={camera} ! fakesink", f"write uri=v4l2://{camera}"),
        (f"uridecodebin uri=file://{camera} ! fakesink", f"write v4l2src device={camera}"),
    ):
        (problem,) = check(Description(text))
        assert (problem.severity, problem.hint) == ("error", hint)
        assert "is a camera" in problem.message


def test_single_quotes_around_a_file(tmp_path):
    (tmp_path / "a.mp4").touch()
    problems = check(Description(f"filesrc location='{tmp_path}/a.mp4' ! fakesink"))
    assert [p.code for p in problems] == ["single-quotes", "missing-file"]
    assert "remove them" in problems[1].hint


@pytest.mark.parametrize("form", ["I420_10LE", "NV12_10LE32", "NV21", "AYUV", "ARGB"])
def test_a_format_that_the_converter_lacks_needs_another_one(form):
    portable.install(["nvvideoconvert"])
    text = f"videotestsrc ! video/x-raw,format={form} ! nvvideoconvert ! fakesink"
    (problem,) = check(Description(text))
    assert "it accepts the formats NV12, I420, RGBA" in problem.message
    assert problem.hint == "put 'videoconvert ! videoscale' in between"


def test_another_memory_needs_nvvideoconvert():
    portable.install(["nvmultistreamtiler"])
    text = "videotestsrc ! video/x-raw,format=RGBA ! nvmultistreamtiler ! fakesink"
    (problem,) = check(Description(text))
    assert problem.hint == "put nvvideoconvert in between"
