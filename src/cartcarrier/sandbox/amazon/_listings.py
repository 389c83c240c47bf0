"""Listings of the seller: what is for sale, and how many of it.

A patch is accepted at once and takes effect later. Facts: field guide amazon.md §3.1 and §3.2.
"""

import json
from collections.abc import Sequence
from typing import Final

from cartcarrier.sandbox.amazon._call import Answer, Call, Json, objects_of, text_of
from cartcarrier.sandbox.amazon._errors import DeniedError, InvalidInputError, RefusedError
from cartcarrier.sandbox.amazon._lwa import SELLER_ID
from cartcarrier.sandbox.amazon._marketplaces import MARKETPLACES, Marketplace
from cartcarrier.sandbox.amazon._messages import Messages
from cartcarrier.sandbox.amazon._pages import Pages
from cartcarrier.sandbox.amazon._world import Document, World

AVAILABILITY: Final = "fulfillment_availability"
ANY_TYPE: Final = "PRODUCT"
UNKNOWN_SKU: Final = "13013"
WRONG_CASE: Final = "90000900"
_CASES: Final = {"fulfillmentAvailability": AVAILABILITY, "purchasableOffer": "purchasable_offer"}
_DATA: Final = frozenset(
    {
        "summaries",
        "attributes",
        "issues",
        "offers",
        "fulfillmentAvailability",
        "procurement",
        "relationships",
        "productTypes",
    }
)


def listing_key(marketplace_id: str, sku: str) -> str:
    """Return under which key a listing is kept."""
    return json.dumps([marketplace_id, sku])


class Listings:
    """The listings, and the operations on them.

    Args:
        world: The platform's memory.
        pages: Makes page tokens.
        messages: Where notifications go.
    """

    def __init__(self, world: World, pages: Pages, messages: Messages) -> None:
        self._world = world
        self._pages = pages
        self._messages = messages

    def add(self, marketplace: Marketplace, sku: str, attributes: Document) -> None:
        """List an article; one that exists is replaced."""
        self._world.put(
            "listing",
            listing_key(marketplace.id, sku),
            {
                "marketplace": marketplace.id,
                "sku": sku,
                "asin": attributes.pop("asin"),
                "title": attributes.pop("title"),
                "price": attributes.pop("price"),
                "product_type": attributes.pop("product_type", "LUGGAGE"),
                "attributes": attributes,
                "issues": [],
                "created": self._world.stamp(),
                "updated": self._world.stamp(),
            },
        )

    def get(self, marketplace_id: str, sku: str) -> Document | None:
        """Return a listing to look at."""
        return self._world.get("listing", listing_key(marketplace_id, sku))

    def quantity(self, marketplace_id: str, sku: str) -> int | None:
        """Return how many units the merchant offers."""
        listing = self.get(marketplace_id, sku)
        return None if listing is None else _offered(listing["attributes"])

    def move(self, marketplace_id: str, sku: str, units: int) -> None:
        """Let an order bind so many units, or (negative) give them back."""
        listing = self.get(marketplace_id, sku)
        if listing is None or (offered := _offered(listing["attributes"])) is None:
            return
        attributes = json.loads(json.dumps(listing["attributes"]))
        for entry in attributes[AVAILABILITY]:
            if entry["fulfillment_channel_code"] == "DEFAULT":
                entry["quantity"] = max(offered - units, 0)
        self._keep(listing, attributes)

    # --- operations ---------------------------------------------------------------------------------------------------

    def patch(self, call: Call) -> Answer:
        """Answer ``patchListingsItem``: 200 also when the submission is invalid.

        Raises:
            RefusedError: The body is wrong, or the listings are another seller's.
        """
        self._own(call)
        marketplaces = call.marketplaces(required=True)
        mode = call.query.get("mode")
        if mode not in {None, "VALIDATION_PREVIEW"}:
            raise InvalidInputError(f"Parameter mode: {mode} is not valid.")
        body = call.json()
        product_type = text_of(body, "productType")
        patches = objects_of(body, "patches")
        for patch in patches:
            _check_patch(patch)
        sku = call.path["sku"]
        issues = [
            issue for marketplace in marketplaces for issue in self.issues(marketplace, sku, product_type, patches)
        ]
        answer: Document = {
            "sku": sku,
            "status": "INVALID" if issues else "VALID" if mode else "ACCEPTED",
            "submissionId": f"{self._world.draw(f'submission:{self._number()}').getrandbits(128):032x}",
            "issues": issues,
        }
        if not issues and not mode:
            for marketplace in marketplaces:
                self.submit(marketplace, sku, patches)
        return Answer(answer)

    def read(self, call: Call) -> Answer:
        """Answer ``getListingsItem``.

        Raises:
            RefusedError: There is no such listing.
        """
        self._own(call)
        marketplaces = call.marketplaces(required=True)
        data = set(call.values("includedData", allowed=_DATA)) or {"summaries"}
        found = [listing for row in marketplaces if (listing := self.get(row.id, call.path["sku"])) is not None]
        if not found:
            raise RefusedError(404, f"SKU '{call.path['sku']}' not found in marketplace {marketplaces[0].id}")
        return Answer(_view(found, data))

    def search(self, call: Call) -> Answer:
        """Answer ``searchListingsItems``, a page at a time.

        Raises:
            RefusedError: A parameter is wrong.
        """
        self._own(call)
        marketplaces = {row.id for row in call.marketplaces(required=True)}
        data = set(call.values("includedData", allowed=_DATA)) or {"summaries"}
        wanted = set(call.values("identifiers", most=20))
        kind = call.query.get("identifiersType")
        if wanted and kind not in {"SKU", "ASIN"}:
            raise InvalidInputError("identifiersType is required with identifiers; this sandbox knows SKU and ASIN.")
        size = call.number("pageSize", default=10, least=1, most=20)
        loose = frozenset({"pageToken", "pageSize"})
        token = call.query.get("pageToken")
        start = self._pages.read(token, call, loose)["start"] if token else 0
        matching = [
            listing
            for listing in self._world.table("listing").values()
            if listing["marketplace"] in marketplaces
            and (not wanted or listing["sku" if kind == "SKU" else "asin"] in wanted)
        ]
        page = matching[start : start + size]
        body: Document = {
            "numberOfResults": len(matching),
            "items": [_view([listing], data) for listing in page],
        }
        if start + size < len(matching):
            next_token = self._pages.make({"start": start + size}, call, loose, seconds=3600)
            body["pagination"] = {"nextToken": next_token}
        return Answer(body)

    # --- submissions: from patches and feeds alike --------------------------------------------------------------------

    def issues(
        self, marketplace: Marketplace, sku: str, product_type: str | None, patches: Sequence[Document]
    ) -> list[Document]:
        """Return what speaks against a submission."""
        listing = self.get(marketplace.id, sku)
        if listing is None:
            return [_issue(UNKNOWN_SKU, f"This SKU is not in the seller's catalog in {marketplace.id}: {sku}.")]
        if product_type not in {None, ANY_TYPE, listing["product_type"]}:
            return [_issue("90244", f"The product type of the listing is {listing['product_type']}.", "product_type")]
        found: list[Document] = []
        for patch in patches:
            name = patch["path"].removeprefix("/attributes/")
            if name in _CASES or (name and not name.islower()):
                found.append(_issue(WRONG_CASE, f"The attribute '{name}' is not valid: names are in snake case.", name))
            elif name == AVAILABILITY and patch["op"] != "delete":
                found += _availability_issues(patch, marketplace)
        return found

    def submit(self, marketplace: Marketplace, sku: str, patches: Sequence[Document]) -> None:
        """Let patches take effect after the platform's delay."""
        with self._world.transaction():
            left = self._world.switch("swallowed_patches")
            if left:
                self._world.set_switch("swallowed_patches", left - 1)
                return
            number = self._number()
            self._world.put(
                "submission",
                str(number),
                {
                    "marketplace": marketplace.id,
                    "sku": sku,
                    "patches": list(patches),
                    "due": self._world.stamp(self._world.switch("listing_delay_seconds")),
                },
            )

    def tick(self) -> None:
        """Let submissions that are due take effect, in their order."""
        now = self._world.stamp()
        due = [(key, row) for key, row in self._world.table("submission").items() if row["due"] <= now]
        if not due:
            return
        with self._world.transaction():
            for key, row in due:
                self._world.drop("submission", key)
                self.apply(row["marketplace"], row["sku"], row["patches"])

    def apply(self, marketplace_id: str, sku: str, patches: Sequence[Document]) -> None:
        """Carry patches out now."""
        listing = self.get(marketplace_id, sku)
        if listing is None:
            return
        attributes = json.loads(json.dumps(listing["attributes"]))
        for patch in patches:
            name = patch["path"].removeprefix("/attributes/")
            attributes[name] = _patched(attributes.get(name, []), patch)
            if not attributes[name]:
                del attributes[name]
        self._keep(listing, attributes)

    def _keep(self, listing: Document, attributes: Document) -> None:
        before, after = _offered(listing["attributes"]), _offered(attributes)
        self._world.put(
            "listing",
            listing["key"],
            {**listing, "attributes": attributes, "updated": self._world.stamp()},
        )
        if before != after and after is not None:
            self._messages.quantity_changed(MARKETPLACES[listing["marketplace"]].region, listing["sku"], after)
        if bool(before) != bool(after):
            self._messages.status_changed(listing, ["BUYABLE", "DISCOVERABLE"] if after else ["DISCOVERABLE"])

    def _own(self, call: Call) -> None:
        if call.path["sellerId"] != SELLER_ID:
            raise DeniedError("The listings belong to another selling partner.")

    def _number(self) -> int:
        return self._world.next_number("submission")


def _offered(attributes: Document) -> int | None:
    for entry in attributes.get(AVAILABILITY, []):
        if entry.get("fulfillment_channel_code") == "DEFAULT":
            quantity: int | None = entry.get("quantity")
            return quantity
    return None


def _check_patch(patch: Document) -> None:
    op, path = text_of(patch, "op", where="patches"), text_of(patch, "path", where="patches")
    if op not in {"add", "replace", "merge", "delete"}:
        raise InvalidInputError(f"patches.op: {op} is not valid.")
    if not path.startswith("/attributes/") or "/" in path.removeprefix("/attributes/"):
        raise InvalidInputError(f"patches.path: {path} is not a top-level attribute.")
    value = patch.get("value")
    if op != "delete" and (not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value)):
        raise InvalidInputError("patches.value must be a list of objects.")


def _availability_issues(patch: Document, marketplace: Marketplace) -> list[Document]:
    found: list[Document] = []
    for entry in patch.get("value") or []:
        code, quantity = entry.get("fulfillment_channel_code"), entry.get("quantity")
        if not code:
            found.append(_issue("90220", "'fulfillment_channel_code' is required but not supplied.", AVAILABILITY))
        elif code not in {"DEFAULT", marketplace.channel}:
            found.append(_issue("90244", f"The fulfillment channel '{code}' is not valid here.", AVAILABILITY))
        elif code != "DEFAULT" and quantity is not None:
            found.append(_issue("100339", "The quantity of stock held by Amazon cannot be set.", AVAILABILITY))
        elif quantity is not None and (not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 0):
            found.append(_issue("90225", "'quantity' must be a whole number, 0 or more.", AVAILABILITY))
    return found


def _issue(code: str, message: str, attribute: str | None = None) -> Document:
    issue: Document = {"code": code, "message": message, "severity": "ERROR", "categories": ["INVALID_ATTRIBUTE"]}
    return issue if attribute is None else {**issue, "attributeNames": [attribute]}


def _patched(current: list[Document], patch: Document) -> list[Document]:
    """Return an attribute after a patch: ``merge`` changes members of the entry its selector finds, ``replace`` all of it."""
    value: list[Json] = patch.get("value") or []
    if patch["op"] == "replace":
        return value
    selector = "fulfillment_channel_code"
    chosen = {entry.get(selector) for entry in value}
    if patch["op"] == "delete":
        return [entry for entry in current if entry.get(selector) not in chosen] if value else []
    merged = {entry.get(selector): entry for entry in current}
    for entry in value:
        known = merged.get(entry.get(selector), {}) if patch["op"] == "merge" else {}
        merged[entry.get(selector)] = {**known, **entry}
    return list(merged.values())


def _view(listings: Sequence[Document], data: set[str]) -> Document:
    first = listings[0]
    view: Document = {"sku": first["sku"]}
    if "summaries" in data:
        view["summaries"] = [
            {
                "marketplaceId": listing["marketplace"],
                "asin": listing["asin"],
                "productType": listing["product_type"],
                "conditionType": "new_new",
                "status": ["BUYABLE", "DISCOVERABLE"] if _offered(listing["attributes"]) else ["DISCOVERABLE"],
                "itemName": listing["title"],
                "createdDate": listing["created"],
                "lastUpdatedDate": listing["updated"],
            }
            for listing in listings
        ]
    if "attributes" in data:
        view["attributes"] = first["attributes"]
    if "issues" in data:
        view["issues"] = first["issues"]
    if "offers" in data:
        view["offers"] = [
            {
                "marketplaceId": listing["marketplace"],
                "offerType": "B2C",
                "price": {
                    "currencyCode": MARKETPLACES[listing["marketplace"]].currency,
                    "amount": listing["price"],
                },
            }
            for listing in listings
        ]
    if "fulfillmentAvailability" in data:
        view["fulfillmentAvailability"] = [
            {"fulfillmentChannelCode": entry["fulfillment_channel_code"]}
            | ({"quantity": entry["quantity"]} if "quantity" in entry else {})
            for entry in first["attributes"].get(AVAILABILITY, [])
        ]
    if "productTypes" in data:
        view["productTypes"] = [
            {"marketplaceId": listing["marketplace"], "productType": listing["product_type"]} for listing in listings
        ]
    return view
