"""Hold a carrier of metadata against the facts that hold on every carrier.

::

    report = check_carrier(MyCarrier())
    print(report)
    report.raise_for_failures()
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pythiags.testing.facts import FACTS

if TYPE_CHECKING:
    from pythiags.testing.scene import Carrier

__all__ = ["Report", "check_carrier"]


@dataclass(frozen=True)
class Report:
    """What ``check_carrier()`` found; failures are by the fact's name."""

    carrier: str
    passed: tuple[str, ...]
    skipped: tuple[str, ...]
    failed: dict[str, str]

    def __str__(self) -> str:
        """Return a line a failure and the count."""
        lines = [f"FAILED {name}: {why}" for name, why in self.failed.items()]
        counts = (
            f"{len(self.passed)} hold, {len(self.failed)} fail, {len(self.skipped)} do not apply"
        )
        return "\n".join([*lines, f"{self.carrier}: {counts}"])

    def raise_for_failures(self) -> None:
        """Raise AssertionError with the report where any fact failed."""
        if self.failed:
            raise AssertionError(str(self))


def check_carrier(carrier: Carrier) -> Report:
    """Check every fact that applies to a carrier."""
    passed, skipped, failed = [], [], {}
    for fact in FACTS:
        if not fact.applies_to(carrier):
            skipped.append(fact.name)
            continue
        try:
            fact.check(carrier)
        except Exception as error:  # noqa: BLE001 - whatever it is, it goes into the report
            failed[fact.name] = f"{fact.sentence} ({type(error).__name__}: {error})"
        else:
            passed.append(fact.name)
    return Report(carrier.name, tuple(passed), tuple(skipped), failed)
