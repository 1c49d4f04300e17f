"""Parts of the reference that are read from the code, so that they cannot grow old.

``{exit-codes}``: the error tree with its exit codes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from docutils import nodes
    from sphinx.application import Sphinx

__all__ = ["setup"]


class Generated(SphinxDirective):
    """A directive whose place is taken by the Markdown lines that a function makes."""

    optional_arguments = 1
    markdown: ClassVar[Callable[..., Iterator[str]]]

    def run(self) -> list[nodes.Node]:
        """Parse the lines where the directive stands."""
        text = "\n".join(type(self).markdown(*self.arguments))
        return self.parse_text_to_nodes(text, allow_section_headings=True)


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


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx of the directives."""
    for name, function in {"exit-codes": exit_codes}.items():
        app.add_directive(name, type(name, (Generated,), {"markdown": staticmethod(function)}))
    return {"parallel_read_safe": True}
