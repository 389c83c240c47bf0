"""What only UPS can be asked for."""

from collections.abc import Iterable
from enum import StrEnum

import attrs

from cartcarrier.errors import InvalidValueError


class SimpleRate(StrEnum):
    """Sizes of UPS Simple Rate: one parcel, priced by its volume only."""

    EXTRA_SMALL = "XS"
    SMALL = "S"
    MEDIUM = "M"
    LARGE = "L"
    EXTRA_LARGE = "XL"


class UPSNotice(StrEnum):
    """What UPS can send an e-mail about. The values are UPS's notification codes (field guide ups.md §4.7)."""

    SHIPPED = "6"
    EXCEPTION = "7"
    DELIVERED = "8"


def _notices(notices: Iterable[UPSNotice]) -> tuple[UPSNotice, ...]:
    return tuple(UPSNotice(notice) for notice in notices)


def _emails(emails: Iterable[str]) -> tuple[str, ...]:
    return tuple(emails)


@attrs.frozen(kw_only=True)
class UPSOptions:
    """Options for ``ShipmentOptions.carrier_options`` that only UPS has.

    Attributes:
        carbon_neutral: Pay for offsetting.
        shipper_release: Leave the parcel without a signature; US and Puerto Rico only.
        additional_handling: Say beforehand that every parcel needs it, rather than be charged afterwards.
        direct_delivery_only: Never hand it to a neighbour or an access point.
        simple_rate: Size of UPS Simple Rate; one parcel.
        notices: What UPS sends e-mails about.
        notice_emails: To whom, at most 5; empty for the recipient's own address.
        description: What the goods are, for the whole shipment; empty: made from the items.
        reference_code: Kind of the printed reference, UPS's code: ``"PO"``, ``"IK"`` and the like.
        transliterate: Write letters that UPS's labels do not have (beyond Latin-1) with the nearest that they have. Without it
            such letters are an error that names the field.
    """

    carbon_neutral: bool = False
    shipper_release: bool = False
    additional_handling: bool = False
    direct_delivery_only: bool = False
    simple_rate: SimpleRate | None = None
    notices: tuple[UPSNotice, ...] = attrs.field(default=(), converter=_notices)
    notice_emails: tuple[str, ...] = attrs.field(default=(), converter=_emails, repr=False)
    description: str | None = None
    reference_code: str | None = None
    transliterate: bool = False

    def __attrs_post_init__(self) -> None:
        if len(self.notice_emails) > 5:
            raise InvalidValueError("UPSOptions.notice_emails may have 5 addresses", field="UPSOptions.notice_emails")
        if self.reference_code is not None and not (len(self.reference_code) == 2 and self.reference_code.isalnum()):
            raise InvalidValueError(
                "UPSOptions.reference_code must be 2 letters or digits", field="UPSOptions.reference_code"
            )
