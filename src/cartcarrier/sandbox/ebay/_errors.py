"""How eBay says no. Codes, statuses and categories: field guide ebay.md §3, §4.1, §6, §7, §11, §13; wording is ours."""

from collections.abc import Mapping
from typing import Any, NamedTuple

Document = dict[str, Any]


class Problem(NamedTuple):
    """One of eBay's error codes.

    Attributes:
        status: The HTTP status it comes with.
        domain: The API that speaks.
        category: ``REQUEST``, ``BUSINESS`` or ``APPLICATION``.
        message: What it says; members in braces are filled in.
    """

    status: int
    domain: str
    category: str
    message: str


def _group(domain: str, category: str, status: int, **messages: str) -> dict[int, Problem]:
    return {int(code[1:]): Problem(status, domain, category, message) for code, message in messages.items()}


PROBLEMS: Mapping[int, Problem] = {
    **_group("OAuth", "REQUEST", 401, _1001="Invalid access token"),
    **_group(
        "OAuth", "REQUEST", 400, _1002="Missing access token", _1003="Token type in the Authorization header is invalid"
    ),
    **_group("ACCESS", "REQUEST", 403, _1100="Access denied", _215120="Signature validation failed"),
    **_group("ACCESS", "REQUEST", 400, _215001="Missing {header} header"),
    **_group("ACCESS", "REQUEST", 429, _2001="Too many requests"),
    **_group("ACCESS", "REQUEST", 400, _2004="Invalid request: {reason}"),
    **_group("ACCESS", "REQUEST", 404, _2002="Resource not found"),
    **_group("ROUTING", "REQUEST", 404, _3001="No such resource", _3002="No such method on this resource"),
    **_group("API_FULFILLMENT", "REQUEST", 404, _32110="Invalid shipping fulfillment id {fulfillmentId}"),
    **_group("API_FULFILLMENT", "BUSINESS", 409, _32900="The order's state does not allow it: {reason}"),
    **_group("API_FULFILLMENT", "APPLICATION", 500, _30500="System error"),
    **_group(
        "API_FULFILLMENT",
        "REQUEST",
        400,
        _30700="Invalid filter name {filter}",
        _30800="Invalid value {value} of filter {filter}",
        _30810="Invalid date format {value}",
        _30820="The start date is missing",
        _30830="The range of dates must lie within {years} years",
        _30840="The start date must lie before the end date",
        _30850="Dates cannot lie in the future",
        _30900="More order ids than the {limit} allowed",
        _31000="Invalid offset {offset}",
        _31100="Invalid limit {limit}",
        _32100="Invalid order id {orderId}",
        _32200="Invalid line item id {lineItemId}",
        _32210="A line item is named twice in the request",
        _32300="Invalid tracking number or carrier",
        _32400="The user is suspended",
        _32500="Invalid shipped date",
        _32600="Invalid input data",
        _32800="Invalid field group {fieldGroup}",
        _34100="More tracking numbers than an order can have",
        _34200="Global Shipping Program lines and others cannot share a fulfillment",
        _34300="Only one Global Shipping Program line a call",
        _34500="Use PUT to update this shipping fulfillment",
    ),
    **_group(
        "API_FULFILLMENT",
        "REQUEST",
        400,
        _34902="The request is empty",
        _34903="The reason for the refund is missing",
        _34905="Exactly one of orderLevelRefundAmount and refundItems is needed",
        _34906="The amount's value is missing",
        _34907="The amount must be positive, with two decimals at most",
        _34908="The amount's currency is missing",
        _34909="The amount's currency is not the order's",
        _34910="The line item is not named",
        _34914="No such line item in the order",
        _34915="The refund exceeds the order's amount",
        _34917="The order is refunded already",
        _34921="The comment is too long",
        _34922="A refund of this order is still being processed",
    ),
    **_group("API_FULFILLMENT", "REQUEST", 404, _34913="No such order"),
    **_group(
        "API_FULFILLMENT",
        "BUSINESS",
        409,
        _34924="The refund exceeds what is left of the item's amount",
        _34929="The buyer's payment has not been processed yet",
    ),
    **_group("API_INVENTORY", "APPLICATION", 500, _25001="A system error has occurred", _25025="Concurrent access"),
    **_group(
        "API_INVENTORY",
        "REQUEST",
        400,
        _25002="A user error has occurred: {reason}",
        _25004="Invalid quantity {quantity}",
        _25026="The selling limit is reached",
        _25702="SKU {sku} is not available in the system",
        _25706="Invalid pagination value {value}",
        _25707="Invalid SKU {sku}",
        _25709="Invalid value for {field}",
        _25718="Cannot migrate listing: {reason}",
        _25727="At most {limit} inventory items a request",
        _25734="A SKU is named twice in the request",
        _25759="The quantity is below what auctions have reserved",
        _25801="Missing {field}",
    ),
    **_group(
        "API_INVENTORY",
        "REQUEST",
        404,
        _25710="No such resource",
        _25713="No such offer",
        _25805="{field} not found",
    ),
    **_group("API_NOTIFICATION", "APPLICATION", 500, _195000="System error"),
    **_group(
        "API_NOTIFICATION",
        "REQUEST",
        400,
        _195004="The limit must be from 10 to 100",
        _195005="Invalid continuation token",
        _195006="Invalid or missing subscription status",
        _195007="Invalid or missing destination id",
        _195008="Invalid or missing schema version",
        _195009="The format is not supported for the topic",
        _195010="Invalid or missing protocol",
        _195016="Invalid name",
        _195017="Invalid or missing endpoint",
        _195018="Invalid or missing destination status",
        _195019="Invalid or missing verification token",
        _195025="Invalid or missing e-mail address",
        _195027="Invalid or missing topic id",
        _195032="The topic cannot be filtered",
    ),
    **_group("API_NOTIFICATION", "REQUEST", 403, _195011="Not authorized for this topic"),
    **_group(
        "API_NOTIFICATION",
        "REQUEST",
        404,
        _195001="No such key",
        _195002="No such topic",
        _195013="No such subscription",
        _195022="No such destination",
        _195026="There is no configuration",
    ),
    **_group(
        "API_NOTIFICATION",
        "BUSINESS",
        409,
        _195003="Give the configuration first: PUT /config",
        _195012="The subscription exists already",
        _195015="The destination is not enabled",
        _195020="The endpoint did not answer the challenge",
        _195021="A destination exists for this endpoint",
        _195024="The destination is in use",
    ),
    **_group("API_KEY_MANAGEMENT", "APPLICATION", 500, _210000="System error"),
    **_group(
        "API_KEY_MANAGEMENT", "REQUEST", 400, _210001="The cipher must be ED25519 or RSA", _210006="Invalid payload"
    ),
    **_group("API_KEY_MANAGEMENT", "REQUEST", 404, _210002="No signing key {signingKeyId}"),
    # Post-Order publishes no list; 10005 and its domain were seen by others, its neighbours are ours (guide §3.1, §18).
    **_group("CancelSvcErrorDomain", "APPLICATION", 500, _10001="System error"),
    **_group("CancelSvcErrorDomain", "REQUEST", 400, _10002="Invalid {field}", _10003="Too far back: {field}"),
    **_group("CancelSvcErrorDomain", "REQUEST", 403, _10008="Only the {role} may do this"),
    **_group("CancelSvcErrorDomain", "REQUEST", 404, _10004="No such cancellation", _10007="No such order"),
    **_group(
        "CancelSvcErrorDomain",
        "BUSINESS",
        409,
        _10005="The order is not eligible for cancellation: {reason}",
        _10006="The cancellation is {state}",
    ),
}
SYSTEM_ERRORS: Mapping[str, int] = {
    "/sell/inventory/": 25001,
    "/commerce/notification/": 195000,
    "/developer/key_management/": 210000,
    "/post-order/": 10001,
}


class EbayError(Exception):
    """eBay refuses.

    Args:
        error_id: The code, one of ``PROBLEMS``.
        status: The HTTP status, when it is not the code's usual one.
        parameters: What the message and the error's ``parameters`` name.
    """

    def __init__(self, error_id: int, /, *, status: int | None = None, **parameters: object) -> None:
        problem = PROBLEMS[error_id]
        self.error_id = error_id
        self.problem = problem
        self.status = problem.status if status is None else status
        self.parameters = {name: str(value) for name, value in parameters.items()}
        self.message = problem.message.format_map(_Filled(self.parameters))
        super().__init__(self.message)

    def error(self) -> Document:
        """Return the error as the REST APIs write it."""
        made: Document = {
            "errorId": self.error_id,
            "domain": self.problem.domain,
            "category": self.problem.category,
            "message": self.message,
            "longMessage": f"{self.message}.",
        }
        if self.parameters:
            made["parameters"] = [{"name": name, "value": value} for name, value in self.parameters.items()]
        return made

    def post_order_error(self) -> Document:
        """Return the error as Post-Order writes it: other names for the same facts."""
        return {
            "errorId": self.error_id,
            "domain": self.problem.domain,
            "severity": "ERROR",
            "category": self.problem.category,
            "message": self.message,
            "parameter": [{"name": name, "value": value} for name, value in self.parameters.items()],
        }

    def body(self, *, post_order: bool = False) -> Document:
        """Return the whole body of the answer."""
        return {"error": [self.post_order_error()]} if post_order else {"errors": [self.error()]}


class _Filled(dict[str, str]):
    """Parameters of a message; one that is missing leaves a dash."""

    def __missing__(self, _key: str) -> str:
        return "-"


class OAuthError(Exception):
    """The token endpoint refuses, in OAuth's own shape.

    Args:
        error: The OAuth error's name.
        description: The platform's words.
        status: The HTTP status.
    """

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status
