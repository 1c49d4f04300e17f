"""Every carrier of metadata, held against the same facts."""

from __future__ import annotations

import pytest
from standins import nvidia
from standins.carriers import DeepStream, Portable, Pyds, Regions

from pythiags.testing import FACTS, check_carrier


def facts_of(carrier):
    """Run a test with every fact that applies to a carrier."""
    facts = [fact for fact in FACTS if fact.applies_to(carrier)]
    return pytest.mark.parametrize("fact", facts, ids=lambda fact: fact.name)


@facts_of(Portable)
def test_portable(fact):
    fact.check(Portable())


@facts_of(DeepStream)
def test_deepstream_of_nvidias_library(fact):
    nvidia.needs_library()
    fact.check(DeepStream(nvidia.Nvidia))


@pytest.mark.parametrize("batch", [nvidia.ByHand, nvidia.ByHand9])
@facts_of(DeepStream(nvidia.ByHand))
def test_deepstream_by_hand(fact, batch):
    fact.check(DeepStream(batch))


@facts_of(Pyds)
def test_deepstream_through_pyds(fact, pyds):
    fact.check(Pyds(pyds))


@facts_of(Regions)
def test_regions_of_interest(fact):
    fact.check(Regions())


def test_there_are_forty_facts_or_so():
    assert len(FACTS) >= 38
    assert all(fact.sentence.endswith(".") for fact in FACTS)


class Liar(Portable):
    """A control: it loses an object, mislabels the others and keeps no promise to release."""

    name = "liar"

    def _objects(self, frame, scene):
        super()._objects(frame, scene[1:])
        for obj in frame.iter_objects():
            obj.obj_label = "lie"


def test_a_carrier_that_lies_is_caught():
    report = check_carrier(Liar())
    assert {"objects_in_order", "label", "number_of_objects", "class_number"} <= set(report.failed)
    assert "FAILED objects_in_order: Objects come in the order" in str(report)
    with pytest.raises(AssertionError, match="liar: "):
        report.raise_for_failures()
