"""Optional packages, and the line that installs what a part of pythiags needs.

The line names the packages themselves, not an extra of pythiags: it works whatever the package
index has under that name.
"""

from __future__ import annotations

import shlex
import sys
from typing import Final

__all__ = ["REQUIREMENTS", "install_line"]

# The extras of pyproject.toml; a test holds the two together.
REQUIREMENTS: Final = {
    "amqp": ("pika>=1.3",),
    "cli": ("click>=8.1.7", "rich>=13.7", "kivy>=2.3"),
    "gpu": (
        "onnxruntime-gpu[cuda,cudnn]>=1.23; python_version >= '3.11'",
        "nvidia-deepstream-videodecode-cu13>=9.0.2,<10; platform_machine == 'x86_64'",
    ),
    "infer": ("onnxruntime>=1.17",),
    "kafka": ("confluent-kafka>=2.4",),
    "kivy": ("kivy>=2.3",),
    "metrics": ("prometheus_client>=0.20",),
    "mqtt": ("paho-mqtt>=2.1",),
    "openvino": ("openvino>=2025.0",),
    "redis": ("redis>=5",),
    "supervision": ("supervision>=0.30",),
    "recording": ("orjson>=3.10", "zstandard>=0.21"),
}


def install_line(extra: str) -> str:
    """Return the command that installs what an extra stands for into the Python that runs."""
    return f"{sys.executable} -m pip install {shlex.join(REQUIREMENTS[extra])}"
