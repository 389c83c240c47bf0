"""Rates, and the tokens under which they can be bought for ten minutes.

Facts: field guide amazon.md §4.2.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Final

from cartcarrier.sandbox.amazon import _shipping_requests as requests
from cartcarrier.sandbox.amazon._call import Answer, Call
from cartcarrier.sandbox.amazon._errors import InvalidInputError, RefusedError
from cartcarrier.sandbox.amazon._orders import Orders
from cartcarrier.sandbox.amazon._tariff import (
    BUSINESSES,
    CONFIRMATION_GROUP,
    CONFIRMATIONS,
    Service,
    currency,
    price_of,
    services_of,
)
from cartcarrier.sandbox.amazon._world import Document, World, stamp

TOKEN_SECONDS: Final = 600
LONGEST_SIDE: Final = Decimal(274)
BENEFITS: Final[Document] = {"includedBenefits": ["CLAIMS_PROTECTED"], "excludedBenefits": []}


class Rating:
    """The operations that cost nothing.

    Args:
        world: The platform's memory.
        orders: The orders that labels are for.
    """

    def __init__(self, world: World, orders: Orders) -> None:
        self._world = world
        self._orders = orders

    def rates(self, call: Call) -> Answer:
        """Answer ``getRates``.

        Raises:
            RefusedError: The request is wrong, or its order cannot be shipped.
        """
        business = requests.read_business(call)
        body = call.json()
        order = requests.read_channel(call, body, self._orders.get)
        requests.read_address(body, "shipFrom")
        packages = requests.read_packages(body, order)
        if order is not None and order["label_after"] and self._world.stamp() < order["label_after"]:
            raise InvalidInputError(f"Labels for the order {order['id']} can be bought from {order['label_after']} on.")
        unit = BUSINESSES[business][1]
        number = self._world.next_number("rates")
        token = f"amzn1.rq.{self._world.draw(f'rates:{number}').getrandbits(96):024x}"
        offered: list[Document] = []
        ineligible: list[Document] = []
        for service in services_of(business):
            reason = self._against(service, packages, order)
            if reason is not None:
                ineligible.append(_ineligible(service, *reason))
                continue
            weights = [Decimal(package["kilograms"]) for package in packages]
            price = price_of(service, weights)
            offered.append({"id": f"{token}.{service.id}", "service": service.id, "price": str(price)})
        with self._world.transaction():
            self._world.put(
                "rates",
                token,
                {
                    "region": call.region,
                    "business": business,
                    "expires": self._world.stamp(TOKEN_SECONDS),
                    "order": order["id"] if order else None,
                    "request": body,
                    "packages": packages,
                    "rates": offered,
                },
            )
        by_id = {service.id: service for service in services_of(business)}
        views = [self._rate_view(by_id[rate["service"]], rate, unit) for rate in offered]
        return Answer({"payload": {"requestToken": token, "rates": views, "ineligibleRates": ineligible}})

    def _against(self, service: Service, packages: list[Document], order: Document | None) -> tuple[str, str] | None:
        if any(Decimal(package["kilograms"]) > service.most_kilograms for package in packages):
            return "WEIGHT_RESTRICTIONS", "A package is too heavy for this service."
        if any(Decimal(package["side"]) > LONGEST_SIDE for package in packages):
            return "SIZE_RESTRICTIONS", "A package is too long for this service."
        if order is not None and self._arrival(service) > order["deliver_by"][1]:
            return "LATE_DELIVERY", "The service does not keep the promise made to the buyer."
        return None

    def _arrival(self, service: Service) -> str:
        return stamp(self._world.now() + timedelta(days=service.days))

    def promise(self, service: Service) -> Document:
        """Return when the carrier would take and deliver a parcel bought now."""
        now = self._world.now()
        arrival = now + timedelta(days=service.days)
        return {
            "deliveryWindow": {"start": stamp(arrival - timedelta(hours=10)), "end": stamp(arrival)},
            "pickupWindow": {"start": stamp(now), "end": stamp(now + timedelta(hours=8))},
        }

    def _rate_view(self, service: Service, rate: Document, unit: str) -> Document:
        services = [
            {"id": id_, "name": name, "cost": currency(cost, unit)} for id_, (name, cost) in CONFIRMATIONS.items()
        ]
        return {
            "rateId": rate["id"],
            "carrierId": service.carrier_id,
            "carrierName": service.carrier_name,
            "serviceId": service.id,
            "serviceName": service.name,
            "totalCharge": currency(rate["price"], unit),
            "promise": self.promise(service),
            "supportedDocumentSpecifications": requests.document_specifications(),
            "availableValueAddedServiceGroups": [
                {
                    "groupId": CONFIRMATION_GROUP,
                    "groupDescription": "Delivery confirmation",
                    "isRequired": service.needs_confirmation,
                    "valueAddedServices": services,
                }
            ],
            "requiresAdditionalInputs": False,
            "rateItemList": [
                {
                    "rateItemID": "BASE_RATE",
                    "rateItemType": "MANDATORY",
                    "rateItemCharge": currency(rate["price"], unit),
                }
            ],
            "paymentType": "PAY_THROUGH_AMAZON",
            "benefits": BENEFITS,
        }

    def additional_inputs(self, call: Call) -> Answer:
        """Answer ``getAdditionalInputs``: no rate of this sandbox needs any.

        Raises:
            RefusedError: The token or the rate is not known.
        """
        requests.read_business(call)
        self.rate(self.quote(call.query.get("requestToken")), call.query.get("rateId"))
        return Answer({"payload": {}})

    def quote(self, token: object) -> Document:
        """Return what a request token stands for.

        Raises:
            RefusedError: It is not known, or older than ten minutes.
        """
        quote = self._world.get("rates", token) if isinstance(token, str) else None
        if quote is None:
            raise InvalidInputError("requestToken is not valid.")
        if quote["expires"] <= self._world.stamp():
            raise RefusedError(400, "The request token has expired: get rates again.", code="TOKEN_EXPIRED")
        return quote

    def rate(self, quote: Document, rate_id: object) -> Document:
        """Return one of the rates of a request token.

        Raises:
            InvalidInputError: It is not one of them.
        """
        found = next((rate for rate in quote["rates"] if rate["id"] == rate_id), None)
        if found is None:
            raise InvalidInputError("rateId is not one of the rates of this request token.")
        return dict(found)


def _ineligible(service: Service, code: str, message: str) -> Document:
    return {
        "serviceId": service.id,
        "serviceName": service.name,
        "carrierName": service.carrier_name,
        "carrierId": service.carrier_id,
        "ineligibilityReasons": [{"code": code, "message": message}],
    }
