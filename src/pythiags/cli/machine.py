"""The commands about this machine: what is installed, and what works."""

from __future__ import annotations

import sys

import click

from pythiags.cli.words import talk_options
from pythiags.errors import MissingDependency

__all__ = ["carriers", "doctor", "plugin_path"]


@click.command(
    short_help="Show what is installed, and how to fix what is not.",
    epilog="""\b
Examples:
  pythiags doctor
  pythiags doctor && pythiags demo""",
)
@talk_options
def doctor() -> int:
    """Show what is installed, what is missing, and the command that fixes it.

    Exit code 2 if something required is missing or wrong.
    """
    from pythiags.cli.checking import report_findings
    from pythiags.cli.doctor import examine

    return report_findings(examine(), sys.stdout)


@click.command(
    short_help="Check how each kind of metadata is read on this machine.",
    epilog="""\b
Examples:
  pythiags carriers
  pythiags carriers > carriers.md    to send us from a machine with DeepStream""",
)
@talk_options
def carriers() -> int:
    """Check how each kind of metadata is read on this machine, and print a table.

    Metadata is made in each way that is installed, DeepStream's by NVIDIA's own library and by
    pyds, and what pythiags reads of it is compared. It needs no GPU. Exit code 2 if anything
    differs.
    """
    from pythiags.testing import survey

    click.echo("\n".join([*survey.machine(), ""]))
    rows = list(survey.survey())
    click.echo(survey.table(rows))
    return 0 if all(row.holds for row in rows) else MissingDependency.exit_code


@click.command(
    short_help="Print the folder of the GStreamer plugin.",
    epilog="""\b
Examples:
  pythiags plugin-path
  GST_PLUGIN_PATH="$(pythiags plugin-path)" gst-inspect-1.0 pythiags
  GST_PLUGIN_PATH="$(pythiags plugin-path)" gst-launch-1.0 videotestsrc ! nvdsosd ! fakesink""",
)
def plugin_path() -> int:
    """Print the folder of the plugin with the portable elements, for GST_PLUGIN_PATH.

    GStreamer's own tools, and programs in other languages, can then use these elements. Where
    DeepStream is installed, its own elements win.
    """
    from pythiags import portable

    click.echo(portable.plugin_path())
    return 0
