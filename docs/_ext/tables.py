"""Parts of the reference that are read from the code, so that they cannot grow old.

``{public-names} PACKAGE ... [functions|classes|data]``: public names by the package they live in.
``{command-line}``: what each command says of itself.
``{attach-options}``: the options of an attachment, in the API and on the command line.
``{exit-codes}``: the error tree with its exit codes.
``{portable-elements}``: the portable elements, their pads and properties.
``{missing-elements}``: DeepStream's elements that have no portable version.
``{nvinfer-keys} property|class|refused|without-effect``: keys of nvinfer's configuration files.
``{service-maker-names}``: what the look-alike of pyservicemaker has.
``{nvinfer-parsers} detector|classifier|segmentation|instances``: the names of its parsers.
"""

from __future__ import annotations

import dataclasses
import inspect
from typing import TYPE_CHECKING, Any, ClassVar

import click
from launchlines import launch_lines
from servicenames import service_maker_names
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from docutils import nodes
    from sphinx.application import Sphinx

__all__ = ["setup"]

# What the portable elements say of properties that a CPU cannot honour.
MARKS = {"no effect on a CPU": "kept, no effect", "not supported on a CPU": "**refused**"}


class Generated(SphinxDirective):
    """A directive whose place is taken by the Markdown lines that a function makes."""

    optional_arguments = 1
    final_argument_whitespace = True
    markdown: ClassVar[Callable[..., Iterator[str]]]

    def run(self) -> list[nodes.Node]:
        """Parse the lines where the directive stands."""
        text = "\n".join(type(self).markdown(*self.arguments))
        return self.parse_text_to_nodes(text, allow_section_headings=True)


KINDS = {"autofunction": inspect.isfunction, "autoclass": inspect.isclass}


def public_names(homes: str) -> Iterator[str]:
    """Give the documentation of the public names that live in some packages, as autodoc reads it.

    Args:
        homes: Names of the packages; ``functions``, ``classes`` or ``data`` behind them picks.
    """
    import pythiags

    words = homes.split()
    kinds = {"functions": "autofunction", "classes": "autoclass", "data": "autodata"}
    picked = {kinds[word] for word in words if word in kinds} or {*kinds.values()}
    yield "```{eval-rst}"
    for name in pythiags.__all__:
        value = getattr(pythiags, name)
        kind = next((kind for kind, fits in KINDS.items() if fits(value)), "autodata")
        if kind in picked and pythiags._HOMES[name] in words:  # noqa: SLF001
            members = ["   :members:"] if kind == "autoclass" else []
            if name == "App":  # a part of it is in a base class
                members.append("   :inherited-members:")
            yield from [f".. {kind}:: pythiags.{name}", *members, ""]
    yield "```"


def command_line() -> Iterator[str]:
    """Give a section with its help for each command."""
    from pythiags.cli.commands import cli

    context = click.Context(cli, info_name="pythiags", **cli.context_settings)
    yield from ["## `pythiags`", "", "```text", cli.get_help(context), "```", ""]
    yield from _commands_of(context, "##")


def _commands_of(context: click.Context, level: str) -> Iterator[str]:
    """Give a section for each command of a group, and for those of a group in it."""
    group: Any = context.command
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        own = click.Context(command, info_name=name, parent=context)
        title = f"{level} `{own.command_path}`"
        yield from [title, "", "```text", command.get_help(own), "```", ""]
        if isinstance(command, click.Group):
            yield from _commands_of(own, level + "#")


def attach_options() -> Iterator[str]:
    """Give a row for each option of an attachment."""
    from pythiags import AttachOptions
    from pythiags.app.attach_options import descriptions
    from pythiags.cli.commands import cli

    texts = descriptions()
    offered = {option.name: option.opts[0] for option in cli.commands["file"].params}
    yield "| `attach(…)` | command line | default | |"
    yield "|---|---|---|---|"
    for field in dataclasses.fields(AttachOptions):
        option = f"`{offered[field.name]}`" if field.name in offered else ""
        text = texts[field.name].replace("``", "`").replace("|", "\\|")
        yield f"| `{field.name}` | {option} | `{field.default!r}` | {text} |"


def exit_codes() -> Iterator[str]:
    """Give a row for each class of the error tree."""
    from pythiags import errors

    yield "| exit code | error | is also a | what happened |"
    yield "|---|---|---|---|"
    classes = [getattr(errors, name) for name in errors.__all__]
    for cls in sorted(classes, key=lambda cls: (cls.exit_code, cls.__name__)):
        builtin = next(base.__name__ for base in cls.__mro__ if base.__module__ == "builtins")
        first = (cls.__doc__ or "").strip().partition("\n")[0]
        yield f"| {cls.exit_code} | `{cls.__name__}` | `{builtin}` | {first} |"


def portable_elements() -> Iterator[str]:
    """Give a section for each portable element: what it is, its pads, its properties."""
    from pythiags import portable
    from pythiags.gst import Gst

    lines = launch_lines()
    for name in portable.install():
        factory = Gst.ElementFactory.find(name)
        element = factory.create(None)
        yield f"## `{name}`"
        yield ""
        yield f"{factory.get_metadata('description').rstrip('.')}."
        yield from ["", "```sh", *lines[name].splitlines(), "```", ""]
        for template in factory.get_static_pad_templates():
            yield f"- `{template.name_template}` ({template.direction.value_nick})"
        rows = [row for spec in _own_properties(element) for row in _property_row(spec)]
        if rows:
            yield from ["", "| property | default | |", "|---|---|---|", *rows]
        yield ""


def missing_elements() -> Iterator[str]:
    """Name DeepStream's elements that have no portable version."""
    from pythiags import portable

    yield ", ".join(f"`{name}`" for name in portable.unavailable())


def _own_properties(element: Any) -> list[Any]:
    """Return the properties of the element's own classes, without GStreamer's base classes."""
    own = element.__gtype__.name
    return [
        spec
        for spec in element.list_properties()
        if spec.owner_type.name == own or spec.owner_type.name.startswith("Pythiags")
    ]


def _property_row(spec: Any) -> Iterator[str]:
    text = spec.blurb.rstrip(".")
    for end, meaning in MARKS.items():
        text = text.replace(end, meaning)
    default = getattr(spec, "default_value", None)  # one of objects has none
    default = getattr(default, "value_nick", default)
    shown = "" if default is None else f"`{default}`".lower()
    yield f"| `{spec.name}` | {shown} | {text.replace('|', '/')} |"


def nvinfer_keys(which: str) -> Iterator[str]:
    """Give a row for each key of one table of the reader."""
    from pythiags.inference import keys

    if which in {"property", "class"}:
        known = keys.PROPERTY if which == "property" else keys.CLASS
        yield from ["| key | value |", "|---|---|"]
        for name, key in known.items():
            modes = [what for what, names in keys.MODES.items() if name in names]
            mode = "".join(f"; {what}" for what in modes) if which == "property" else ""
            yield f"| `{name}` | {_expected(key.read)}{mode} |"
    elif which == "refused":
        yield from ["| key | accepted | otherwise |", "|---|---|---|"]
        for name, refusal in keys.REFUSED.items():
            accepted = ", ".join(f"`{value:d}`" for value in refusal.accepted)
            yield f"| `{name}` | {accepted or 'never'} | {refusal.hint} |"
    else:
        by_reason: dict[str, list[str]] = {}
        for name, reason in keys.WITHOUT_EFFECT.items():
            by_reason.setdefault(reason, []).append(f"`{name}`")
        yield from (f"- {', '.join(names)}: {reason}." for reason, names in by_reason.items())


def _expected(read: Callable[[str], Any]) -> str:
    """Say what a reader wants, in the words with which it refuses what it cannot read."""
    try:
        read("\0")
    except ValueError as error:
        return str(error)
    return "text"


def nvinfer_parsers(kind: str) -> Iterator[str]:
    """Give a row for each family of outputs of one kind of network: the parsers that read it."""
    from pythiags.inference import keys
    from pythiags.inference.decoders import FAMILIES, KEYS, PARSERS

    number = getattr(keys, kind.upper())
    parsers = PARSERS[number]
    families = dict.fromkeys(FAMILIES.get(number, ()))
    families |= dict.fromkeys(family for names in parsers.values() for family in names)
    yield from [f"| family | outputs | `{KEYS[number]}` |", "|---|---|---|"]
    for family in families:
        names = ", ".join(f"`{name}`" for name, of in parsers.items() if family in of)
        alone = "" if family in FAMILIES.get(number, ()) else " (by name only)"
        yield f"| {family.name}{alone} | {family.expects} | {names} |"


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx of the directives."""
    functions = {
        "attach-options": attach_options,
        "command-line": command_line,
        "exit-codes": exit_codes,
        "missing-elements": missing_elements,
        "nvinfer-keys": nvinfer_keys,
        "nvinfer-parsers": nvinfer_parsers,
        "portable-elements": portable_elements,
        "public-names": public_names,
        "service-maker-names": service_maker_names,
    }
    for name, function in functions.items():
        app.add_directive(name, type(name, (Generated,), {"markdown": staticmethod(function)}))
    return {"parallel_read_safe": True}
