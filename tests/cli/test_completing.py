"""What a shell completes: variables of a file, elements, modules and what is in them."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete, get_completion_class

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


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("file demo.gstp --obs=", ["here", "sink"]),
        ("file demo.gstp --obs=si", ["sink"]),
        ("file demo.gstp --obs=here --proc=oth", ["other:"]),
        ("file demo.gstp --obs=here --ext=other:", ["other:found"]),
        ("file demo.gstp --obs=here --n", ["--n-frames="]),
        ("file demo.gstp --timeout=3 --obs ", ["here", "sink"]),
        ("file demo.gstp --on-full=la", ["latest"]),
        ("launch fakesrc num-buffers=3 ! identity name=here ! fakesink --obs=h", ["here"]),
    ],
)
def test_bash_itself_completes(folder, complete, line, values):
    """In a bash without a terminal, which splits the line as one with a terminal does."""
    words = [word for word in re.split(r"(=)|\s", f"pythiags {line}") if word]
    words += [""] * line.endswith(" ")
    scripted = "\n".join(
        [
            f"PATH={Path(sys.executable).parent}:$PATH",
            'eval "$(pythiags completion bash)"',
            "compopt() { echo option $*; }",
            f"COMP_WORDS=({' '.join(map(shlex.quote, words))}) COMP_CWORD={len(words) - 1}",
            "_pythiags_completion pythiags",
            'printf "%s\\n" "${COMPREPLY[@]}"',
        ]
    )
    done = subprocess.run(
        ["bash", "-c", scripted],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    more = ["option -o nospace"] if values[0][-1] in "=:" else []
    assert done.stdout.splitlines() == more + values


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_the_option_with_its_value(complete, shell):
    completing = get_completion_class(shell)(cli, {}, "pythiags", "_PYTHIAGS_COMPLETE")
    items = completing.get_completions(["file", "demo.gstp"], "--obs=si")
    assert [item.value for item in items] == ["--obs=sink"]
    items = completing.get_completions(["file", "demo.gstp", "--obs"], "si")
    assert [item.value for item in items] == ["sink"]
