"""Restricted data tokens: what v0 operations need to show personal data.

Facts: field guide amazon.md §1.6.
"""

import re
from collections.abc import Mapping
from typing import Final

from cartcarrier.sandbox.amazon._call import Answer, Call, objects_of, text_of
from cartcarrier.sandbox.amazon._errors import DeniedError, InvalidInputError
from cartcarrier.sandbox.amazon._lwa import TOKEN_SECONDS, Login
from cartcarrier.sandbox.amazon._routes import DIRECT_TO_CONSUMER, TAX_INVOICING, TAX_REMITTANCE
from cartcarrier.sandbox.amazon._world import Document

MOST_RESOURCES: Final = 50
_TAX: Final = frozenset({TAX_INVOICING, TAX_REMITTANCE})
# Which roles open a data element; one of them is enough.
ELEMENTS: Final[Mapping[str, frozenset[str]]] = {
    "buyerInfo": _TAX,
    "shippingAddress": frozenset({DIRECT_TO_CONSUMER}),
    "buyerTaxInformation": _TAX,
}
_ID: Final = r"(?:\{orderId\}|[0-9]{3}-[0-9]{7}-[0-9]{7})"
# Each restricted operation: its path, and what it opens where no elements can be asked for.
RESOURCES: Final[Mapping[str, tuple[re.Pattern[str], frozenset[str] | None]]] = {
    "getOrdersV0": (re.compile(r"^/orders/v0/orders$"), None),
    "getOrderV0": (re.compile(rf"^/orders/v0/orders/{_ID}$"), None),
    "getOrderItemsV0": (re.compile(rf"^/orders/v0/orders/{_ID}/orderItems$"), None),
    "getOrderAddressV0": (re.compile(rf"^/orders/v0/orders/{_ID}/address$"), frozenset({"shippingAddress"})),
    "getOrderBuyerInfoV0": (re.compile(rf"^/orders/v0/orders/{_ID}/buyerInfo$"), frozenset({"buyerInfo"})),
    "getOrderItemsBuyerInfoV0": (
        re.compile(rf"^/orders/v0/orders/{_ID}/orderItems/buyerInfo$"),
        frozenset({"buyerInfo"}),
    ),
    "getOrderRegulatedInfo": (re.compile(rf"^/orders/v0/orders/{_ID}/regulatedInfo$"), frozenset()),
}


def create_token(login: Login, call: Call) -> Answer:
    """Answer ``createRestrictedDataToken``.

    Raises:
        InvalidInputError: A resource is not restricted, an element is not known, or a role for one of them is missing.
    """
    body = call.json()
    resources = []
    missing: list[str] = []
    for wish in objects_of(body, "restrictedResources", most=MOST_RESOURCES):
        path, method = text_of(wish, "path"), text_of(wish, "method")
        operation = _operation_of(method, path)
        fixed = RESOURCES[operation][1]
        elements = _elements_of(wish, fixed)
        missing += sorted(name for name in elements if not ELEMENTS[name] & call.roles and name not in missing)
        resources.append({"operation": operation, "path": path, "elements": sorted(elements)})
    if missing:
        raise InvalidInputError(
            f"Application does not have access to one or more requested data elements: [{', '.join(missing)}]"
        )
    token = login.issue_restricted(call.region, resources)
    return Answer({"restrictedDataToken": token, "expiresIn": TOKEN_SECONDS})


def _operation_of(method: str, path: str) -> str:
    if method not in {"GET", "PUT", "POST", "DELETE"}:
        raise InvalidInputError(f"Method {method} is not valid for a restricted resource.")
    for operation, (pattern, _) in RESOURCES.items():
        if method == "GET" and pattern.match(path):
            return operation
    raise InvalidInputError(f"{method} {path} is not a restricted resource.")


def _elements_of(wish: Document, fixed: frozenset[str] | None) -> frozenset[str]:
    asked = wish.get("dataElements")
    if fixed is not None:
        if asked:
            raise InvalidInputError(f"The resource {wish['path']} takes no dataElements.")
        return fixed
    if asked is None:
        return frozenset()
    if not isinstance(asked, list) or (unknown := [name for name in asked if name not in ELEMENTS]):
        raise InvalidInputError(f"dataElements are not valid: {asked if not isinstance(asked, list) else unknown}.")
    return frozenset(asked)


def opened_by(token: Document, operation: str, path: str) -> frozenset[str]:
    """Return the data elements that a restricted data token opens at a path.

    Raises:
        DeniedError: It is for something else.
    """
    pattern = RESOURCES.get(operation)
    for resource in token["resources"]:
        if pattern is None or resource["operation"] != operation:
            continue
        if "{orderId}" in resource["path"] or resource["path"] == path:
            return frozenset(resource["elements"])
    raise DeniedError("The restricted data token is not for this resource.")
