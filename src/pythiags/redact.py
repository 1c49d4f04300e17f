"""Keep secrets out of whatever is shown: passwords in URIs and tokens in their queries."""

from __future__ import annotations

import re

__all__ = ["MASK", "redact"]

MASK = "***"

# None of these may look far back: the text can be long, and comes by in streaming threads.
# The password ends at the last @ of the authority: passwords with an @ in them are common.
_USERINFO = re.compile(r"(?P<head>[A-Za-z][A-Za-z0-9+.-]{0,40}://[^\s/?#:@]*):[^\s/?#]*@")
_QUERY = re.compile(
    r"(?P<key>[?&;](?:access[_-]?token|api[_-]?key|auth|code|key|pass(?:wd|word)?|pwd|secret|sig(?:nature)?"
    r"|token|x-amz-(?:credential|security-token|signature))=)[^\s&;#\"']+",
    re.IGNORECASE,
)
_PROPERTY = re.compile(
    r"(?P<key>\b(?:pw|pass(?:wd|word|phrase)?|secret|token|authorization|cookies?)\s*=\s*"
    r"(?:\(\w{1,40}\)\s?)?)"
    r"(?:\"(?:\\.|[^\"\\])*\"|'[^']*'|(?:\\.|[^\s\\&;])+)",
    re.IGNORECASE,
)


def redact(text: str) -> str:
    """Return ``text`` with every password and token in it replaced by ``***``.

    Covers ``scheme://user:secret@host``, query keys such as ``?token=``, and properties whose
    name says that they hold a secret, such as ``user-pw=`` of ``rtspsrc``.
    """
    text = _USERINFO.sub(rf"\g<head>:{MASK}@", text)
    text = _QUERY.sub(rf"\g<key>{MASK}", text)
    return _PROPERTY.sub(rf"\g<key>{MASK}", text)
