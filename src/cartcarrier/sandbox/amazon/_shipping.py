"""Labels sold through Amazon: rates that expire, purchases with a key, documents, cancellations.

Facts: field guide amazon.md §4.2 and §9. What the guide calls unconfirmed is decided so: a key is good for ten minutes, with another
body it is refused; cancelling twice is refused the second time.
"""

import hashlib
import json
from decimal import Decimal

from cartcarrier.sandbox.amazon import _shipping_requests as requests
from cartcarrier.sandbox.amazon._call import Answer, Call, text_of
from cartcarrier.sandbox.amazon._errors import DeniedError, InvalidInputError, RefusedError
from cartcarrier.sandbox.amazon._orders import Orders, packed
from cartcarrier.sandbox.amazon._shipping_labels import package_view, tracking_number
from cartcarrier.sandbox.amazon._shipping_rates import BENEFITS, Rating
from cartcarrier.sandbox.amazon._shipping_tracking import picked_up, tracking_view
from cartcarrier.sandbox.amazon._tariff import (
    BUSINESSES,
    CONFIRMATIONS,
    Service,
    services_of,
)
from cartcarrier.sandbox.amazon._views import kept
from cartcarrier.sandbox.amazon._world import Document, World


class Shipping:
    """The operations, and the labels sold.

    Args:
        world: The platform's memory.
        orders: The orders that labels confirm.
    """

    def __init__(self, world: World, orders: Orders) -> None:
        self._world = world
        self._orders = orders
        self.rating: Rating = Rating(world, orders)

    # --- buying -------------------------------------------------------------------------------------------------------

    def purchase(self, call: Call) -> Answer:
        """Answer ``purchaseShipment``: the same key and body within the key's life give the same answer, and no second label.

        Raises:
            RefusedError: The token has expired, the rate is not its, the wishes are not offered, or the order is cancelled.
        """
        business = requests.read_business(call)
        body = call.json()
        key, digest = call.headers.get("x-amzn-idempotencykey"), _digest(body)
        known = self._world.get("purchase_key", f"{call.region}:{key}") if key else None
        if known is not None and self._world.stamp() < known["until"]:
            if known["digest"] != digest:
                raise InvalidInputError("The idempotency key was used with other parameters.")
            return Answer(dict(known["answer"]))
        quote = self.rating.quote(text_of(body, "requestToken"))
        rate = self.rating.rate(quote, body.get("rateId"))
        specification = requests.read_specification(body)
        service = next(each for each in services_of(quote["business"]) if each.id == rate["service"])
        chosen = _chosen_services(body, service)
        if business != quote["business"]:
            raise InvalidInputError("The request token is of another business.")
        if quote["order"] is not None:
            order = self._orders.get(quote["order"])
            if order is None or order["state"] != "UNSHIPPED":
                raise InvalidInputError(f"The order {quote['order']} cannot be shipped any more.")
        with self._world.transaction():
            shipment = self._sell(call.region, quote, rate, service, specification, chosen)
            answer = self._purchase_view(shipment)
            if key:
                until = self._world.stamp(self._world.switch("idempotency_seconds"))
                self._world.put(
                    "purchase_key", f"{call.region}:{key}", {"digest": digest, "answer": answer, "until": until}
                )
        return Answer(answer)

    def refuse(self, call: Call) -> Answer:
        """Answer ``directPurchaseShipment`` and ``oneClickShipment``: the seller is not enrolled.

        Raises:
            DeniedError: Always.
        """
        requests.read_business(call)
        call.json()
        raise DeniedError("The seller is not enrolled for buying without rates.")

    def _sell(  # noqa: PLR0917 - everything that makes a label
        self,
        region: str,
        quote: Document,
        rate: Document,
        service: Service,
        specification: Document,
        chosen: list[str],
    ) -> Document:
        number = self._world.next_number("label")
        unit = BUSINESSES[quote["business"]][1]
        extras = sum((Decimal(CONFIRMATIONS[id_][1]) for id_ in chosen), Decimal(0))
        shipment: Document = {
            "id": f"amzn1.shp.{self._world.draw(f'label:{number}').getrandbits(96):024x}",
            "region": region,
            "business": quote["business"],
            "order": quote["order"],
            "service": service.id,
            "carrier_id": service.carrier_id,
            "price": str(Decimal(rate["price"]) + extras),
            "currency": unit,
            "bought": self._world.stamp(),
            "cancelled": None,
            "promise": self.rating.promise(service),
            "specification": specification,
            "confirmations": chosen,
            "request": {name: quote["request"][name] for name in ("shipFrom", "shipTo") if name in quote["request"]},
            "journey": "delivered",
            "packages": [
                {**package, "tracking": tracking_number(service, number * 100 + index), "package": None}
                for index, package in enumerate(quote["packages"])
            ],
        }
        if quote["order"] is not None:
            for package in shipment["packages"]:
                package["package"] = self._confirm(shipment, package, service)
        self._world.put("shipment", f"{region}:{shipment['id']}", shipment)
        return shipment

    def _confirm(self, shipment: Document, package: Document, service: Service) -> str:
        """Let the label confirm its order by itself (guide §4.2)."""
        order = self._world.edit("order", shipment["order"])
        reference = str(max((int(entry["reference"]) for entry in order["packages"]), default=0) + 1)
        self._orders.put_package(
            order["id"],
            {
                "reference": reference,
                "created": self._world.stamp(),
                "status": "PENDING",
                "detailed_status": None,
                "carrier_code": service.carrier_id,
                "carrier": service.carrier_name,
                "method": service.name,
                "tracking": package["tracking"],
                "ship_time": self._world.stamp(),
                "items": _items(order, package),
                "source": "label",
                "shipment_id": shipment["id"],
                "edits": 0,
            },
        )
        return reference

    def _purchase_view(self, shipment: Document) -> Document:
        details = [
            package_view(shipment, package, self._order_of(shipment), shipment["specification"])
            for package in shipment["packages"]
        ]
        return {
            "payload": {
                "shipmentId": shipment["id"],
                "packageDocumentDetails": details,
                "promise": shipment["promise"],
                "benefits": BENEFITS,
            }
        }

    # --- what was bought ----------------------------------------------------------------------------------------------

    def documents(self, call: Call) -> Answer:
        """Answer ``getShipmentDocuments``: the label again, in the same or another format.

        Raises:
            RefusedError: No such shipment or package, or a format that there is not.
        """
        requests.read_business(call)
        shipment = self._shipment(call.region, call.path["shipmentId"])
        reference = call.query.get("packageClientReferenceId")
        package = next((each for each in shipment["packages"] if each["reference"] == reference), None)
        if package is None:
            raise InvalidInputError(f"packageClientReferenceId {reference} is not one of the shipment.")
        if shipment["cancelled"]:
            raise InvalidInputError("The shipment was cancelled: it has no documents.")
        format_ = call.query.get("format", shipment["specification"]["format"])
        dpi = call.query.get("dpi", str(shipment["specification"]["dpi"]))
        if format_ not in requests.FORMATS or dpi not in {str(each) for each in requests.DPIS}:
            raise InvalidInputError("The format or its resolution is not supported.")
        detail = package_view(shipment, package, self._order_of(shipment), {"format": format_, "dpi": int(dpi)})
        return Answer(
            {"payload": {"shipmentId": shipment["id"], "packageDocumentDetail": detail, "benefits": BENEFITS}}
        )

    def cancel(self, call: Call) -> Answer:
        """Answer ``cancelShipment``: money comes back, the order stays as it is.

        Raises:
            RefusedError: No such shipment, cancelled already, or the carrier has it.
        """
        requests.read_business(call)
        shipment = self._shipment(call.region, call.path["shipmentId"])
        if shipment["cancelled"]:
            raise InvalidInputError("The shipment was cancelled already.")
        if picked_up(shipment, self._world.now()):
            raise InvalidInputError("The shipment cannot be cancelled: the carrier has it.")
        with self._world.transaction():
            self._world.put("shipment", shipment["key"], {**shipment, "cancelled": self._world.stamp()})
            for package in shipment["packages"]:
                if package["package"] is not None:
                    self._orders.set_package_status(
                        shipment["order"], package["package"], "CANCELLED", None, settled=False
                    )
        return Answer({"payload": {}})

    def tracking(self, call: Call) -> Answer:
        """Answer ``getTracking``: parcels that Amazon itself carries.

        Raises:
            RefusedError: No such parcel, or another carrier's.
        """
        requests.read_business(call)
        number, carrier = call.query.get("trackingId", ""), call.query.get("carrierId", "")
        if not number or not carrier:
            raise InvalidInputError("trackingId and carrierId are required.")
        shipment = self.find(number)
        if shipment is None or shipment["region"] != call.region or shipment["carrier_id"] != carrier:
            raise RefusedError(404, f"The tracking id {number} was not found.")
        if not carrier.startswith("AMZN"):
            raise InvalidInputError(f"Tracking of {carrier} is not supported: ask the carrier.")
        return Answer({"payload": tracking_view(shipment, number, self._world.now())})

    def find(self, tracking_number: str) -> Document | None:
        """Return the shipment that has a tracking number."""
        return next(
            (
                shipment
                for shipment in self._world.table("shipment").values()
                if any(package["tracking"] == tracking_number for package in shipment["packages"])
            ),
            None,
        )

    def _order_of(self, shipment: Document) -> Document | None:
        return self._orders.get(shipment["order"]) if shipment["order"] else None

    def _shipment(self, region: str, id_: str) -> Document:
        shipment = self._world.get("shipment", f"{region}:{id_}")
        if shipment is None:
            raise RefusedError(404, f"The shipment {id_} was not found.")
        return shipment


def _chosen_services(body: Document, service: Service) -> list[str]:
    """Read the value-added services: at most one of the group, and one where the group is required.

    Raises:
        InvalidInputError: They are not so.
    """
    wishes = body.get("requestedValueAddedServices") or []
    if not isinstance(wishes, list) or not all(isinstance(wish, dict) for wish in wishes):
        raise InvalidInputError("requestedValueAddedServices must be a list of objects.")
    chosen = [wish.get("id") for wish in wishes]
    if (
        not all(isinstance(id_, str) and id_ in CONFIRMATIONS for id_ in chosen)
        or len(chosen) > 1
        or (service.needs_confirmation and not chosen)
    ):
        raise InvalidInputError("The requested value added services are invalid.")
    return [str(id_) for id_ in chosen]


def _items(order: Document, package: Document) -> list[Document]:
    """Return what of the order is in a package: what was named, or all that is left."""
    named = [item for item in package["items"] if item["line_id"] is not None]
    if named:
        return [{"line_id": item["line_id"], "quantity": item["quantity"]} for item in named]
    left = {line["id"]: line["quantity"] - packed(order, line["id"]) for line in order["lines"]}
    rest = {line_id: quantity for line_id, quantity in left.items() if quantity > 0}
    whole = rest or {line["id"]: line["quantity"] for line in order["lines"] if line["quantity"]}
    return [{"line_id": line_id, "quantity": quantity} for line_id, quantity in whole.items()]


def _digest(body: Document) -> str:
    return hashlib.sha256(json.dumps(kept(body), sort_keys=True).encode()).hexdigest()
