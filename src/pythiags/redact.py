"""Keep secrets out of whatever is shown: passwords in URIs and tokens in their queries."""

from __future__ import annotations

import re

__all__ = ["MASK", "holds_secret", "redact"]

MASK = "***"

# None of these may look far back: the text can be long, and comes by in streaming threads.
# The password ends at the last @ of the authority: passwords with an @ in them are common.
_USERINFO = re.compile(r"(?P<head>[A-Za-z][A-Za-z0-9+.-]{0,40}://[^\s/?#:@]*):[^\s/?#]*@")
# A password with / ? or # in it, which should have been written as %2F. Behind a host it is a port.
_UNQUOTED = re.compile(
    r"(?P<head>[A-Za-z][A-Za-z0-9+.-]{0,40}://[^\s/?#:@\[\"']{0,80}):(?!(?:\d*|\{\w*\})[/?#])"
    r"[^\s/?#@\"']{0,80}[/?#][^\s\"']{0,80}@"
)
# One that begins like a port. The name has no dot, which those of hosts have; and of HTTP, whose
# paths may have an @ in them, what follows it is a host.
_LIKE_A_PORT = re.compile(
    r"(?<![A-Za-z0-9+.-])(?P<head>(?!https?:)[A-Za-z][A-Za-z0-9+.-]{0,40}://[^\s/?#:@\[\"'.]{1,80}):"
    r"\d{1,40}[/?#][^\s\"']{0,80}@"
)
_LIKE_A_PORT_OF_HTTP = re.compile(
    r"(?P<head>https?://[^\s/?#:@\[\"'.]{1,80}):\d{1,40}[/?#][^\s\"'/@]{0,80}@"
    r"(?=[\w-]{1,63}[.:]\w|\[)",
    re.IGNORECASE,
)
_WORDS = (
    r"(?:secret|token(?!s(?![\w-])|iz)|passw|(?:api|access|account|private)[_-]?key"
    r"|psk|jwt|signature)"
)
# A name from its first letter on, so that each is looked at once.
_NAME = rf"(?<![\w-])[\w-]{{0,60}}?{_WORDS}[\w-]{{0,60}}"
_QUERY = re.compile(
    rf"(?P<key>[?&;](?:auth|code|key|pass|pwd|sig|x-amz-credential|{_NAME})=)[^\s&;#\"']+",
    re.IGNORECASE,
)
_PROPERTY = re.compile(
    rf"(?P<key>(?:(?:\b|(?<=_))(?:pw|pass(?:phrase)?|authorization|cookies?|conn[_-]str)|{_NAME})\s{{0,9}}=\s{{0,9}}"
    r"(?!(?:\(\w{1,40}\)\s?)?\*{3}(?:[\s&;\"']|$))"
    r"(?:\(\w{1,40}\)\s?)?)"
    r"(?:\"(?:\\.|[^\"\\])*\"|'[^']*'|\\+\"[^\"]*\"|(?:\\.|[^\s\\&;])+)",
    re.IGNORECASE,
)
# As JSON and Python write a field; the quotes may be escaped themselves.
_FIELD = re.compile(
    rf"(?P<key>\\{{0,3}}[\"'](?:(?:[\w-]{{0,60}}[_-])?(?:pw|pwd|pass(?:phrase)?|authorization|cookies?|conn[_-]str)"
    rf"|{_NAME})\\{{0,3}}[\"']\s{{0,9}}:\s{{0,9}})"
    r"(?:(?P<quote>[\"'])(?:\\.|(?!(?P=quote))[^\\\n])*(?:(?P=quote)|$)"
    r"|(?P<escaped>\\{1,3}[\"'])(?:(?!(?P=escaped))[^\n])*(?:(?P=escaped)|$))",
    re.IGNORECASE | re.MULTILINE,
)
# As HTTP has it in a header.
_BEARER = re.compile(r"(?P<key>\bbearer\s{1,9})[\w.~+/-]{8,}=*", re.IGNORECASE)
_HEADER = re.compile(
    r"(?P<key>\b(?:proxy-)?authorization:\s{0,9}(?!(?:[A-Za-z]{1,20}\s{1,9})?\*{3})"
    r"(?:[A-Za-z]{1,20}\s{1,9})?)[^\s\"',;]+",
    re.IGNORECASE,
)
# Names of properties that are too common as words to be looked for in any text.
_KEY = re.compile(r"(?:[\w-]+[_-])?pem|(?:(?:srtp|master|encryption)[_-])?key", re.IGNORECASE)


def holds_secret(name: str) -> bool:
    """Whether a property has a secret for its value, as far as its name says."""
    return bool(_KEY.fullmatch(name)) or redact(f"{name}=x") != f"{name}=x"


def redact(text: str) -> str:
    """Return ``text`` with every password and token in it replaced by ``***``.

    Covers ``scheme://user:secret@host``, query keys such as ``?token=``, properties and fields of
    JSON whose name says that they hold a secret, such as ``user-pw=`` of ``rtspsrc`` or
    ``X-Api-Key=``, and headers of HTTP such as ``Authorization: Bearer …``.
    """
    text = _USERINFO.sub(rf"\g<head>:{MASK}@", text)
    text = _UNQUOTED.sub(rf"\g<head>:{MASK}@", text)
    text = _LIKE_A_PORT.sub(rf"\g<head>:{MASK}@", text)
    text = _LIKE_A_PORT_OF_HTTP.sub(rf"\g<head>:{MASK}@", text)
    text = _QUERY.sub(rf"\g<key>{MASK}", text)
    text = _FIELD.sub(_without_value, text)
    text = _BEARER.sub(rf"\g<key>{MASK}", text)
    text = _HEADER.sub(rf"\g<key>{MASK}", text)
    return _PROPERTY.sub(rf"\g<key>{MASK}", text)


def _without_value(field: re.Match[str]) -> str:
    quote = field["quote"] or field["escaped"]
    return f"{field['key']}{quote}{MASK}{quote}"
