"""The vocabulary of what is drawn, typed: see ``model``."""

from __future__ import annotations

from typing import Any, Protocol

__all__ = [
    "ArrowParams",
    "BboxCoords",
    "BboxInfo",
    "CircleParams",
    "ColorParams",
    "FontParams",
    "LineParams",
    "MaskParams",
    "RectParams",
    "TextParams",
]


class ColorParams(Protocol):
    """A colour; each part from 0 to 1."""

    red: float
    green: float
    blue: float
    alpha: float

    def set(self, red: float, green: float, blue: float, alpha: float) -> None:
        """Set the four parts at once."""


class BboxCoords(Protocol):
    """A box in pixels."""

    left: float
    top: float
    width: float
    height: float


class BboxInfo(Protocol):
    """A box as one component saw it."""

    @property
    def org_bbox_coords(self) -> BboxCoords:
        """The box, before anyone clipped it."""


class RectParams(Protocol):
    """The box that is drawn."""

    left: float
    top: float
    width: float
    height: float
    border_width: int
    has_bg_color: int
    has_color_info: int
    color_id: int

    @property
    def border_color(self) -> ColorParams:
        """The colour of the border."""

    @property
    def bg_color(self) -> ColorParams:
        """What the box is filled with where ``has_bg_color`` is set."""


class FontParams(Protocol):
    """How a text looks."""

    font_name: Any
    font_size: int

    @property
    def font_color(self) -> ColorParams:
        """The colour of the letters."""


class TextParams(Protocol):
    """The text that is drawn.

    ``display_text`` takes a string. On a real pyds it reads as an address for ``pyds.get_string``.
    An offset of an object near the upper edge can read as a huge number: DeepStream computes it
    without a sign.
    """

    display_text: Any
    x_offset: int
    y_offset: int
    set_bg_clr: int

    @property
    def font_params(self) -> FontParams:
        """The font."""

    @property
    def text_bg_clr(self) -> ColorParams:
        """The colour behind the letters where ``set_bg_clr`` is set."""


class MaskParams(Protocol):
    """The mask of an instance segmentation."""

    threshold: float

    @property
    def size(self) -> int:
        """How many bytes the mask has."""

    @property
    def width(self) -> int:
        """How many columns it has."""

    @property
    def height(self) -> int:
        """How many rows it has."""

    def get_mask_array(self) -> Any:
        """Return the mask as float32 [height * width]."""


class LineParams(Protocol):
    """A line that is drawn."""

    x1: int
    y1: int
    x2: int
    y2: int
    line_width: int

    @property
    def line_color(self) -> ColorParams:
        """The colour of the line."""


class ArrowParams(Protocol):
    """An arrow that is drawn; ``arrow_head``: 0 at the start, 1 at the end, 2 both."""

    x1: int
    y1: int
    x2: int
    y2: int
    arrow_width: int
    arrow_head: Any

    @property
    def arrow_color(self) -> ColorParams:
        """The colour of the arrow."""


class CircleParams(Protocol):
    """A circle that is drawn."""

    xc: int
    yc: int
    radius: int
    has_bg_color: int

    @property
    def circle_color(self) -> ColorParams:
        """The colour of the border."""

    @property
    def bg_color(self) -> ColorParams:
        """What the circle is filled with where ``has_bg_color`` is set."""
