"""What a shell completes: variables of a file, elements, modules and what is in them."""

import pytest
from click.shell_completion import ShellComplete

from pythiags.cli.commands import cli

TEXT = """\
# the value of a variable, a name
videotestsrc num-buffers={n_frames} pattern={pattern} ! identity name=here
  ! videoconvert ! fakesink name=sink
"""


@pytest.fixture
def complete(folder):
    (folder / "demo.gstp").write_text(TEXT)
    (folder / "broken.py").write_text("def f(:\n")
    (folder / "other.py").write_text("raise SystemExit('it was run')\ndef found(pad, info): pass")
    shell = ShellComplete(cli, {}, "pythiags", "_PYTHIAGS_COMPLETE")

    def run(*words):
        *args, incomplete = words
        return [item.value for item in shell.get_completions(list(args), incomplete)]

    return run


@pytest.mark.parametrize("command", ["file", "check"])
def test_variables_of_a_file(complete, command):
    assert complete(command, "demo.gstp", "--n") == ["--n-frames="]
    options = complete(command, "demo.gstp", "--")
    assert {"--n-frames=", "--pattern=", "--verbose"} <= set(options)


def test_variables_of_words(complete):
    assert "--count=" in complete("launch", "fakesrc", "num-buffers={count}", "!", "fakesink", "--")


@pytest.mark.parametrize(
    "words",
    [
        ["file", "demo.gstp", "--obs", ""],
        ["file", "demo.gstp", "--obs="],
        ["file", "demo.gstp", "--obs", "="],
        ["file", "demo.gstp", "--n-frames=3", "--obs", ""],
        [
            "launch",
            *["fakesrc", "!", "identity", "name=here", "!", "fakesink", "name=sink"],
            "--obs",
            "",
        ],
        ["launch", "fakesrc ! identity name=here ! fakesink name=sink", "--obs", ""],
    ],
)
def test_elements(complete, words):
    assert complete(*words) == ["here", "sink"]


def test_elements_by_their_beginning(complete):
    assert complete("file", "demo.gstp", "--obs", "h") == ["here"]
    assert complete("file", "demo.gstp", "--obs=s") == ["sink"]


@pytest.mark.parametrize("option", ["--ext", "--proc"])
def test_modules_and_what_they_define(complete, option):
    modules = complete("file", "demo.gstp", option, "")
    assert modules == ["pythiags:", "broken:", "mine:", "other:"]
    assert complete("file", "demo.gstp", f"{option}=mi") == ["mine:"]
    assert {"mine:ext", "mine:Extract"} <= set(complete("file", "demo.gstp", option, "mine:"))
    assert complete("file", "demo.gstp", option, "mine:Ex") == ["mine:Extract"]
    assert complete("file", "demo.gstp", option, "other:") == ["other:found"], "it is not run"
    assert "pythiags:Detections" in complete("file", "demo.gstp", option, "pythiags:")


@pytest.mark.parametrize(
    "words",
    [
        ["file", "nosuch.gstp", "--obs", ""],
        ["file", "--obs", ""],
        ["launch", "(", "--obs", ""],
        ["file", "demo.gstp", "--ext", "nosuch:"],
        ["file", "demo.gstp", "--ext", "broken:"],
    ],
)
def test_nothing_to_complete(complete, words):
    assert complete(*words) == []


def test_bash_keeps_a_module_and_its_name_together(command):
    assert command("completion", "bash").out.startswith("COMP_WORDBREAKS=${COMP_WORDBREAKS//:}\n")
