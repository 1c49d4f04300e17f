"""Starts a script in a Python of its own, in the place of this process.

So arguments, exit code, signals and tracebacks are the script's, and the processes that it starts,
by whatever method, have the same set-up: all of it travels in the environment.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pythiags import portable
from pythiags.errors import ConfigError
from pythiags.lookalikes.options import VARIABLE, Options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["command", "environment", "run_script"]

STARTUP = Path(__file__).parent / "startup"


def environment(told: Options, base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment for a script, from another one or this process's."""
    env = dict(os.environ if base is None else base)
    _prepend(env, "PYTHONPATH", STARTUP)
    _prepend(env, "GST_PLUGIN_PATH", portable.plugin_path())
    env[VARIABLE] = told.as_text()
    return env


def _prepend(env: dict[str, str], name: str, folder: Path) -> None:
    before = [entry for entry in env.get(name, "").split(os.pathsep) if entry != str(folder)]
    env[name] = os.pathsep.join([str(folder), *filter(None, before)])


def command(script: Sequence[str]) -> list[str]:
    """Return the command for a script and its arguments, or for ``-m`` and a module's.

    It has the flags of this Python, but for those with which ``PYTHONPATH`` or ``sitecustomize`` is
    not read, as in the first line of installed programs: nothing would be set up.
    """
    told = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined] # noqa: SLF001
    isolated = ["-s"] if "-I" in told else []
    flags = [*isolated, *(flag for flag in told if flag not in ("-I", "-E", "-S"))]
    return [sys.executable, *flags, *script]


def run_script(
    script: Sequence[str], told: Options, *, timeout: float | None = None, base: Path | None = None
) -> None:
    """Become the script; this does not return.

    Args:
        script: The path of the script, and its arguments; or ``-m``, a module and its arguments.
        told: What is set up for it.
        timeout: Seconds after which it is ended.
        base: The folder that paths are relative to; None: the current one.

    Raises:
        ConfigError: There is no such script.
    """
    if script[0] != "-m":
        _check(Path(script[0]) if base is None else base / script[0])
    told = replace(told, process=os.getpid())
    if timeout is not None:
        told = replace(told, deadline=time.monotonic() + timeout)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, command(script), environment(told))  # noqa: S606


def _check(path: Path) -> None:
    if path.is_dir() and not (path / "__main__.py").is_file():
        raise ConfigError(
            "a folder is no script",
            where=str(path),
            expected="a Python file, or a folder with __main__.py",
        )
    if path.exists():
        return
    near = [each.name for each in path.parent.glob("*.py")] if path.parent.is_dir() else []
    from pythiags.suggest import did_you_mean

    meant = did_you_mean(path.name, near)
    raise ConfigError(
        "there is no such script",
        where=str(path),
        expected="the path of a Python file",
        hint=f"did you mean {meant!r}?" if meant else None,
    )
