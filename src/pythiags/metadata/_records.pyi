from collections.abc import Callable
from typing import Any, TypeVar

from pythiags.metadata.tuples import Detection

_Rows = TypeVar("_Rows")

def detections(memory: Any) -> list[Detection]: ...
def rows(memory: Any, make: Callable[[int], _Rows]) -> _Rows: ...
