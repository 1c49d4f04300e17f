import numpy as np
import numpy.typing as npt

def suppress(
    boxes: npt.NDArray[np.float32], threshold: float, most: int, kept: npt.NDArray[np.int64]
) -> int: ...
def group(
    boxes: npt.NDArray[np.int32], threshold: int, eps: float, means: npt.NDArray[np.int32]
) -> int: ...
