"""Build a pipeline from a description: check it, let GStreamer build it, set the values."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Final

from pythiags.gst import GLib, Gst
from pythiags.gst.binding import apply_bindings
from pythiags.gst.check import check, translate_parse_error
from pythiags.redact import redact

if TYPE_CHECKING:
    from pythiags.description import Description

__all__ = ["build"]

logger = logging.getLogger(__name__)

_counted: Final[dict[str, int]] = {}
"""By factory: the number that GStreamer's counter of names is known to have passed."""


def build(description: Description) -> Gst.Pipeline:
    """Return the pipeline that a description means; what is doubtful about it is logged.

    Raises:
        DescriptionError: It cannot be built.
    """
    problems = check(description)
    description.raise_for(problems)
    for problem in problems:
        if problem.code != "doubtful-config":  # nvinfer logs those itself
            logger.warning("%s:%s", description.origin, redact(str(problem)))
    try:
        built = Gst.parse_launch(description.launch_text)
    except GLib.Error as error:
        raise translate_parse_error(error, description) from error
    pipeline = built
    if not isinstance(built, Gst.Pipeline):
        pipeline = Gst.Pipeline.new(None)  # one element alone is not a pipeline yet
        pipeline.add(built)
    apply_bindings(pipeline, description)
    _move_counters(description)
    return pipeline


def _move_counters(description: Description) -> None:
    """Move GStreamer's counters past the automatic names that the text was given.

    GStreamer counts only the names that it makes up. Otherwise the next element that a program
    makes without a name could have one of ours, and could not be added to the pipeline.
    """
    for factory, name in description.automatic_names.items():
        stem, last = _split(name)
        while _counted.get(factory, -1) < last:
            element = Gst.ElementFactory.make(factory)
            made, number = _split(element.get_name()) if element is not None else ("", last)
            # A factory whose type has another name has names of its own, too.
            _counted[factory] = number if made == stem else last


def _split(name: str) -> tuple[str, int]:
    """Part an automatic name from its number."""
    match = re.fullmatch(r"(.*?)(\d+)", name)
    return (match[1], int(match[2])) if match else (name, -1)
