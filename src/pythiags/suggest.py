"""What did the user mean: the closest known word, or a short list of those there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["as_option", "did_you_mean", "hint_for", "meant"]

LISTED = 8
"""How many known words a hint names before it only counts the rest."""


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is closest to ``word``, or None if none is close.

    Case and the difference between ``-`` and ``_`` do not count. A word that merely lacks an
    ending or a beginning (``x264`` for ``x264enc``) is close as well.
    """
    from difflib import get_close_matches  # only for those who err

    wanted = _plain(word)
    plain = {_plain(candidate): candidate for candidate in sorted(known, reverse=True)}
    close = get_close_matches(wanted, plain, n=1, cutoff=0.7)
    if not close and len(wanted) >= 3:  # noqa: PLR2004 (shorter words are part of everything)
        close = sorted((other for other in plain if wanted in other), key=len)[:1]
    return plain[close[0]] if close else None


def meant(word: str, known: Iterable[str]) -> str | None:
    """Return ``did you mean 'x'?`` or None: for an error that lists the known words anyway."""
    close = did_you_mean(word, known)
    return None if close is None else f"did you mean '{close}'?"


def as_option(argument: str, value: object) -> str:
    """Spell an argument of ``attach`` or ``App``, and the commands' option behind it."""
    return f"{argument}={value!r} (--{argument.replace('_', '-')}={value})"


def hint_for(word: str, known: Iterable[str]) -> str:
    """Return ``did you mean 'x'?``, or the known words, or nothing if there are none."""
    words = sorted(set(known))
    close = meant(word, words)
    if close is not None:
        return close
    if not words:
        return ""
    more = f" and {len(words) - LISTED} more" if len(words) > LISTED else ""
    return f"{'use' if len(words) == 1 else 'choose from'} {', '.join(words[:LISTED])}{more}"


def _plain(word: str) -> str:
    return word.lower().replace("_", "-")
