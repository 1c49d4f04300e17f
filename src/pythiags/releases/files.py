"""A file of whatever kind, on a release: a script, a configuration of nvinfer's, or a pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from pythiags.description import Binding, Problem, Source, as_text, render
from pythiags.releases.configs import check_config, is_config
from pythiags.releases.elements import check_description
from pythiags.releases.scripts import check_script

if TYPE_CHECKING:
    from pythiags.description import Description
    from pythiags.releases.facts import Release

__all__ = ["Report", "check_release", "check_text", "kind_of"]

_OF_VARIABLES: Final = frozenset({"bad-value", "missing-variable", "unused-variable"})
"""Problems that leave the elements as they were meant."""

CONFIGS: Final = frozenset({".txt", ".yml", ".yaml", ".conf", ".cfg"})


class Report:
    """What was found in one file.

    Attributes:
        source: The file's text and name.
        problems: In the order of the text.
    """

    def __init__(self, source: Source, problems: list[Problem]) -> None:
        self.source = source
        self.problems = problems

    def render(self, *, color: bool = False) -> str:
        """Return the problems with their lines; empty: there is none."""
        return render(self.problems, self.source, color=color)


def kind_of(path: Path, text: str) -> str:
    """Return ``script``, ``config`` or ``pipeline``."""
    if path.suffix == ".py" or (text.startswith("#!") and "python" in text.partition("\n")[0]):
        return "script"
    return "config" if path.suffix in CONFIGS and is_config(text) else "pipeline"


def check_text(path: Path, text: str, release: Release) -> Report:
    """Return what changes for a script or a configuration file."""
    check = check_script if kind_of(path, text) == "script" else check_config
    return Report(Source(text, str(path)), check(text, release))


def check_release(description: Description, release: Release) -> list[Report]:
    """Return what changes for a pipeline, and for the files that its nvinfers name.

    What is no pipeline at all is reported as such.
    """
    source = Source(description.text, description.origin)
    problems = [
        problem
        for problem in description.problems()
        if problem.severity == "error" and problem.code not in _OF_VARIABLES
    ]
    reports = [Report(source, problems or list(check_description(description, release)))]
    for element in description.graph.elements:
        item = element.property("config-file-path") if element.factory == "nvinfer" else None
        given = description.given(item) if item else None
        named = as_text(given.value) if isinstance(given, Binding) else given
        path = Path(named) if isinstance(named, str) else None
        if path is not None and path.is_file():
            text = path.read_text("utf-8", "replace")
            reports.append(Report(Source(text, str(path)), check_config(text, release)))
    return reports
