"""The commands and their help; what they do is in the modules that they import when called."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pythiags.cli.completing import PipelineCommand, complete_files
from pythiags.cli.ctl import ctl
from pythiags.cli.logs import configure, report_error, report_usage
from pythiags.cli.machine import carriers, doctor, plugin_path
from pythiags.cli.options import (
    RunOptions,
    Session,
    display_option,
    drain_option,
    pairs_of,
    retry_policy,
    run_options,
    split_variables,
    timeout_option,
)
from pythiags.cli.recordings import record_meta, replay
from pythiags.cli.releases import release_option
from pythiags.cli.scripts import run_command
from pythiags.cli.trusting import allowed_by, untrusted_options
from pythiags.cli.words import (
    UNPARSED,
    current_session,
    own_options,
    read_description,
    talk_options,
    typed,
    variable_option,
)
from pythiags.errors import PythiagsError
from pythiags.suggest import did_you_mean
from pythiags.textfile import is_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pythiags.description import Description

__all__ = ["cli", "run"]

SIGINT_EXIT = 130
TEST_PICTURE = "! videoconvert ! appsink name=pythiags caps=video/x-raw,format=RGBA"


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; all messages go to stderr."""
    words = list(arguments)
    end = words.index("--") if "--" in words else len(words)
    session = Session(kivy_words=words[end + 1 :])
    stderr = sys.stderr
    try:
        own = [_as_text(word) for word in words[:end]]
        code = cli.main(own, prog_name="pythiags", standalone_mode=False, obj=session)
    except click.ClickException as error:
        if "--json-logs" in words[:end]:  # which may not have been read yet
            configure(verbose=session.verbose, json_lines=True)
            report_usage(error)
        else:
            error.show()
        return error.exit_code
    except PythiagsError as error:
        report_error(error, verbose=session.verbose, json_lines=session.json_lines)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return SIGINT_EXIT
    finally:
        sys.stderr = stderr
    return int(code or 0)


def _as_text(word: str) -> str:
    """Return an argument as text, in UTF-8 even if the locale has another encoding or none."""
    try:
        return os.fsencode(word).decode()
    except UnicodeError as error:
        shown = word.encode("ascii", "backslashreplace").decode()
        raise click.UsageError(f"The argument '{shown}' is not UTF-8.") from error


class _Commands(click.Group):
    """A group that says which command may have been meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            ctx.fail(f"There is no command {args[0]!r}.{_command_meant(self, args)}")
        return super().resolve_command(ctx, args)


def _command_meant(group: click.Group, words: list[str]) -> str:
    """Return which command the user meant, from a file, a pipeline or a misspelling."""
    from pythiags.description.media import explain_media, explain_uri

    first, meant = words[0], did_you_mean(words[0], group.commands)
    if "!" in " ".join(words).split():
        if meant and len(words) > 1 and words[1] != "!" and "=" not in words[1]:
            return f" Did you mean this?\n  pythiags {typed([meant, *words[1:]])}"
        return f" Did you mean this?\n  pythiags launch {typed(words)}"
    media = explain_uri(first)
    if media is None and (Path(first).suffix == ".gstp" or is_file(first)):
        media = explain_media(Path(first))
        if media is None:
            return f" Did you mean this?\n  pythiags file {typed(words)}"
    if media is not None:
        return f" {first}: {media[0]}. Try:\n  {media[1]}"
    return f" Did you mean {meant!r}?" if meant else ""


def _play(description: Description, **options: Any) -> int:
    pairs = pairs_of(options.pop("obs"), options.pop("ext"), options.pop("proc"))
    from pythiags.cli.session import play, wanted_by

    names = (
        *("display", "timeout", "on_error", "drain_timeout"),
        *("metrics", "control", "trace", "reload"),
    )
    own = {name: options.pop(name) for name in names}
    retry = retry_policy(options)
    run = RunOptions(**own, retry=retry, attach=options)
    return play(description, wanted_by(pairs), run, current_session())


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Examples:
  pythiags demo
  pythiags launch videotestsrc num-buffers=100 ! videoconvert ! autovideosink
  pythiags file demo.gstp --batch-size=4 --obs=pgie --ext=mine:Extract --proc=mine:Process
  pythiags check demo.gstp
  pythiags doctor

Options after `--` are passed to Kivy: `pythiags videotestsrc -- --size=640x480`.""",
)
@click.version_option(package_name="pythiags", message="pythiags %(version)s")
@talk_options
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Run GStreamer and DeepStream pipelines, and your Python on their metadata."""
    session = ctx.ensure_object(Session)
    configure(verbose=session.verbose, json_lines=session.json_lines)


@cli.command(
    short_help="Show a test picture in a window.",
    epilog="""\b
Examples:
  pythiags videotestsrc
  pythiags videotestsrc pattern=ball num-buffers=300
  pythiags videotestsrc --timeout=5 -- --size=640x480""",
)
@click.argument("properties", nargs=-1, metavar="[PROPERTY=VALUE]...")
@run_options
@talk_options
@click.pass_context
def videotestsrc(ctx: click.Context, /, properties: tuple[str, ...], **options: Any) -> int:
    """Show a test picture in a window: no model, no probe.

    PROPERTY is a property of GStreamer's videotestsrc.
    """
    from pythiags.description import Description

    if "!" in properties:
        meant = f"pythiags launch {typed(['videotestsrc', *properties])}"
        ctx.fail(f"This command takes properties only. Did you mean this?\n  {meant}")
    words = ["videotestsrc", *properties, *TEST_PICTURE.split()]
    return _play(Description.from_words(words), **options)


@cli.command(
    short_help="Run a pipeline in gst-launch syntax.",
    cls=PipelineCommand,
    context_settings=UNPARSED,
    epilog="""\b
Examples:
  pythiags launch videotestsrc num_buffers=100 ! videoconvert ! autovideosink
  pythiags launch 'videotestsrc num-buffers=1 ! fakesink'
  pythiags launch videotestsrc pattern=ball ! videoconvert \\
      ! appsink name=pythiags caps=video/x-raw,format=RGBA
  pythiags launch videotestsrc num-buffers=9 ! identity name=here ! fakesink \\
      --obs=here --ext=mine:Extract --proc=mine:Process
  pythiags launch videotestsrc num-buffers=300 ! x264enc ! fakesink --trace=where.svg

An appsink named `pythiags` opens a window. Quote `!` if your shell expands it as history.""",
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED, shell_complete=complete_files)
@variable_option
@run_options
@talk_options
@click.pass_context
def launch(
    ctx: click.Context, /, words: tuple[str, ...], assignments: tuple[str, ...], **options: Any
) -> int:
    """Run a pipeline in gst-launch-1.0 syntax.

    Properties may be written num-buffers=100 or num_buffers=100. --NAME=VALUE sets the template
    variable {name}.
    """
    return _play(read_description(ctx, words, assignments, file=False), **options)


@cli.command(
    short_help="Run the pipeline in a file.",
    cls=PipelineCommand,
    context_settings=UNPARSED,
    epilog="""\b
Examples:
  pythiags file demo.gstp
  pythiags file demo.gstp --batch-size=4
  pythiags file demo.gstp --batch-size=10 --obs=pgie \\
      --ext=my_custom_parsing:MyCustomExtract --proc=my_custom_parsing:MyCustomProcess
  pythiags file demo.gstp --obs=pgie --proc=mine:Process --workers=4 --on-full=drop-oldest \\
      --ext='pythiags:Detections(min_confidence=0.4, labels=[person, car])'
  pythiags file demo.gstp --display=none --timeout=60 --json-logs
  pythiags file camera.gstp --uri=rtsp://camera.local/live --retry
  pythiags file camera.gstp --uri=rtsp://camera.local/live --retry --stall-timeout=10 \\
      --retry-timeout=inf --metrics=9464

To run your own ONNX model, set `onnx-file=my.onnx` in nvinfer's configuration file.""",
)
@click.argument(
    "arguments", nargs=-1, type=click.UNPROCESSED, metavar="PATH", shell_complete=complete_files
)
@variable_option
@run_options
@talk_options
@click.pass_context
def file(
    ctx: click.Context, /, arguments: tuple[str, ...], assignments: tuple[str, ...], **options: Any
) -> int:
    """Run the pipeline in the file PATH.

    Options that are not listed below set template variables: --batch-size=4 is the value of
    {batch_size} in the file.
    """
    return _play(read_description(ctx, arguments, assignments, file=True), **options)


@cli.command(
    short_help="Report every problem of a pipeline.",
    cls=PipelineCommand,
    context_settings=UNPARSED,
    epilog="""\b
Examples:
  pythiags check demo.gstp --batch-size=4
  pythiags check videotestsrc ! x264en ! fakesink
  pythiags check --deepstream=9.0 app.py
  pythiags check theirs.gstp --untrusted --allow-path=/srv/videos --allow-scheme=rtsp \\
      --allow-elements=rtspsrc,rtph264depay""",
)
@click.argument(
    "arguments",
    nargs=-1,
    type=click.UNPROCESSED,
    metavar="PATH|WORDS...",
    shell_complete=complete_files,
)
@variable_option
@release_option
@untrusted_options
@talk_options
@click.pass_context
def check(
    ctx: click.Context, /, arguments: tuple[str, ...], assignments: tuple[str, ...], **options: Any
) -> int:
    """Report every problem of a pipeline with its place; run nothing.

    PATH is a file; WORDS are a pipeline as for `launch`. Exit code 2 if there is an error.
    """
    from pythiags.cli.checking import report_problems, report_release, report_untrusted
    from pythiags.cli.releases import reports_on

    if options["deepstream"]:
        reports = reports_on(ctx, arguments, assignments, options)
        return report_release(reports, options["deepstream"], sys.stdout)
    words, _ = split_variables(arguments, own_options(ctx), assignments)
    names_file = len(words) == 1 and (Path(words[0]).suffix == ".gstp" or is_file(words[0]))
    allowed = allowed_by(options)
    description = read_description(ctx, arguments, assignments, file=names_file)
    if allowed is not None:
        return report_untrusted(description, allowed, sys.stdout)
    return report_problems(description, sys.stdout)


for command in (carriers, ctl, doctor, plugin_path, record_meta, replay, run_command):
    cli.add_command(command)


@cli.command(
    short_help="Find people in the sample video.",
    epilog="""\b
Examples:
  pythiags demo
  pythiags demo --output /tmp/demo --display=none
  pythiags demo --eject my-project    then change the pipeline, the module, the model""",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo-output"),
    show_default=True,
    metavar="DIR",
    help="Folder for detections.jsonl and annotated.mp4.",
)
@click.option(
    "--eject",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Copy pipeline, module, model and video to DIR as a starting point, and run nothing.",
)
@display_option
@timeout_option
@drain_option
@talk_options
def demo(output: Path, eject: Path | None, **options: Any) -> int:
    """Run a DeepStream-style pipeline with a detector over the sample video.

    Prints the detections of each frame, then a summary. With a display it opens a window.
    """
    from pythiags.cli import demo as demonstration

    if eject is not None:
        return demonstration.eject(eject)
    return demonstration.run_demo(output, RunOptions(**options), current_session())


@cli.command(
    short_help="Print the script for completion in a shell.",
    epilog="""\b
Examples:
  eval "$(pythiags completion bash)"                   in ~/.bashrc
  eval "$(pythiags completion zsh)"                    in ~/.zshrc
  pythiags completion fish > ~/.config/fish/completions/pythiags.fish""",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> int:
    """Print the script that makes SHELL complete the commands and options of pythiags."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 - click has these three
    if shell == "bash":  # which would take module:Name apart
        click.echo("COMP_WORDBREAKS=${COMP_WORDBREAKS//:}")
    click.echo(kind(cli, {}, "pythiags", "_PYTHIAGS_COMPLETE").source())
    return 0
