"""The command ``pythiags run``: a script written for DeepStream."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["run_command"]


@click.command(
    "run",
    short_help="Run a Python script written for DeepStream.",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog="""\b
Examples:
  pythiags run deepstream_test_1.py video.h264
  pythiags run --timeout=60 app.py file:///videos/a.mp4 file:///videos/b.mp4
  pythiags run --strict app.py video.h264
  PYTHIAGS_PYDS=1.1.8 pythiags run app.py video.h264    as pyds 1.1.8 was""",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="After this time, end the stream of its pipelines; then send SIGTERM.",
)
@click.option(
    "--record",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Write the metadata of its pipelines to a recording, for `pythiags replay`.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Tell of each use of pyds that would crash real hardware, sooner or later, at its line.",
)
@click.argument(
    "script", nargs=-1, type=click.UNPROCESSED, required=True, metavar="SCRIPT [ARG]..."
)
def run_command(
    *, timeout: float | None, record: str | None, strict: bool, script: tuple[str, ...]
) -> None:
    """Run the Python file SCRIPT, unedited, where DeepStream is not installed.

    DeepStream's elements are the portable ones, and `import pyds` finds a look-alike unless the
    real one is there. SCRIPT may be `-m MODULE`. The exit code, signals and tracebacks are the
    script's.
    """
    from pythiags.lookalikes.options import Options
    from pythiags.lookalikes.runner import run_script

    record = None if record is None else str(Path(record).absolute())
    run_script(script, Options(strict=strict, record=record), timeout=timeout)
