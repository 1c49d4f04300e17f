"""The options of commands are made of those of the API: names, types, defaults, help."""

import inspect
from dataclasses import fields
from typing import get_args, get_type_hints

import click
import pytest

from pythiags import App, AttachOptions
from pythiags.app.attach_options import descriptions
from pythiags.cli.attaching import NOT_OFFERED, Size, attach_options
from pythiags.cli.commands import cli
from pythiags.cli.options import RunOptions

RUNNING = ["videotestsrc", "launch", "file"]
NAMES = [field.name for field in fields(AttachOptions) if field.name not in NOT_OFFERED]


def options_of(command):
    return {option.name: option for option in cli.commands[command].params}


def defaults_of(command):
    """What a command gets that is called with nothing."""
    return cli.commands[command].make_context(command, [], resilient_parsing=True).params


@pytest.mark.parametrize("command", RUNNING)
@pytest.mark.parametrize("name", NAMES)
def test_each_is_an_option_with_the_same_default(command, name):
    option = options_of(command)[name]
    assert option.opts == ["--" + name.replace("_", "-")]
    assert defaults_of(command)[name] == getattr(AttachOptions, name)
    words = get_args(get_type_hints(AttachOptions)[name])
    if isinstance(option.type, click.Choice):
        assert tuple(option.type.choices) == words


@pytest.mark.parametrize("name", NAMES)
def test_the_help_is_the_description(name):
    def letters(text):
        return "".join(filter(str.isalnum, text))

    assert letters(options_of("file")[name].help) == letters(
        descriptions()[name].replace("on_error", "on-error")
    )


def test_a_name_of_an_option_is_spelled_as_the_command_line_does():
    assert "--on-error=stop" in options_of("file")["max_consecutive_errors"].help


def test_nothing_is_offered_that_attach_lacks():
    made = click.Command("made")
    for decorate in attach_options():
        decorate(made)
    assert {option.name for option in made.params} == set(NAMES)


@pytest.mark.parametrize("command", RUNNING)
def test_options_of_the_app_have_its_defaults(command):
    own = inspect.signature(App).parameters
    for name in ("timeout", "on_error", "drain_timeout"):
        assert defaults_of(command)[name] == own[name].default
        assert getattr(RunOptions, name) == own[name].default


@pytest.mark.parametrize(
    ("text", "size"),
    [("5000", 5000), ("64M", 64 << 20), ("1.5G", 3 << 29), ("2 KiB", 2048), ("7kB", 7 << 10)],
)
def test_sizes(text, size):
    assert Size().convert(text, None, None) == size


@pytest.mark.parametrize("text", ["", "0", "-1", "64X", "M", "1e3", "0.2"])
def test_what_is_not_a_size(text):
    with pytest.raises(click.BadParameter, match="such as 5000, 64M or 1G"):
        Size().convert(text, None, None)


def test_a_shared_extractor_reads_once(command):
    here = "videotestsrc num-buffers=5 ! identity name=here ! fakesink"
    both = ("--obs=here", "--ext=mine:ext", "--proc=mine:proc", "--proc=mine:Process")
    done = command("launch", here, *both, "--worker=thread")
    assert done.code == 0
    assert len(done.out.splitlines()) == 10


def test_an_error_stops_a_run_that_is_told_so(command):
    here = "videotestsrc num-buffers=500 ! identity name=here ! fakesink"
    bang = ("--obs=here", "--ext=mine:ext", "--proc=mine:bang", "--worker=thread")
    assert "500 KeyError in the consumer" in command("launch", here, *bang).err
    done = command("launch", here, *bang, "--on-error=stop")
    assert done.code == 3
    assert "bang" in done.err
