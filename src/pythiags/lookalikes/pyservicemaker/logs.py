"""``pyservicemaker.logging``; and the log of the look-alike itself."""

from __future__ import annotations

import logging
import sys
import threading

__all__ = ["get_logger", "tell", "tell_once"]

FORMAT = "%(asctime)s - [%(thread)d] - %(name)s - %(levelname)s - %(message)s"

_lock = threading.Lock()
_told: set[str] = set()
MOST = 1000  # so many lines are told once each


def get_logger(name: str) -> logging.Logger:
    """Return the logger of this name, with a handler for standard error if it has none."""
    logger = logging.getLogger(name)
    if not logger.hasHandlers():
        logger.setLevel(logging.WARNING)
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter(FORMAT))
        logger.addHandler(handler)
    return logger


def tell(text: str) -> None:
    """Write a line to standard error; if nobody reads it, nothing else happens."""
    try:
        sys.stderr.write(f"pyservicemaker: {text}\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        pass


def tell_once(text: str) -> None:
    """Write a line to standard error, the first time."""
    with _lock:
        if text in _told or len(_told) >= MOST:
            return
        _told.add(text)
    tell(text)
