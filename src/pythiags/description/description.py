"""A pipeline as text: what it says, what is wrong with it, and what to build."""

from __future__ import annotations

import errno
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from pythiags.errors import DescriptionError
from pythiags.statedir import current_folder
from pythiags.suggest import hint_for
from pythiags.textfile import read_text

from .launch import Binding, CapsBinding, Launch, bind
from .media import explain_media, explain_uri
from .parser import parse
from .problem import Problem, error_from, render
from .source import Source
from .words import join_words

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from .graph import Graph, Link, Property

__all__ = ["Description"]


class Description:
    """Pipeline text in the syntax of ``gst-launch-1.0``, with variables and comments.

    It only explains: ``Gst.parse_launch`` builds what ``launch_text`` says, and
    ``bindings`` are set on the result. Nothing is looked up in GStreamer's registry, so a
    description can be read on a machine without GStreamer.

    ``{identifier}`` in the value of a property or of a field of caps is a variable; ``{{`` and
    ``}}`` stand for braces. Lines that begin with ``#`` are comments.

    Args:
        text: The description.
        origin: What messages call it, such as the name of a file.
        variables: A value for each variable.

    Example:
        >>> d = Description("filesrc location={path} ! fakesink", path="a b.mp4")
        >>> d.bindings[0].element, d.bindings[0].value
        ('filesrc0', 'a b.mp4')
    """

    def __init__(self, text: str, /, *, origin: str = "<description>", **variables: object) -> None:
        self._read(Source(text, origin), variables)

    def _read(self, source: Source, variables: Mapping[str, object]) -> None:
        self._source = source
        self._variables = dict(variables)
        self._graph, self._syntax = parse(source)

    @classmethod
    def _of(cls, source: Source, variables: Mapping[str, object]) -> Description:
        """Make one whose variables may have any name, ``origin`` too."""
        description = cls.__new__(cls)
        description._read(source, variables)  # noqa: SLF001 (its own)
        return description

    @classmethod
    def from_file(cls, path: str | os.PathLike[str], /, **variables: object) -> Description:
        """Read a description from a UTF-8 file.

        Raises:
            DescriptionError: There is no such file, or it cannot be read as text.
        """
        file = Path(path)
        try:
            text = read_text(file)
        except OSError as error:
            hint = _similar_file(file) if isinstance(error, FileNotFoundError) else None
            message = f"cannot be read: {error.strerror}"
            if isinstance(error, FileNotFoundError):
                message, hint = explain_uri(str(path)) or (message, hint)
            if error.errno == errno.EFBIG:
                message, hint = explain_media(file) or (message, hint)
            raise DescriptionError(message, where=str(path), hint=hint) from error
        except UnicodeDecodeError as error:
            message, hint = explain_media(file) or (
                f"is not text: byte {error.start} is not UTF-8",
                "the text of a pipeline is UTF-8",
            )
            raise DescriptionError(message, where=str(path), hint=hint) from error
        except ValueError as error:  # a NUL in the name
            raise DescriptionError(f"cannot be read: {error}", where=repr(path)) from error
        if text.startswith("{") and (media := explain_media(file)):  # a recording is text as well
            raise DescriptionError(media[0], where=str(path), hint=media[1])
        return cls._of(Source(text, str(path)), variables)

    @classmethod
    def from_words(cls, words: Sequence[str], /, **variables: object) -> Description:
        """Make a description of the words of a command line, as ``gst-launch-1.0`` does."""
        return cls._of(Source(join_words(words), "<words>"), variables)

    @property
    def text(self) -> str:
        """The text as it was given."""
        return self._source.text

    @property
    def origin(self) -> str:
        """What messages call it."""
        return self._source.origin

    @property
    def source(self) -> Source:
        """The text with its lines and places."""
        return self._source

    @property
    def variables(self) -> Mapping[str, object]:
        """The values that were given."""
        return MappingProxyType(self._variables)

    @property
    def variable_names(self) -> tuple[str, ...]:
        """The variables that stand in the text, with a value or not, in their order."""
        return tuple(self._launch.variables)

    @property
    def graph(self) -> Graph:
        """The elements and links, each with its place; incomplete if there are problems."""
        return self._graph

    def problems(self) -> list[Problem]:
        """Return all that is wrong with syntax and variables, in the order of the text."""
        found = [*self._syntax, *self._launch.problems]
        return sorted(found, key=lambda problem: problem.position or (1 << 30, 0, 0))

    @property
    def launch_text(self) -> str:
        """The text for ``Gst.parse_launch``, with no comments, no variables, GLib's spelling.

        Raises:
            SyntaxProblem: The text is not gst-launch syntax.
            TemplateError: A variable is missing, unused or misplaced.
        """
        self.raise_for(self.problems())
        return self._launch.text

    @property
    def bindings(self) -> tuple[Binding | CapsBinding, ...]:
        """The values to set on what was built.

        Raises:
            SyntaxProblem: The text is not gst-launch syntax.
            TemplateError: A variable is missing, unused or misplaced.
        """
        self.raise_for(self.problems())
        return tuple(self._launch.bindings)

    @property
    def automatic_names(self) -> Mapping[str, str]:
        """For each factory, the last of the names that ``launch_text`` has for its elements.

        Only elements without a name in the text have such a name.
        """
        return MappingProxyType(self._launch.last_names)

    def given(self, item: Property | Link) -> str | Binding | CapsBinding | None:
        """Return the value of a property, or of the caps of a link.

        Args:
            item: A property or a link of ``graph``.

        Returns:
            The text if there is no variable in it, else the binding, and None if a variable has
            no value or the link has no caps.
        """
        return self._launch.values.get(item.start)

    def raise_for(self, problems: Sequence[Problem]) -> None:
        """Raise one error that names all ``problems`` of severity ``error``, if there are any."""
        error = error_from(problems, self._source)
        if error is not None:
            raise error

    def render(self, problems: Sequence[Problem], *, color: bool = False) -> str:
        """Return problems as a text that shows each place with a caret below it."""
        return render(problems, self._source, color=color)

    def __repr__(self) -> str:
        """Return where it is from, and no text, which may hold passwords."""
        count = len(self._graph.elements)
        return f"<Description {self.origin}: {count} element{'' if count == 1 else 's'}>"

    @cached_property
    def _launch(self) -> Launch:
        return bind(self._source, self._graph, self._variables)


def _similar_file(file: Path) -> str | None:
    if not file.is_absolute() and current_folder() is None:
        return "the current directory was deleted"
    try:
        names = [entry.name for entry in file.parent.iterdir()]
    except OSError:
        return f"there is no folder {file.parent}"
    return hint_for(file.name, names) or None
