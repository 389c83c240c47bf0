"""What a carrier can do: one abstract class for each ability."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from cartcarrier.drivers import Driver
from cartcarrier.models import (
    Address,
    AddressValidation,
    CarrierLocation,
    Document,
    LabelFormat,
    Manifest,
    Pickup,
    PickupRequest,
    PreparedPurchase,
    PurchaseSafety,
    PurchaseStep,
    Rate,
    Shipment,
    ShipmentRequest,
    ShippedParcel,
    Tracking,
    TrackingFailure,
    TrackingRef,
    TrackingSubscription,
    TransitTime,
    VoidResult,
)


class Carrier(Driver):
    """Who moves parcels. ``isinstance(carrier, SupportsVoid)`` tells what it can do."""


class SupportsRates(Carrier):
    """A carrier that says its price beforehand."""

    @abstractmethod
    async def get_rates(self, request: ShipmentRequest) -> Sequence[Rate]:
        """Return what the carrier offers for this shipment; with ``request.service`` that service only.

        Nothing runs between the two places: no rates, or ``ServiceUnavailableForLaneError`` when a service was asked for.

        Raises:
            AddressRejectedError: One of the addresses is not accepted.
            RejectedError: The parcel or an option is not accepted; the problems name the fields.
            ServiceUnavailableForLaneError: The service asked for does not run between the two places.
            UnsupportedOperationError: An option cannot be said to this carrier.
        """


class SupportsLabels(Carrier):
    """A carrier that sells labels.

    Attributes:
        purchase_safety: How the outcome of a purchase is found out when its answer was lost.
        key_lifetime: How long a native key protects.
        settle_time: How soon after a purchase a look-up can be believed when it finds nothing; ``None``: never.
        label_formats: In which forms labels can be had.
    """

    purchase_safety: ClassVar[PurchaseSafety]
    key_lifetime: ClassVar[timedelta | None] = None
    settle_time: ClassVar[timedelta | None] = None
    label_formats: ClassVar[tuple[LabelFormat, ...]] = ()

    @abstractmethod
    def prepare_shipment(self, request: ShipmentRequest, *, reference: str) -> PreparedPurchase:
        """Make the exact bytes of the purchase, without I/O.

        Args:
            request: What is to be bought.
            reference: Ours; unique for this purchase, at most 20 letters, digits and hyphens. Where several steps are
                needed each gets a reference made from it.

        Raises:
            InvalidValueError: Something would be cut in silence, or cost money; the error names the field.
            UnsupportedOperationError: An option or every wanted label format cannot be had from this carrier.
            RateExpiredError: ``request.rate`` is over.
        """

    @abstractmethod
    async def purchase(self, step: PurchaseStep) -> Shipment:
        """Send the bytes of a step, once.

        Raises:
            AddressRejectedError: An address is not accepted.
            RejectedError: The carrier refuses; nothing was bought.
            ServiceUnavailableForLaneError: The service does not run between the two places.
            InsufficientFundsError: The account cannot pay.
            RateExpiredError: The price is no longer good; nothing was bought.
            OperationError: With ``outcome_unknown`` when a label may have been bought all the same; also when the answer holds
                what cannot be. ``InvalidValueError`` is not for here: it would say that nothing was sent.
        """

    async def create_shipment(self, request: ShipmentRequest) -> Shipment:
        """Prepare and buy in one go, for those who need no ledger.

        With this nobody remembers the purchase: after an error with ``outcome_unknown`` look before you buy again. Several
        steps (a label for each parcel) give one shipment; when one of them fails, the error carries a note that names
        the labels bought before it.
        """
        from cartcarrier.carriers._purchase import buy_without_ledger  # noqa: PLC0415 - keeps secrets out of the import

        return await buy_without_ledger(self, request)


class SupportsShipmentLookup(Carrier):
    """A carrier that can be asked what became of a purchase."""

    @abstractmethod
    async def find_purchase(self, step: PurchaseStep) -> Shipment | None:
        """Return what was bought by this step, or ``None`` when the carrier knows nothing of it (yet).

        Raises:
            ConflictError: Several shipments answer to the reference.
        """


class SupportsVoid(Carrier):
    """A carrier that takes labels back.

    Attributes:
        void_window: How long after the purchase a label can be given back; ``None`` where the carrier does not say.
    """

    void_window: ClassVar[timedelta | None] = None

    @abstractmethod
    async def void_shipment(self, shipment: Shipment, *, tracking_numbers: Sequence[str] | None = None) -> VoidResult:
        """Give labels back. Giving one back twice is no error, and safe to repeat.

        Args:
            shipment: As it was bought.
            tracking_numbers: Only these of its parcels; ``None`` for all.

        Returns:
            ``REFUSED`` with why when the carrier will not.

        Raises:
            NotFoundError: The carrier says that it does not know the shipment.
        """


class SupportsTracking(Carrier):
    """A carrier that says where parcels are."""

    @abstractmethod
    async def track(self, refs: Sequence[TrackingRef | str]) -> Sequence[Tracking | TrackingFailure]:
        """Return where these parcels are: one result for each, in the order asked.

        A number that cannot be followed is a ``TrackingFailure`` beside the others' results.

        Raises:
            AuthenticationError: The credentials are not accepted.
        """


class SupportsAddressValidation(Carrier):
    """A carrier that checks addresses."""

    @abstractmethod
    async def validate_address(self, address: Address) -> AddressValidation:
        """Return what the carrier thinks of an address. An invalid one is a verdict, not an error.

        Raises:
            UnsupportedOperationError: The carrier cannot check addresses of that country.
        """


class SupportsManifest(Carrier):
    """A carrier that closes the day's parcels into a manifest."""

    @abstractmethod
    async def create_manifest(self, shipments: Sequence[Shipment], *, ship_from: Address) -> Manifest:
        """Close these shipments for hand-over.

        Raises:
            NotFoundError: The carrier does not know one of them.
            ConflictError: One is manifested already, by another call.
        """


class SupportsPickup(Carrier):
    """A carrier that comes when asked."""

    @abstractmethod
    async def schedule_pickup(self, request: PickupRequest) -> Pickup:
        """Ask the carrier to come.

        Raises:
            RejectedError: The carrier will not, at that time or place.
            OperationError: With ``outcome_unknown`` when it may come all the same.
        """

    @abstractmethod
    async def cancel_pickup(self, pickup: Pickup) -> None:
        """Tell the carrier not to come. Telling it twice is no error."""


class SupportsTransitTimes(Carrier):
    """A carrier that says how long its services take, without a price."""

    @abstractmethod
    async def get_transit_times(self, request: ShipmentRequest) -> Sequence[TransitTime]:
        """Return the services that run between the two places and how long they take; with ``request.service`` that one only.

        Raises:
            AddressRejectedError: One of the addresses is not accepted.
            ServiceUnavailableForLaneError: The service asked for does not run between the two places.
        """


class SupportsReprint(Carrier):
    """A carrier that gives a label out again."""

    @abstractmethod
    async def reprint_labels(self, shipment: Shipment) -> Sequence[ShippedParcel]:
        """Return the parcels of a shipment with their labels, as they were bought. Costs nothing.

        Raises:
            NotFoundError: The carrier does not know the shipment, or keeps its labels no longer.
        """


class SupportsVoidStatus(Carrier):
    """A carrier whose refunds take time, and that can be asked about them."""

    @abstractmethod
    async def get_void_status(self, shipment: Shipment) -> VoidResult:
        """Return what became of a void that was ``REFUND_PENDING``.

        Raises:
            NotFoundError: The carrier knows of no refund for this shipment.
        """


class SupportsTradeDocuments(Carrier):
    """A carrier that takes papers of your own for customs, before the label is bought."""

    @abstractmethod
    async def upload_document(self, document: Document, *, request: ShipmentRequest) -> str:
        """Hand a paper in and return the carrier's identity of it, for ``CustomsDeclaration.document_ids``.

        Raises:
            InvalidValueError: The carrier does not take that kind, form or size; said before anything is sent.
            RejectedError: The carrier refuses it.
        """


class SupportsProofOfDelivery(Carrier):
    """A carrier that gives out a proof of delivery."""

    @abstractmethod
    async def get_proof_of_delivery(self, ref: TrackingRef | str) -> Document:
        """Return the paper that shows who took the parcel, and when. Personal data.

        Raises:
            NotFoundError: The parcel is not known, or not delivered yet.
            PermissionDeniedError: The account may not see it.
        """


class SupportsTrackingSubscriptions(Carrier):
    """A carrier that pushes what becomes of single parcels when asked to."""

    @abstractmethod
    async def subscribe_tracking(
        self, refs: Sequence[TrackingRef | str], *, url: str
    ) -> Sequence[TrackingSubscription | TrackingFailure]:
        """Have news of these parcels pushed: one result for each, in the order asked. Asking again renews.

        Args:
            refs: Which parcels.
            url: Where to; ``https``.

        Raises:
            ConfigurationError: What the driver verifies pushes with is not set.
        """


class SupportsLocations(Carrier):
    """A carrier that says where parcels can wait or be handed in."""

    @abstractmethod
    async def find_locations(self, address: Address, *, limit: int = 10) -> Sequence[CarrierLocation]:
        """Return the places near an address, the nearest first; none is no error.

        Raises:
            AddressRejectedError: The address is not accepted.
        """
