"""What a target of fuzzing is."""

from __future__ import annotations

__all__ = ["Target", "refusal", "text_of", "words_of"]


class Target:
    """Something that reads what others write.

    Args:
        folder: For files; it is empty.

    Attributes:
        seeds: Texts to begin with.
        words: What may be put into them.
    """

    seeds: tuple[bytes, ...] = ()
    words: tuple[str, ...] = ()

    def __init__(self, folder):
        self.folder = folder

    def read(self, given):
        """Read bytes.

        Raises:
            Exception: It is not as it should be.
        """
        raise NotImplementedError

    def close(self):
        """Give back what it has."""

    def write(self, name, given):
        path = self.folder / name
        path.write_bytes(given)
        return path


def words_of(text):
    return tuple(text.split())


def text_of(given):
    """Bytes as a command line has them: what is not UTF-8 becomes a surrogate."""
    return given.decode("utf-8", "surrogateescape")


def refusal(kind, call, *arguments):
    """Call a function; return its error, of this kind, or None."""
    try:
        call(*arguments)
    except kind as error:
        return error
    return None
