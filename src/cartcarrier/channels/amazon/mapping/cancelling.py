"""The feed that cancels an order, and what it answers (field guide amazon.md §2.9)."""

import re
from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape, unescape

from cartcarrier.channels.amazon import codes
from cartcarrier.errors import InvalidValueError

_HEAD: Final = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<AmazonEnvelope xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xsi:noNamespaceSchemaLocation="amzn-envelope.xsd">'
)
# The report is read for three of its elements only: no parser that follows what a document says of entities.
_RESULT: Final = re.compile(r"<Result>(.*?)</Result>", re.DOTALL)
_RESULT_CODE: Final = re.compile(r"<ResultCode>\s*(\w+)\s*</ResultCode>")
_MESSAGE_CODE: Final = re.compile(r"<ResultMessageCode>\s*([^<]*?)\s*</ResultMessageCode>")
_WITH_ERROR: Final = re.compile(r"<MessagesWithError>\s*(\d+)\s*</MessagesWithError>")
_SUCCESSFUL: Final = re.compile(r"<MessagesSuccessful>\s*(\d+)\s*</MessagesSuccessful>")


def to_cancel_reason(reason: str | None) -> str:
    """Return Amazon's word for a reason; the most general one for none.

    Raises:
        InvalidValueError: Amazon has no such reason.
    """
    if reason is None:
        return codes.GENERAL_REASON
    for known in codes.CANCEL_REASONS:
        if known.lower() == reason.strip().lower():
            return known
    msg = f"reason: Amazon has no such reason; it has {', '.join(codes.CANCEL_REASONS)}"
    raise InvalidValueError(msg, field="reason")


def to_cancel_document(seller_id: str, order_id: str, item_ids: Sequence[str], reason: str) -> bytes:
    """Return the document that cancels a whole order: every item is listed, for without them it does nothing (§2.9)."""
    items = "".join(
        f"<Item><AmazonOrderItemCode>{escape(item_id)}</AmazonOrderItemCode>"
        f"<CancelReason>{escape(reason)}</CancelReason></Item>"
        for item_id in item_ids
    )
    return (
        f"{_HEAD}<Header><DocumentVersion>1.01</DocumentVersion>"
        f"<MerchantIdentifier>{escape(seller_id)}</MerchantIdentifier></Header>"
        "<MessageType>OrderAcknowledgement</MessageType><Message><MessageID>1</MessageID><OrderAcknowledgement>"
        f"<AmazonOrderID>{escape(order_id)}</AmazonOrderID><StatusCode>Failure</StatusCode>{items}"
        "</OrderAcknowledgement></Message></AmazonEnvelope>"
    ).encode()


def read_cancel_report(document: bytes) -> tuple[bool | None, str | None]:
    """Read the report of the feed: a feed that is ``DONE`` may have refused its message (pitfall 32).

    Returns:
        Whether the message was taken (``None`` when the report does not say), and Amazon's code where it was not.
    """
    text = document.decode("utf-8", errors="replace")
    for block in _RESULT.findall(text):
        kind = _RESULT_CODE.search(block)
        if kind is not None and kind[1].lower() == "error":
            code = _MESSAGE_CODE.search(block)
            return False, unescape(code[1]) if code is not None and code[1] else None
    failed, taken = _WITH_ERROR.search(text), _SUCCESSFUL.search(text)
    if failed is not None and int(failed[1]) > 0:
        return False, None
    if taken is not None and int(taken[1]) > 0:
        return True, None
    return None, None
