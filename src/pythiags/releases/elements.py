"""Elements and properties that a release does not have yet, or has no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pythiags.description import Problem
from pythiags.releases.facts import ELEMENTS_SINCE, ELEMENTS_UNTIL, PROPERTIES_SINCE, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pythiags.description import Description, Position
    from pythiags.releases.facts import Release

__all__ = ["check_description", "check_element", "check_property"]


def check_element(factory: str, position: Position, release: Release) -> Iterator[Problem]:
    """Return what is to be said of an element on a release."""
    since = ELEMENTS_SINCE.get(factory)
    if since and release.number < number(since):
        message = f"'{factory}' is there from DeepStream {since} on"
        yield Problem("release-element", message, position, f"DeepStream {release.name} has none")
    gone = ELEMENTS_UNTIL.get(factory)
    if gone and release.number >= number(gone[0]):
        message = f"DeepStream {release.name} has no '{factory}' any more"
        yield Problem("release-element", message, position, gone[1])


def check_property(
    factory: str, name: str, position: Position, release: Release
) -> Iterator[Problem]:
    """Return what is to be said of an element's property on a release."""
    key = name.replace("_", "-")
    since = PROPERTIES_SINCE.get(factory, {}).get(key)
    if since and release.number < number(since):
        message = f"'{key}' of {factory} is there from DeepStream {since} on"
        yield Problem("release-property", message, position, "remove it, or take a newer release")


def check_description(description: Description, release: Release) -> Iterator[Problem]:
    """Return what is to be said of a pipeline's elements on a release."""
    for element in description.graph.elements:
        if not element.factory:
            continue
        yield from check_element(element.factory, element.position, release)
        for item in element.properties:
            yield from check_property(element.factory, item.name, item.position, release)
