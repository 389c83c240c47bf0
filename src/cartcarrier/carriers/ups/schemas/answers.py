"""What comes back from Ship, Label Recovery and Void.

Members that UPS's description demands are missing at times (field guide ups.md §4.10): nothing is demanded here but what a bought
label cannot do without.
"""

import msgspec

from cartcarrier.carriers.ups.schemas._base import Amount, Coded, ResponseHead, Schema
from cartcarrier.carriers.ups.schemas.rating import ItemizedCharge


class Image(Schema, frozen=True, kw_only=True):
    """A picture or a paper, base64."""

    image_format: Coded | None = None
    graphic_image: str | None = None


class Paper(Schema, frozen=True, kw_only=True):
    """A paper that goes with the shipment."""

    image: Image | None = None


class ShippingLabel(Schema, frozen=True, kw_only=True):
    """A label, base64."""

    image_format: Coded | None = None
    graphic_image: str | None = None


class NegotiatedPackage(Schema, frozen=True, kw_only=True):
    """The account's own price of one package."""

    itemized_charges: list[ItemizedCharge] | ItemizedCharge | None = None


class PackageResults(Schema, frozen=True, kw_only=True):
    """One package that was bought."""

    tracking_number: str
    shipping_label: ShippingLabel | None = None
    shipping_receipt: Image | None = None
    usps_pic_number: str | None = msgspec.field(default=None, name="USPSPICNumber")
    form: Paper | None = None
    itemized_charges: list[ItemizedCharge] | ItemizedCharge | None = None
    negotiated_charges: NegotiatedPackage | None = None


class ShipmentCharges(Schema, frozen=True, kw_only=True):
    """The published price."""

    transportation_charges: Amount | None = None
    base_service_charge: Amount | None = None
    itemized_charges: list[ItemizedCharge] | ItemizedCharge | None = None
    service_options_charges: Amount | None = None
    total_charges: Amount | None = None


class NegotiatedShipmentCharges(Schema, frozen=True, kw_only=True):
    """The account's own price."""

    itemized_charges: list[ItemizedCharge] | ItemizedCharge | None = None
    total_charge: Amount | None = None


class ShipmentResults(Schema, frozen=True, kw_only=True):
    """What was bought."""

    shipment_charges: ShipmentCharges | None = None
    negotiated_rate_charges: NegotiatedShipmentCharges | None = None
    shipment_identification_number: str | None = None
    package_results: list[PackageResults] | PackageResults | None = None
    control_log_receipt: list[Image] | Image | None = None
    form: Paper | None = None
    cod_turn_in_page: Paper | None = msgspec.field(default=None, name="CODTurnInPage")
    high_value_report: Paper | None = None
    label_url: str | None = msgspec.field(default=None, name="LabelURL")
    receipt_url: str | None = msgspec.field(default=None, name="ReceiptURL")
    dg_paper_image: list[str] | str | None = msgspec.field(default=None, name="DGPaperImage")


class ShipmentResponse(Schema, frozen=True, kw_only=True):
    """The answer to a purchase."""

    response: ResponseHead | None = None
    shipment_results: ShipmentResults


class ShipmentResponseEnvelope(Schema, frozen=True, kw_only=True):
    """The answer to a purchase, as it comes."""

    shipment_response: ShipmentResponse


class LabelImageFormat(Schema, frozen=True, kw_only=True):
    """The form of a label that was kept."""

    code: str | None = None


class LabelImage(Schema, frozen=True, kw_only=True):
    """A label that was kept."""

    label_image_format: LabelImageFormat | None = None
    graphic_image: str | None = None


class LabelResults(Schema, frozen=True, kw_only=True):
    """One package that was found."""

    tracking_number: str | None = None
    label_image: LabelImage | None = None
    receipt: Paper | None = None
    mail_innovations_tracking_number: str | None = None
    mail_innovations_label_image: LabelImage | None = None
    form: Paper | None = None


class PickupDateRange(Schema, frozen=True, kw_only=True):
    """When it was handed over."""

    begin_date: str | None = None
    end_date: str | None = None


class TrackingCandidate(Schema, frozen=True, kw_only=True):
    """One of several shipments that answer to a reference."""

    tracking_number: str
    pickup_date_range: PickupDateRange | None = None


class LabelRecoveryResponse(Schema, frozen=True, kw_only=True):
    """The answer to a look-up."""

    response: ResponseHead | None = None
    shipment_identification_number: str | None = None
    label_results: list[LabelResults] | LabelResults | None = None
    cod_turn_in_page: Paper | None = msgspec.field(default=None, name="CODTurnInPage")
    form: Paper | None = None
    high_value_report: Paper | None = None
    tracking_candidate: list[TrackingCandidate] | TrackingCandidate | None = None


class LabelRecoveryResponseEnvelope(Schema, frozen=True, kw_only=True):
    """The answer to a look-up, as it comes."""

    label_recovery_response: LabelRecoveryResponse


class SummaryResult(Schema, frozen=True, kw_only=True):
    """What became of the whole."""

    status: Coded | None = None


class PackageLevelResult(Schema, frozen=True, kw_only=True):
    """What became of one package."""

    tracking_number: str | None = None
    status: Coded | None = None


class VoidShipmentResponse(Schema, frozen=True, kw_only=True):
    """The answer to a void. The plural is documented, the singular is what comes (field guide ups.md §5)."""

    response: ResponseHead | None = None
    summary_result: SummaryResult | None = None
    package_level_results: list[PackageLevelResult] | PackageLevelResult | None = None
    package_level_result: list[PackageLevelResult] | PackageLevelResult | None = None


class VoidShipmentResponseEnvelope(Schema, frozen=True, kw_only=True):
    """The answer to a void, as it comes."""

    void_shipment_response: VoidShipmentResponse
