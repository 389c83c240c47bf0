"""The part of the facade around the label: why a rate was taken, returns, the day's end, refunds, what becomes of parcels."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date, timedelta, tzinfo
from typing import Final

from cartcarrier.fulfillment import (
    _address,
    _choices,
    _delays,
    _follow,
    _manifests,
    _refunds,
    _ship,
    _unknown_codes,
)
from cartcarrier.fulfillment._address import AddressCheck
from cartcarrier.fulfillment._choices import ChoiceRecord
from cartcarrier.fulfillment._choose import Chooser
from cartcarrier.fulfillment._delays import QUIET, ParcelLate
from cartcarrier.fulfillment._desk import Desk
from cartcarrier.fulfillment._refund import Refund
from cartcarrier.fulfillment._reports import Shipped, ShipPlan
from cartcarrier.fulfillment._unknown_codes import UnknownCode
from cartcarrier.models import (
    Address,
    CustomsDeclaration,
    Document,
    Manifest,
    Money,
    Order,
    OrderRef,
    Parcel,
    Rate,
    ShipmentOptions,
    TrackingFailure,
)

_OPTIONS: Final = ShipmentOptions()


class AroundTheLabel:
    """What a shipping desk does before and after a label is bought."""

    @property
    @abstractmethod
    def _desk(self) -> Desk: ...

    async def check_address(self, subject: Order | Address, *, carriers: Sequence[str] | None = None) -> AddressCheck:
        """Ask all carriers at once what they think of an address. Nothing is changed by it.

        Args:
            subject: An address, or the order that goes there.
            carriers: Only these accounts, by key.

        Returns:
            One verdict of all together, each carrier's own, the addresses they propose, and why the others said nothing.

        Raises:
            InvalidValueError: The order has no address.
            ConfigurationError: A named carrier is not here or cannot check addresses, or none here can.
        """
        return await _address.check_address(self._desk, subject, carriers=carriers)

    async def get_choice(self, ref: OrderRef, *, key: str = "1") -> ChoiceRecord | None:
        """Return how the rate of a shipment was chosen: all rates, who had none, the sentence, when, what was promised.

        ``replay(chooser)`` of it chooses again, among the same rates, at the time it was then.

        Returns:
            ``None`` for a shipment of an earlier version, and for what was handed to somebody else's warehouse.

        Raises:
            InvalidValueError: There is no such shipment.
        """
        return await _choices.get_choice(self._desk, ref, key)

    async def ship_return(
        self,
        subject: Order | OrderRef,
        *,
        parcels: Sequence[Parcel],
        key: str,
        rate: Rate | None = None,
        choose: Chooser | None = None,
        options: ShipmentOptions = _OPTIONS,
        max_increase: Money | None = None,
        customs: CustomsDeclaration | None = None,
        ship_date: date | None = None,
        reference: str | None = None,
        return_to: Address | None = None,
        come_from: Address | None = None,
    ) -> Shipped:
        """Buy the label of a return once: from the buyer to where the order left from. No channel is told.

        It is written down, bought, looked for after a lost answer, followed and given back (``void``) like every shipment, and
        safe to repeat with the same key. What has become of the order is no reason against it, and the order does not change:
        neither by buying it nor by giving it back, and a cancellation leaves it alone.

        Args:
            subject: Which order.
            parcels: What comes back.
            key: Which shipment of that order; ``ship`` uses the same keys.
            rate: Buy at this rate, and no other.
            choose: Picks one of the rates that are quoted; ``cheapest()`` without one.
            options: What else is asked of the carrier.
            max_increase: How much more than ``rate`` may be paid when its price has ended; nothing without one.
            customs: For borders; made from the items, as returned goods, without one.
            ship_date: When it is handed over; ``None`` for today.
            reference: Yours, printed on the label where the carrier can.
            return_to: Where it goes; ``None`` for where the order left from.
            come_from: Where it leaves; ``None`` for the buyer's address, or where the order went to when its channel withholds
                that by now.

        Raises:
            InvalidValueError: Something cannot be; names the field. Nothing was written down.
            IdempotencyConflictError: The key stands for another shipment, or one that was voided.
            PurchaseUncertainError: A label may have been bought; see ``recover`` and ``resolve``.
            OperationError: The carrier or the channel refused, or could not be reached.
        """
        desk = self._desk
        ref = subject.ref if isinstance(subject, Order) else subject
        plan = ShipPlan(
            order=await desk.read_order(ref),
            parcels=tuple(parcels),
            key=key,
            rate=rate,
            choose=choose,
            options=options,
            max_increase=max_increase,
            customs=customs,
            ship_date=ship_date,
            reference=reference,
            is_return=True,
            return_to=return_to,
            come_from=come_from,
        )
        return await _ship.ship(desk, plan)

    async def manifest(
        self, carrier: str, day: date, *, tz: tzinfo | None = None, site: Address | None = None
    ) -> Sequence[Manifest]:
        """Close the parcels that leave on a day, one manifest for each place they leave from, and return the papers.

        Returns, what was given back and what is in a manifest already are left out. It is written down before and after: where an
        answer was lost, the next call sends the same parcels again, and a carrier that has them already has answered our own
        call: they are closed, and nothing comes back for them. A place that fails holds up none of the others.

        Args:
            carrier: The account's key.
            day: Of the purchase, or the ``ship_date`` that was asked for.
            tz: In which zone days are counted; ``None`` for that of each place, as its country and state tell it.
            site: Only what leaves from here.

        Raises:
            UnsupportedOperationError: The carrier makes none.
            ConflictError: Somebody else has closed one of them.
            OperationError: The carrier refused, or could not be reached; call again. Where other places were closed it is logged.
        """
        return await _manifests.manifest(self._desk, carrier, day, tz=tz, site=site)

    async def get_manifests(self, carrier: str, day: date) -> Sequence[Manifest]:
        """Return the manifests that ``manifest`` has made for a day: numbers and parcels, without papers.

        The ``id`` is empty where its answer was lost.
        """
        return await _manifests.manifests_of(self._desk, carrier, day)

    async def check_refunds(self) -> Sequence[Refund]:
        """Ask about the refunds that carriers take their time with, and write down those that have ended.

        One that is refused is ``RefundRefused`` of ``reconcile``. ``recover`` and ``run`` do the same.
        """
        return await _refunds.check_refunds(self._desk)

    async def late_parcels(self, *, quiet: timedelta = QUIET) -> Sequence[ParcelLate]:
        """Return the parcels under way that will not arrive as promised, the longest without news first.

        The promise is the channel's, or else what the rate promised when it was chosen. ``follow`` and ``run`` log the same once
        for each parcel and reason, as they do with ``DeadlineAtRisk``.

        Args:
            quiet: So long without news, weekends not counted, a parcel counts as late, too; twice as long while the carrier expects
                it on a day to come.
        """
        return await _delays.late_parcels(self._desk, quiet=quiet)

    async def proof_of_delivery(self, ref: OrderRef) -> Mapping[str, Document | TrackingFailure]:
        """Return the papers that show who took an order's parcels, by tracking number; a failure stands beside the others.

        They are personal data, and not kept in the ledger.
        """
        return await _follow.proof_of_delivery(self._desk, ref)

    async def unknown_tracking_codes(self) -> Sequence[UnknownCode]:
        """Return the codes in the scans of all parcels that no driver knows, the most frequent first."""
        return await _unknown_codes.unknown_tracking_codes(self._desk)
