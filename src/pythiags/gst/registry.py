"""GStreamer's registry: factories, their properties and pads, and their packages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from pythiags.gst import GObject, Gst
from pythiags.gst._gst import caps_are_readable, value_nicks

if TYPE_CHECKING:
    from collections.abc import Sequence


__all__ = [
    "REFUSED",
    "PadTemplate",
    "PropertyInfo",
    "class_properties",
    "debian_package",
    "expected_value",
    "factory_names",
    "find_factory",
    "implements",
    "is_deepstream",
    "is_refused",
    "packaged_elements",
    "pad_templates",
    "properties",
    "read_caps",
]

DEEPSTREAM = frozenset(
    """
    nv3dsink nvarguscamerasrc nvblender nvcamerasrcbin nvcompositor nvdewarper nvdewarperbin
    nvdrmvideosink nvds3dbridge nvds3dfilter nvds3dmixer nvds_text_to_speech nvdsanalytics
    nvdsanalyticsbin nvdsasr nvdsaudiotemplate nvdsbuffersyncbin nvdslogger nvdsmetaextract
    nvdsmetainsert nvdsmetamux nvdsosd nvdspostprocess nvdspreprocess nvdspreprocessbin
    nvdsucxclientsrc nvdsucxserversink nvdsvideotemplate nvdsxfer nveglglessink nvegltransform
    nvinfer nvinferaudio nvinferbin nvinferserver nvinferserverbin nvivafilter nvjpegdec nvjpegenc
    nvmsgbroker nvmsgbrokersinkbin nvmsgconv nvmultistreamtiler nvmultiurisrcbin nvof nvofvisual
    nvosdbin nvoverlaysink nvrtspoutsinkbin nvsegvisual nvstreamdemux nvstreammux nvtilerbin
    nvtracker nvtrackerbin nvunixfdsink nvunixfdsrc nvurisrcbin nvv4l2av1enc nvv4l2camerasrc
    nvv4l2decoder nvv4l2h264enc nvv4l2h265enc nvv4l2vp8enc nvv4l2vp9enc nvvidconv nvvideoconvert
    nvvideoencfilesinkbin nvvideorenderersinkbin nvvideosink
    """.split()  # noqa: SIM905 (a list of 60 quoted names is harder to read)
)
"""Elements that come with NVIDIA DeepStream or JetPack and with nothing else."""

REFUSED = {
    "nvarguscamerasrc": "it reads a camera of a Jetson's own connector; use v4l2src for a USB one",
    "nvdsvideotemplate": "it runs a library compiled for a GPU; do the same in a probe of Python",
}
"""Those of which the portable plugin has only an element that refuses to start, and why."""

MOST_CHOICES = 12
"""How many of the words of an enumeration a message lists."""


@dataclass(frozen=True, slots=True)
class PropertyInfo:
    """A property of an element's class.

    Attributes:
        name: In GLib's spelling.
        type_name: GLib's name of the type, such as ``gint``.
        owner: The class that was asked for it, as GLib names it.
        writable: Whether it may be set at all.
        construct_only: Whether it may be set only while the element is made.
        default: The default as GLib reports it, or None if there is none.
        choices: The words of an enumeration or a set of flags.
        minimum: The least number, for numbers.
        maximum: The greatest number, for numbers.
        is_flags: Whether several of the choices may be joined.
        is_element: Whether it takes an element.
        blurb: What the element says of it.
    """

    name: str
    type_name: str
    owner: str
    writable: bool
    construct_only: bool
    default: Any
    choices: tuple[str, ...]
    minimum: float | None
    maximum: float | None
    is_flags: bool
    is_element: bool
    blurb: str

    def is_default(self, text: str) -> bool:
        """Return whether a text is the property's default; an enum may be given as a number."""
        words = {str(self.default).lower()}
        if isinstance(self.default, int):
            number = int(self.default)
            # What an enum's member knows of its words depends on PyGObject's version.
            words |= {str(number), *self.choices[number : number + 1]}
        return text.lower() in words


@dataclass(frozen=True, slots=True)
class PadTemplate:
    """A pad that elements of a factory have, may come to have, or give on request.

    Attributes:
        name: Such as ``src`` or ``sink_%u``.
        direction: ``src`` or ``sink``.
        presence: ``always``, ``sometimes`` or ``request``.
        caps: Whatever may ever pass.
    """

    name: str
    direction: str
    presence: str
    caps: Gst.Caps

    def repeats(self, direction: str) -> bool:
        """Return whether an element makes as many pads of it in a direction as it is asked for."""
        return (self.direction, self.presence) == (direction, "request") and "%" in self.name

    def matches(self, pad: str) -> bool:
        """Return whether a pad of that name can come from this template."""
        if "%" not in self.name:
            return pad == self.name
        stem, _, rest = self.name.partition("%")
        # Elements may look at names in ways of their own, so any tail will do.
        return pad == self.name or (pad.startswith(stem) and (rest[:1] == "s" or pad != stem))


def find_factory(name: str) -> Gst.ElementFactory | None:
    """Return the element factory of that name, or None."""
    return Gst.ElementFactory.find(name)


def factory_names() -> list[str]:
    """Return the names of all element factories, in alphabetical order."""
    features = Gst.Registry.get().get_feature_list(Gst.ElementFactory)
    return sorted(feature.get_name() for feature in features)


def is_deepstream(name: str) -> bool:
    """Return whether an element is NVIDIA DeepStream's or JetPack's own."""
    return name in DEEPSTREAM


def is_refused(name: str) -> bool:
    """Return whether the portable plugin has an element of that name that refuses to start."""
    found = find_factory(name) if name in REFUSED else None
    return found is not None and found.get_plugin_name() == "pythiags"


@cache
def _packages() -> dict[str, str]:
    import json  # these two cost a start 6 ms, and only what is missing asks for them
    from importlib import resources

    text = resources.files("pythiags.gst").joinpath("debian_packages.json").read_text("utf-8")
    table: dict[str, list[str]] = json.loads(text)
    return {element: package for package, elements in table.items() for element in elements}


def debian_package(name: str) -> str | None:
    """Return the Debian package that brings an element, or None if none is known to."""
    return _packages().get(name)


def packaged_elements() -> list[str]:
    """Return the names of all elements that some Debian package is known to bring."""
    return list(_packages())


def properties(factory: str) -> dict[str, PropertyInfo]:
    """Return the properties of a factory's elements, by name; loads the plugin, makes no element.

    Raises:
        LookupError: There is no such factory, or its plugin cannot be loaded.
    """
    return class_properties(_element_type(factory))


def implements(factory: str, interface: type) -> bool:
    """Return whether a factory's elements implement an interface, such as ``Gst.Preset``.

    Raises:
        LookupError: There is no such factory, or its plugin cannot be loaded.
    """
    return bool(_element_type(factory).is_a(interface))


def _element_type(factory: str) -> GObject.GType:
    found = find_factory(factory)
    loaded = found.load() if found else None
    if loaded is None:
        raise LookupError(factory)
    return loaded.get_element_type()


def class_properties(type_: GObject.GType) -> dict[str, PropertyInfo]:
    """Return the properties of a class of objects, by name."""
    return {spec.name: _info(spec, type_.name) for spec in GObject.list_properties(type_)}


def _info(spec: Any, owner: str) -> PropertyInfo:
    type_ = spec.value_type
    is_flags = type_.is_a(GObject.TYPE_FLAGS)
    has_words = is_flags or type_.is_a(GObject.TYPE_ENUM)
    return PropertyInfo(
        name=spec.name,
        type_name=type_.name,
        owner=owner,
        writable=bool(spec.flags & GObject.ParamFlags.WRITABLE),
        construct_only=bool(spec.flags & GObject.ParamFlags.CONSTRUCT_ONLY),
        default=getattr(spec, "default_value", None),
        choices=tuple(value_nicks(type_.name)) if has_words else (),
        minimum=getattr(spec, "minimum", None),
        maximum=getattr(spec, "maximum", None),
        is_flags=is_flags,
        is_element=type_.is_a(Gst.Element),
        blurb=spec.blurb or "",
    )


_WORDS = {
    "gboolean": "true or false",
    "GstCaps": "caps, such as video/x-raw,format=RGB",
    "GstFraction": "a fraction, such as 30/1",
    "GstStructure": "a structure, such as name,key=(int)1",
}
_NUMBERS = {
    **dict.fromkeys(("gint", "guint", "gint64", "guint64", "glong", "gulong"), "an integer"),
    **dict.fromkeys(("gfloat", "gdouble"), "a number"),
}


def expected_value(info: PropertyInfo) -> str:
    """Return in words what a property takes."""
    if info.choices:
        more = len(info.choices) - MOST_CHOICES
        listed = ", ".join(info.choices[:MOST_CHOICES]) + (f" and {more} more" if more > 0 else "")
        return f"{'one or more, joined by +, of' if info.is_flags else 'one of'} {listed}"
    if info.type_name in _NUMBERS:
        return f"{_NUMBERS[info.type_name]} from {info.minimum} to {info.maximum}"
    if info.is_element:
        return "the name of an element"
    return _WORDS.get(info.type_name, f"a {info.type_name}")


def read_caps(text: str) -> Gst.Caps | None:
    """Return the caps that a text means, or None; nothing is printed if it means none."""
    return Gst.Caps.from_string(text) if caps_are_readable(text) else None


def pad_templates(factory: str) -> Sequence[PadTemplate]:
    """Return the pad templates of a factory, none if there is no such factory; loads nothing."""
    found = find_factory(factory)
    if found is None:
        return ()
    return [
        PadTemplate(
            template.name_template,
            template.direction.value_nick,
            template.presence.value_nick,
            template.get_caps(),
        )
        for template in found.get_static_pad_templates()
    ]
