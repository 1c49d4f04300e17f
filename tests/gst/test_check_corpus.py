"""One corpus, two readers: GStreamer builds what our own reading of the text says.

``tests/corpus/*.gstp`` are right, ``tests/corpus/wrong/*.gstp`` are not and say in their first
line what is expected.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pythiags.description import Description
from pythiags.gst import GLib, Gst
from pythiags.gst.check import check
from pythiags.gst.registry import pad_templates

CORPUS = Path(__file__).parents[1] / "corpus"
RIGHT = sorted(CORPUS.glob("*.gstp"))
WRONG = sorted((CORPUS / "wrong").glob("*.gstp"))


def stem(path):
    return path.stem


# What GStreamer finds only when it plays, or prints to stderr while it builds.
LATER = {"missing-file", "read-only-property", "duplicate-name"}
LATE = {"camera-of-a-jetson", "nested-description", "out-of-range"}


# ---- what GStreamer built


def is_bin(element):
    """Whether it is a bin that the text may have written as such, or the pipeline around it."""
    return element.get_factory().get_name() in {"bin", "pipeline"}


def built_elements(root):
    """The elements that the text names: bins written as such are entered, others are not."""
    if not is_bin(root):
        return [root]
    inner = [element for child in root.children for element in built_elements(child)]
    around = root.get_parent() is None and root.get_name().startswith("pipeline")
    return inner if around else [root, *inner]


def number(name):
    match = re.search(r"\d+$", name)
    return int(match[0]) if match else -1


def paired(description, root):
    """Each element of the graph with the built one; the capsfilters of links are left over."""
    rest = built_elements(root)
    names = set(description.graph.names())
    pairs = []
    for element in description.graph.elements:
        if element.uri:
            alike = [
                b for b in rest if isinstance(b, Gst.URIHandler) and b.get_uri() == element.uri
            ]
        elif element.name is not None:
            alike = [b for b in rest if b.get_name() == element.name]
        else:
            alike = [b for b in rest if b.get_factory().get_name() == element.factory]
            alike = [b for b in alike if b.get_name() not in names]
            alike.sort(key=lambda b: number(b.get_name()))
        assert alike, f"GStreamer built no {element}"
        pairs.append((element, alike[0]))
        rest.remove(alike[0])
    return pairs, rest


def real(pad):
    """The pad of the element itself behind ghost pads of bins, or None."""
    while isinstance(pad, Gst.GhostPad) and is_bin(pad.get_parent()):
        pad = pad.get_target()
    parent = pad.get_parent() if pad else None
    # The inner side of a ghost pad leads outside.
    return real(parent.get_peer()) if isinstance(parent, Gst.GhostPad) else pad


def built_links(pairs, filters):
    """Links as (source index, source pad, sink index, sink pad, caps), capsfilters dissolved."""
    index = {built: element.index for element, built in pairs}
    links = set()
    for built, source in index.items():
        for pad in [] if is_bin(built) else built.srcpads:
            peer, caps = real(pad.get_peer()), None
            if peer and peer.get_parent() in filters:
                caps = peer.get_parent().get_property("caps").to_string()
                peer = real(peer.get_parent().get_static_pad("src").get_peer())
            if peer:
                sink = index[peer.get_parent()]
                links.add((source, pad.get_name(), sink, peer.get_name(), caps))
    return links


# ---- what we read


def is_delayed(description, link):
    """Whether the source pad appears only once the stream is known."""
    source = description.graph.resolve(link.source)
    templates = [t for t in pad_templates(source.factory) if t.direction == "src"]
    return bool(templates) and all(t.presence == "sometimes" for t in templates)


def said_links(description):
    links = set()
    for link in description.graph.links:
        if is_delayed(description, link):
            continue
        source, sink = description.graph.resolve(link.source), description.graph.resolve(link.sink)
        caps = description.given(link)
        caps = Gst.Caps.from_string(caps).to_string() if caps else None
        sources = [pad.name for pad in link.source.pads] or [None]
        sinks = [pad.name for pad in link.sink.pads] or [None]
        assert len(sources) == len(sinks) or 1 in {len(sources), len(sinks)}
        for number_ in range(max(len(sources), len(sinks))):
            source_pad, sink_pad = sources[number_ % len(sources)], sinks[number_ % len(sinks)]
            links.add((source.index, source_pad, sink.index, sink_pad, caps))
    return links


def agrees(said, built):
    """Whether a link we read is one that was built; a pad that was not named may be any."""
    unnamed = {place for place in (1, 3) if said[place] is None}
    return all(said[place] == built[place] for place in set(range(5)) - unnamed)


# ---- the tests


@pytest.fixture(params=RIGHT, ids=stem)
def right(request):
    description = Description.from_file(request.param)
    root = Gst.parse_launch(description.launch_text)
    yield description, root
    root.set_state(Gst.State.NULL)


def test_the_corpus_is_large():
    assert len(RIGHT) >= 40
    assert len(WRONG) >= 20


def test_elements_and_bins(right):
    description, root = right
    pairs, rest = paired(description, root)
    assert {b.get_factory().get_name() for b in rest} <= {"capsfilter"}
    index = {built: element.index for element, built in pairs}
    for element, built in pairs:
        if len(pairs) > 1 or element.bin is not None:
            assert index.get(built.get_parent()) == element.bin


def test_links(right):
    description, root = right
    pairs, rest = paired(description, root)
    built, said = built_links(pairs, rest), said_links(description)
    assert len(built) == len(said)
    for link in said:
        assert any(agrees(link, other) for other in built), (link, built)


def test_values(right):
    description, root = right
    for element, built in paired(description, root)[0]:
        for item in element.properties:
            if element.property(item.key) is not item or item.key == "name":
                continue
            target = built
            if "::" in item.key:
                _, target, _ = Gst.ChildProxy.lookup(built, item.key)
            name = item.key.rpartition("::")[2]
            text = description.given(item)
            found = target.get_property(name)
            if isinstance(found, str) or found is None:
                assert found == text
            elif isinstance(found, Gst.Caps):
                assert found.to_string() == Gst.Caps.from_string(text).to_string()
            elif not isinstance(found, Gst.Element):
                twin = target if "::" in item.key else Gst.ElementFactory.make(element.factory)
                Gst.util_set_object_arg(twin, name, text)
                assert twin.get_property(name) == found


def test_nothing_is_found_wrong_in_what_is_right(right):
    description, _ = right
    assert not [problem for problem in check(description) if problem.severity == "error"]


@pytest.mark.parametrize("path", WRONG, ids=stem)
def test_what_is_wrong_is_told_with_its_place(path, capfd):
    description = Description.from_file(path)
    problems = check(description)
    expected = path.read_text().split("\n")[0].removeprefix("# expect: ").split(" | ")
    found = [f"{problem.code} {problem.position} {problem.hint}" for problem in problems]
    assert len(found) == len(expected), description.render(problems)
    for told, wanted in zip(found, expected, strict=True):
        code, place, *words = wanted.split(" ", 2)
        assert told.startswith(f"{code} {place} "), description.render(problems)
        assert words == [] or words[0] in told, description.render(problems)
    assert capfd.readouterr().err == ""


def test_what_is_called_an_error_cannot_be_built():
    """The control: GStreamer refuses, or complains of, what the corpus calls an error."""
    for path in WRONG:
        description = Description.from_file(path)
        errors = {problem.code for problem in check(description) if problem.severity == "error"}
        if errors - LATER and not description.problems() and path.stem not in LATE:
            with pytest.raises(GLib.Error):
                Gst.parse_launch(description.launch_text)
