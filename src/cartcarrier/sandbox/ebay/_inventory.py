"""Inventory items and their bulk calls; what other tools listed is not in here (field guide ebay.md §11)."""

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from cartcarrier.sandbox.ebay._errors import EbayError
from cartcarrier.sandbox.ebay._offers import Offers, item_key, quantity_of
from cartcarrier.sandbox.ebay._routes import INVENTORY
from cartcarrier.sandbox.ebay._world import Document, Json, World

SKU = re.compile(r"[A-Za-z0-9._-]{1,50}")
BULK, MIGRATED = 25, 5
LIST_USUAL, LIST_MOST = 25, 200
MEMBERS = frozenset(
    {"availability", "condition", "conditionDescription", "conditionDescriptors", "packageWeightAndSize", "product"}
)


class Inventory:
    """Every seller's inventory items.

    Args:
        world: The memory.
        offers: The offers on them.
    """

    def __init__(self, world: World, offers: Offers) -> None:
        self._world = world
        self._offers = offers

    # --- one item -----------------------------------------------------------------------------------------------------

    def get(self, seller: str, sku: str) -> Document:
        """Answer ``getInventoryItem``.

        Raises:
            EbayError: 25710: nothing of that SKU was made with this API, or migrated into it.
        """
        row = self._world.get("item", item_key(seller, sku))
        if row is None:
            raise EbayError(25710, sku=sku)
        return self._write(row)

    def put(self, seller: str, sku: str, body: Json, locale: str) -> bool:
        """Answer ``createOrReplaceInventoryItem``: what is left out is gone. Return whether it is new.

        Raises:
            EbayError: 25707, 25709, 25004.
        """
        if SKU.fullmatch(sku) is None:
            raise EbayError(25707, sku=sku)
        if not isinstance(body, dict) or set(body) - MEMBERS:
            raise EbayError(25709, field="body")
        content = {name: value for name, value in body.items() if name != "availability"}
        available = (body.get("availability") or {}).get("shipToLocationAvailability") or {}
        row: Document = {
            "seller": seller,
            "sku": sku,
            "locale": locale.replace("-", "_"),
            "content": content,
            "quantity": quantity_of(available.get("quantity")),
            "distributions": available.get("availabilityDistributions") or [],
        }
        key = item_key(seller, sku)
        new = self._world.get("item", key) is None
        self._world.put("item", key, row)
        return new

    def delete(self, seller: str, sku: str) -> None:
        """Answer ``deleteInventoryItem``; its offers go with it.

        Raises:
            EbayError: 25710.
        """
        self.get(seller, sku)
        with self._world.transaction():
            self._world.drop("item", item_key(seller, sku))
            for offer in self._offers.of(seller, sku):
                self._world.drop("offer", offer["key"])

    def browse(self, seller: str, query: Mapping[str, str], base_url: str) -> Document:
        """Answer ``getInventoryItems``, whose ``offset`` counts pages.

        Raises:
            EbayError: 25706.
        """
        rows = [row for row in self._world.rows("item") if row["seller"] == seller]
        limit, page = read_page(query, LIST_USUAL, LIST_MOST)
        answer = page_of(rows, limit, page, f"{base_url}{INVENTORY}/inventory_item", {})
        answer["inventoryItems"] = [self._write(row) for row in answer.pop("rows")]
        return answer

    def _write(self, row: Mapping[str, Json]) -> Document:
        made: Document = {"sku": row["sku"], "locale": row["locale"], **row["content"]}
        if row["quantity"] is not None:
            available: Document = {"quantity": row["quantity"]}
            if row["distributions"]:
                available["availabilityDistributions"] = row["distributions"]
            made["availability"] = {"shipToLocationAvailability": available}
        return made

    # --- many ---------------------------------------------------------------------------------------------------------

    def bulk_get(self, seller: str, body: Json) -> Document:
        """Answer ``bulkGetInventoryItem``: one result for each SKU.

        Raises:
            EbayError: The request itself is wrong.
        """
        skus = [request.get("sku") for request in _requests(body, BULK)]
        if len(set(skus)) < len(skus):
            raise EbayError(25734)
        return {"responses": [self._bulk_get_one(seller, str(sku)) for sku in skus]}

    def _bulk_get_one(self, seller: str, sku: str) -> Document:
        try:
            return {"sku": sku, "statusCode": 200, "inventoryItem": self.get(seller, sku), "errors": [], "warnings": []}
        except EbayError as exc:
            return {"sku": sku, "statusCode": exc.status, "errors": [exc.error()], "warnings": []}

    def bulk_update(self, seller: str, body: Json) -> tuple[int, Document]:
        """Answer ``bulkUpdatePriceQuantity``: absolute values, one result for each offer, or for the item without any.

        Raises:
            EbayError: The request itself is wrong.
        """
        requests = _requests(body, BULK)
        skus = {str(request.get("sku")) for request in requests}
        if len(skus) > 1 and self._world.switch("one_sku_per_call"):
            raise EbayError(25709, field="requests")
        responses: list[Document] = []
        with self._world.transaction():
            for request in requests:
                responses += self._update(seller, request)
        failed = any(response["statusCode"] != 200 for response in responses)
        return 207 if failed else 200, {"responses": responses}

    def _update(self, seller: str, request: Mapping[str, Json]) -> list[Document]:
        sku, offers = request.get("sku"), request.get("offers") or []
        told = {"sku": sku} if sku is not None else {}
        trouble = self._trouble(str(sku))
        if trouble == 0:
            return []
        try:
            self._check(request, offers, trouble)
            if "shipToLocationAvailability" in request:
                self._set_quantity(seller, str(sku), request["shipToLocationAvailability"])
        except EbayError as exc:
            ids = [offer.get("offerId") for offer in offers if isinstance(offer, dict)] or [None]
            return [_result(exc, **told, **({"offerId": str(each)} if each else {})) for each in ids]
        if not offers:
            return [_result(None, **told)]
        return [self._update_offer(seller, sku, offer) for offer in offers]

    def _update_offer(self, seller: str, sku: Json, offer: Mapping[str, Json]) -> Document:
        told = {"sku": sku} if sku is not None else {}
        told["offerId"] = str(offer["offerId"])
        try:
            self._offers.revise(seller, sku, offer)
        except EbayError as exc:
            return _result(exc, **told)
        return _result(None, **told)

    @staticmethod
    def _check(request: Mapping[str, Json], offers: Json, trouble: int | None) -> None:
        if trouble is not None:
            raise EbayError(trouble, sku=request.get("sku"))
        ids = [offer.get("offerId") if isinstance(offer, dict) else None for offer in offers]
        if not offers and "shipToLocationAvailability" not in request:
            raise EbayError(25709, field="shipToLocationAvailability")
        if "shipToLocationAvailability" in request and not request.get("sku"):
            raise EbayError(25709, field="sku")
        if len(offers) > BULK or not all(ids):
            raise EbayError(25709, field="offers")
        if len(set(ids)) < len(ids):
            raise EbayError(25002, reason="an offer is named twice")

    def _set_quantity(self, seller: str, sku: str, available: Json) -> None:
        row = self._world.get("item", item_key(seller, sku))
        if row is None:
            raise EbayError(25702, sku=sku)
        if not isinstance(available, dict) or available.get("quantity") is None:
            raise EbayError(25709, field="quantity")
        distributions = available.get("availabilityDistributions") or row["distributions"]
        self._world.put(
            "item", row["key"], {**row, "quantity": quantity_of(available["quantity"]), "distributions": distributions}
        )

    def _trouble(self, sku: str) -> int | None:
        """Return what shall go wrong with this SKU now: an error code, 0 for no answer at all, or ``None``."""
        row = self._world.get("trouble", sku)
        if row is None:
            return None
        if row["times"] > 1:
            self._world.put("trouble", sku, {**row, "times": row["times"] - 1})
        else:
            self._world.drop("trouble", sku)
        return int(row["error_id"])

    # --- what was listed elsewhere ------------------------------------------------------------------------------------

    def migrate(self, seller: str, body: Json) -> tuple[int, Document]:
        """Answer ``bulkMigrateListing``: take listings over that were made elsewhere.

        Raises:
            EbayError: The request itself is wrong.
        """
        requests = _requests(body, MIGRATED)
        with self._world.transaction():
            responses = [self._migrate(seller, str(request.get("listingId"))) for request in requests]
        failed = any(response["statusCode"] != 200 for response in responses)
        return 207 if failed else 200, {"responses": responses}

    def _migrate(self, seller: str, listing_id: str) -> Document:
        listing = self._world.get("listing", listing_id)
        reason = "it is not the seller's" if listing is None or listing["seller"] != seller else None
        if reason is None and listing is not None and not listing["sku"]:
            reason = "it has no SKU"
        if reason is not None or listing is None:
            error = EbayError(25718, reason=reason)
            return {"listingId": listing_id, "statusCode": 400, "errors": [error.error()], "warnings": []}
        offer = self._offers.adopt(listing)
        self._world.drop("listing", listing_id)
        return {
            "listingId": listing_id,
            "marketplaceId": offer["marketplace"],
            "statusCode": 200,
            "inventoryItems": [{"sku": listing["sku"], "offerId": offer["id"]}],
            "errors": [],
            "warnings": [],
        }

    # --- locations ----------------------------------------------------------------------------------------------------

    def locations(self, seller: str, query: Mapping[str, str], base_url: str) -> Document:
        """Answer ``getInventoryLocations``, whose ``offset`` counts records."""
        rows = [row for row in self._world.rows("location") if row["seller"] == seller]
        limit, offset = read_page(query, 100, None)
        return {
            "href": f"{base_url}{INVENTORY}/location?{urlencode({'limit': limit, 'offset': offset})}",
            "limit": limit,
            "offset": offset,
            "total": len(rows),
            "locations": [_location(row) for row in rows[offset : offset + limit]],
        }

    def location(self, seller: str, key: str) -> Document:
        """Answer ``getInventoryLocation``.

        Raises:
            EbayError: 25805.
        """
        row = self._world.get("location", f"{seller}/{key}")
        if row is None:
            raise EbayError(25805, field="merchantLocationKey")
        return _location(row)


def read_page(query: Mapping[str, str], usual: int, most: int | None) -> tuple[int, int]:
    """Read ``limit`` and ``offset``.

    Raises:
        EbayError: 25706.
    """
    texts = {"limit": query.get("limit", str(usual)), "offset": query.get("offset", "0")}
    for name, text in texts.items():
        if not text.isascii() or not text.isdigit():
            raise EbayError(25706, value=f"{name}={text}")
    limit, offset = int(texts["limit"]), int(texts["offset"])
    if limit < 1 or (most is not None and limit > most):
        raise EbayError(25706, value=f"limit={limit}")
    return limit, offset


def page_of(rows: list[Document], limit: int, page: int, url: str, query: Mapping[str, str]) -> Document:
    """Return a page by its number, with links; the rows are under ``rows``."""

    def link(number: int) -> str:
        return f"{url}?{urlencode({**query, 'limit': limit, 'offset': number})}"

    answer: Document = {
        "href": link(page),
        "limit": limit,
        "size": len(rows[page * limit : (page + 1) * limit]),
        "total": len(rows),
        "rows": rows[page * limit : (page + 1) * limit],
    }
    if (page + 1) * limit < len(rows):
        answer["next"] = link(page + 1)
    if page:
        answer["prev"] = link(page - 1)
    return answer


def _requests(body: Json, most: int) -> list[Document]:
    requests = body.get("requests") if isinstance(body, dict) else None
    if not isinstance(requests, list) or not requests or not all(isinstance(each, dict) for each in requests):
        raise EbayError(25709, field="requests")
    if len(requests) > most:
        raise EbayError(25727, limit=most)
    return requests


def _result(error: EbayError | None, **told: str) -> Document:
    return {
        **told,
        "statusCode": 200 if error is None else error.status,
        "errors": [] if error is None else [error.error()],
        "warnings": [],
    }


def _location(row: Mapping[str, Json]) -> Document:
    return {
        "merchantLocationKey": row["location"],
        "name": row["name"],
        "merchantLocationStatus": "ENABLED",
        "locationTypes": ["WAREHOUSE"],
        "location": {"locationId": row["id"], "address": row["address"]},
    }
