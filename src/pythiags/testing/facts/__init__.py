"""The facts that hold on every carrier of metadata, whatever library wrote it.

Each is a small function; its docstring is the sentence that a report prints.
"""

# Their order is that of the report.
from pythiags.testing.facts import lists, frames, objects, writing, adding, releasing  # isort: skip  # noqa: F401
from pythiags.testing.facts.fact import FACTS, Fact

__all__ = ["FACTS", "Fact"]
