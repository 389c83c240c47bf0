"""The look-up that finds out what became of a purchase, or gives a label out again (field guide ups.md §9)."""

from typing import Final

import attrs
import msgspec

from cartcarrier.carriers.ups.mapping.purchase import WANTS_PDF, label_specification
from cartcarrier.carriers.ups.schemas import LabelRecoveryRequestEnvelope, ShipmentRequestEnvelope
from cartcarrier.carriers.ups.schemas._base import Transaction
from cartcarrier.carriers.ups.schemas.shipping import (
    LabelRecoveryRequest,
    RecoveryHead,
    ReferenceValue,
    ReferenceValues,
)
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import LabelFormat, PurchaseStep

_RECOVERY_VERSION: Final = "1903"
_ENVELOPE: Final = msgspec.json.Decoder(ShipmentRequestEnvelope)


@attrs.frozen(kw_only=True)
class PreparedFacts:
    """What a step knows about itself.

    Attributes:
        account: The shipper number.
        service: UPS's code.
        origin: Country of the sender, in UPS's terms.
        native: The label that the purchase asks for.
        wanted: The label that the user gets.
        parcels: How many.
        saturday: Saturday delivery is asked for.
        height: Of the label's paper, in inches.
        return_service: UPS's code of how a return's label reaches the customer; ``None`` for what is no return.
    """

    account: str
    service: str
    origin: str
    native: LabelFormat
    wanted: LabelFormat
    parcels: int
    saturday: bool
    height: str
    return_service: str | None = None


def read_step(step: PurchaseStep) -> PreparedFacts:
    """Read a step that ``prepare`` made.

    Raises:
        InvalidValueError: It is not one.
    """
    try:
        made = _ENVELOPE.decode(step.body).shipment_request
        native = LabelFormat((made.label_specification.label_image_format.code or "").lower())
    except (msgspec.MsgspecError, ValueError):
        raise InvalidValueError("PurchaseStep.body is not one of this driver's", field="PurchaseStep.body") from None
    transaction = made.request.transaction_reference
    context = (transaction.customer_context if transaction is not None else None) or ""
    options = made.shipment.shipment_service_options
    stock = made.label_specification.label_stock_size
    return PreparedFacts(
        account=made.shipment.shipper.shipper_number or "",
        service=made.shipment.service.code or "",
        origin=made.shipment.ship_from.address.country_code or "",
        native=native,
        wanted=LabelFormat.PDF if context.endswith(WANTS_PDF) else native,
        parcels=len(made.shipment.package),
        saturday=options is not None and options.saturday_delivery_indicator is not None,
        height=stock.height if stock is not None else "6",
        return_service=made.shipment.return_service.code if made.shipment.return_service is not None else None,
    )


def to_recovery(
    facts: PreparedFacts, label: LabelFormat, *, reference: str | None = None, tracking_number: str | None = None
) -> LabelRecoveryRequestEnvelope:
    """Return the look-up, by our reference or by number (field guide ups.md §9).

    Args:
        facts: Of the step.
        label: Which label; recovery has no PNG, so a GIF stands for it.
        reference: Ours.
        tracking_number: UPS's, in place of the reference.
    """
    by_reference = None
    if reference is not None:
        by_reference = ReferenceValues(reference_number=ReferenceValue(value=reference), shipper_number=facts.account)
    return _recovery(label, facts.height, reference, tracking_number, by_reference)


def to_reprint_question(label: LabelFormat, tracking_number: str) -> LabelRecoveryRequestEnvelope:
    """Return the question for a label that was bought before.

    Args:
        label: Which label; recovery has no PNG, so a GIF stands for it.
        tracking_number: Of the shipment, or of one parcel.
    """
    return _recovery(label, "6", None, tracking_number, None)


def _recovery(
    label: LabelFormat, height: str, context: str | None, tracking_number: str | None, keys: ReferenceValues | None
) -> LabelRecoveryRequestEnvelope:
    shown = LabelFormat.GIF if label is LabelFormat.PNG else label
    transaction = Transaction(customer_context=context) if context is not None else None
    return LabelRecoveryRequestEnvelope(
        label_recovery_request=LabelRecoveryRequest(
            request=RecoveryHead(sub_version=_RECOVERY_VERSION, transaction_reference=transaction),
            label_specification=label_specification(shown, height),
            tracking_number=tracking_number,
            reference_values=keys,
        )
    )
