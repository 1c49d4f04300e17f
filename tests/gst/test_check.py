"""What the corpus cannot show: variables, speed, silence, and errors that only building finds."""

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
    assert f"from which it is '{tmp_path / 'movie.mp4'}'" in problem.hint


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
