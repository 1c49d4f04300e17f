"""Check whether anything can pass the links of a description.

Only what is certain is an error: a template promises more than its pads keep, so two templates
that share no caps can never be linked, while two that share some may still not be.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pythiags.description import Problem
from pythiags.gst import Gst
from pythiags.gst.registry import PadTemplate, pad_templates
from pythiags.gst.written_caps import written_caps

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pythiags.description import Description, Element, End, Graph, Link

__all__ = ["CapsOfLinks"]

SHOWN_CAPS = 60
"""How many characters of caps a message shows."""

TRANSPARENT = frozenset(
    {"capsfilter", "clocksync", "identity", "queue", "queue2", "tee", "valve", "watchdog"}
)
"""Elements with one sink pad whose output is their input."""

MOST_HOPS = 20
"""Through how many of them caps are followed against the order of the text."""


class CapsOfLinks:
    """What may pass each link of a description."""

    def __init__(self, description: Description) -> None:
        self.description = description
        self.graph: Graph = description.graph
        self.filters: dict[int, Gst.Caps | None] = {}
        self.incoming: dict[int, list[Link]] = {}
        for link in self.graph.links:
            sink = self.graph.resolve(link.sink)
            if sink is not None:
                self.incoming.setdefault(sink.index, []).append(link)
        self._templates: dict[str, Sequence[PadTemplate]] = {}
        self._known: dict[tuple[int, tuple[str, ...]], Gst.Caps | None] = {}
        self._asking: set[int] = set()

    def templates(self, element: Element) -> Sequence[PadTemplate]:
        """Return the templates of an element; none if its pads cannot be known."""
        if element.is_bin or not element.factory:
            return ()
        if element.factory not in self._templates:
            self._templates[element.factory] = pad_templates(element.factory)
        return self._templates[element.factory]

    def read(self, link: Link) -> Iterator[Problem]:
        """Read the caps of a link, remember them, and say what is wrong with them."""
        self.filters[link.start] = None
        if link.caps is not None:
            self.filters[link.start], problems = written_caps(self.description, link)
            yield from problems

    # ---- negotiation

    def judge(self, link: Link) -> Iterator[Problem]:
        """Say if nothing that one element produces is accepted by the other."""
        source, sink = self.graph.resolve(link.source), self.graph.resolve(link.sink)
        if source is None or sink is None:
            return
        gives = self._offered(source, link.source)
        takes = self._possible(sink, link.sink, "sink")
        caps = self.filters[link.start]
        if gives is None or takes is None:
            return
        if caps is None:
            if not gives.can_intersect(takes):
                message = f"'{source}' produces {_show(gives)}, but '{sink}' accepts {_show(takes)}"
                yield Problem("cannot-link", message, link.position, _between(gives, takes))
            return
        position = link.caps.position if link.caps else link.position
        if not gives.can_intersect(caps):
            message = f"'{source}' cannot produce these caps: it produces {_show(gives)}"
            yield Problem("cannot-link", message, position, _between(gives, caps))
        elif not takes.can_intersect(caps):
            accepted = _formats_instead_of(caps, takes) or _show(takes)
            message = f"'{sink}' does not accept these caps: it accepts {accepted}"
            yield Problem("cannot-link", message, position, _between(caps, takes))
        elif not gives.intersect(caps).can_intersect(takes):
            message = f"'{source}' and '{sink}' share none of these caps"
            yield Problem("cannot-link", message, position, _between(gives, takes))

    def _possible(self, element: Element, end: End, direction: str) -> Gst.Caps | None:
        """Return all caps that may pass this end; None if that is not known."""
        templates = [t for t in self.templates(element) if t.direction == direction]
        if end.pads:
            names = [pad.name for pad in end.pads]
            templates = [t for t in templates if any(t.matches(name) for name in names)]
        if not templates:
            return None
        caps = Gst.Caps.new_empty()
        for template in templates:
            caps = caps.merge(template.caps)
        own = element.property("caps") if element.factory == "capsfilter" else None
        wanted, problems = written_caps(self.description, own) if own else (None, [])
        return caps if wanted is None or problems else caps.intersect(wanted)

    def _offered(self, element: Element, end: End) -> Gst.Caps | None:
        """Return all caps that an element may give, by what it takes if it only passes that on.

        Each end is worked out once, so that a row of many such elements is followed in linear time.
        """
        key = (element.index, tuple(pad.name for pad in end.pads))
        if key not in self._known:
            self._known[key] = self._work_out(element, end)
        return self._known[key]

    def _work_out(self, element: Element, end: End) -> Gst.Caps | None:
        caps = self._possible(element, end, "src")
        passes = element.factory in TRANSPARENT and element.index not in self._asking
        if caps is None or not passes or len(self._asking) == MOST_HOPS:
            return caps
        self._asking.add(element.index)
        taken = [self._passing(link) for link in self.incoming.get(element.index, ())]
        self._asking.discard(element.index)
        for passing in taken:
            # What cannot be linked before it has been reported already.
            if passing is not None and not passing.is_empty() and caps.can_intersect(passing):
                caps = caps.intersect(passing)
        return caps

    def _passing(self, link: Link) -> Gst.Caps | None:
        """Return all caps that may pass a link; None if that is not known."""
        source = self.graph.resolve(link.source)
        offered = self._offered(source, link.source) if source else None
        caps = self.filters[link.start]
        return offered.intersect(caps) if offered is not None and caps is not None else offered


def _show(caps: Gst.Caps) -> str:
    """Return caps in short: media types and features, and the fields too if that is not long."""
    text = caps.to_string()
    if len(text) <= SHOWN_CAPS:
        return str(text)
    return ", ".join(_media(caps))


def _formats_instead_of(given: Gst.Caps, taken: Gst.Caps) -> str:
    """Return the accepted formats if the offered one is not among them."""
    wanted = re.findall(r"format=\(string\)([^\s,;{}]+)", given.to_string())
    lists = re.findall(r"format=\(string\)\{([^}]*)\}", taken.to_string())
    formats = list(dict.fromkeys(name.strip() for names in lists for name in names.split(",")))
    if not formats or not wanted or set(wanted) & set(formats):
        return ""
    return f"the formats {', '.join(formats)}"


def _media(caps: Gst.Caps) -> list[str]:
    """Return the media types of caps, with the features that are not plain memory."""
    names = []
    for index in range(caps.get_size()):
        features = caps.get_features(index).to_string()
        plain = features in {"memory:SystemMemory", ""}
        names.append(caps.get_structure(index).get_name() + ("" if plain else f"({features})"))
    return list(dict.fromkeys(names))


_BRIDGES = {
    ("raw video", "raw video"): "put 'videoconvert ! videoscale' in between",
    ("raw audio", "raw audio"): "put 'audioconvert ! audioresample' in between",
    ("raw video", "video"): "put an encoder in between, such as x264enc or jpegenc",
    ("raw audio", "audio"): "put an encoder in between, such as opusenc",
    ("video", "raw video"): "put a parser and a decoder in between, or decodebin",
    ("audio", "raw audio"): "put a parser and a decoder in between, or decodebin",
    ("video", "video"): "put a parser in between, or a decoder and an encoder",
    ("raw video", "raw audio"): "one is video and the other audio",
    ("raw audio", "raw video"): "one is audio and the other video",
}


def _between(gives: Gst.Caps, takes: Gst.Caps) -> str:
    """Return what to put between two elements that cannot be linked."""
    give, take = _media(gives), _media(takes)
    kinds = {_kind(name) for name in give}, {_kind(name) for name in take}
    in_nvmm = any("memory:NVMM" in name for name in (*give, *take))
    both_plain = all(any("(" not in name for name in names) for names in (give, take))
    if all("raw video" in kind for kind in kinds) and in_nvmm and not both_plain:
        return "put nvvideoconvert in between"
    for (given, taken), words in _BRIDGES.items():
        if given in kinds[0] and taken in kinds[1]:
            return words
    return "put a converter in between"


def _kind(name: str) -> str:
    """Return what a media type is: video or audio, raw or not."""
    media = "video" if name.startswith(("video/", "image/")) else name.partition("/")[0]
    return f"raw {media}" if "/x-raw" in name else media
