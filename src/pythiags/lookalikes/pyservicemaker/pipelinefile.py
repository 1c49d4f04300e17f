"""Pipelines of files in YAML: nodes, and the edges between them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pythiags.lookalikes.pyservicemaker.plainyaml import load_yaml
from pythiags.suggest import hint_for

if TYPE_CHECKING:
    from pythiags.lookalikes.pyservicemaker.pipeline import Pipeline

__all__ = ["fill"]

KEYS = ("type", "name", "properties", "enable")


def fill(pipeline: Pipeline, config_file: str) -> None:
    """Add what a file describes to a pipeline.

    A node whose type has a dot, ``module.kind``, is attached to the nodes whose edges lead to it.
    ``enable: false`` leaves a node out, and what only it leads to is not linked.

    Raises:
        ValueError: It does not describe a pipeline.
        OSError: It cannot be read.
        RuntimeError: It asks for what is not there.
    """
    document = load_yaml(Path(config_file))
    described = document.get("deepstream") if isinstance(document, dict) else None
    if not isinstance(described, dict) or not isinstance(described.get("nodes"), list):
        raise ValueError(  # noqa: TRY004 - it is the file's content
            f"{config_file}: expected 'deepstream:' with 'nodes:' and 'edges:' below it"
        )
    attached, skipped = _nodes(pipeline, described["nodes"], config_file)
    edges = [
        (str(source), str(sink))
        for source, sinks in (described.get("edges") or {}).items()
        for sink in (sinks if isinstance(sinks, list) else [sinks])
    ]
    for source, sink in edges:
        _edge(pipeline, source, sink, attached, skipped, config_file)


def _nodes(
    pipeline: Pipeline, nodes: list[Any], config_file: str
) -> tuple[dict[str, Any], set[str]]:
    """Add the elements; return what is to be attached, and the names of what is left out."""
    attached: dict[str, Any] = {}
    skipped: set[str] = set()
    for number, node in enumerate(nodes, start=1):
        where = f"{config_file}: node {number}"
        if not isinstance(node, dict) or not node.get("type") or not node.get("name"):
            raise ValueError(f"{where}: expected 'type:' and 'name:', got {node!r}")
        for key in node:
            if key not in KEYS:
                raise ValueError(
                    f"{where} ({node['name']}): unknown key {key!r}; {hint_for(str(key), KEYS)}"
                )
        name, kind = str(node["name"]), str(node["type"])
        properties = node.get("properties") or {}
        if node.get("enable") is False:
            skipped.add(name)
        elif "." in kind:
            attached[name] = (kind, properties)
        else:
            pipeline.add(kind, name, {key: _plain(value) for key, value in properties.items()})
    return attached, skipped


def _plain(value: Any) -> Any:
    """A value as a property takes it: a list becomes its items, separated by semicolons."""
    if isinstance(value, list):
        return ";".join(str(each) for each in value)
    return "" if value is None else value


def _edge(
    pipeline: Pipeline,
    source: str,
    sink: str,
    attached: dict[str, Any],
    skipped: set[str],
    config_file: str,
) -> None:
    (source, source_pad), (sink, sink_pad) = _end(source), _end(sink)
    if source in skipped or sink in skipped:
        return
    try:
        if sink in attached:
            kind, properties = attached[sink]
            values = {key: _plain(value) for key, value in properties.items()}
            pipeline.attach(source, kind, sink, source_pad, values)
        else:
            pipeline.link((source, sink), (source_pad, sink_pad))
    except RuntimeError as problem:
        raise RuntimeError(f"{config_file}: edge {source} to {sink}: {problem}") from None


def _end(text: str) -> tuple[str, str]:
    """A node, and the pad behind a dot: ``infer.src``."""
    name, _, pad = text.partition(".")
    return name, pad
