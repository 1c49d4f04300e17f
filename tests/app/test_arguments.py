"""What an App refuses before anything is built."""

import subprocess
import sys
from pathlib import Path

import pytest

from pythiags import App, Description
from pythiags.app.arguments import origin_of
from pythiags.errors import ConfigError, TemplateError, UserCodeError

TEXT = "fakesrc num-buffers=1 ! fakesink"


@pytest.mark.parametrize("option", ["timeout", "drain_timeout"])
@pytest.mark.parametrize("value", [-1, "5", True, float("nan")])
def test_a_time_has_to_be_one(option, value):
    with pytest.raises(ConfigError, match=option):
        App(TEXT, **{option: value})


def test_variables_beside_a_description_are_not_lost_in_silence():
    with pytest.raises(ConfigError, match="did you mean 'timeout'"):
        App(Description(TEXT), time_out=3)


def test_a_path_is_no_text():
    with pytest.raises(ConfigError, match="from_file"):
        App(Path("demo.gstp"))


def test_what_is_right_passes():
    for time in (None, 0, 2, 2.5):
        App(Description(TEXT), timeout=time).close()


def test_a_missing_pygobject_is_told_with_what_to_install():
    program = (
        "import sys; sys.modules['gi'] = None\n"
        "from pythiags.errors import MissingDependency\n"
        "try:\n    from pythiags import App\n"
        "except MissingDependency as error:\n    print(error, error.exit_code)\n"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30
    ).stdout
    assert "apt install python3-gi" in shown
    assert shown.endswith(" 2\n")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("max_consecutive_errors", -1),
        ("max_consecutive_errors", True),
        ("name", ""),
        ("name", 3),
        ("key", ""),
        ("key", 3),
        ("spill_dir", 5),
        ("workers", 0),
    ],
)
def test_nonsense_is_refused_by_its_name(option, value):
    with App(TEXT) as app, pytest.raises(ConfigError) as caught:
        app.attach("fakesink0", lambda pad, info: [1], print, **{option: value})
    assert option in str(caught.value)
    assert repr(value) in str(caught.value)


def test_what_is_told_of_several_workers_bears_the_attachments_name():
    with App(TEXT) as app, pytest.raises(UserCodeError) as caught:
        app.attach("fakesink0", lambda pad, info: [1], Kept(), worker="thread", workers=2)
    assert caught.value.where == "fakesink0"


class Kept:
    def incoming(self, events):
        """Take them."""


def test_a_pipeline_is_known_by_its_file_if_it_has_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.gstp").write_text(TEXT)
    assert origin_of(Description.from_file("a.gstp")) == (str(tmp_path / "a.gstp"), TEXT)
    assert origin_of(Description(TEXT)) == ("", TEXT)
    assert origin_of(Description.from_words(TEXT.split()))[0] == ""


@pytest.mark.parametrize("from_file", [False, True])
@pytest.mark.parametrize(
    ("wrong", "option"), [("timout", "timeout"), ("Timeout", "timeout"), ("on_eror", "on_error")]
)
def test_a_misspelled_option_is_no_variable(tmp_path, wrong, option, from_file):
    text = "videotestsrc num-buffers={count} ! fakesink"
    (tmp_path / "a.gstp").write_text(text)
    make, what = (App.from_file, tmp_path / "a.gstp") if from_file else (App, text)
    with pytest.raises(ConfigError, match=f"did you mean {option}\\?"):
        make(what, count=1, **{wrong: 3})


def test_a_variable_that_is_spelled_nearly_as_an_option_is_one():
    App("videotestsrc num-buffers={time_out} ! fakesink", time_out=3)
    with pytest.raises(TemplateError, match="did you mean 'timeouts'"):
        App("videotestsrc num-buffers={timeouts} ! fakesink", timeout_s=3)
