"""What only FedEx can be asked for, and what only FedEx answers."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

import attrs

from cartcarrier.errors import InvalidValueError


class FedExBattery(StrEnum):
    """Words for ``ShipmentOptions.lithium`` (field guide fedex.md §4.6)."""

    ION_IN_EQUIPMENT = "lithium_ion_contained_in_equipment"
    ION_WITH_EQUIPMENT = "lithium_ion_packed_with_equipment"
    ION_ALONE = "lithium_ion_alone"
    METAL_IN_EQUIPMENT = "lithium_metal_contained_in_equipment"
    METAL_WITH_EQUIPMENT = "lithium_metal_packed_with_equipment"
    METAL_ALONE = "lithium_metal_alone"


class FedExNotice(StrEnum):
    """What FedEx can send an e-mail about."""

    SHIPPED = "ON_SHIPMENT"
    TENDERED = "ON_TENDER"
    EXCEPTION = "ON_EXCEPTION"
    ESTIMATED_DELIVERY = "ON_ESTIMATED_DELIVERY"
    DELIVERED = "ON_DELIVERY"


def _notices(notices: Iterable[FedExNotice]) -> tuple[FedExNotice, ...]:
    return tuple(FedExNotice(notice) for notice in notices)


_ENDORSEMENTS = (
    "ADDRESS_CORRECTION",
    "CARRIER_LEAVE_IF_NO_RESPONSE",
    "CHANGE_SERVICE",
    "FORWARDING_SERVICE",
    "RETURN_SERVICE",
)
_INDICIA = ("MEDIA_MAIL", "PARCEL_RETURN", "PARCEL_SELECT", "PRESORTED_BOUND_PRINTED_MATTER", "PRESORTED_STANDARD")
_PREMIUMS = ("APPOINTMENT", "DATE_CERTAIN", "EVENING")
_CUSTOMS_OPTIONS = (
    "COURTESY_RETURN_LABEL",
    "EXHIBITION_TRADE_SHOW",
    "FAULTY_ITEM",
    "FOLLOWING_REPAIR",
    "FOR_REPAIR",
    "ITEM_FOR_LOAN",
    "OTHER",
    "REJECTED",
    "REPLACEMENT",
    "TRIAL",
)
_EXPORT_CANADA = ("NOT_REQUIRED", "MANUALLY_ATTACHED", "FILED_ELECTRONICALLY", "SUMMARY_REPORTING", "FEDEX_TO_STAMP")
_REFERENCES = ("DEPARTMENT_NUMBER", "INVOICE_NUMBER", "P_O_NUMBER")
_ALCOHOL = ("CONSUMER", "LICENSEE")


@attrs.frozen(kw_only=True)
class FedExOptions:
    """Options for ``ShipmentOptions.carrier_options`` that only FedEx has.

    Attributes:
        one_rate: FedEx One Rate: one price for FedEx's own packaging, US express services only.
        paperless: Across a border FedEx makes the commercial invoice and sends it to customs itself (electronic trade
            documents); where a country does not take that, FedEx says so in a warning and the invoice must be printed.
        label_stock: FedEx's name of the label's paper (``"STOCK_4X675_LEADING_DOC_TAB"``), in place of ``label_size``.
        label_by_url: Ask for the label's address and fetch it, in place of getting it with the purchase.
        smartpost_hub: Hub of FedEx Ground Economy; needed for the service ``SMART_POST``.
        smartpost_indicia: Kind of Ground Economy parcel; ``None`` goes by the weight.
        smartpost_endorsement: What happens to a Ground Economy parcel that cannot be delivered.
        home_delivery: ``"EVENING"``, ``"APPOINTMENT"`` or ``"DATE_CERTAIN"`` for the service ``GROUND_HOME_DELIVERY``.
        home_delivery_date: The day, for ``"DATE_CERTAIN"`` and for nothing else.
        notices: What FedEx sends the recipient e-mails about; needs ``ship_to.email``.
        rma_reason: Why a return comes back, for ``is_return``.
        return_of: Tracking number of the parcel that a return answers.
        customs_option: Why goods come back across a border; for returns ``COURTESY_RETURN_LABEL`` when not given.
        alcohol_recipient: ``"CONSUMER"`` or ``"LICENSEE"``, for ``alcohol``.
        canada_export: How an export from Canada is filed (B13A).
        reference_kind: Where the printed ``reference`` stands: ``P_O_NUMBER``, ``INVOICE_NUMBER`` or
            ``DEPARTMENT_NUMBER``; FedEx's customer reference is ours, for look-ups.
        description: What the goods are, for the package; empty: not said.
    """

    one_rate: bool = False
    paperless: bool = True
    label_stock: str | None = None
    label_by_url: bool = False
    smartpost_hub: str | None = None
    smartpost_indicia: str | None = None
    smartpost_endorsement: str | None = None
    home_delivery: str | None = None
    home_delivery_date: date | None = None
    notices: tuple[FedExNotice, ...] = attrs.field(default=(), converter=_notices)
    rma_reason: str | None = None
    return_of: str | None = None
    customs_option: str | None = None
    alcohol_recipient: str = "CONSUMER"
    canada_export: str | None = None
    reference_kind: str = "P_O_NUMBER"
    description: str | None = None

    def __attrs_post_init__(self) -> None:
        for name, known in (
            ("smartpost_indicia", _INDICIA),
            ("smartpost_endorsement", _ENDORSEMENTS),
            ("home_delivery", _PREMIUMS),
            ("customs_option", _CUSTOMS_OPTIONS),
            ("alcohol_recipient", _ALCOHOL),
            ("canada_export", _EXPORT_CANADA),
            ("reference_kind", _REFERENCES),
        ):
            value = getattr(self, name)
            if value is not None and value not in known:
                path = f"FedExOptions.{name}"
                raise InvalidValueError(f"{path} must be one of {', '.join(known)}", field=path)
        if (self.home_delivery == "DATE_CERTAIN") is not (self.home_delivery_date is not None):
            path = "FedExOptions.home_delivery_date"
            raise InvalidValueError(f"{path} goes with the home delivery DATE_CERTAIN, and only with it", field=path)


@attrs.frozen(kw_only=True)
class FedExPostalCode:
    """What FedEx thinks of a postal code.

    Attributes:
        valid: Whether FedEx knows it in that country and, where one was given, in that region.
        postal_code: As FedEx writes it.
        region: State or province, as FedEx has it.
        country_code: ISO 3166-1 alpha-2.
        service_areas: FedEx's codes of the areas that serve it; empty where none does.
        messages: In FedEx's words.
    """

    valid: bool
    postal_code: str | None = attrs.field(default=None, repr=False)
    region: str | None = None
    country_code: str | None = None
    service_areas: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])
    messages: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])
