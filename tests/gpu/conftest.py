"""Tests that need an NVIDIA card, its driver, and the packages of the extra gpu."""

from __future__ import annotations

import functools

import pytest

from pythiags import nvidia
from pythiags.errors import MissingDependency


@functools.cache
def reason() -> str:
    """Say why there is nothing to test with; empty: there is a card that can be used."""
    try:
        driver = nvidia.driver()
        if driver.is_too_old:
            return f"the driver {driver.version} is too old for CUDA {nvidia.CUDA}"
        nvidia.load()
        nvidia.load_runtime()
    except MissingDependency as problem:
        return str(problem)
    try:
        import onnxruntime
    except ImportError as problem:
        return str(problem)
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        return "this onnxruntime is the one for CPUs"
    return ""


@pytest.fixture(autouse=True)
def _card():
    if reason():
        pytest.skip(f"needs an NVIDIA card: {reason()}")
