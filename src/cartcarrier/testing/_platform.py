"""What a suite must know of the other side. Every method has a default: it fits, or it skips the tests that need it."""

from datetime import timedelta
from typing import ClassVar

import pytest

from cartcarrier.carriers import Carrier, SupportsLabels
from cartcarrier.channels import Channel
from cartcarrier.drivers import Driver
from cartcarrier.errors import InvalidValueError
from cartcarrier.http import ReceivedRequest
from cartcarrier.models import (
    Address,
    Fulfillment,
    FulfillmentParcel,
    Order,
    PurchaseStep,
    Shipment,
    ShipmentRequest,
    WebhookRequest,
)
from cartcarrier.testing._factories import make_address, make_fulfillment, make_order, make_request
from cartcarrier.testing._leaks import personal_data
from cartcarrier.testing._transport import Answered, Failure, plain_answer


class Platform:
    """The other side, whatever it is. Override what your fake or simulator can do.

    Attributes:
        token_path: Path of the token endpoint; ``None`` where credentials never change.
        signature_header: The header that carries the signature of a push; ``None`` where the platform does not push.
        secrets: What must never be shown, beside what the driver's config hides and what was sent as a credential.
    """

    token_path: ClassVar[str | None] = None
    signature_header: ClassVar[str | None] = None
    secrets: ClassVar[tuple[str, ...]] = ()

    def answer(self, failure: Failure) -> Answered:
        """Return what the platform says when something goes wrong: status, header fields, body.

        Override it to answer in the platform's own words; for ``Failure.QUOTED`` with ``personal_data()`` in the message.
        """
        message = f"no service for {' of '.join(personal_data())}" if failure is Failure.QUOTED else "no"
        return plain_answer(failure, message)

    def is_token_request(self, request: ReceivedRequest) -> bool:
        """Say whether a request asks for a token."""
        return self.token_path is not None and request.path == self.token_path

    def is_write(self, request: ReceivedRequest) -> bool:
        """Say whether a request changes something at the platform. Override it where the method does not tell (GraphQL)."""
        return request.method not in {"GET", "HEAD"} and not self.is_token_request(request)

    async def pass_time(self, driver: Driver, duration: timedelta) -> None:
        """Let time pass, for driver and platform alike. The default sleeps on the driver's clock."""
        if driver.clock is None:
            pytest.skip("time cannot be moved: give the driver a ManualClock")
        await driver.clock.sleep(duration.total_seconds())

    async def make_push(self, driver: Driver) -> WebhookRequest:  # noqa: ARG002 - for those who override it
        """Return a genuine push, signed, that stands for at least one event."""
        pytest.skip(f"{type(self).__name__}.make_push is not given")


class CarrierPlatform(Platform):
    """A carrier's side.

    Attributes:
        unknown_number: A tracking number of the right form that belongs to nobody.
        unknown_service: A code of the right form that is no service.
    """

    unknown_number: ClassVar[str] = "0000000000"
    unknown_service: ClassVar[str] = "97"

    def __init__(self) -> None:
        self._references = 0

    def make_request(self) -> ShipmentRequest:
        """Return a shipment that the carrier sells. Keep the recipient of the default, for the search for leaks."""
        return make_request()

    def make_address(self) -> Address:
        """Return an address that the carrier can check."""
        return make_address()

    def new_reference(self) -> str:
        """Return a reference that was not used yet."""
        self._references += 1
        return f"cc-{self._references:016x}"

    async def known_tracking_number(self, carrier: Carrier) -> str:
        """Return the number of a parcel that has been scanned. The default buys a label and follows that."""
        if not isinstance(carrier, SupportsLabels) or self.what_is_missing(carrier):
            pytest.skip(f"{type(self).__name__}.known_tracking_number is not given")
        return (await carrier.purchase(self.other_step(carrier))).tracking_number

    def bought(self) -> int:
        """Return how many labels were bought and not given back."""
        pytest.skip(f"{type(self).__name__}.bought is not given")

    def unknown_shipment(self, shipment: Shipment) -> Shipment:  # noqa: ARG002 - for those who override it
        """Return a shipment like this one that the carrier never sold."""
        pytest.skip(f"{type(self).__name__}.unknown_shipment is not given")

    def what_is_missing(self, carrier: SupportsLabels) -> str | None:
        """Say why nothing can be bought with ``make_request()`` as it is: most carriers want a service of theirs named."""
        try:
            carrier.prepare_shipment(self.make_request(), reference="cc-0")
        except InvalidValueError as refusal:
            if refusal.field is not None and refusal.field.rpartition(".")[2] == "service":
                return f"{type(self).__name__}.make_request names no service: {refusal}"
            raise
        return None

    def other_step(self, carrier: SupportsLabels) -> PurchaseStep:
        """Return a step that was never sent."""
        return carrier.prepare_shipment(self.make_request(), reference=self.new_reference()).steps[0]


class ChannelPlatform(Platform):
    """A channel's side.

    Attributes:
        unknown_order_id: An identity of the right form that belongs to no order.
        unknown_fulfillment_id: The same of a fulfillment.
        unknown_sku: An article that the channel does not have.
    """

    unknown_order_id: ClassVar[str] = "0"
    unknown_fulfillment_id: ClassVar[str] = "0"
    unknown_sku: ClassVar[str] = "NO-SUCH-ARTICLE"

    async def place_order(self) -> str:
        """Let a buyer place an order that is paid and may be shipped; return its id. Ship to the address of ``make_address()``."""
        pytest.skip(f"{type(self).__name__}.place_order is not given")

    async def request_cancellation(self, order_id: str) -> None:  # noqa: ARG002 - for those who override it
        """Let the buyer ask for the cancellation of an order."""
        pytest.skip(f"{type(self).__name__}.request_cancellation is not given")

    def make_fulfillment(self, order: Order, *, number: str = "1Z999AA10123456784") -> Fulfillment:
        """Return what the channel is told when all that is open in an order has left."""
        location = next((allocation.location_id for allocation in order.allocations), None)
        return make_fulfillment(
            order_id=order.id,
            lines={line.id: line.unfulfilled_quantity for line in order.lines if line.unfulfilled_quantity},
            parcels=(FulfillmentParcel(carrier="ups", tracking_number=number, service="UPS Ground"),),
            reference=f"cc-{number[-16:].lower()}",
            location_id=location,
        )

    async def known_sku(self, channel: Channel) -> str:  # noqa: ARG002 - for those who override it
        """Return an article whose stock the channel keeps."""
        pytest.skip(f"{type(self).__name__}.known_sku is not given")


class ProviderPlatform(Platform):
    """A provider's side.

    Attributes:
        unknown_reference: A reference that was never submitted.
    """

    unknown_reference: ClassVar[str] = "cc-ffffffffffffffff"

    def make_order(self) -> Order:
        """Return an order that the warehouse can ship."""
        return make_order()

    def submitted(self) -> int:
        """Return how many orders the warehouse has taken."""
        pytest.skip(f"{type(self).__name__}.submitted is not given")
