"""GStreamer and NVIDIA DeepStream from Python, with or without NVIDIA hardware.

``import pythiags`` only defines names: GStreamer is loaded and initialised by the first name that
needs it.
"""

__all__: list[str] = []
