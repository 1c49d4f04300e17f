"""What the shell completes beyond options: files, variables, elements, modules and their names."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
)

from pythiags.errors import PythiagsError
from pythiags.textfile import is_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pythiags.description import Description

__all__ = ["PipelineCommand", "complete_elements", "complete_files", "complete_user_code"]

READY = (
    *("Detections", "Classifications", "Tracks", "Metadata"),
    *("JsonLinesConsumer", "MetadataWriter"),
)


class _Bash(BashComplete):
    """Bash splits words at ``=``, and adds a blank behind what may go on."""

    source_template = BashComplete.source_template.replace(
        "COMPREPLY+=($value)",
        """COMPREPLY+=("$value")
            if [[ $value == *[=:] ]]; then
                compopt -o nospace
            fi""",
    )

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the cursor and the one at it, options with their values."""
        args, incomplete = super().get_completion_args()
        *words, last = _joined([*args, incomplete])
        return words, last


class _Whole(ShellComplete):
    """A shell that replaces the whole word, ``--option=`` included."""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """Return the values of an option together with its name."""
        items = super().get_completions(args, incomplete)
        option, equals, _ = incomplete.partition("=")
        if equals and option.startswith("--"):
            for item in items:
                item.value = f"{option}={item.value}"
        return items


class _Zsh(_Whole, ZshComplete):
    """Zsh's."""


class _Fish(_Whole, FishComplete):
    """Fish's."""


for _shell in (_Bash, _Zsh, _Fish):
    add_completion_class(_shell)


def _joined(words: list[str]) -> list[str]:
    """Put ``--option``, ``=`` and the value together again."""
    made: list[str] = []
    for word in words:
        before = made[-1] if made else ""
        is_option = before.startswith("--")
        if is_option and ((word == "=" and "=" not in before) or before.endswith("=")):
            made[-1] += word
        else:
            made.append(word)
    return made


class PipelineCommand(click.Command):
    """A command that takes the text of a pipeline: its variables are completed as options."""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return options, and ``--name=`` of each variable that stands in the text."""
        items = super().shell_complete(ctx, incomplete)
        if incomplete.startswith("-"):
            description = _description(ctx)
            names = description.variable_names if description is not None else ()
            options = (f"--{name.replace('_', '-')}=" for name in names)
            items += [
                CompletionItem(option, help="variable of the pipeline")
                for option in options
                if option.startswith(incomplete)
            ]
        return items


def complete_files(
    ctx: click.Context,  # noqa: ARG001 - click's signature
    param: click.Parameter,  # noqa: ARG001
    incomplete: str,
) -> list[CompletionItem]:
    """Leave it to the shell, which knows files."""
    return [CompletionItem(incomplete, type="file")]


def complete_elements(
    ctx: click.Context,
    param: click.Parameter,  # noqa: ARG001
    incomplete: str,
) -> list[CompletionItem]:
    """Return the names that the pipeline gives to elements."""
    description = _description(ctx)
    if description is None:
        return []
    named = [element.name for element in description.graph.elements if element.name]
    return [CompletionItem(name) for name in named if name.startswith(incomplete)]


def complete_user_code(
    ctx: click.Context,  # noqa: ARG001
    param: click.Parameter,  # noqa: ARG001
    incomplete: str,
) -> list[CompletionItem]:
    """Return modules of the current directory, and behind a colon what one of them defines."""
    module, colon, name = incomplete.partition(":")
    if not colon:
        modules = ["pythiags", *sorted(path.stem for path in Path().glob("*.py"))]
        return [CompletionItem(f"{each}:") for each in modules if each.startswith(module)]
    names = READY if module == "pythiags" else _defined_in(module)
    return [CompletionItem(f"{module}:{each}") for each in names if each.startswith(name)]


def _defined_in(module: str) -> Iterator[str]:
    """Yield the public classes and functions of a file, which is read and not run."""
    path = Path(module if module.endswith(".py") else f"{module.replace('.', '/')}.py")
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in tree.body:
        if isinstance(node, kinds) and not node.name.startswith("_"):
            yield node.name


def _description(ctx: click.Context) -> Description | None:
    """Read what was typed so far: a file, or words."""
    from pythiags.description import Description

    # An option that still lacks its value makes click leave the words unread.
    words = ctx.params.get("arguments") or ctx.params.get("words") or ctx.args
    plain = [word for word in words if not word.startswith("--")]
    try:
        if len(plain) == 1 and is_file(plain[0]):
            return Description.from_file(plain[0])
        return Description.from_words(plain) if plain else None
    except PythiagsError:
        return None
