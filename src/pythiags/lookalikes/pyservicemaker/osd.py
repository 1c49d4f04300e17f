"""``pyservicemaker.osd``: what is drawn on frames."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Final

from pythiags.lookalikes.pyds._pyds import (
    Double,
    Float,
    FontName,
    Int,
    OwnText,
    Part,
    Uint,
    define_view,
    mask_array,
    places,
    set_mask_array,
)
from pythiags.lookalikes.pyservicemaker.logs import tell_once

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from pythiags.lookalikes.pyservicemaker.node import Node

__all__ = [
    "Arrow",
    "ArrowHead",
    "Circle",
    "Color",
    "EventHandler",
    "Font",
    "FontFamily",
    "Line",
    "Mask",
    "Rect",
    "Text",
    "TextParams",
]

_AT: Final = places()


class FontFamily(enum.IntEnum):
    """The fonts. ``Sans`` and ``Mono`` are in NVIDIA's guide, and ``Serif`` in its module, too."""

    Serif = 0
    Sans = 1
    Mono = 2


class ArrowHead(enum.IntEnum):
    """At which end an arrow has its head."""

    Start = 0
    End = 1
    Both = 2


class _Shown:
    __slots__ = ()
    _names: tuple[str, ...] = ()

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._names)
        return f"{type(self).__name__}({values})"


class _ColorMethods(_Shown):
    __slots__ = ()
    _names = ("r", "g", "b", "a")

    def __init__(self: Any, r: float, g: float, b: float, a: float) -> None:
        super().__init__()
        self.r, self.g, self.b, self.a = r, g, b, a


Color = define_view(
    "Color",
    {"r": Double(0), "g": Double(8), "b": Double(16), "a": Double(24)},
    size=_AT["PtColor"][""],
    bases=(_ColorMethods,),
)


class _FontMethods(_Shown):
    __slots__ = ()
    _names = ("name", "size", "color")


_at = _AT["PtFont"]
Font = define_view(
    "Font",
    {
        "name": FontName(_at["font_name"], FontFamily),
        "size": Uint(_at["font_size"]),
        "color": Part(_at["font_color"], Color),
    },
    size=_at[""],
    bases=(_FontMethods,),
)


class _TextMethods(_Shown):
    __slots__ = ()
    _names = ("display_text", "x_offset", "y_offset", "font", "bg_color")


_at = _AT["PtText"]
_TEXT: Final = {
    "display_text": _at["display_text"],
    "x_offset": _at["x_offset"],
    "y_offset": _at["y_offset"],
}
Text = define_view(
    "Text",
    {
        "display_text": OwnText(_at["display_text"]),
        "x_offset": Uint(_at["x_offset"]),
        "y_offset": Uint(_at["y_offset"]),
        "font": Part(_at["font_params"], Font),
        "set_bg_color": Int(_at["set_bg_clr"]),
        "bg_color": Part(_at["text_bg_clr"], Color),
    },
    size=_at[""],
    bases=(_TextMethods,),
)


class _TextParamsMethods(_Shown):
    __slots__ = ()
    _names = ("display_text", "x_offset", "y_offset", "font_params", "set_bg_clr", "text_bg_clr")


TextParams = define_view(
    "TextParams",
    {
        "display_text": OwnText(_at["display_text"]),
        "x_offset": Uint(_at["x_offset"]),
        "y_offset": Uint(_at["y_offset"]),
        "font_params": Part(_at["font_params"], Font),
        "set_bg_clr": Int(_at["set_bg_clr"]),
        "text_bg_clr": Part(_at["text_bg_clr"], Color),
    },
    size=_at[""],
    bases=(_TextParamsMethods,),
)


class _NotDrawn:
    """A number that the portable nvdsosd does not draw with: it reads as 0.

    Args:
        what: The attribute, for the warning where it is set to something else.
    """

    def __init__(self, what: str) -> None:
        self._what = what

    def __get__(self, shown: Any, owner: type) -> Any:
        return self if shown is None else 0

    def __set__(self, shown: Any, value: float) -> None:
        if value:
            tell_once(f"{self._what} has no effect: the portable nvdsosd does not draw with it")


class _RectMethods(_Shown):
    __slots__ = ()
    _names = (
        *("left", "top", "width", "height", "border_width", "border_color"),
        *("has_bg_color", "bg_color"),
    )
    rotation_angle = _NotDrawn("osd.Rect.rotation_angle")


_at = _AT["PtRect"]
Rect = define_view(
    "Rect",
    {
        "left": Float(0),
        "top": Float(4),
        "width": Float(8),
        "height": Float(12),
        "border_width": Uint(_at["border_width"]),
        "border_color": Part(_at["border_color"], Color),
        "has_bg_color": Uint(_at["has_bg_color"]),
        "bg_color": Part(_at["bg_color"], Color),
    },
    size=_at[""],
    bases=(_RectMethods,),
)


class _MaskMethods(_Shown):
    __slots__ = ()
    _names = ("threshold", "mask_array")

    @property
    def mask_array(self) -> npt.NDArray[np.float32]:
        """The values, of shape (height, width); without any, of size 0. Assigning copies."""
        import numpy as np

        found: npt.NDArray[np.float32] | None = mask_array(self)
        return np.empty(0, np.float32) if found is None else found

    @mask_array.setter
    def mask_array(self, values: npt.ArrayLike) -> None:
        import numpy as np

        set_mask_array(self, np.ascontiguousarray(values, np.float32))


_at = _AT["PtMask"]
Mask = define_view(
    "Mask", {"threshold": Float(_at["threshold"])}, size=_at[""], bases=(_MaskMethods,)
)
_ENDS: Final = ("x1", "y1", "x2", "y2")


class _LineMethods(_Shown):
    __slots__ = ()
    _names = (*_ENDS, "width", "color")


Line = define_view(
    "Line",
    {
        **{name: Uint(4 * place) for place, name in enumerate((*_ENDS, "width"))},
        "color": Part(_AT["PtLine"]["color"], Color),
    },
    size=_AT["PtLine"][""],
    bases=(_LineMethods,),
)


class _Head(Int):  # type: ignore[misc]
    """Which end of an arrow has its head."""

    def __get__(self, shown: Any, owner: type) -> Any:
        found = super().__get__(shown, owner)
        return found if shown is None else ArrowHead(found)

    def __set__(self, shown: Any, value: int) -> None:
        super().__set__(shown, int(ArrowHead(value)))


class _ArrowMethods(_Shown):
    __slots__ = ()
    _names = (*_ENDS, "width", "color", "head")


Arrow = define_view(
    "Arrow",
    {
        **{name: Uint(4 * place) for place, name in enumerate((*_ENDS, "width"))},
        "head": _Head(_AT["PtArrow"]["head"]),
        "color": Part(_AT["PtArrow"]["color"], Color),
    },
    size=_AT["PtArrow"][""],
    bases=(_ArrowMethods,),
)


class _CircleMethods(_Shown):
    __slots__ = ()
    _names = ("xc", "yc", "radius", "color", "has_bg_color", "bg_color")
    width = _NotDrawn("osd.Circle.width")


_at = _AT["PtCircle"]
Circle = define_view(
    "Circle",
    {
        "xc": Uint(0),
        "yc": Uint(4),
        "radius": Uint(8),
        "color": Part(_at["circle_color"], Color),
        "has_bg_color": Uint(_at["has_bg_color"]),
        "bg_color": Part(_at["bg_color"], Color),
    },
    size=_at[""],
    bases=(_CircleMethods,),
)
del _at


class EventHandler:
    """Clicks on a tile, which show one source alone.

    The window of the portable sinks belongs to the desktop's own sink: no click reaches this, and
    ``start()`` says so.

    Args:
        tiler: The tiler.
        osd: The element that draws.
        renderer: The sink.
    """

    def __init__(self, tiler: Node, osd: Node, renderer: Node) -> None:
        self.tiler, self.osd, self.renderer = tiler, osd, renderer
        self._started = False

    @property
    def started(self) -> bool:
        """Whether it was started."""
        return self._started

    def start(self) -> bool:
        """Listen to clicks, of which there are none here."""
        tell_once("osd.EventHandler: clicks on the window are not seen by the portable sinks")
        self._started = True
        return True

    def stop(self) -> bool:
        """Listen no more."""
        self._started = False
        return True

    def __repr__(self) -> str:
        """As NVIDIA's has it."""
        return f"EventHandler(started={int(self._started)})"
