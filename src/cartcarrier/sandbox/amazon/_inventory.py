"""Stock that Amazon holds for the seller.

Facts: field guide amazon.md §3.3.
"""

import json
from datetime import timedelta
from typing import Final

from cartcarrier.sandbox.amazon._call import Answer, Call
from cartcarrier.sandbox.amazon._errors import InvalidInputError
from cartcarrier.sandbox.amazon._marketplaces import MARKETPLACES
from cartcarrier.sandbox.amazon._pages import Pages
from cartcarrier.sandbox.amazon._world import Document, World, stamp

TOKEN_SECONDS: Final = 30
PAGE: Final = 50
_OLDEST: Final = timedelta(days=18 * 30)
_LOOSE: Final = frozenset({"nextToken"})


class Inventory:
    """Units in Amazon's warehouses, by region and SKU.

    Args:
        world: The platform's memory.
        pages: Makes page tokens.
    """

    def __init__(self, world: World, pages: Pages) -> None:
        self._world = world
        self._pages = pages

    def set(self, region: str, sku: str, *, asin: str, title: str, fulfillable: int, inbound: int = 0) -> None:
        """Say how many units of an article Amazon holds."""
        known = self.get(region, sku) or {"reserved": 0, "unfulfillable": 0}
        self._put(
            region,
            sku,
            {
                **known,
                "region": region,
                "sku": sku,
                "asin": asin,
                "title": title,
                "fulfillable": fulfillable,
                "inbound": inbound,
            },
        )

    def get(self, region: str, sku: str) -> Document | None:
        """Return what Amazon holds of an article, to look at."""
        return self._world.get("stock", _key(region, sku))

    def fulfillable(self, region: str, sku: str) -> int:
        """Return how many units can be sold or sent now."""
        row = self.get(region, sku)
        return 0 if row is None else int(row["fulfillable"])

    def reserve(self, region: str, sku: str, units: int) -> None:
        """Bind units to an order, or (negative) let them be free again. An article that Amazon does not hold stays so."""
        row = self.get(region, sku)
        if row is not None:
            self._put(
                region,
                sku,
                {**row, "fulfillable": row["fulfillable"] - units, "reserved": row["reserved"] + units},
            )

    def leave(self, region: str, sku: str, units: int) -> None:
        """Let reserved units leave the warehouse."""
        row = self.get(region, sku)
        if row is not None:
            self._put(region, sku, {**row, "reserved": max(row["reserved"] - units, 0)})

    def _put(self, region: str, sku: str, row: Document) -> None:
        self._world.put("stock", _key(region, sku), {**row, "updated": self._world.stamp()})

    def summaries(self, call: Call) -> Answer:
        """Answer ``getInventorySummaries``. A page token lives 30 seconds.

        Raises:
            InvalidInputError: A parameter is missing or wrong, or the token is too old.
        """
        if call.query.get("granularityType") != "Marketplace":
            raise InvalidInputError("granularityType must be Marketplace.")
        marketplaces = call.values("marketplaceIds", most=1)
        granularity = call.query.get("granularityId")
        if not marketplaces or marketplaces[0] != granularity:
            raise InvalidInputError("granularityId and marketplaceIds must be the same marketplace.")
        call.marketplace(granularity)
        since = call.time("startDateTime")
        if since is not None and since < stamp(self._world.now() - _OLDEST):
            raise InvalidInputError("startDateTime is more than 18 months ago.")
        skus = set(call.values("sellerSkus", most=50)) | {sku for sku in [call.query.get("sellerSku")] if sku}
        details = call.query.get("details", "false")
        if details not in {"true", "false"}:
            raise InvalidInputError("details must be true or false.")
        token = call.query.get("nextToken")
        start = self._pages.read(token, call, _LOOSE)["start"] if token else 0
        rows = [
            row
            for row in self._world.table("stock").values()
            if row["region"] == call.region
            and (not skus or row["sku"] in skus)
            and (since is None or row["updated"] >= since)
        ]
        body: Document = {
            "payload": {
                "granularity": {"granularityType": "Marketplace", "granularityId": granularity},
                "inventorySummaries": [_summary(row, details=details == "true") for row in rows[start : start + PAGE]],
            }
        }
        if start + PAGE < len(rows):
            next_token = self._pages.make({"start": start + PAGE}, call, _LOOSE, seconds=TOKEN_SECONDS)
            body["pagination"] = {"nextToken": next_token}
        return Answer(body)


def _key(region: str, sku: str) -> str:
    return json.dumps([region, sku])


def _summary(row: Document, *, details: bool) -> Document:
    total = row["fulfillable"] + row["reserved"] + row["unfulfillable"] + row["inbound"]
    view: Document = {
        "asin": row["asin"],
        "fnSku": "X00" + row["asin"][2:9],
        "sellerSku": row["sku"],
        "condition": "NewItem",
        "lastUpdatedTime": row["updated"],
        "productName": row["title"],
        "totalQuantity": total,
    }
    if details:
        view["inventoryDetails"] = {
            "fulfillableQuantity": row["fulfillable"],
            "inboundWorkingQuantity": 0,
            "inboundShippedQuantity": row["inbound"],
            "inboundReceivingQuantity": 0,
            "reservedQuantity": {
                "totalReservedQuantity": row["reserved"],
                "pendingCustomerOrderQuantity": row["reserved"],
                "pendingTransshipmentQuantity": 0,
                "fcProcessingQuantity": 0,
            },
            "researchingQuantity": {"totalResearchingQuantity": 0, "researchingQuantityBreakdown": []},
            "unfulfillableQuantity": {
                "totalUnfulfillableQuantity": row["unfulfillable"],
                "customerDamagedQuantity": row["unfulfillable"],
                "warehouseDamagedQuantity": 0,
                "distributorDamagedQuantity": 0,
                "carrierDamagedQuantity": 0,
                "defectiveQuantity": 0,
                "expiredQuantity": 0,
            },
        }
    return view


def region_of(marketplace_id: str) -> str:
    """Return the region in which a marketplace's stock lies."""
    return MARKETPLACES[marketplace_id].region
