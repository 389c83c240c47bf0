"""Keeping secrets and personal data out of logs."""

import logging
import re
from collections.abc import Iterable

from typing_extensions import override

_MASK = "[redacted]"
_MASKED_NAMES = (
    "client[_-]?secret|refresh[_-]?token|access[_-]?token|id[_-]?token|subject[_-]?token|session[_-]?token|api[_-]?key|"
    "password|passwd|signing[_-]?key|code[_-]?verifier|x-amz-access-token|x-amz-security-token|payment[_-]?authorization[_-]?token|"
    "x-payment-authorization-token|x-shopify-access-token|webhook[_-]?secret|authorization[_-]?code|assertion"
)
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(bearer|basic|iaf|digest|token)\s+[A-Za-z0-9\-._~+/^#|]{6,}=*", re.IGNORECASE), rf"\1 {_MASK}"),
    (
        # name=value, name: value, "name": "value", 'name': 'value'
        re.compile(
            rf"""(["']?\b(?:{_MASKED_NAMES})\b["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|[^\s&,;"'}}\]]+)""", re.IGNORECASE
        ),
        rf"\1{_MASK}",
    ),
    (re.compile(r"\bshp[a-z]{2,4}_[A-Za-z0-9]{8,}"), _MASK),  # Shopify
    (re.compile(r"\bAtz[ar]\|[A-Za-z0-9\-_+/=|]+"), _MASK),  # Login with Amazon
    (re.compile(r"\bamzn1\.oa2-cs\.[A-Za-z0-9.\-]+"), _MASK),  # Login with Amazon, client secret
    (re.compile(r"\bv\^1\.1#[^\s&,;\"']+"), _MASK),  # eBay
    (re.compile(r"\beyJ[A-Za-z0-9_\-]{6,}\.[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]*)?"), _MASK),  # a signed JSON token
    (re.compile(r"(?<=://)[^\s/@:]*:[^\s/@]*(?=@)"), _MASK),  # user and password in an address
    (re.compile(r"[A-Za-z0-9._%+\-]+(?:@|%40)[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+"), _MASK),
)
_QUERY = re.compile(r"(\bhttps?://[^\s?#'\"<>]*)[?#][^\s'\"<>)]*")


def redact(text: str) -> str:
    """Return the text with what looks like a token, a secret, a password or an e-mail address masked."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def strip_queries(text: str) -> str:
    """Return the text with the query cut off every address in it, and redacted."""
    return redact(_QUERY.sub(r"\1", text))


class RedactingFilter(logging.Filter):
    """A logging filter that lets everything through, redacted.

    Put it on a handler: ``handler.addFilter(RedactingFilter())``. cartcarrier itself logs no secrets; this is for what other
    libraries log about the same calls.

    Args:
        secrets: Values to mask wherever they appear.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._secrets: list[str] = []
        for secret in secrets:
            self.register(secret)

    def register(self, secret: str) -> None:
        """Mask this value from now on. Values shorter than four characters are not: they would mask words."""
        if len(secret) >= 4 and secret not in self._secrets:
            self._secrets.append(secret)
            self._secrets.sort(key=len, reverse=True)

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the record's message, traceback and stack."""
        record.msg = self._masked(record.getMessage())
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self._masked(record.exc_text)
        if record.stack_info:
            record.stack_info = self._masked(record.stack_info)
        return True

    @override
    def __repr__(self) -> str:
        return f"<RedactingFilter of {len(self._secrets)} secrets>"

    def _masked(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _MASK)
        return strip_queries(text)
