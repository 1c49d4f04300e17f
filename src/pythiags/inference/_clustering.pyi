import numpy as np
import numpy.typing as npt

def suppress(
    boxes: npt.NDArray[np.float32], threshold: float, most: int, kept: npt.NDArray[np.int64]
) -> int: ...
def group(
    boxes: npt.NDArray[np.int32], threshold: int, eps: float, means: npt.NDArray[np.int32]
) -> int: ...
def best_classes(
    scores: npt.NDArray[np.float32],
    thresholds: npt.NDArray[np.float32],
    places: npt.NDArray[np.intp],
    best: npt.NDArray[np.float32],
    numbers: npt.NDArray[np.intp],
) -> int: ...
def objects(
    boxes: npt.NDArray[np.float32],
    scores: npt.NDArray[np.float32],
    classes: npt.NDArray[np.intp],
    size: tuple[int, int],
    limits: npt.NDArray[np.float32],
    suppress: bool,
    rows: npt.NDArray[np.float32],
) -> int: ...
def are_sound(
    scores: npt.NDArray[np.float32], classes: npt.NDArray[np.intp], count: int, most: float
) -> bool: ...
