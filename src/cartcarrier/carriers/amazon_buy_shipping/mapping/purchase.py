"""The exact bytes of a purchase, with what its answer will not say."""

import hashlib
import re
from typing import Final

import msgspec

from cartcarrier.carriers.amazon_buy_shipping import schemas
from cartcarrier.carriers.amazon_buy_shipping.config import AmazonBuyShippingConfig
from cartcarrier.carriers.amazon_buy_shipping.mapping.documents import choose_document
from cartcarrier.carriers.amazon_buy_shipping.mapping.offers import RateToken, read_token
from cartcarrier.carriers.amazon_buy_shipping.mapping.questions import own_options, to_question
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import PreparedPurchase, PurchaseStep, ShipmentRequest

_VERSION: Final = 1
_REFERENCE: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


class Prepared(msgspec.Struct, frozen=True, kw_only=True, gc=False, rename="camel"):
    """A step's bytes: what is sent, and beside it what the answer does not repeat.

    Attributes:
        v: Version.
        amazon: Whether it is for an order of Amazon's marketplaces.
        carrier_id: Who carries it, by Amazon's id.
        carrier_name: The same in Amazon's words.
        service: Amazon's id of the service.
        name: Its name.
        total: What was promised.
        currency: Of the total.
        package: The parcel's name.
        format: Of the label, in Amazon's words.
        dpi: Of the label.
        request: What is sent, to the byte.
    """

    v: int
    amazon: bool
    carrier_id: str
    service: str
    name: str
    total: str
    currency: str
    package: str
    format: str
    dpi: int | None
    request: msgspec.Raw
    carrier_name: str | None = None


_STEP: Final = msgspec.json.Decoder(Prepared)


def read_step(step: PurchaseStep) -> Prepared:
    """Read the bytes of a step.

    Raises:
        InvalidValueError: They are not this driver's.
    """
    field = "PurchaseStep.body"
    try:
        made = _STEP.decode(step.body)
    except msgspec.MsgspecError:
        raise InvalidValueError(f"{field} was not made by amazon-buy-shipping", field=field) from None
    if made.v != _VERSION:
        raise InvalidValueError(f"{field} is of another version", field=field)
    return made


def prepare(
    request: ShipmentRequest, *, reference: str, config: AmazonBuyShippingConfig, carrier: str
) -> PreparedPurchase:
    """Return the purchase that Amazon will be sent.

    Args:
        request: What is to be bought, at a rate.
        reference: Ours; it is the idempotency key.
        config: The account.
        carrier: The account's key.

    Raises:
        InvalidValueError: There is no rate, or it was quoted for something else; the error names the field.
        UnsupportedOperationError: The offer has none of the wanted labels.
    """
    if not _REFERENCE.fullmatch(reference):
        raise InvalidValueError("reference must be letters, digits and hyphens", field="reference")
    token = _token(request, config, carrier)
    extra = own_options(request.options)
    if extra.value_added_services and not set(extra.value_added_services) <= set(token.services):
        field = "ShipmentRequest.options.carrier_options"
        raise InvalidValueError(
            f"{field}: the rate was quoted without its value-added services; quote again", field=field
        )
    document = choose_document(token.documents, request.options, extra, print_reference=token.printed)
    if document is None:
        have = ", ".join(sorted({f"{one.format} {one.size.width}x{one.size.length}" for one in token.documents}))
        field = "options.label_formats" if request.options.label_size is None else "options.label_size"
        msg = f"amazon-buy-shipping: {field}: this rate's labels are {have}; nothing was bought"
        raise UnsupportedOperationError(msg, field=field)
    if token.inputs and extra.additional_inputs is None:
        field = "ShipmentRequest.options.carrier_options"
        why = "this rate can only be bought with AmazonBuyShippingOptions.additional_inputs"
        raise InvalidValueError(f"{field}: {why}", field=field)
    inputs = msgspec.Raw(extra.additional_inputs.encode()) if extra.additional_inputs is not None else None
    services = [schemas.ServiceChoice(id=name) for name in token.services]
    sent = _ENCODER.encode(
        schemas.PurchaseRequest(
            request_token=token.request_token,
            rate_id=token.rate_id,
            requested_document_specification=document,
            requested_value_added_services=services or None,
            additional_inputs=inputs if token.inputs else None,
        )
    )
    body = _ENCODER.encode(
        Prepared(
            v=_VERSION,
            amazon=token.amazon,
            carrier_id=token.carrier_id,
            carrier_name=token.carrier_name,
            service=token.service,
            name=token.name,
            total=token.total,
            currency=token.currency,
            package=token.package,
            format=document.format,
            dpi=document.dpi,
            request=msgspec.Raw(sent),
        )
    )
    # What makes it this purchase: the rate's tokens and its price are another's each time.
    identity = _ENCODER.encode([carrier, token.digest, token.carrier_id, token.service, token.services, document])
    step = PurchaseStep(
        index=0,
        parcels=(0,),
        reference=reference,
        key=reference,
        body=body,
        expires_at=request.rate.valid_until if request.rate is not None else None,
    )
    return PreparedPurchase(carrier=carrier, request_hash=hashlib.sha256(identity).hexdigest(), steps=(step,))


def _token(request: ShipmentRequest, config: AmazonBuyShippingConfig, carrier: str) -> RateToken:
    field = "ShipmentRequest.rate"
    rate = request.rate
    question = to_question(request, config)
    if rate is None:
        raise InvalidValueError(
            f"{field} must be given: Amazon sells at the rates it has just quoted only", field=field
        )
    if rate.carrier != carrier:
        raise InvalidValueError(f"{field} is of {rate.carrier}, not of {carrier}", field=field)
    token = read_token(rate.token)
    if request.service is not None and request.service != token.service:
        raise InvalidValueError(f"{field} is for {token.service}, not for {request.service}", field=field)
    signature = request.options.signature
    if token.signature != (signature.value if signature is not None else None):
        option = "ShipmentRequest.options.signature"
        raise InvalidValueError(f"{option}: the rate was quoted with another one; quote again", field=option)
    if token.digest != question.digest:
        why = "was quoted for another parcel, address, order, day or option; quote again"
        raise InvalidValueError(f"{field} {why}", field=field)
    return token
