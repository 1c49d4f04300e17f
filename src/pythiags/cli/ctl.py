"""``pythiags ctl``: ask a run of this user, in another process, and change it."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from pythiags.cli.words import talk_options
from pythiags.controlsocket import ANSWER, SWITCH, ask, names
from pythiags.errors import ConfigError, PythiagsError
from pythiags.suggest import did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ctl"]

LOOK: Final = 2.0  # seconds for a run to say what it is
SLOW: Final = 30.0  # seconds to add or remove a source, which waits for its elements
_NAME: Final = re.compile(r"\d+(-\d+)?")
_KEY: Final = "pythiags.run"


class _RunFirst(click.Group):
    """A group whose commands may have the number of a process before them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the number away, if there is one."""
        if args and _NAME.fullmatch(args[0]):
            ctx.meta[_KEY] = args[0]
            args = args[1:]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; say which one may have been meant."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            meant = did_you_mean(args[0], self.commands)
            ctx.fail(
                f"There is no command {args[0]!r}." + (f" Did you mean {meant!r}?" if meant else "")
            )
        return super().resolve_command(ctx, args)


@click.group(
    cls=_RunFirst,
    short_help="Show and change a run in another process.",
    invoke_without_command=True,
    subcommand_metavar="[PID] [COMMAND]",
    options_metavar="",
    epilog="""\b
Examples:
  pythiags file demo.gstp --control &
  pythiags ctl                                  list the runs
  pythiags ctl stats                            of the only one
  pythiags ctl 4711 get pgie interval
  pythiags ctl 4711 set pgie interval=2
  pythiags ctl 4711 add-source rtsp://camera.local/live --name=yard
  pythiags ctl 4711 dot | dot -Tsvg > pipeline.svg

A run listens only if it was started with --control, or App(control=True).""",
)
@talk_options
@click.pass_context
def ctl(ctx: click.Context) -> int:
    """Show and change a run of yours in another process, which was started with --control.

    PID is the number of the process; without it, it is the only one. Without COMMAND, list them.
    """
    if ctx.invoked_subcommand is None:
        if _KEY in ctx.meta:
            ctx.fail(f"COMMAND is missing: {', '.join(sorted(ctl.commands))}")
        _list_runs()
    return 0


@ctl.command(
    "set",
    short_help="Set properties of an element.",
    context_settings={"ignore_unknown_options": True},
    epilog="""\b
Examples:
  pythiags ctl set pgie interval=2
  pythiags ctl set mix sink_0::alpha=0.5 background=black""",
)
@click.argument("element")
@click.argument("assignments", nargs=-1, required=True, metavar="PROPERTY=VALUE...")
def set_(element: str, assignments: tuple[str, ...]) -> int:
    """Set properties of ELEMENT, one after the other; print the value that each has then.

    ELEMENT is a name, or element.pad.
    """
    pairs = [_split(each) for each in assignments]
    for name, value in pairs:
        now = _ask("set", element=element, property=name, value=value)
        click.echo(f"{element}.{name} = {now}")
    return 0


@ctl.command(
    short_help="Print a property of an element.",
    epilog="""\b
Examples:
  pythiags ctl get pgie interval
  pythiags ctl get mix sink_0::alpha""",
)
@click.argument("element")
@click.argument("property")
def get(element: str, property: str) -> int:  # noqa: A002 - what it is
    """Print the value of PROPERTY of ELEMENT, as GStreamer writes it; secrets are masked.

    ELEMENT is a name, or element.pad.
    """
    click.echo(_ask("get", element=element, property=property))
    return 0


@ctl.command(
    "add-source",
    short_help="Add a source to nvstreammux.",
    epilog="""\b
Examples:
  pythiags ctl add-source rtsp://camera.local/live
  pythiags ctl add-source file:///videos/yard.mp4 --name=yard""",
)
@click.argument("uri")
@click.option("--name", metavar="NAME", help="Name of the source. [default: source0, source1 …]")
def add_source(uri: str, name: str | None) -> int:
    """Add what uridecodebin reads from URI to nvstreammux, and print the name of the source."""
    more = {} if name is None else {"name": name}
    click.echo(_ask("add-source", uri=uri, timeout=SLOW, **more))
    return 0


@ctl.command(
    "remove-source",
    short_help="Remove a source from nvstreammux.",
    epilog="""\b
Examples:
  pythiags ctl remove-source yard""",
)
@click.argument("name")
def remove_source(name: str) -> int:
    """Remove the source NAME from nvstreammux."""
    _ask("remove-source", name=name, timeout=SLOW)
    return 0


@ctl.command(
    short_help="Print the counters.",
    epilog="""\b
Examples:
  pythiags ctl stats
  pythiags ctl stats --json | jq .frames""",
)
@click.option("--json", "as_json", is_flag=True, help="Print all counters, as JSON.")
def stats(*, as_json: bool) -> int:
    """Print the counters as the summary at the end shows them."""
    plain = _ask("stats")
    if as_json:
        click.echo(json.dumps(plain, indent=2))
        return 0
    from pythiags.app.plainstats import from_plain
    from pythiags.cli.report import summary_lines, width_of

    try:
        now = from_plain(plain)
    except (KeyError, TypeError) as error:
        raise PythiagsError(
            "the run is of another version of pythiags", hint="--json prints what it sent"
        ) from error
    click.echo("\n".join(summary_lines(now, plain["state"], None, width_of(sys.stdout))))
    return 0


@ctl.command(
    short_help="Print the graph of the pipeline.",
    epilog="""\b
Examples:
  pythiags ctl dot | dot -Tsvg > pipeline.svg""",
)
def dot() -> int:
    """Print the pipeline as it is now, in Graphviz's language; secrets are masked."""
    click.echo(_ask("dot"))
    return 0


def _split(assignment: str) -> tuple[str, str]:
    name, equals, value = assignment.partition("=")
    if not equals or not name:
        raise ConfigError(
            "invalid assignment",
            expected="PROPERTY=VALUE, such as interval=2",
            got=assignment or "nothing",
        )
    return name, value


def _ask(do: str, *, timeout: float = ANSWER, **arguments: str) -> Any:
    """Ask the run that was named, or the only one."""
    folder, run = _chosen(click.get_current_context().meta.get(_KEY))
    return ask(folder, run, {"do": do, **arguments}, timeout)


def _chosen(name: str | None) -> tuple[Path, str]:
    """Return the socket of a run.

    Raises:
        ConfigError: There is none, or there are several to choose from.
    """
    found = names()
    listed = ", ".join(found) or None
    if name is None and len(found) == 1:
        (name,) = found
    if name is None and found:
        raise ConfigError(
            f"there are {len(found)} runs to choose from",
            expected="pythiags ctl PID COMMAND",
            got=listed,
        )
    if name is None:
        raise ConfigError("no run of yours has a control socket", hint=f"start it with {SWITCH}")
    if name not in found:
        raise _missing(name, listed)
    return found[name], name


def _missing(name: str, listed: str | None) -> ConfigError:
    """Return the error of a process that does not listen."""
    runs = f"runs that can be controlled: {listed}" if listed else None
    try:
        os.kill(int(name.partition("-")[0]), 0)
    except (ProcessLookupError, OverflowError):
        return ConfigError(f"there is no process {name}", hint=runs)
    except PermissionError:
        return ConfigError(
            f"process {name} belongs to another user", hint="only who started a run can control it"
        )
    switch = f"start it with {SWITCH}"
    return ConfigError(
        f"process {name} has no control socket",
        hint=f"{switch}; {runs}" if runs else switch,
    )


def _list_runs() -> None:
    found = names()
    if not found:
        click.echo(f"no run of yours has a control socket: start one with {SWITCH}", err=True)
        return
    rows = [
        ("PID", "STATE", "TIME", "PIPELINE"),
        *(_about(path, name) for name, path in found.items()),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def _about(folder: Path, name: str) -> tuple[str, str, str, str]:
    try:
        about = ask(folder, name, {"do": "about"}, LOOK)
        time = f"{float(about['elapsed']):.0f} s"
        return name, str(about["state"]), time, str(about["title"])
    except (PythiagsError, KeyError, TypeError, ValueError):
        return name, "does not answer", "", ""
