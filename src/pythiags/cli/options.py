"""Options that several commands share, and the ones that become template variables."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import click

from pythiags.app.drain import DRAIN_TIMEOUT
from pythiags.cli.attaching import attach_options
from pythiags.cli.completing import complete_elements, complete_user_code
from pythiags.errors import ConfigError
from pythiags.retry import RetryPolicy
from pythiags.suggest import did_you_mean
from pythiags.usercode import OnError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = [
    "Display",
    "Pair",
    "RunOptions",
    "Session",
    "display_option",
    "drain_option",
    "pairs_of",
    "reject_misspelt",
    "replay_options",
    "retry_policy",
    "run_options",
    "split_variables",
    "timeout_option",
]


Display = Literal["auto", "kivy", "none"]


@dataclass
class Session:
    """What all commands of one run share.

    Attributes:
        verbose: Tell details, tracebacks included.
        json_lines: Write logs, errors and the summary as JSON lines.
        kivy_words: The words after ``--``.
    """

    verbose: bool = False
    json_lines: bool = False
    kivy_words: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Pair:
    """An extractor, its consumers, and the element they are attached to, as they were typed."""

    element: str
    extractor: str
    consumers: tuple[str, ...]


@dataclass(frozen=True)
class RunOptions:
    """What the options shared by all commands that run a pipeline say.

    Attributes:
        display: Whether there is a window.
        timeout: Seconds to run.
        on_error: What it means that an extractor or a consumer raises.
        drain_timeout: Of ``pythiags.App``.
        retry: The same.
        metrics: The same.
        trace: The file for the picture of the trace; empty: its table only; None: neither.
        control: The same.
        reload: The same.
        attach: Options of ``pythiags.App.attach()``, ``key`` as it was typed.
    """

    display: Display = "auto"
    timeout: float | None = None
    on_error: OnError = "continue"
    drain_timeout: float = DRAIN_TIMEOUT
    retry: RetryPolicy | None = None
    metrics: str | None = None
    trace: str | None = None
    control: bool = False
    reload: bool = False
    attach: Mapping[str, Any] = field(default_factory=dict)


def run_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for attachments and for the run to a command."""
    for option in reversed(_RUN_OPTIONS):
        command = option(command)
    return command


def replay_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add those of them that apply where there is no pipeline to choose from or to show."""
    for option in reversed([*_CODE, *_LIMITS]):
        command = option(command)
    return command


display_option = click.option(
    "--display",
    type=click.Choice(get_args(Display)),
    default="auto",
    show_default=True,
    help="Show the appsink named `pythiags` in a window. auto: if there is one; without a display, "
    "fail, or continue without a window if a consumer is attached.",
)
timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Stop after this time, as at the end of the stream. It is an error if the start takes "
    "longer than this and longer than 5 seconds.",
)
error_option = click.option(
    "--on-error",
    type=click.Choice(get_args(OnError)),
    default="continue",
    show_default=True,
    help="What to do when an extractor or a consumer raises: continue counts and logs it, stop "
    "ends the run.",
)
drain_option = click.option(
    "--drain-timeout",
    type=click.FloatRange(min=0),
    default=DRAIN_TIMEOUT,
    show_default=True,
    metavar="SECONDS",
    help="How long to deliver pending events after a signal or an error; after a timeout, how "
    "long a consumer may take without finishing an event.",
)
_RETRY_OPTIONS: list[Callable[..., Any]] = [
    click.option(
        "--retry",
        is_flag=True,
        help="Start a live source, such as a camera, again when it is lost: it ends, fails, or "
        "sends nothing. The rest of the pipeline goes on.",
    ),
    *(
        click.option(
            "--" + name.replace("_", "-"),
            type=click.FloatRange(min=0, min_open=True),
            metavar="SECONDS",
            help=f"With --retry: {text} [default: {getattr(RetryPolicy, name):g}]",
        )
        for name, text in (
            ("stall_timeout", "how long a source that has sent may send nothing."),
            ("start_timeout", "how long a source has to send its first buffer."),
            ("retry_timeout", "how long to try before a source is given up; inf: for ever."),
            (
                "backoff",
                "how long to wait before the first attempt; each further one waits twice as long.",
            ),
            ("max_backoff", "the longest wait before an attempt."),
        )
    ),
]


def _check_picture(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    if value and not value.endswith(".svg"):
        raise click.BadParameter(
            f"{value!r} does not end in .svg. Write --trace=FILE.svg, or --trace behind all others."
        )
    if value and not Path(value).absolute().parent.is_dir():
        raise click.BadParameter(f"there is no folder {str(Path(value).parent)!r}.")
    return value


trace_option = click.option(
    "--trace",
    is_flag=False,
    flag_value="",
    metavar="[FILE.svg]",
    callback=_check_picture,
    help="Measure where the time of the pipeline goes: a table at the end, and a picture in FILE.",
)
metrics_option = click.option(
    "--metrics",
    metavar="[HOST:]PORT",
    help="Serve /metrics for Prometheus, and /healthz, which answers 503 when a source is lost or "
    "nothing moves. Without HOST only this machine can connect.",
)
_CONTROL = click.option(
    "--control",
    is_flag=True,
    help="Open a Unix socket for `pythiags ctl`, which shows and changes the run. Only you can use "
    "it.",
)
_RELOAD = click.option(
    "--reload",
    is_flag=True,
    help="Load the files of --ext and --proc anew when they are edited, while the run goes on. One "
    "with an error is reported, and the old code goes on.",
)
_OBS = click.option(
    "--obs",
    multiple=True,
    metavar="ELEMENT",
    shell_complete=complete_elements,
    help="Name of the element to observe: its source pad, or its sink pad if it is a sink.",
)
_CODE: list[Callable[..., Any]] = [
    click.option(
        "--ext",
        multiple=True,
        metavar="MODULE:NAME",
        shell_complete=complete_user_code,
        help="Extractor: a class with extract_metadata(pad, info), or a function, as "
        "mine:Extract or "
        "./mine.py:Extract, with arguments as in 'pythiags:Detections(labels=person)'. --obs, "
        "--ext "
        "and --proc may be repeated and are paired in order. One --ext for "
        "several --proc reads each buffer once for all of them.",
    ),
    click.option(
        "--proc",
        multiple=True,
        metavar="MODULE:NAME",
        shell_complete=complete_user_code,
        help="Consumer: a class with incoming(events), or a function; arguments as for --ext.",
    ),
]
_LIMITS: list[Callable[..., Any]] = [timeout_option, error_option, drain_option, *attach_options()]
_RUN_OPTIONS: list[Callable[..., Any]] = [
    _OBS,
    *_CODE,
    display_option,
    *_RETRY_OPTIONS,
    metrics_option,
    trace_option,
    _CONTROL,
    _RELOAD,
    *_LIMITS,
]


def retry_policy(options: dict[str, Any]) -> RetryPolicy | None:
    """Take the options of ``--retry`` out of those of a command.

    Raises:
        ConfigError: There are some without ``--retry``, or no attempt could succeed.
    """
    wanted = options.pop("retry")
    names = [each.name for each in fields(RetryPolicy) if each.name in options]
    taken = {name: options.pop(name) for name in names}
    given = {name: value for name, value in taken.items() if value is not None}
    if given and not wanted:
        name = "--" + next(iter(given)).replace("_", "-")
        raise ConfigError(f"{name} has no effect without --retry", hint="add --retry")
    return RetryPolicy(**given) if wanted else None


def pairs_of(
    obs: Sequence[str], ext: Sequence[str], proc: Sequence[str], *, element: str | None = None
) -> tuple[Pair, ...]:
    """Put the repeated options together, in their order.

    One ``--obs`` may stand for all pairs, and one ``--ext`` for all consumers, which share it.

    Args:
        obs: The elements that are observed.
        ext: The extractors.
        proc: The consumers.
        element: What all observe, of a command without ``--obs``.

    Raises:
        ConfigError: They do not pair up.
    """
    if not (obs or ext or proc):
        return ()
    given = f"{len(ext)} --ext, {len(proc)} --proc"
    if element is None:
        given = f"{len(obs)} --obs, {given}"
    else:
        obs = (element,)
    for option, names, hint in (
        ("--proc", proc, "an extractor needs a consumer: add --proc=module:Consumer"),
        ("--ext", ext, "a consumer needs an extractor: add --ext=module:Extractor"),
        ("--obs", obs, "add --obs=NAME, the name of the element (`name=pgie` in the pipeline)"),
    ):
        if not names:
            raise ConfigError(f"{option} is missing", got=given, hint=hint)
    if len(ext) not in (1, len(proc)):
        raise ConfigError(
            "the numbers of --ext and --proc do not match",
            expected="as many --ext as --proc, or one --ext that all --proc share",
            got=given,
        )
    if len(obs) not in (1, len(ext)):
        raise ConfigError(
            "the numbers of --obs and --ext do not match",
            expected=f"one --obs for all, or {len(ext)} of them",
            got=given,
        )
    observed = obs if len(obs) == len(ext) else [obs[0]] * len(ext)
    consumers = [tuple(proc)] if len(ext) == 1 else [(each,) for each in proc]
    return tuple(map(Pair, observed, ext, consumers))


def split_variables(
    arguments: Iterable[str], own: Iterable[str], given: Iterable[str] = ()
) -> tuple[list[str], dict[str, str]]:
    """Part plain words from ``--name=value``, which give template variables their values.

    Args:
        arguments: What click did not take for an option of its own.
        own: The command's own options, such as ``--obs``, which are never variables.
        given: ``name=value`` from ``--var``.

    Returns:
        The words, and the variables; ``--batch-size=4`` and ``--batch-size 4`` both give
        ``{"batch_size": "4"}``.

    Raises:
        ConfigError: An option has no value, or is not a name.
    """
    words: list[str] = []
    variables = dict(_assignment(text, "--var") for text in given)
    rest = iter(arguments)
    for argument in rest:
        if not argument.startswith("--"):
            words.append(argument)
            continue
        if "=" not in argument:
            value = next(rest, None)
            if value is None or value.startswith("--"):
                raise _no_value(argument, own)
            argument = f"{argument}={value}"  # noqa: PLW2901 - the two words are one option
        name, value = _assignment(argument, argument.partition("=")[0])
        variables[name] = value
    return words, variables


def _assignment(text: str, option: str) -> tuple[str, str]:
    name, equals, value = text.lstrip("-").partition("=")
    identifier = name.replace("-", "_")
    if not equals or not identifier.isidentifier():
        raise ConfigError(
            "invalid variable", where=option, expected="NAME=VALUE", got=text or "nothing"
        )
    return identifier, value


def _no_value(option: str, own: Iterable[str]) -> ConfigError:
    meant = did_you_mean(option, own)
    return ConfigError(
        f"{option} has no value and is not an option of this command",
        hint=f"did you mean {meant}?" if meant else f"{option}=VALUE sets a template variable",
    )


def reject_misspelt(names: Iterable[str], known: Iterable[str], own: Iterable[str]) -> None:
    """Refuse a variable that the text does not have and that resembles an option.

    Args:
        names: The variables that were given values.
        known: The variables that stand in the text.
        own: The command's own options.

    Raises:
        ConfigError: One of them resembles an option.
    """
    for name in set(names) - set(known):
        option = "--" + name.replace("_", "-")
        meant = did_you_mean(option, own)
        if meant and not did_you_mean(name, known):
            raise ConfigError(
                f"there is no option {option}, and no variable {{{name}}} in the pipeline",
                hint=f"did you mean {meant}?",
            )
