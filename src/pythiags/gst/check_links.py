"""Judge the links of a description by the pad templates of the elements they join.

Only what is certain is an error: a template promises more than its pads keep, so two templates
that share no caps can never be linked, while two that share some may still not be.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from pythiags.description import CapsBinding, Problem
from pythiags.gst import Gst
from pythiags.gst.binding import UnfitValue, bound_caps
from pythiags.gst.registry import PadTemplate, pad_templates, read_caps
from pythiags.suggest import did_you_mean, hint_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pythiags.description import Description, Element, End, Graph, Link, Position

__all__ = ["check_links"]

SHOWN_CAPS = 60
"""How many characters of caps a message shows."""

TRANSPARENT = frozenset(
    {"capsfilter", "clocksync", "identity", "queue", "queue2", "tee", "valve", "watchdog"}
)
"""Elements with one sink pad that give what they take."""

MOST_HOPS = 20
"""Through how many of them in a row caps are followed."""

LATER = ("sometimes", "src")
"""Pads that appear once the stream is known, and that something must then be linked to."""

_MISSING_LINK = re.compile(r"[\w-]+/[\w-]+[^,;(]*?\s+(?P<word>[A-Za-z]\w*)")
# Fields of raw and encoded video whose type no element leaves open.
_FIELD_TYPES = {
    "width": ("gint", "a whole number"),
    "height": ("gint", "a whole number"),
    "framerate": ("GstFraction", "a fraction"),
    "format": ("gchararray", "a word"),
}
_COMPOUND = {"GstIntRange", "GstFractionRange", "GstValueList"}


def check_links(description: Description) -> list[Problem]:
    """Return the problems of links, references, pads and caps."""
    return list(_Links(description).problems())


class _Links:
    def __init__(self, description: Description) -> None:
        self.description = description
        self.graph: Graph = description.graph
        self.used: Counter[tuple[int, str, str]] = Counter()
        self.filters: dict[int, Gst.Caps | None] = {}
        self.padless: set[int] = set()
        self.asking: set[int] = set()

    def problems(self) -> Iterator[Problem]:
        sound = []
        for link in self.graph.links:
            problems = list(self.caps(link))
            problems += self.end(link.source, "src")
            problems += self.end(link.sink, "sink")
            problems += self.pad_counts(link)
            yield from problems
            if all(problem.severity == "warning" for problem in problems):
                sound.append(link)
        for link in sound:
            yield from self.negotiation(link)
        yield from self.unlinked()

    # ---- caps

    def caps(self, link: Link) -> Iterator[Problem]:
        """Read the caps of a link, remember them, and say what is wrong with them."""
        self.filters[link.start] = None
        if link.caps is None:
            return
        given = self.description.given(link)
        if isinstance(given, CapsBinding):
            try:
                caps = bound_caps(given)
            except UnfitValue as unfit:
                yield unfit.problem(given.position)
                return
        elif isinstance(given, str):
            caps = read_caps(given)
            if caps is None:
                stray = _MISSING_LINK.match(given)
                hint = "write them as in video/x-raw,format=RGB,width=640,framerate=30/1"
                if stray:
                    hint = f"is a '!' missing before '{stray['word']}'?"
                yield Problem("bad-caps", "these caps cannot be read", link.caps.position, hint)
                return
        else:
            return
        self.filters[link.start] = caps
        yield from self.field_types(link, caps)

    def field_types(self, link: Link, caps: Gst.Caps) -> Iterator[Problem]:
        """Find fields of a type that no element has for them: they never fit anything."""
        for index in range(caps.get_size()):
            structure = caps.get_structure(index)
            if not structure.get_name().startswith("video/"):
                continue
            for field, (type_, words) in _FIELD_TYPES.items():
                found = (
                    structure.get_field_type(field).name if structure.has_field(field) else type_
                )
                if found not in {type_, *_COMPOUND}:
                    yield self.bad_field(link, field, words)

    def bad_field(self, link: Link, field: str, words: str) -> Problem:
        value, position = self.field_value(link, field)
        hint = f"write {field}={value}/1" if field == "framerate" else f"it takes {words}"
        message = f"'{field}' in caps is {words}, which '{value}' is not"
        return Problem("bad-caps", message, position, hint)

    def field_value(self, link: Link, field: str) -> tuple[object, Position]:
        """Return the value of a field in the caps of a link, and where it stands."""
        given = self.description.given(link)
        if isinstance(given, CapsBinding):
            for bound in (bound for structure in given.structures for bound in structure.fields):
                if bound.name == field:
                    return bound.value, bound.position
        assert link.caps is not None  # noqa: S101 (it has fields)
        text, offsets, position = link.caps.value
        match = re.search(rf"\b{field}\s*=\s*(?:\([^)]*\)\s*)?([^,;\s]+)", text)
        if match is None:
            return text, position
        start = offsets[match.start()]
        return match[1], self.description.source.position(start, start + len(match[0]))

    # ---- ends

    def end(self, end: End, direction: str) -> Iterator[Problem]:
        """Judge one end: the element, its pads, and whether they are free."""
        element = self.graph.resolve(end)
        if element is None:
            yield self.unknown_reference(end)
            return
        if end.reference is not None and element.name is None:
            message = f"'{end.reference}' is an automatic name, which another run may not give"
            hint = f"write {element.factory} name={end.reference}"
            yield Problem("automatic-name", message, end.position, hint, "warning")
        templates = self.templates(element)
        if not templates:
            return
        own = [template for template in templates if template.direction == direction]
        if not own:
            word = {"src": "source", "sink": "sink"}[direction]
            side = {"src": "behind", "sink": "before"}[direction]
            message = f"'{element}' has no {word} pads"
            self.padless.add(element.index)
            yield Problem("no-pads", message, end.position, f"nothing can be linked {side} it")
            return
        yield from self.pads(end, element, own)

    def unknown_reference(self, end: End) -> Problem:
        name = end.reference or ""
        names = self.graph.names()
        same = next((e for e in self.graph.elements if e.factory == name and not e.name), None)
        hint = hint_for(name, names) or "give an element that name: name=" + name
        if same is not None:
            hint = f"write {name} name={name} at {same.position}"
        return Problem("unknown-reference", f"no element is named '{name}'", end.position, hint)

    def pads(self, end: End, element: Element, own: Sequence[PadTemplate]) -> Iterator[Problem]:
        direction = own[0].direction
        for pad in end.pads:
            template = next((t for t in own if t.matches(pad.name)), None)
            if template is None:
                message = f"'{element}' has no {direction} pad '{pad.name}'"
                yield Problem("unknown-pad", message, pad.position, _pad_hint(pad.name, own))
            elif template.presence == "always":
                yield from self.use(end, element, direction, pad.name, 1)
        if not end.pads and all(template.presence == "always" for template in own):
            yield from self.use(end, element, direction, "", len(own))

    def pad_counts(self, link: Link) -> Iterator[Problem]:
        """Judge ``a.x,y ! b.z``: pads are linked one by one, as many as both ends name."""
        sources, sinks = link.source.pads, link.sink.pads
        if len(sources) == len(sinks) or max(len(sources), len(sinks)) == 1:
            return
        more = max(sources, sinks, key=len)
        message = f"{len(more)} pads are to be linked to {min(len(sources), len(sinks)) or 'none'}"
        if sources and sinks:
            yield Problem("pad-count", message, more[0].position, "name as many on both sides")
            return
        message = f"only '{more[0].name}' is linked, since the other side names no pads"
        hint = "name as many on the other side"
        yield Problem("pad-count", message, more[1].position, hint, "warning")

    def use(
        self, end: End, element: Element, direction: str, pad: str, number: int
    ) -> Iterator[Problem]:
        """Count a link at a pad, or at any of ``number`` pads, and say if it is one too many."""
        key = (element.index, direction, pad)
        self.used[key] += 1
        if self.used[key] > number:
            name = f"the pad '{pad}' of '{element}'" if pad else f"'{element}'"
            remedy = "a tee ('! tee name=t' and then 't. !')"
            hint = f"put {remedy} behind it" if direction == "src" else "put a muxer before it"
            message = f"{name} is linked already"
            yield Problem("already-linked", message, end.position, hint)

    def templates(self, element: Element) -> Sequence[PadTemplate]:
        """Return the templates of an element; none if they do not tell what pads it will have."""
        return () if element.is_bin or not element.factory else pad_templates(element.factory)

    # ---- negotiation

    def negotiation(self, link: Link) -> Iterator[Problem]:
        """Say if what one element gives can never be what the other takes."""
        source, sink = self.graph.resolve(link.source), self.graph.resolve(link.sink)
        if source is None or sink is None:
            return
        gives = self.offered(source, link.source)
        takes = self.possible(sink, link.sink, "sink")
        caps = self.filters[link.start]
        if gives is None or takes is None:
            return
        if caps is None:
            if not gives.can_intersect(takes):
                message = f"'{source}' gives {_show(gives)}, and '{sink}' takes {_show(takes)}"
                yield Problem("cannot-link", message, link.position, _between(gives, takes))
            return
        position = link.caps.position if link.caps else link.position
        if not gives.can_intersect(caps):
            message = f"'{source}' cannot give these caps: it gives {_show(gives)}"
            yield Problem("cannot-link", message, position, _between(gives, caps))
        elif not takes.can_intersect(caps):
            message = f"'{sink}' cannot take these caps: it takes {_show(takes)}"
            yield Problem("cannot-link", message, position, _between(caps, takes))
        elif not gives.intersect(caps).can_intersect(takes):
            message = f"'{source}' and '{sink}' have none of these caps in common"
            yield Problem("cannot-link", message, position, _between(gives, takes))

    def possible(self, element: Element, end: End, direction: str) -> Gst.Caps | None:
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
        given = self.description.given(own) if own else None
        wanted = read_caps(given) if isinstance(given, str) else None
        return caps.intersect(wanted) if wanted is not None else caps

    def offered(self, element: Element, end: End) -> Gst.Caps | None:
        """Return all caps that an element may give, by what it takes if it only passes that on."""
        caps = self.possible(element, end, "src")
        passes = element.factory in TRANSPARENT and element.index not in self.asking
        if caps is None or not passes or len(self.asking) == MOST_HOPS:
            return caps
        self.asking.add(element.index)
        taken = [
            self.passing(link)
            for link in self.graph.links
            if self.graph.resolve(link.sink) is element
        ]
        self.asking.discard(element.index)
        for passing in taken:
            # What cannot be linked before it has been told already.
            if passing is not None and not passing.is_empty() and caps.can_intersect(passing):
                caps = caps.intersect(passing)
        return caps

    def passing(self, link: Link) -> Gst.Caps | None:
        """Return all caps that may pass a link; None if that is not known."""
        source = self.graph.resolve(link.source)
        offered = self.offered(source, link.source) if source else None
        caps = self.filters[link.start]
        return offered.intersect(caps) if offered is not None and caps is not None else offered

    # ---- what is linked to nothing

    def unlinked(self) -> Iterator[Problem]:
        joined: set[tuple[int, str]] = set()
        for link in self.graph.links:
            for end, direction in ((link.source, "src"), (link.sink, "sink")):
                element = self.graph.resolve(end)
                if element is not None:
                    joined.add((element.index, direction))
        for element in self.graph.elements:
            if element.index not in self.padless:
                yield from self.loose(element, joined)

    def loose(self, element: Element, joined: set[tuple[int, str]]) -> Iterator[Problem]:
        """Say if an element has pads that must be linked, and no link on that side."""
        templates = self.templates(element)
        must = {t.direction for t in templates if t.presence == "always"}
        must |= {
            t.direction for t in templates if (t.presence, t.direction) == ("sometimes", "src")
        }
        open_ = [
            side for side in ("sink", "src") if side in must and (element.index, side) not in joined
        ]
        if not open_:
            return
        what = {"sink": "before it", "src": "behind it"}
        both = len(open_) == 2  # noqa: PLR2004 (both sides)
        message = f"'{element}' is linked to nothing{'' if both else f' {what[open_[0]]}'}"
        after = element.index + 1 < len(self.graph.elements) and "src" in open_
        following = self.graph.elements[element.index + 1] if after else None
        hint = f"link it with '!' {' and '.join(what[side] for side in open_)}"
        if following and following.bin == element.bin and (following.index, "sink") not in joined:
            hint = f"is a '!' missing before '{following}' at {following.position}?"
        yield Problem("unlinked", message, element.position, hint, "warning")


def _pad_hint(name: str, templates: Sequence[PadTemplate]) -> str:
    """Return which pad was meant: names of requested pads are compared by what precedes ``%``."""
    names = [template.name for template in templates]
    meant = did_you_mean(re.sub(r"\d+$", "%u", name), names)
    if meant and "%" in meant:
        return f"did you mean '{meant.split('%')[0]}{(re.findall(r'[0-9]+$', name) or ['0'])[0]}'?"
    return f"did you mean '{meant}'?" if meant else hint_for(name, names)


def _show(caps: Gst.Caps) -> str:
    """Return caps in short: media types and features, and the fields too if that is not long."""
    text = caps.to_string()
    if len(text) <= SHOWN_CAPS:
        return str(text)
    return ", ".join(_media(caps))


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
    nvmm = ["memory:NVMM" in " ".join(names) for names in (give, take)]
    if all("raw video" in kind for kind in kinds) and any(nvmm) and not all(nvmm):
        return "put nvvideoconvert in between"
    for (given, taken), words in _BRIDGES.items():
        if given in kinds[0] and taken in kinds[1]:
            return words
    return "put what converts one to the other in between"


def _kind(name: str) -> str:
    """Return what a media type is: video or audio, raw or not."""
    media = "video" if name.startswith(("video/", "image/")) else name.partition("/")[0]
    return f"raw {media}" if "/x-raw" in name else media
