"""Build the graph from the tokens, and say what is wrong, all at once.

The grammar is GStreamer's. Where its parser stops with "syntax error", this one notes what it
found, skips it and continues, so that one run shows every problem.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .graph import Caps, Element, End, Graph, Link, Pad, Preset, Property, Value
from .problem import Problem
from .source import Position
from .template import VARIABLE, variables_in
from .tokens import Kind, Token, tokenize
from .values import doubt_about, read_value

if TYPE_CHECKING:
    from .source import Source

__all__ = ["parse"]

NOWHERE = End(Position(1, 1))
"""An end whose absence has been reported already: links with it are left out."""

MOST_NESTED = 50
"""How deep bins may be nested, which bounds the parser's recursion."""

_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)

_ELEMENTARY = frozenset({Kind.IDENTIFIER, Kind.BINREF})


def parse(source: Source) -> tuple[Graph, list[Problem]]:
    """Return the graph that the text describes and the problems of its syntax."""
    parser = _Parser(source)
    parser.characters()
    parser.graph()
    return Graph(tuple(parser.elements), tuple(parser.links)), parser.problems


@dataclass
class _Chain:
    """A row of linked elements: what a link from before or behind it would attach to."""

    first: End | None
    last: End | None
    open: bool = True
    """Whether a further link may follow; not after a reference or a URI at the end."""


class _Parser:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.tokens = list(tokenize(source.code))
        self.at = 0
        self.elements: list[Element] = []
        self.links: list[Link] = []
        self.problems: list[Problem] = []
        self.depth = 0

    # ---- tokens

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.tokens[self.at]
        if token.kind is not Kind.END:
            self.at += 1
        return token

    def sees(self, operator: str) -> bool:
        return self.next.kind is Kind.OPERATOR and self.next.text == operator

    def place(self, token: Token) -> Position:
        return self.source.position(token.start, token.end)

    def problem(self, code: str, message: str, token: Token, hint: str = "") -> None:
        self.problems.append(Problem(code, message, self.place(token), hint))

    def characters(self) -> None:
        for offset in self.source.unusable:
            what = "a NUL character" if self.source.text[offset] == "\0" else "not valid Unicode"
            self.problems.append(
                Problem(
                    "bad-character", f"this is {what}", self.source.position(offset), "remove it"
                )
            )

    # ---- grammar

    def graph(self) -> None:
        if self.next.kind is Kind.END:
            self.problem("empty-pipeline", "the description is empty", self.next, "name an element")
        self.chain_list(None)
        while self.sees(")"):
            self.problem("unbalanced-bin", "')' has no matching '('", self.take(), "remove it")
            self.chain_list(None)

    def chain_list(self, bin_: int | None) -> _Chain | None:
        """Read chains up to the end or a ``)``; return one that spans them all."""
        whole: _Chain | None = None
        while self.next.kind is not Kind.END and not self.sees(")"):
            chain = self.chain(bin_)
            if chain is not None:
                first = whole.first if whole else chain.first
                whole = _Chain(first, chain.last if chain.open else None)
        return whole

    def chain(self, bin_: int | None) -> _Chain | None:
        chain = self.chain_start(bin_)
        while chain and chain.open and self.next.kind is Kind.LINK:
            self.link(chain, self.take(), bin_)
        if chain and chain.open and chain.last:
            self.leftover(chain.last)
        return chain

    def chain_start(self, bin_: int | None) -> _Chain | None:
        token = self.next
        if token.kind is Kind.REF:
            return _Chain(None, self.reference())
        if token.kind is Kind.URI:
            return _Chain(None, self.uri(bin_))
        if token.kind in _ELEMENTARY or self.sees("("):
            chain = self.elementary(bin_)
            chain.last = self.with_pads(chain.last)
            return chain
        if token.kind is Kind.LINK:
            self.problem(
                "dangling-link",
                f"there is nothing before '{token.text[0]}' to link from",
                self.take(),
                "put an element or a reference such as 'name.' before it",
            )
            return None
        self.unexpected()
        return _Chain(NOWHERE, NOWHERE)

    def link(self, chain: _Chain, token: Token, bin_: int | None) -> None:
        """Read what a link leads to, note the link, and let the chain end there."""
        pads = self.pads()
        source, chain.last = chain.last, None
        sink: End | None = None
        if not pads and self.next.kind is Kind.REF:
            sink, chain.open = self.reference(), False
        elif not pads and self.next.kind is Kind.URI:
            sink, chain.open = self.uri(bin_), False
        elif self.next.kind in _ELEMENTARY or self.sees("("):
            inner = self.elementary(bin_)
            sink, chain.last = inner.first, self.with_pads(inner.last)
        else:
            chain.last = self.missing_sink(token)
            return
        if source is NOWHERE or sink is NOWHERE:
            return
        if source is None or sink is None:
            side = "before" if source is None else "after"
            message = f"there is no element {side} '!' that can be linked"
            self.problem("dangling-link", message, token, "a reference can only end a row")
            return
        if pads:
            sink = replace(sink, pads=(*pads, *sink.pads))
        self.links.append(self.make_link(token, source, sink))

    def make_link(self, token: Token, source: End, sink: End) -> Link:
        caps = None
        if token.body < token.end:
            end = token.end - 1
            while self.source.code[end - 1].isspace():
                end -= 1
            position = self.source.position(token.body, end)
            text = self.source.code[token.body : end]
            caps = Caps(Value(text, tuple(range(token.body, end)), position), position)
            unquoted = _QUOTED.sub("", text)
            if unquoted.count("(") > unquoted.count(")"):
                # Caps with no '!' behind them end at the ':' of memory:NVMM.
                torn = token.text.endswith(":")
                message = (
                    "caps must be between two '!'"
                    if torn
                    else "a '(' in these caps is never closed"
                )
                hint = "write '! caps !'" if torn else "write a ')' after the features"
                self.problems.append(Problem("unclosed-caps", message, position, hint))
        operators = token.text[0] + token.text[-1]
        return Link(source, sink, self.place(token), caps, ":" in operators, token.start, token.end)

    def missing_sink(self, link: Token) -> End | None:
        """Say why a link leads nowhere; return what a link behind that may start from."""
        token = self.next
        if token.kind is Kind.LINK:
            hint = "put an element between them, or remove one"
            message = "two links in a row, with nothing in between"
            self.problem("missing-element", message, token, hint)
            return NOWHERE
        if token.kind is Kind.END or self.sees(")"):
            hint = "put an element or a reference such as 'name.' after it"
            message = f"there is nothing after '{link.text[-1]}' to link to"
            self.problem("dangling-link", message, link, hint)
            return None
        self.unexpected()
        return NOWHERE

    def leftover(self, last: End) -> None:
        if last.reference is not None:
            self.problems.append(
                Problem(
                    "stray-reference",
                    f"'{last.reference}.' is not linked",
                    last.position,
                    "put a '!' before or after it",
                )
            )
        elif last.pads:
            self.problems.append(
                Problem(
                    "stray-pad",
                    f"the pad '{last.pads[0].name}' is not linked",
                    last.pads[0].position,
                    "put a '!' after it",
                )
            )

    def elementary(self, bin_: int | None) -> _Chain:
        if self.next.kind is not Kind.IDENTIFIER:
            return self.bin(bin_)
        token = self.take()
        index = len(self.elements)
        element = Element(index, token.text, self.place(token), bin=bin_, end=token.end)
        self.elements.append(element)
        if self.misplaced_caps(token):
            element = replace(element, factory="")
        properties, presets = self.assignments()
        self.elements[index] = replace(element, properties=properties, presets=presets)
        end = End(self.place(token), element=index)
        return _Chain(end, end)

    def misplaced_caps(self, token: Token) -> bool:
        """Return whether ``token`` is the first half of caps that no ``!`` follows."""
        uri = self.next
        if uri.kind is not Kind.URI or uri.start != token.end:
            return False
        self.take()
        text = token.text + uri.text
        position = self.source.position(token.start, uri.end)
        hint = f"write '! {text} !', with an element after it"
        self.problems.append(
            Problem("misplaced-caps", f"the caps '{text}' are not allowed here", position, hint)
        )
        return True

    def bin(self, outer: int | None) -> _Chain:
        opener = self.take()
        if self.depth == MOST_NESTED:
            return self.too_deep(opener)
        factory = "bin" if opener.text == "(" else re.split(r"[.\s]", opener.text)[0]
        index = len(self.elements)
        element = Element(
            index, factory, self.place(opener), bin=outer, is_bin=True, end=opener.end
        )
        self.elements.append(element)
        properties, _ = self.assignments()
        self.elements[index] = replace(element, properties=properties)
        self.depth += 1
        content = self.chain_list(index)
        self.depth -= 1
        if self.sees(")"):
            self.take()
        else:
            self.unclosed(opener, index)
        if content is None:
            self.problem("empty-bin", "the bin is empty", opener, "put an element into it")
            return _Chain(NOWHERE, NOWHERE)
        return _Chain(content.first, content.last)

    def too_deep(self, opener: Token) -> _Chain:
        """Skip the rest, and close the bins around it, so that it is reported only once."""
        hint = f"at most {MOST_NESTED} can be read"
        self.problem("unbalanced-bin", "bins are nested too deep", opener, hint)
        end = self.tokens[-1]
        close = Token(Kind.OPERATOR, ")", end.start, end.end, end.body)
        self.tokens = [*self.tokens[: self.at], *[close] * self.depth, end]
        return _Chain(NOWHERE, NOWHERE)

    def unclosed(self, opener: Token, index: int) -> None:
        values = [p.value for e in self.elements[index:] for p in e.properties]
        swallowed = next((v for v in values if v.text.endswith(")") and "(" not in v.text), None)
        if swallowed:
            hint = f"the ')' at {swallowed.position} is part of a value: put a space before it"
        else:
            hint = "add a ')'"
        self.problem("unbalanced-bin", "this bin is never closed", opener, hint)

    def assignments(self) -> tuple[tuple[Property, ...], tuple[Preset, ...]]:
        properties: list[Property] = []
        presets: list[Preset] = []
        while self.next.kind in {Kind.ASSIGNMENT, Kind.PRESET}:
            token = self.take()
            if token.kind is Kind.PRESET:
                value = read_value(self.source, token.body, token.end)
                presets.append(Preset(value, self.place(token)))
            else:
                properties.append(self.assignment(token))
        return tuple(properties), tuple(presets)

    def assignment(self, token: Token) -> Property:
        name = re.split(r"[=\s]", token.text, maxsplit=1)[0]
        value = read_value(self.source, token.body, token.end)
        doubt = doubt_about(name, value)
        if doubt is not None:
            self.problems.append(doubt)
        position = self.source.position(token.start, token.start + len(name))
        return Property(name, value, position, token.start, token.end)

    def uri(self, bin_: int | None) -> End:
        token = self.take()
        value = read_value(self.source, token.start, token.end)
        for variable in variables_in(value):
            self.misplaced(variable.start, variable.end)
        index = len(self.elements)
        self.elements.append(
            Element(index, "", self.place(token), bin=bin_, uri=value.text, end=token.end)
        )
        return End(self.place(token), element=index)

    def reference(self) -> End:
        token = self.take()
        name, _, pad = token.text.partition(".")
        start = token.start + len(name) + 1
        first = [Pad(pad, self.source.position(start, token.end))] if pad else []
        position = self.source.position(token.start, start - 1)
        return End(position, reference=name, pads=(*first, *self.more_pads()))

    def with_pads(self, end: End | None) -> End | None:
        pads = self.pads()
        return replace(end, pads=(*end.pads, *pads)) if end and pads else end

    def pads(self) -> tuple[Pad, ...]:
        if self.next.kind is not Kind.PADREF:
            return ()
        token = self.take()
        first = Pad(token.text[1:], self.source.position(token.start + 1, token.end))
        return (first, *self.more_pads())

    def more_pads(self) -> list[Pad]:
        pads = []
        while self.sees(",") and self.tokens[self.at + 1].kind is Kind.IDENTIFIER:
            self.take()
            token = self.take()
            pads.append(Pad(token.text, self.place(token)))
        return pads

    # ---- what does not belong

    def unexpected(self) -> None:
        """Skip one token that is not allowed here, and say why."""
        token = self.take()
        variable = VARIABLE.match(self.source.code, token.start)
        if variable:
            while self.next.kind is not Kind.END and self.next.start < variable.end():
                self.take()
            self.misplaced(token.start, variable.end())
        elif token.kind is Kind.ASSIGNMENT:
            hint = "properties follow the name of an element"
            self.problem(
                "stray-property", f"'{token.text}' does not belong to an element", token, hint
            )
        elif token.kind is Kind.PADREF:
            hint = "write 'name.pad', or put it between an element and a '!'"
            self.problem("stray-pad", f"the pad '{token.text}' has no element", token, hint)
        elif token.text == "=":
            self.problem(
                "missing-value", "no value after '='", token, 'write ="" for an empty value'
            )
        else:
            self.problem("unexpected-text", f"'{token.text}' is not allowed here", token)

    def misplaced(self, start: int, end: int) -> None:
        self.problems.append(
            Problem(
                "misplaced-variable",
                f"the variable {self.source.code[start:end]} is not allowed here",
                self.source.position(start, end),
                "variables are allowed in property values and in caps",
            )
        )
