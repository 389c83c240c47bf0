"""What only UPS can be asked for."""

from collections.abc import Iterable
from enum import StrEnum

import attrs

from cartcarrier.errors import InvalidValueError
from cartcarrier.models import CarrierLocation


class SimpleRate(StrEnum):
    """Sizes of UPS Simple Rate: one parcel, priced by its volume only."""

    EXTRA_SMALL = "XS"
    SMALL = "S"
    MEDIUM = "M"
    LARGE = "L"
    EXTRA_LARGE = "XL"


class UPSNotice(StrEnum):
    """What UPS can send an e-mail about. The values are UPS's notification codes (field guide ups.md §4.7)."""

    LABEL_CREATED = "2"
    """Of returns only."""
    IN_TRANSIT = "5"
    """Of returns only."""
    SHIPPED = "6"
    """Of forward shipments only."""
    EXCEPTION = "7"
    DELIVERED = "8"


class UPSReturn(StrEnum):
    """How a customer sends something back. The values are UPS's return service codes (field guide ups.md §4.9)."""

    PRINT_AND_MAIL = "2"
    """UPS prints the label and mails it to the customer."""
    ONE_ATTEMPT = "3"
    """UPS comes with the label, once."""
    THREE_ATTEMPTS = "5"
    """UPS comes with the label, up to three times."""
    EMAIL_LABEL = "8"
    """UPS e-mails the label to the customer, or gives a link to it."""
    PRINT_LABEL = "9"
    """The label comes with the purchase: print it, and put it into the outgoing parcel."""
    EXCHANGE_PRINT_LABEL = "10"
    """As ``PRINT_LABEL``; the driver brings the new goods and takes the old ones along."""
    PACK_COLLECT_ONE_ATTEMPT_BOX_1 = "11"
    """UPS brings a box and packs; one attempt. So do the next four, with larger boxes."""
    PACK_COLLECT_ONE_ATTEMPT_BOX_2 = "12"
    PACK_COLLECT_ONE_ATTEMPT_BOX_3 = "13"
    PACK_COLLECT_ONE_ATTEMPT_BOX_4 = "14"
    PACK_COLLECT_ONE_ATTEMPT_BOX_5 = "15"
    PACK_COLLECT_THREE_ATTEMPTS_BOX_1 = "16"
    """UPS brings a box and packs; three attempts. So do the next four, with larger boxes."""
    PACK_COLLECT_THREE_ATTEMPTS_BOX_2 = "17"
    PACK_COLLECT_THREE_ATTEMPTS_BOX_3 = "18"
    PACK_COLLECT_THREE_ATTEMPTS_BOX_4 = "19"
    PACK_COLLECT_THREE_ATTEMPTS_BOX_5 = "20"


class UPSBattery(StrEnum):
    """Words for ``ShipmentOptions.lithium``. They are declared as lightly regulated goods, for which UPS wants a contract."""

    ION_IN_EQUIPMENT = "lithium_ion_contained_in_equipment"
    ION_WITH_EQUIPMENT = "lithium_ion_packed_with_equipment"
    ION_ALONE = "lithium_ion_alone"
    METAL_IN_EQUIPMENT = "lithium_metal_contained_in_equipment"
    METAL_WITH_EQUIPMENT = "lithium_metal_packed_with_equipment"
    METAL_ALONE = "lithium_metal_alone"


class UPSRestricted(StrEnum):
    """Goods that UPS carries under a contract only, beside alcohol, which is ``ShipmentOptions.alcohol``."""

    BIOLOGICAL = "biological"
    PERISHABLES = "perishables"
    PLANTS = "plants"
    SEEDS = "seeds"
    SPECIAL = "special"
    TOBACCO = "tobacco"
    E_CIGARETTES = "e_cigarettes"


def _notices(notices: Iterable[UPSNotice]) -> tuple[UPSNotice, ...]:
    return tuple(UPSNotice(notice) for notice in notices)


def _restricted(kinds: Iterable[UPSRestricted]) -> tuple[UPSRestricted, ...]:
    return tuple(dict.fromkeys(UPSRestricted(kind) for kind in kinds))


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
        return_service: For ``is_return``: how the customer gets the label.
        return_email: Where UPS e-mails the label of ``UPSReturn.EMAIL_LABEL``; ``None`` for ``ship_from.email``, the customer's.
        return_links: Have links to the label and its receipt in ``Shipment.documents``, in place of an e-mail.
        access_point: The place that ``hold_at_location`` names, where that is UPS's bare id: its name and address stand on the
            label. Not needed for an id from ``find_locations``, which holds them.
        access_point_delivery: The parcel is for the Access Point from the start ("Access Point Delivery"), not held there for
            somebody with an address of their own; so is service 70 always.
        payer_rates: Ask for the negotiated prices of the account in ``bill_to`` instead of the sender's; it must have allowed that.
        dry_ice_medical: ``dry_ice`` cools something for medical use; within the US.
        restricted: Goods that need a contract with UPS, besides alcohol.
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
    return_service: UPSReturn = attrs.field(default=UPSReturn.PRINT_LABEL, converter=UPSReturn)
    return_email: str | None = attrs.field(default=None, repr=False)
    return_links: bool = False
    access_point: CarrierLocation | None = None
    access_point_delivery: bool = False
    payer_rates: bool = False
    dry_ice_medical: bool = False
    restricted: tuple[UPSRestricted, ...] = attrs.field(default=(), converter=_restricted)
    transliterate: bool = False

    def __attrs_post_init__(self) -> None:
        if len(self.notice_emails) > 5:
            raise InvalidValueError("UPSOptions.notice_emails may have 5 addresses", field="UPSOptions.notice_emails")
        if self.reference_code is not None and not (len(self.reference_code) == 2 and self.reference_code.isalnum()):
            raise InvalidValueError(
                "UPSOptions.reference_code must be 2 letters or digits", field="UPSOptions.reference_code"
            )
