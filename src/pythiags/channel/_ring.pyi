from collections.abc import Callable, Hashable, Iterable
from typing import Any, Final, TypedDict

POLICIES: Final[tuple[str, ...]]
DROP_REASONS: Final[tuple[str, ...]]
OK: Final[int]
DROPPED: Final[int]
CLOSED: Final[int]
TIMEOUT: Final[int]
LEAF: Final[int]
LIVE: Final[int]
FIELDS: Final[int]
ARRAY: Final[int]

class Field(str): ...

class Snapshot(TypedDict):
    produced: int
    delivered: int
    dropped: dict[str, int]
    queued: int
    in_flight: int
    bytes: int
    peak_items: int
    peak_bytes: int
    waiting: int
    blocked: float
    redelivered: int

class Ring:
    def __init__(self, items: int, bytes_: int, policy: int) -> None: ...
    def put(self, data: object, bytes_: int, timeout: float | None = None) -> int: ...
    def put_control(self, data: object) -> None: ...
    def refuse(self) -> None: ...
    def get(self, limit: int, timeout: float | None = None) -> tuple[int, list[Any]]: ...
    def delivered(self, count: int) -> None: ...
    def failed(self, reason: str, count: int) -> None: ...
    def redelivered(self, count: int) -> None: ...
    def wait_idle(self, timeout: float | None = None) -> bool: ...
    def close(self) -> None: ...
    def stop(self) -> None: ...
    def snapshot(self) -> Snapshot: ...

class Weigher:
    def __init__(
        self,
        sort_type: Callable[[type], int],
        fields: Callable[[Any], Iterable[tuple[str, Any]]],
        base: Callable[[Any], object | None],
    ) -> None: ...
    def weigh(self, event: object) -> tuple[int, Any, list[Hashable] | None]: ...
