"""The part of the blocking facade around the label; there is no logic here."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta, tzinfo
from typing import Final

from cartcarrier import fulfiller as _async
from cartcarrier.fulfillment import AddressCheck, ChoiceRecord, Chooser, ParcelLate, Refund, Shipped, UnknownCode
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
from cartcarrier.sync._loop import Loop

_OPTIONS: Final = ShipmentOptions()
_QUIET: Final = timedelta(days=3)


class AroundTheLabel:
    """What a shipping desk does before and after a label is bought."""

    _async: _async.Fulfiller
    _loop: Loop

    def check_address(self, subject: Order | Address, *, carriers: Sequence[str] | None = None) -> AddressCheck:
        """See ``cartcarrier.Fulfiller.check_address``."""
        return self._loop.call(lambda: self._async.check_address(subject, carriers=carriers))

    def get_choice(self, ref: OrderRef, *, key: str = "1") -> ChoiceRecord | None:
        """See ``cartcarrier.Fulfiller.get_choice``."""
        return self._loop.call(lambda: self._async.get_choice(ref, key=key))

    def ship_return(
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
        """See ``cartcarrier.Fulfiller.ship_return``."""
        return self._loop.call(
            lambda: self._async.ship_return(
                subject,
                parcels=parcels,
                key=key,
                rate=rate,
                choose=choose,
                options=options,
                max_increase=max_increase,
                customs=customs,
                ship_date=ship_date,
                reference=reference,
                return_to=return_to,
                come_from=come_from,
            )
        )

    def manifest(
        self, carrier: str, day: date, *, tz: tzinfo | None = None, site: Address | None = None
    ) -> Sequence[Manifest]:
        """See ``cartcarrier.Fulfiller.manifest``."""
        return self._loop.call(lambda: self._async.manifest(carrier, day, tz=tz, site=site))

    def get_manifests(self, carrier: str, day: date) -> Sequence[Manifest]:
        """See ``cartcarrier.Fulfiller.get_manifests``."""
        return self._loop.call(lambda: self._async.get_manifests(carrier, day))

    def check_refunds(self) -> Sequence[Refund]:
        """See ``cartcarrier.Fulfiller.check_refunds``."""
        return self._loop.call(self._async.check_refunds)

    def late_parcels(self, *, quiet: timedelta = _QUIET) -> Sequence[ParcelLate]:
        """See ``cartcarrier.Fulfiller.late_parcels``."""
        return self._loop.call(lambda: self._async.late_parcels(quiet=quiet))

    def proof_of_delivery(self, ref: OrderRef) -> Mapping[str, Document | TrackingFailure]:
        """See ``cartcarrier.Fulfiller.proof_of_delivery``."""
        return self._loop.call(lambda: self._async.proof_of_delivery(ref))

    def unknown_tracking_codes(self) -> Sequence[UnknownCode]:
        """See ``cartcarrier.Fulfiller.unknown_tracking_codes``."""
        return self._loop.call(self._async.unknown_tracking_codes)
