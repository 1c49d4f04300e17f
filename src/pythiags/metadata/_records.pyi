from typing import Any

from pythiags.metadata.tuples import Detection

def detections(
    memory: Any, count: int, at: int, frames: list[Any], texts: list[str]
) -> list[Detection]: ...
