"""Offers: what of an item a marketplace may sell, and at which price (field guide ebay.md §11)."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from cartcarrier.sandbox.ebay._errors import EbayError
from cartcarrier.sandbox.ebay._quotas import Quotas
from cartcarrier.sandbox.ebay._world import Document, Json, World

FIRST_OFFER, FIRST_LISTING = 9_876_540_001, 335_100_000_001
# What createOffer and updateOffer take, beside the keys that only createOffer does.
DETAILS = frozenset(
    {
        "availableQuantity",
        "categoryId",
        "listingDescription",
        "listingDuration",
        "listingPolicies",
        "merchantLocationKey",
        "pricingSummary",
        "quantityLimitPerBuyer",
        "storeCategoryNames",
        "tax",
    }
)
KEYS = frozenset({"sku", "marketplaceId", "format"})
NEEDED_TO_PUBLISH = ("categoryId", "merchantLocationKey", "pricingSummary", "listingPolicies")


def item_key(seller: str, sku: str) -> str:
    """Return the key of an inventory item's document."""
    return f"{seller}/{sku}"


def quantity_of(value: Json) -> int | None:
    """Check a quantity; ``None`` is none.

    Raises:
        EbayError: 25004.
    """
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise EbayError(25004, quantity=value)
    return value


class Offers:
    """Every seller's offers.

    Args:
        world: The memory.
        quotas: Counts a listing's revisions of the day.
    """

    def __init__(self, world: World, quotas: Quotas) -> None:
        self._world = world
        self._quotas = quotas

    def of(self, seller: str, sku: str) -> list[Document]:
        """Return the offers on a SKU."""
        known = self._world.get("offers_of", item_key(seller, sku)) or {"ids": []}
        found = (self._world.get("offer", offer_id) for offer_id in known["ids"])
        return [row for row in found if row is not None]

    def find(self, seller: str, offer_id: str) -> Document:
        """Return an offer to look at.

        Raises:
            EbayError: 25713.
        """
        row = self._world.get("offer", offer_id)
        if row is None or row["seller"] != seller:
            raise EbayError(25713, offerId=offer_id)
        return row

    def write(self, row: Mapping[str, Json]) -> Document:
        """Return an offer's JSON."""
        made: Document = {
            "offerId": row["id"],
            "sku": row["sku"],
            "marketplaceId": row["marketplace"],
            "format": row["format"],
            "status": "PUBLISHED" if row["listing"] else "UNPUBLISHED",
            **row["content"],
        }
        if row["quantity"] is not None:
            made["availableQuantity"] = row["quantity"]
        if row["listing"]:
            listed = self.listed(row)
            made["listing"] = {
                "listingId": row["listing"],
                "listingStatus": "ACTIVE" if listed else "OUT_OF_STOCK",
                "soldQuantity": row["sold"],
            }
        return made

    def listed(self, row: Mapping[str, Json]) -> int:
        """Return what buyers see: the offer's quantity, capped by the item's; the item's when the offer has none."""
        item = self._world.get("item", item_key(row["seller"], row["sku"])) or {"quantity": 0}
        total = int(item["quantity"] or 0)
        return total if row["quantity"] is None else min(int(row["quantity"]), total)

    def browse(self, seller: str, query: Mapping[str, str]) -> list[Document]:
        """Return the offers that ``getOffers`` asks for.

        Raises:
            EbayError: 25709: no SKU; 25713: no offer of it.
        """
        if not query.get("sku"):
            raise EbayError(25709, field="sku")
        found = [
            row
            for row in self.of(seller, query["sku"])
            if query.get("format") in {None, row["format"]}
            and query.get("marketplace_id") in {None, row["marketplace"]}
        ]
        if not found:
            raise EbayError(25713, sku=query["sku"])
        return found

    # --- changes ------------------------------------------------------------------------------------------------------

    def create(self, seller: str, body: Json) -> str:
        """Answer ``createOffer``.

        Raises:
            EbayError: A member is wrong, the SKU is unknown, or it has such an offer already.
        """
        if not isinstance(body, dict) or set(body) - DETAILS - KEYS:
            raise EbayError(25709, field="body")
        for name in ("sku", "marketplaceId", "format"):
            if not isinstance(body.get(name), str) or not body[name]:
                raise EbayError(25709, field=name)
        if self._world.get("item", item_key(seller, body["sku"])) is None:
            raise EbayError(25702, sku=body["sku"])
        if any(row["format"] == body["format"] for row in self.of(seller, body["sku"])):
            raise EbayError(25002, reason="offer entity already exists")
        return str(self.make(seller, body["sku"], body["marketplaceId"], body["format"], body)["id"])

    def make(self, seller: str, sku: str, marketplace: str, form: str, details: Mapping[str, Json]) -> Document:
        """Keep a new, unpublished offer."""
        content = {name: value for name, value in details.items() if name in DETAILS and name != "availableQuantity"}
        offer_id = str(FIRST_OFFER + self._world.next_number("offer"))
        row: Document = {
            "id": offer_id,
            "seller": seller,
            "sku": sku,
            "marketplace": marketplace,
            "format": form,
            "content": content,
            "quantity": quantity_of(details.get("availableQuantity")),
            "listing": None,
            "sold": 0,
        }
        key = item_key(seller, sku)
        known = self._world.get("offers_of", key) or {"ids": []}
        self._world.put("offers_of", key, {"ids": [*known["ids"], offer_id]})
        return self._world.put("offer", offer_id, row)

    def replace(self, seller: str, offer_id: str, body: Json) -> None:
        """Answer ``updateOffer``: what is left out is gone.

        Raises:
            EbayError: A member is wrong, there is no such offer, or its listing was revised too often today.
        """
        row = self.find(seller, offer_id)
        if not isinstance(body, dict) or set(body) - DETAILS:
            raise EbayError(25709, field="body")
        quantity = quantity_of(body.get("availableQuantity"))
        self._revised(row)
        content = {name: value for name, value in body.items() if name != "availableQuantity"}
        self._world.put("offer", offer_id, {**row, "content": content, "quantity": quantity})

    def revise(self, seller: str, sku: Json, change: Mapping[str, Json]) -> None:
        """Set a published offer's quantity, price, or both.

        Raises:
            EbayError: It is another SKU's, unpublished, a value is wrong, or its listing was revised too often today.
        """
        row = self.find(seller, str(change["offerId"]))
        if sku is not None and row["sku"] != sku:
            raise EbayError(25002, reason="the offer is not this SKU's")
        if row["listing"] is None:
            raise EbayError(25002, reason="the offer is not published")
        if change.get("availableQuantity") is None and change.get("price") is None:
            raise EbayError(25709, field="availableQuantity")
        changed: Document = {**row}
        if change.get("availableQuantity") is not None:
            changed["quantity"] = quantity_of(change["availableQuantity"])
        if change.get("price") is not None:
            pricing = {**row["content"].get("pricingSummary", {}), "price": _price(change["price"])}
            changed["content"] = {**row["content"], "pricingSummary": pricing}
        self._revised(row)
        self._world.put("offer", row["key"], changed)

    def publish(self, seller: str, offer_id: str) -> str:
        """Answer ``publishOffer``; a second time it is the same listing.

        Raises:
            EbayError: There is no such offer, or something is missing.
        """
        row = self.find(seller, offer_id)
        if row["listing"]:
            return str(row["listing"])
        for name in NEEDED_TO_PUBLISH:
            if name not in row["content"]:
                raise EbayError(25002, reason=f"{name} is missing")
        listing = str(FIRST_LISTING + self._world.next_number("listing"))
        self._world.put("offer", offer_id, {**row, "listing": listing})
        return listing

    def withdraw(self, seller: str, offer_id: str) -> str:
        """Answer ``withdrawOffer``.

        Raises:
            EbayError: There is no such offer, or it is not published.
        """
        row = self.find(seller, offer_id)
        if not row["listing"]:
            raise EbayError(25002, reason="the offer is not published")
        self._world.put("offer", offer_id, {**row, "listing": None})
        return str(row["listing"])

    def delete(self, seller: str, offer_id: str) -> None:
        """Answer ``deleteOffer``.

        Raises:
            EbayError: 25713.
        """
        self._world.drop("offer", self.find(seller, offer_id)["key"])

    def adopt(self, listing: Mapping[str, Json]) -> Document:
        """Make an item and a published offer out of a listing that was made elsewhere."""
        self._world.put(
            "item",
            item_key(listing["seller"], listing["sku"]),
            {
                "seller": listing["seller"],
                "sku": listing["sku"],
                "locale": "en_US",
                "content": {"condition": "NEW", "product": {"title": listing["title"]}},
                "quantity": listing["quantity"],
                "distributions": [],
            },
        )
        details = {
            "availableQuantity": listing["quantity"],
            "categoryId": "30120",
            "merchantLocationKey": "main",
            "listingPolicies": {"fulfillmentPolicyId": "1", "paymentPolicyId": "2", "returnPolicyId": "3"},
            "pricingSummary": {"price": listing["price"]},
        }
        row = self.make(listing["seller"], listing["sku"], listing["marketplace"], "FIXED_PRICE", details)
        return self._world.put("offer", row["id"], {**row, "listing": listing["id"]})

    def sell(self, seller: str, sku: str | None, quantity: int) -> None:
        """Take what a buyer bought off both numbers; nothing goes below none."""
        item = self._world.get("item", item_key(seller, sku)) if sku else None
        if item is None or sku is None:
            return
        if item["quantity"] is not None:
            self._world.put("item", item["key"], {**item, "quantity": max(item["quantity"] - quantity, 0)})
        for row in self.of(seller, sku):
            if row["listing"] and row["format"] == "FIXED_PRICE":
                left = None if row["quantity"] is None else max(row["quantity"] - quantity, 0)
                self._world.put("offer", row["key"], {**row, "quantity": left, "sold": row["sold"] + quantity})

    def _revised(self, row: Mapping[str, Json]) -> None:
        if row["listing"] and not self._quotas.revise(row["listing"]):
            raise EbayError(25002, reason="the listing was revised 250 times today")


def _price(given: Json) -> Document:
    try:
        if Decimal(str(given["value"])) > 0 and given["currency"]:
            return {"value": str(given["value"]), "currency": given["currency"]}
    except (InvalidOperation, KeyError, TypeError) as exc:
        raise EbayError(25709, field="price") from exc
    raise EbayError(25709, field="price")
