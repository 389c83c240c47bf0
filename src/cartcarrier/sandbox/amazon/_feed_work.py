"""What a feed does, message by message, and the report about it.

Facts: field guide amazon.md §2.9 and §3.2. Amazon publishes the report of listings feeds; that of order feeds is as clients know it.
"""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Final
from xml.etree import ElementTree as ET

from cartcarrier.sandbox.amazon._call import objects_of, text_of
from cartcarrier.sandbox.amazon._errors import InvalidInputError
from cartcarrier.sandbox.amazon._listings import Listings
from cartcarrier.sandbox.amazon._lwa import SELLER_ID
from cartcarrier.sandbox.amazon._marketplaces import MARKETPLACES
from cartcarrier.sandbox.amazon._orders import Orders, status_of
from cartcarrier.sandbox.amazon._world import Document

LISTINGS: Final = "JSON_LISTINGS_FEED"
ACKNOWLEDGEMENT: Final = "POST_ORDER_ACKNOWLEDGEMENT_DATA"
FEED_TYPES: Final = frozenset({LISTINGS, ACKNOWLEDGEMENT})
MOST_MESSAGES: Final = 25_000
REASONS: Final[Mapping[str, str]] = {
    "NoInventory": "NO_INVENTORY",
    "ShippingAddressUndeliverable": "SHIPPING_ADDRESS_UNDELIVERABLE",
    "CustomerExchange": "CUSTOMER_EXCHANGE",
    "BuyerCanceled": "BUYER_CANCELLED",
    "GeneralAdjustment": "GENERAL_ADJUSTMENT",
    "CarrierCreditDecision": "CARRIER_CREDIT_DECISION",
    "RiskAssessmentInformationNotValid": "RISK_ASSESSMENT_INFORMATION_NOT_VALID",
    "CarrierCoverageFailure": "CARRIER_COVERAGE_FAILURE",
    "CustomerReturn": "CUSTOMER_RETURN",
    "MerchandiseNotReceived": "MERCHANDISE_NOT_RECEIVED",
}
_MOST_MERCHANT_ID: Final = 64


class _MessageError(Exception):
    """A message is refused.

    Args:
        code: The report's code.
        message: The report's words.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class FeedWork:
    """Carries feeds out.

    Args:
        orders: What order feeds act on.
        listings: What listings feeds act on.
    """

    def __init__(self, orders: Orders, listings: Listings) -> None:
        self._orders = orders
        self._listings = listings

    def run(self, feed: Document, content: bytes, *, only_half: bool) -> bytes | None:
        """Do what a feed says, and return the report; ``None`` when nothing of it can be read.

        Args:
            feed: The feed.
            content: Its document.
            only_half: Stop half way, as a feed does that ends ``FATAL``.
        """
        if feed["type"] == LISTINGS:
            return self._listings_feed(feed, content, only_half=only_half)
        return self._acknowledgements(feed, content, only_half=only_half)

    # --- JSON_LISTINGS_FEED -------------------------------------------------------------------------------------------

    def _listings_feed(self, feed: Document, content: bytes, *, only_half: bool) -> bytes | None:
        try:
            body = json.loads(content)
            header, messages = body["header"], objects_of(body, "messages", most=MOST_MESSAGES)
            right = header["sellerId"] == SELLER_ID and header["version"] == "2.0"
        except (ValueError, KeyError, TypeError, InvalidInputError):
            return None
        if not right:
            return None
        seen = Counter(str(message.get("messageId")) for message in messages)
        issues: list[Document] = []
        accepted = 0
        todo = messages[: len(messages) // 2] if only_half else messages
        for message in todo:
            try:
                if seen[str(message.get("messageId"))] > 1:
                    raise _MessageError("4000001", "The messageId is not unique in this feed.")  # noqa: TRY301 - one place answers
                self._listing(feed, message)
            except _MessageError as refused:
                issues.append(_issue(message, refused))
            else:
                accepted += 1
        report = {
            "header": {"sellerId": SELLER_ID, "version": "2.0", "feedId": feed["id"]},
            "issues": issues,
            "summary": {
                "errors": len(issues),
                "warnings": 0,
                "messagesProcessed": len(todo),
                "messagesAccepted": accepted,
                "messagesInvalid": len(issues),
            },
        }
        return json.dumps(report, separators=(",", ":")).encode()

    def _listing(self, feed: Document, message: Document) -> None:
        number, sku = message.get("messageId"), message.get("sku")
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise _MessageError("4000003", "'messageId' must be a positive integer.")
        if not isinstance(sku, str) or not sku:
            raise _MessageError("4000003", "'sku' is required but not supplied.")
        kind = message.get("operationType")
        if kind not in {"PATCH", "PARTIAL_UPDATE"}:
            raise _MessageError("4000003", f"The operation type {kind} is not supported by this sandbox.")
        product_type = message.get("productType")
        if not isinstance(product_type, str):
            raise _MessageError("4000003", "'productType' is required but not supplied.")
        patches = _patches(message, kind)
        for id_ in feed["marketplaces"]:
            found = self._listings.issues(MARKETPLACES[id_], sku, product_type, patches)
            if found:
                raise _MessageError(found[0]["code"], found[0]["message"])
        for id_ in feed["marketplaces"]:
            self._listings.apply(id_, sku, patches)

    # --- POST_ORDER_ACKNOWLEDGEMENT_DATA ------------------------------------------------------------------------------

    def _acknowledgements(self, feed: Document, content: bytes, *, only_half: bool) -> bytes | None:
        try:
            envelope = ET.fromstring(content)  # noqa: S314 - from our own client, and expat limits expansion
        except ET.ParseError:
            return None
        messages = envelope.findall("Message")
        if (
            envelope.tag != "AmazonEnvelope"
            or envelope.findtext("Header/MerchantIdentifier") != SELLER_ID
            or envelope.findtext("MessageType") != "OrderAcknowledgement"
            or not messages
        ):
            return None
        results: list[tuple[str, str, _MessageError]] = []
        todo = messages[: len(messages) // 2] if only_half else messages
        for message in todo:
            acknowledgement = message.find("OrderAcknowledgement")
            try:
                if acknowledgement is None:
                    raise _MessageError("5001", "The message has no OrderAcknowledgement.")  # noqa: TRY301 - one place answers
                self._acknowledge(feed, acknowledgement)
            except _MessageError as refused:
                order_id = message.findtext("OrderAcknowledgement/AmazonOrderID", "")
                results.append((message.findtext("MessageID", "0"), order_id, refused))
        return _xml_report(feed, len(todo), results)

    def _acknowledge(self, feed: Document, acknowledgement: "ET.Element") -> None:
        order_id = acknowledgement.findtext("AmazonOrderID", "")
        order = self._orders.get(order_id)
        if order is None or order["marketplace"] not in feed["marketplaces"]:
            raise _MessageError("18028", f"The order id {order_id} is not an order of this account.")
        status = acknowledgement.findtext("StatusCode", "")
        items = acknowledgement.findall("Item")
        if status == "Success":
            merchant_id = acknowledgement.findtext("MerchantOrderID", "")
            if len(merchant_id) > _MOST_MERCHANT_ID:
                raise _MessageError("5001", "MerchantOrderID is longer than 64 characters.")
            self._orders.bind(order_id, merchant_id)
        elif status == "Failure":
            self._cancel(order, items)
        else:
            raise _MessageError("5001", f"StatusCode {status or '(none)'} is not valid.")

    def _cancel(self, order: Document, items: list["ET.Element"]) -> None:
        if not items:
            return  # an envelope without items is reported to do nothing (guide §2.9)
        known = {line["id"] for line in order["lines"]}
        reasons = []
        for item in items:
            code, reason = item.findtext("AmazonOrderItemCode", ""), item.findtext("CancelReason", "")
            if code not in known:
                raise _MessageError("18029", f"The order item {code} is not an item of order {order['id']}.")
            if reason not in REASONS:
                raise _MessageError("5001", f"CancelReason {reason or '(none)'} is not valid.")
            reasons.append(reason)
        if order["fulfilled_by"] != "MERCHANT":
            raise _MessageError("18030", f"The order {order['id']} is fulfilled by Amazon.")
        if status_of(order) == "CANCELLED":
            raise _MessageError("18031", f"The order {order['id']} is cancelled already.")
        if status_of(order) not in {"UNSHIPPED", "PENDING", "PENDING_AVAILABILITY"}:
            # Amazon would refund the whole order (guide §2.9): that must not pass unseen in a test.
            self._orders.refund(order["id"])
            return
        restock = reasons[0] != "NoInventory"
        self._orders.cancel(order["id"], by="MERCHANT", reason=REASONS[reasons[0]], restock=restock)


def _patches(message: Document, kind: object) -> list[Document]:
    if kind == "PARTIAL_UPDATE":
        attributes = message.get("attributes")
        if not isinstance(attributes, dict) or not attributes:
            raise _MessageError("4000003", "'attributes' is required but not supplied.")
        return [{"op": "replace", "path": f"/attributes/{name}", "value": value} for name, value in attributes.items()]
    try:
        patches = objects_of(message, "patches")
        for patch in patches:
            if not text_of(patch, "path").startswith("/attributes/") or patch.get("op") not in {
                "add",
                "replace",
                "merge",
                "delete",
            }:
                raise _MessageError("4000003", "A patch is not valid.")
    except InvalidInputError as exc:
        raise _MessageError("4000003", exc.message) from exc
    return patches


def _issue(message: Document, refused: _MessageError) -> Document:
    issue: Document = {"code": refused.code, "severity": "ERROR", "message": refused.message}
    if isinstance(message.get("messageId"), int) and message["messageId"] >= 1:
        issue["messageId"] = message["messageId"]
    if isinstance(message.get("sku"), str) and message["sku"]:
        issue["sku"] = message["sku"]
    return issue


def _xml_report(feed: Document, processed: int, results: list[tuple[str, str, _MessageError]]) -> bytes:
    envelope = ET.Element("AmazonEnvelope")
    header = ET.SubElement(envelope, "Header")
    ET.SubElement(header, "DocumentVersion").text = "1.02"
    ET.SubElement(header, "MerchantIdentifier").text = SELLER_ID
    ET.SubElement(envelope, "MessageType").text = "ProcessingReport"
    message = ET.SubElement(envelope, "Message")
    ET.SubElement(message, "MessageID").text = "1"
    report = ET.SubElement(message, "ProcessingReport")
    ET.SubElement(report, "DocumentTransactionID").text = feed["id"]
    ET.SubElement(report, "StatusCode").text = "Complete"
    summary = ET.SubElement(report, "ProcessingSummary")
    counts = {
        "MessagesProcessed": processed,
        "MessagesSuccessful": processed - len(results),
        "MessagesWithError": len(results),
        "MessagesWithWarning": 0,
    }
    for name, count in counts.items():
        ET.SubElement(summary, name).text = str(count)
    for message_id, order_id, refused in results:
        result = ET.SubElement(report, "Result")
        ET.SubElement(result, "MessageID").text = message_id
        ET.SubElement(result, "ResultCode").text = "Error"
        ET.SubElement(result, "ResultMessageCode").text = refused.code
        ET.SubElement(result, "ResultDescription").text = refused.message
        if order_id:
            information = ET.SubElement(result, "AdditionalInfo")
            ET.SubElement(information, "AmazonOrderID").text = order_id
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(envelope)
