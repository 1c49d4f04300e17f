"""User code at the door, and its exceptions in messages and logs."""

import logging

import pytest

from pythiags import App, Consumer, Extractor, JsonLinesConsumer
from pythiags.cli.logs import JsonLines, Plain
from pythiags.errors import ConfigError, PythiagsError, StreamError, UserCodeError
from pythiags.usercode import construct, describe, loggable

SECRET = "rtsp://admin:hunter2@camera/1"
FRAMES = "videotestsrc num-buffers=30 ! video/x-raw,width=32,height=32 ! fakesink name=sink"


class Mute(Exception):
    def __str__(self):
        raise ValueError("no text")


def raise_(error):
    raise error


def test_an_exception_in_words():
    assert describe(KeyError("a")) == "KeyError: 'a'"
    assert describe(ValueError()) == "ValueError"
    assert describe(OSError(f"no route to {SECRET}")) == (
        "OSError: no route to rtsp://admin:***@camera/1"
    )
    assert describe(Mute()) == "Mute: its message is not available"


def test_a_log_shows_the_exception_itself_unless_it_tells_a_secret():
    harmless = ValueError("no")
    assert loggable(harmless) is harmless
    stand_in = loggable(OSError(SECRET))
    assert type(stand_in).__name__ == "OSError"
    assert str(stand_in) == "rtsp://admin:***@camera/1"


@pytest.mark.parametrize("part", ["where", "expected", "got", "hint"])
def test_errors_mask_passwords_in_every_part(part):
    error = PythiagsError(f"lost {SECRET}", **{part: SECRET})
    for text in (str(error), error.message, getattr(error, part), error.args[0]):
        assert "hunter2" not in text
        assert "admin" in text, "the control: the rest is there"


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(1)])
def test_a_constructor_that_raises(error):
    with pytest.raises(UserCodeError, match=type(error).__name__):
        construct(type("Mine", (), {"__init__": lambda self: raise_(error)}), "extractor")


@pytest.mark.parametrize("on_error", ["continue", "stop"])
@pytest.mark.parametrize("who", ["extractor", "consumer"])
def test_no_log_and_no_error_shows_a_password_of_an_exception(caplog, who, on_error):
    def extract(_pad, _info):
        return raise_(OSError(SECRET)) if who == "extractor" else [1]

    caplog.set_level(logging.DEBUG)
    app = App(FRAMES, on_error=on_error)
    app.attach("sink", extract, lambda _events: raise_(OSError(SECRET)))
    shown = ""
    try:
        app.run()
    except (StreamError, UserCodeError) as error:
        shown = str(error)
    assert bool(shown) == (on_error == "stop")
    assert "admin" in caplog.text
    assert "hunter2" not in caplog.text + shown


def test_an_extractor_that_ends_the_run_is_named_with_the_line_that_raised():
    def broken(_pad, _info):
        raise ValueError("no")

    app = App(FRAMES, on_error="stop")
    app.attach("sink", broken, print)
    with pytest.raises(StreamError, match="broken failed 11 times in a row") as caught:
        app.run()
    assert __file__ in caught.value.got
    assert caught.value.got.endswith("in broken")


def test_a_consumer_whose_exceptions_have_no_text_fails_like_any_other():
    class Broken(Consumer):
        def open(self):
            raise Mute

        def incoming(self, events):
            pass

    app = App(FRAMES)
    app.attach("sink", lambda _pad, _info: [1], Broken)
    with pytest.raises(UserCodeError, match="Mute"):
        app.run()


def test_an_error_of_ours_in_a_consumer_is_passed_on_as_it_is():
    app = App(FRAMES)
    app.attach("sink", lambda _pad, _info: [1], JsonLinesConsumer("/proc/none/x.jsonl"))
    with pytest.raises(ConfigError, match="cannot be written") as caught:
        app.run()
    assert caught.value.where == "/proc/none/x.jsonl"
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("formatter", [Plain(verbose=True), JsonLines()], ids=["plain", "json"])
def test_tracebacks_of_the_command_line_show_no_password(formatter):
    try:
        raise_(OSError(SECRET))
    except OSError as error:
        record = logging.LogRecord("a", 40, "f", 1, "lost", (), (OSError, error, None))
    shown = formatter.format(record)
    assert "hunter2" not in shown
    assert "admin" in shown


class Meta:
    """As metadata is: fields, some of them of the class alone."""

    __slots__ = ("left", "obj_label", "object_id", "rect_params", "top")
    confidence = 1.0
    frame_num = 0


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("label", "obj_label"),
        ("bbox", "rect_params"),
        ("track_id", "object_id"),
        ("score", "confidence"),
        ("frame_number", "frame_num"),
        ("confidnce", "confidence"),
        ("x", "left"),
        ("ymin", "top"),
    ],
)
def test_an_attribute_that_is_missing_brings_the_one_that_was_meant(wrong, meant):
    with pytest.raises(AttributeError) as error:
        getattr(Meta(), wrong)
    assert describe(error.value).endswith(f"has no attribute {wrong!r}; did you mean {meant}?")


@pytest.mark.parametrize("wrong", ["zzz", "_private"])
def test_an_attribute_like_none(wrong):
    with pytest.raises(AttributeError) as error:
        getattr(Meta(), wrong)
    assert "mean" not in describe(error.value)


def test_an_attribute_error_without_an_object():
    assert describe(AttributeError("mine")) == "AttributeError: mine"


def test_a_hostile_object_is_no_harm():
    class Hostile:
        def __dir__(self):
            raise ValueError

        def __getattr__(self, name):
            raise AttributeError(name, name=name, obj=self)

    with pytest.raises(AttributeError) as error:
        Hostile().x  # noqa: B018
    assert describe(error.value).startswith("AttributeError")


class Misspelled:
    def incomming(self, events):
        pass

    def extract_metdata(self, pad, info):
        pass


@pytest.mark.parametrize("it", [Misspelled, Misspelled()])
def test_a_misspelled_method_is_named(it):
    app = App(FRAMES)
    with pytest.raises(UserCodeError, match=r"should incomming\(\) be named incoming\(\)\?"):
        app.attach("sink", lambda pad, info: [1], it, worker="thread")
    with pytest.raises(UserCodeError, match=r"should extract_metdata\(\) be named"):
        app.attach("sink", it, print)


@pytest.mark.parametrize(
    ("base", "slip", "meant"),
    [
        (Consumer, "incomming", "incoming"),
        (Consumer, "Incoming", "incoming"),
        (Consumer, "incomin", "incoming"),
        (Extractor, "extract_metdata", "extract_metadata"),
        (Extractor, "extractmetadata", "extract_metadata"),
    ],
)
def test_a_class_with_a_slip_in_its_method_is_refused_as_it_is_made(base, slip, meant):
    with pytest.raises(UserCodeError, match=rf"the method {slip}\(\) would never") as caught:
        type("Mine", (base,), {slip: lambda *_: None})
    assert caught.value.hint == f"did you mean {meant}?"
    assert caught.value.where == "Mine"


def test_classes_that_are_not_finished_and_other_methods_are_left_alone():
    class Base(Consumer):
        def incoming_frames(self, frames):
            pass

        def income(self):
            pass

    class Finished(Base):
        def incoming(self, events):
            pass

        def incomming(self, events):
            pass

    assert Finished().incoming([]) is None


def test_a_class_of_another_metaclass_may_be_a_consumer():
    class Other(type):
        pass

    class Widget(metaclass=Other):
        pass

    class Both(Widget, Consumer):
        def incoming(self, events):
            pass

    assert Both().incoming([]) is None


def test_more_workers_than_any_machine_runs_are_refused():
    with pytest.raises(ConfigError, match="at most 1024"):
        App(FRAMES).attach("sink", lambda pad, info: [1], print, workers=10**9)
