"""The demonstration: a detector over the sample video, and the same files to start from."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pythiags import data
from pythiags.cli.session import Wanted, play
from pythiags.consumers import JsonLinesConsumer
from pythiags.description import Description
from pythiags.errors import ConfigError, MissingDependency
from pythiags.extras import install_line

if TYPE_CHECKING:
    from types import ModuleType

    from pythiags.cli.options import Display, RunOptions, Session

__all__ = ["eject", "run_demo"]

STARTER = Path(__file__).parent / "starter"
PIPELINE = "demo.gstp"
MODULE = "my_detections"
OBSERVED = "pgie"
DETECTIONS = "detections.jsonl"
ANNOTATED = "annotated.mp4"


def run_demo(output: Path, options: RunOptions, session: Session) -> int:
    """Run it; write the detections and the annotated video into ``output``.

    Returns:
        The exit code.

    Raises:
        PythiagsError: The folder cannot be written, or something that it needs is missing.
    """
    _make(output)
    _require_onnxruntime()
    if options.display == "auto":
        options = replace(options, display=_display_there_is())
    sync = "true" if options.display == "kivy" else "false"  # a window plays at the video's speed
    folder = data.path("pedestrians.h264").parent
    description = Description.from_file(
        STARTER / PIPELINE, data=folder, output=output.resolve(), sync=sync
    )
    mine: Any = _starter_module()
    consumers = [mine.Report, JsonLinesConsumer(output / DETECTIONS)]
    code = play(description, [Wanted(OBSERVED, mine.Detections, consumers)], options, session)
    _say(f"wrote {output / DETECTIONS} and {output / ANNOTATED}")
    return code


def eject(folder: Path) -> int:
    """Copy all that the demonstration is made of, and say how to run it from there.

    Raises:
        ConfigError: The folder holds a file of one of the names already, or cannot be written.
    """
    _make(folder)
    sources = [STARTER / PIPELINE, STARTER / f"{MODULE}.py", *map(data.path, data.names())]
    for source in sources:
        if (folder / source.name).exists():
            raise ConfigError(
                f"{folder / source.name} already exists",
                hint="choose another folder: existing files are not overwritten",
            )
    for source in sources:
        shutil.copyfile(source, folder / source.name)
    _say(
        f"copied {', '.join(source.name for source in sources)}\n\n"
        f"  cd {folder}\n"
        f"  pythiags file {PIPELINE} --data=. --output=. --sync=false --obs={OBSERVED} \\\n"
        f"      --ext={MODULE}:Detections --proc={MODULE}:Report"
    )
    return 0


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            "cannot make the folder", where=str(folder), got=error.strerror
        ) from error


def _require_onnxruntime() -> None:
    if importlib.util.find_spec("onnxruntime") is None:
        raise MissingDependency(
            "the demo needs ONNX Runtime, which is not installed",
            hint=install_line("infer"),
        )


def _display_there_is() -> Display:
    from pythiags.kivy.display import why_no_display

    reason = why_no_display()
    if importlib.util.find_spec("kivy") is None:
        reason = f"Kivy is not installed: {install_line('kivy')}"
    if reason is not None:
        _say(f"no window: {reason}; continuing without one")
    return "none" if reason else "kivy"


def _starter_module() -> ModuleType:
    """Import the starter's module by its file: it is the user's, no part of our package."""
    spec = importlib.util.spec_from_file_location(MODULE, STARTER / f"{MODULE}.py")
    assert spec is not None  # noqa: S101 - the file is installed with this one
    assert spec.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _say(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201 - a command's message
