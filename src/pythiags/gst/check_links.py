"""Check the links of a description: references, pads, and that each pad is linked once."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from pythiags.description import Problem
from pythiags.gst.check_caps import CapsOfLinks
from pythiags.suggest import did_you_mean, hint_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pythiags.description import Description, Element, End, Graph, Link, Position
    from pythiags.gst.registry import PadTemplate

__all__ = ["check_links"]


def check_links(description: Description) -> list[Problem]:
    """Return the problems of links, references, pads and caps."""
    return list(_Links(description).problems())


class _Links:
    def __init__(self, description: Description) -> None:
        self.graph: Graph = description.graph
        self.caps = CapsOfLinks(description)
        self.used: defaultdict[tuple[int, str, str], list[Position]] = defaultdict(list)
        self.unnamed: defaultdict[tuple[int, str], list[Position]] = defaultdict(list)
        self.padless: set[int] = set()
        self.resolved = True  # every reference; else a pad that seems to lack a link may have one

    def problems(self) -> Iterator[Problem]:
        sound = []
        for link in self.graph.links:
            problems = list(self.caps.read(link))
            problems += self.end(link.source, "src")
            problems += self.end(link.sink, "sink")
            problems += self.pad_counts(link)
            problems += self.endless(link)
            yield from problems
            if all(problem.severity == "warning" for problem in problems):
                sound.append(link)
        for link in sound:
            yield from self.caps.judge(link)
        yield from self.unlinked()

    # ---- ends

    def end(self, end: End, direction: str) -> Iterator[Problem]:
        """Judge one end: the element, its pads, and whether they are free."""
        element = self.graph.resolve(end)
        if element is None:
            self.resolved = False
            yield self.unknown_reference(end)
            return
        if end.reference is not None and element.name is None:
            message = f"'{end.reference}' is an automatic name, which may differ in another run"
            hint = f"write {element.factory} name={end.reference}"
            yield Problem("automatic-name", message, end.position, hint, "warning")
        templates = self.caps.templates(element)
        if not templates:
            return
        own = [template for template in templates if template.direction == direction]
        if not own:
            word = {"src": "source", "sink": "sink"}[direction]
            side = {"src": "after", "sink": "before"}[direction]
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
            elif "%" not in pad.name:
                yield from self.taken(end, element, template, pad.name)
                yield from self.use(end, element, template, pad.name, 1)
        if not end.pads and all(template.presence == "always" for template in own):
            name = own[0].name if len(own) == 1 else ""
            yield from self.use(end, element, own[0], name, len(own))
        elif not end.pads and {template.presence for template in own} == {"request"}:
            self.unnamed[element.index, direction].append(end.position)

    def taken(
        self, end: End, element: Element, template: PadTemplate, pad: str
    ) -> Iterator[Problem]:
        """Say if links that name no pad come before, since most elements count from 0."""
        before = self.unnamed[element.index, template.direction]
        number = re.search(r"[0-9]+$", pad)
        if "%" not in template.name or not number or int(number[0]) >= len(before):
            return
        place = before[int(number[0])]
        message = f"the link at {place} names no pad, and may get '{pad}' of '{element}'"
        hint = "name the pad of that link, too"
        yield Problem("already-linked", message, end.position, hint, "warning")

    def pad_counts(self, link: Link) -> Iterator[Problem]:
        """Judge ``a.x,y ! b.z``: pads are linked one by one, as many as both ends name."""
        sources, sinks = link.source.pads, link.sink.pads
        if len(sources) == len(sinks) or max(len(sources), len(sinks)) == 1:
            return
        more = max(sources, sinks, key=len)
        message = f"{len(more)} pads cannot be linked to {min(len(sources), len(sinks)) or 'none'}"
        if sources and sinks:
            yield Problem(
                "pad-count", message, more[0].position, "name the same number of pads on both sides"
            )
            return
        message = f"only '{more[0].name}' is linked, because the other side names no pads"
        hint = "name the same number of pads on the other side"
        yield Problem("pad-count", message, more[1].position, hint, "warning")

    def use(
        self, end: End, element: Element, template: PadTemplate, pad: str, number: int
    ) -> Iterator[Problem]:
        """Note a link at a pad, or at any of ``number`` pads, and say if it is one too many."""
        places = self.used[element.index, template.direction, pad]
        places.append(end.position)
        if len(places) <= number:
            return
        named = pad and (end.pads or template.presence != "always")
        name = f"the pad '{pad}' of '{element}'" if named else f"'{element}'"
        if template.presence == "request":
            free = f"name another pad, such as '{self.free_pad(element, template)}', or name none"
            hint = free if "%" in template.name else "it has only one such pad"
        elif template.direction == "src":
            hint = "put a tee ('! tee name=t' and then 't. !') after it"
        else:
            hint = "put a muxer before it"
        message = f"{name} is already linked, at {places[0]}"
        yield Problem("already-linked", message, end.position, hint)

    def free_pad(self, element: Element, template: PadTemplate) -> str:
        """Return the name of a pad of a template that no link of the text names."""
        named = {
            pad.name
            for link in self.graph.links
            for end in (link.source, link.sink)
            if self.graph.resolve(end) is element
            for pad in end.pads
        }
        stem = template.name.partition("%")[0]
        number = next(n for n in range(len(named) + 1) if f"{stem}{n}" not in named)
        return f"{stem}{number}"

    def endless(self, link: Link) -> Iterator[Problem]:
        """Say if ``:`` would link new pads for ever, since both elements have pads on request."""
        source, sink = self.graph.resolve(link.source), self.graph.resolve(link.sink)
        if not link.all_pads or link.source.pads or link.sink.pads or not source or not sink:
            return
        gives = [t for t in self.caps.templates(source) if t.repeats("src")]
        takes = [t for t in self.caps.templates(sink) if t.repeats("sink")]
        if any(give.caps.is_always_compatible(take.caps) for give in gives for take in takes):
            message = (
                f"':' would link without end: '{source}' and '{sink}' both create pads on request"
            )
            yield Problem("endless-link", message, link.position, "write '!' to link one pad")

    # ---- what is not linked

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
        templates = self.caps.templates(element)
        must = {t.direction for t in templates if t.presence == "always"}
        must |= {
            t.direction for t in templates if (t.presence, t.direction) == ("sometimes", "src")
        }
        open_ = [
            side for side in ("sink", "src") if side in must and (element.index, side) not in joined
        ]
        if not open_:
            if self.resolved:
                yield from self.unasked(element, templates, joined)
            return
        what = {"sink": "before it", "src": "after it"}
        both = len(open_) == 2  # noqa: PLR2004 (both sides)
        message = f"'{element}' is not linked{'' if both else f' to anything {what[open_[0]]}'}"
        after = element.index + 1 < len(self.graph.elements) and "src" in open_
        following = self.graph.elements[element.index + 1] if after else None
        hint = f"link it with '!' {' and '.join(what[side] for side in open_)}"
        if following and following.bin == element.bin and (following.index, "sink") not in joined:
            hint = f"is a '!' missing before '{following}' at {following.position}?"
        yield Problem("unlinked", message, element.position, hint, "warning")

    def unasked(
        self, element: Element, templates: Sequence[PadTemplate], joined: set[tuple[int, str]]
    ) -> Iterator[Problem]:
        """Say if an element has no pads on one side but those on request, and no link there."""
        for side, works_without in (("sink", "force-live"), ("src", "allow-not-linked")):
            presences = {t.presence for t in templates if t.direction == side}
            appear = any(t.presence == "sometimes" for t in templates)
            if presences != {"request"} or appear or (element.index, side) in joined:
                continue
            if element.property(works_without) is None:
                yield _without_pads(element, side)


def _without_pads(element: Element, side: str) -> Problem:
    if side == "sink":
        message = f"'{element}' has no input, so it never produces anything"
        hint = "link a source to it with '!', or request a pad before the pipeline starts"
    else:
        message = f"'{element}' has no output"
        hint = "link an element after it with '!'"
    return Problem("unlinked", message, element.position, hint, "warning")


def _pad_hint(name: str, templates: Sequence[PadTemplate]) -> str:
    """Return which pad was meant: names of requested pads are compared by what precedes ``%``."""
    names = [template.name for template in templates]
    meant = did_you_mean(re.sub(r"\d+$", "%u", name), names)
    if meant and "%" in meant:
        return f"did you mean '{meant.split('%')[0]}{(re.findall(r'[0-9]+$', name) or ['0'])[0]}'?"
    return f"did you mean '{meant}'?" if meant else hint_for(name, names)
