"""The commands that record metadata and play it again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pythiags.cli.completing import PipelineCommand, complete_elements, complete_files
from pythiags.cli.options import (
    RunOptions,
    display_option,
    drain_option,
    pairs_of,
    replay_options,
    split_variables,
    timeout_option,
)
from pythiags.cli.words import (
    UNPARSED,
    current_session,
    own_options,
    read_description,
    talk_options,
    variable_option,
)
from pythiags.testing.words import CARRIED
from pythiags.textfile import is_file

__all__ = ["record_meta", "replay"]


@click.command(
    "record-meta",
    short_help="Write the metadata of a pipeline to a file.",
    cls=PipelineCommand,
    context_settings=UNPARSED,
    epilog="""\b
Examples:
  pythiags record-meta demo.gstp --batch-size=1 --obs=pgie --output=run.jsonl
  pythiags record-meta demo.gstp --batch-size=1 --obs=pgie --output=run.jsonl.gz --timeout=60
  pythiags replay run.jsonl --ext=mine:Extract --proc=mine:Process

From Python: app.attach("pgie", Metadata, MetadataWriter("run.jsonl")).""",
)
@click.argument(
    "arguments",
    nargs=-1,
    type=click.UNPROCESSED,
    metavar="PATH|WORDS...",
    shell_complete=complete_files,
)
@click.option(
    "--obs",
    required=True,
    metavar="ELEMENT",
    shell_complete=complete_elements,
    help="Name of the element whose metadata is recorded: on its source pad, or on its sink pad if "
    "it is a sink.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("metadata.jsonl"),
    show_default=True,
    metavar="FILE",
    help="The file; it is replaced. One that ends in .gz is compressed.",
)
@click.option(
    "--arrays",
    type=click.Choice(("shape", "data")),
    default="shape",
    show_default=True,
    help="What to keep of tensors, segmentation maps and masks: their type and shape, or the "
    "numbers too.",
)
@click.option(
    "--drawing/--no-drawing",
    default=True,
    show_default=True,
    help="Keep borders, texts and display metas, which say how it is drawn.",
)
@variable_option
@display_option
@timeout_option
@drain_option
@talk_options
@click.pass_context
def record_meta(
    ctx: click.Context,
    /,
    *,
    arguments: tuple[str, ...],
    assignments: tuple[str, ...],
    obs: str,
    output: Path,
    arrays: str,
    drawing: bool,
    **options: Any,
) -> int:
    """Run a pipeline and write the metadata of its buffers to a file, as lines of JSON.

    PATH is a file; WORDS are a pipeline as for `launch`. `replay` runs extractors on the file, with
    neither the video nor the plugins.
    """
    words, _ = split_variables(arguments, own_options(ctx), assignments)
    names_file = len(words) == 1 and (Path(words[0]).suffix == ".gstp" or is_file(words[0]))
    description = read_description(ctx, arguments, assignments, file=names_file)
    from pythiags.cli.session import Wanted, play
    from pythiags.extractors import Metadata
    from pythiags.recording import MetadataWriter

    extractor: Any = Metadata(arrays=arrays, drawing=drawing)  # type: ignore[arg-type]
    wanted = Wanted(obs, extractor, [MetadataWriter(output)], [f"--obs={obs} --output={output}"])
    return play(description, [wanted], RunOptions(**options), current_session())


@click.command(
    short_help="Run extractors on recorded metadata.",
    epilog="""\b
Examples:
  pythiags replay run.jsonl
  pythiags replay run.jsonl --ext=mine:Extract --proc=mine:Process
  pythiags replay run.jsonl --ext=mine:Extract --proc=mine:Process --carrier=deepstream
  pythiags replay run.jsonl.gz --proc=mine:Process --workers=4 \\
      --ext='pythiags:Detections(min_confidence=0.4)'

Without --ext and --proc it reads the file, and reports what is wrong with it.""",
)
@click.argument(
    "path", type=click.Path(path_type=Path), metavar="FILE", shell_complete=complete_files
)
@click.option(
    "--carrier",
    type=click.Choice(CARRIED),
    default="portable",
    show_default=True,
    help="Which metadata extractors see, whatever was recorded: that of pythiags, DeepStream's, "
    "made by NVIDIA's library, GstAnalytics, or regions of interest. The last two keep what they "
    "have a place for.",
)
@replay_options
@talk_options
def replay(
    path: Path, carrier: str, ext: tuple[str, ...], proc: tuple[str, ...], **options: Any
) -> int:
    """Play what `record-meta` has written in FILE to extractors, as fast as they take it.

    It needs neither the video nor the plugins of the pipeline. FILE may be compressed by gzip,
    bzip2, xz or zstd.
    """
    pairs = pairs_of((), ext, proc, element="source")
    from pythiags.cli.session import replay as play_file
    from pythiags.cli.session import wanted_by

    own = {name: options.pop(name) for name in ("timeout", "on_error", "drain_timeout")}
    run = RunOptions(display="none", **own, attach=options)
    return play_file(path, carrier, wanted_by(pairs), run, current_session())
