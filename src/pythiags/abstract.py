"""Abstract classes for type checkers, which are plain classes when a program runs.

Python's own have a metaclass. It clashes with those of the toolkits that consumers are often part
of: a widget of Kivy or Qt could not be a ``Consumer``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from abc import ABC as Abstract  # noqa: N811 (a name of our own)
    from abc import abstractmethod
else:

    class Abstract:
        """A plain class."""

    def abstractmethod(function: Any) -> Any:
        """Return the function as it is."""
        return function


__all__ = ["Abstract", "abstractmethod"]
