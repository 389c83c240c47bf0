"""Amazon's offers as our rates: what can be bought as it was asked for, with all that the purchase must repeat."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import attrs
import msgspec

from cartcarrier.carriers.amazon_buy_shipping import codes, schemas
from cartcarrier.carriers.amazon_buy_shipping.mapping.documents import choose_document
from cartcarrier.carriers.amazon_buy_shipping.mapping.questions import Question, own_options
from cartcarrier.errors import (
    InvalidValueError,
    PermissionDeniedError,
    Problem,
    ProviderError,
    RejectedError,
    ServiceUnavailableForLaneError,
    UnsupportedOperationError,
)
from cartcarrier.models import Charge, Money, Rate, Service, ShipmentRequest, Signature

TOKEN_VERSION: Final = 1
_PAID_ELSEWHERE: Final = "PAY_DIRECT_TO_CARRIER"
_ORDER_OF_REASONS: Final = (PermissionDeniedError, RejectedError, ServiceUnavailableForLaneError)


class RateToken(msgspec.Struct, frozen=True, kw_only=True, gc=False, rename="camel"):
    """All that a purchase at this rate must repeat.

    Attributes:
        v: Version of the token.
        request_token: Amazon's name of the answer.
        rate_id: Amazon's name of the offer.
        digest: Of what was asked.
        amazon: Whether it is for an order of Amazon's marketplaces.
        carrier_id: Who carries it, by Amazon's id.
        carrier_name: The same in Amazon's words.
        service: Amazon's id of the service.
        name: Its name.
        total: What it costs, the value-added services in it.
        currency: Of the total.
        package: The parcel's name.
        printed: Whether that is to be printed.
        signature: Who must sign, as it was priced.
        services: Value-added services that are bought with it.
        inputs: Whether it can only be bought with further inputs.
        documents: The forms in which its label can be had.
    """

    v: int
    request_token: str
    rate_id: str
    digest: str
    amazon: bool
    carrier_id: str
    service: str
    name: str
    total: str
    currency: str
    package: str
    printed: bool
    signature: str | None
    services: tuple[str, ...]
    inputs: bool
    documents: tuple[schemas.OfferedDocument, ...]
    carrier_name: str | None = None


_TOKEN: Final = msgspec.json.Decoder(RateToken)
_ENCODER: Final = msgspec.json.Encoder(decimal_format="string")


def read_token(token: str | None) -> RateToken:
    """Read a rate's token.

    Raises:
        InvalidValueError: There is none, or it is not one of ours.
    """
    field = "ShipmentRequest.rate"
    try:
        made = _TOKEN.decode(token or "")
    except msgspec.MsgspecError:
        raise InvalidValueError(f"{field}: its token is not one of this driver's; quote again", field=field) from None
    if made.v != TOKEN_VERSION:
        raise InvalidValueError(f"{field}: its token is of another version; quote again", field=field)
    return made


@attrs.frozen(kw_only=True)
class ChosenServices:
    """What is bought with a label.

    Attributes:
        ids: Amazon's ids.
        charges: What each costs, where it costs anything.
    """

    ids: tuple[str, ...]
    charges: tuple[Charge, ...]


def choose_services(
    groups: Sequence[schemas.ServiceGroup], *, signature: Signature | None, wanted: Sequence[str], currency: str
) -> ChosenServices | None:
    """Choose from every group what was asked for and, where a choice is demanded, the cheapest and least demanding one.

    A purchase that leaves out a demanded group is refused (field guide amazon.md §8.24).

    Args:
        groups: As the offer has them.
        signature: Who must sign.
        wanted: Ids that the user names.
        currency: Of the offer; a service in another one cannot be added up.

    Returns:
        ``None`` when the offer does not have what is asked for.
    """
    open_wishes = dict.fromkeys(wanted)
    signing = codes.SIGNATURES.get(signature, ()) if signature is not None else ()
    signed = not signing
    chosen: list[schemas.ValueAddedService] = []
    for group in groups:
        offered = [one for one in group.value_added_services or () if one.cost is None or one.cost.unit == currency]
        mine = [one for one in offered if one.id in open_wishes]
        if not mine and signing and not signed:
            mine = [one for name in signing for one in offered if codes.plain_service(one.id) == name][:1]
            signed = bool(mine)
        if not mine and group.is_required:
            mine = sorted(offered, key=_price_then_demand)[:1]
            if not mine or (signature is Signature.NOT_REQUIRED and codes.demand(mine[0].id) > 2):
                return None
        for one in mine:
            open_wishes.pop(one.id, None)
        chosen += mine
    if open_wishes or not (signed or signature is Signature.NOT_REQUIRED):
        return None
    return ChosenServices(
        ids=tuple(one.id for one in chosen),
        charges=tuple(
            Charge(code=one.id, description=one.name or one.id, amount=_to_money(one.cost))
            for one in chosen
            if one.cost is not None and one.cost.value
        ),
    )


def _price_then_demand(service: schemas.ValueAddedService) -> tuple[Decimal, int]:
    return (service.cost.value if service.cost is not None else Decimal(0), codes.demand(service.id))


def _to_money(price: schemas.Price) -> Money:
    return Money(amount=price.value, currency=price.unit)


@attrs.frozen(kw_only=True)
class Dropped:
    """An offer that is none for this request.

    Attributes:
        service: Amazon's id.
        field: What of the request it cannot do.
    """

    service: str
    field: str


def to_rates(
    answer: schemas.Rates, request: ShipmentRequest, question: Question, *, carrier: str, valid_until: datetime
) -> tuple[list[Rate], list[Dropped]]:
    """Return the offers that can be bought as asked, and what was dropped.

    Args:
        answer: Amazon's.
        request: What was asked.
        question: How it was asked.
        carrier: The account's key.
        valid_until: When the rates end.
    """
    rates: list[Rate] = []
    dropped: list[Dropped] = []
    extra = own_options(request.options)
    for offer in answer.rates or ():
        if question.service is not None and offer.service_id != question.service:
            continue
        chosen = choose_services(
            offer.available_value_added_service_groups or (),
            signature=request.options.signature,
            wanted=extra.value_added_services,
            currency=offer.total_charge.unit,
        )
        documents = tuple(offer.supported_document_specifications or ())
        if chosen is None:
            field = "options.carrier_options" if extra.value_added_services else "options.signature"
            dropped.append(Dropped(service=offer.service_id, field=field))
        elif choose_document(documents, request.options, extra) is None:
            dropped.append(Dropped(service=offer.service_id, field="options.label_formats"))
        elif offer.requires_additional_inputs and not (extra.with_additional_inputs or extra.additional_inputs):
            dropped.append(Dropped(service=offer.service_id, field="options.carrier_options"))
        else:
            token = _token(answer.request_token, offer, request, question, chosen, documents)
            rates.append(_rate(offer, chosen, token, carrier, valid_until))
    return rates, dropped


def _token(  # noqa: PLR0917 - private; one caller has all of them at hand
    request_token: str,
    offer: schemas.OfferedRate,
    request: ShipmentRequest,
    question: Question,
    chosen: ChosenServices,
    documents: tuple[schemas.OfferedDocument, ...],
) -> RateToken:
    total = _total(offer, chosen)
    signature = request.options.signature
    return RateToken(
        v=TOKEN_VERSION,
        request_token=request_token,
        rate_id=offer.rate_id,
        digest=question.digest,
        amazon=question.amazon,
        carrier_id=offer.carrier_id,
        carrier_name=offer.carrier_name,
        service=offer.service_id,
        name=_name(offer),
        total=str(total.amount),
        currency=total.currency,
        package=question.package,
        printed=question.printed,
        signature=signature.value if signature is not None else None,
        services=chosen.ids,
        inputs=offer.requires_additional_inputs,
        documents=documents,
    )


def _total(offer: schemas.OfferedRate, chosen: ChosenServices) -> Money:
    return sum((charge.amount for charge in chosen.charges), start=_to_money(offer.total_charge))


def _name(offer: schemas.OfferedRate) -> str:
    service, carrier = offer.service_name or offer.service_id, offer.carrier_name or ""
    return service if not carrier or carrier.lower() in service.lower() else f"{carrier} {service}"


def _rate(
    offer: schemas.OfferedRate, chosen: ChosenServices, token: RateToken, carrier: str, valid_until: datetime
) -> Rate:
    items = [
        Charge(
            code=item.rate_item_id or "",
            description=item.rate_item_name_localization or item.rate_item_id or "",
            amount=_to_money(item.rate_item_charge),
        )
        for item in offer.rate_item_list or ()
        if item.rate_item_charge is not None
    ]
    window = offer.promise.delivery_window if offer.promise is not None else None
    return Rate(
        carrier=carrier,
        service=Service(code=offer.service_id, name=token.name),
        total=_total(offer, chosen),
        charges=[*items, *chosen.charges],
        estimated_delivery=to_moment(window.end if window is not None else None),
        valid_until=valid_until,
        token=_ENCODER.encode(token).decode(),
        warnings=_warnings(offer),
    )


def to_moment(text: str | None) -> datetime | None:
    """Read a time with its zone; ``None`` for what is not one."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _warnings(offer: schemas.OfferedRate) -> list[str]:
    said = []
    for excluded in (offer.benefits.excluded_benefits if offer.benefits is not None else None) or ():
        why = f" ({', '.join(excluded.reason_codes)})" if excluded.reason_codes else ""
        said.append(f"without {excluded.benefit or 'a benefit'}{why}")
    if offer.payment_type == _PAID_ELSEWHERE:
        said.append("paid to the carrier directly, not through Amazon")
    if offer.requires_additional_inputs:
        said.append("can only be bought with further inputs: AmazonBuyShippingOptions.additional_inputs")
    return said


def no_offer(
    answer: schemas.Rates, question: Question, dropped: Sequence[Dropped], facts: dict[str, Any]
) -> Exception | None:
    """Return the error that says why nothing is on offer; ``None`` when nothing runs between the places and no service was named.

    Args:
        answer: Amazon's, without a rate that can be bought.
        question: What was asked.
        dropped: Offers that could not be bought as asked.
        facts: Of the answer, for errors.
    """
    if dropped:
        fields = sorted({one.field for one in dropped})
        msg = (
            f"amazon-buy-shipping: amazon offers {', '.join(sorted({one.service for one in dropped}))}, but not with the"
            f" request's {' and '.join(fields)}; nothing was bought"
        )
        return UnsupportedOperationError(msg, field=fields[0])
    named = [
        one for one in answer.ineligible_rates or () if question.service is None or one.service_id == question.service
    ]
    reasons = {
        reason.code: codes.ineligible(reason.code) for one in named for reason in one.ineligibility_reasons or ()
    }
    if not reasons and question.service is None:
        return None
    kind = _kind(reasons.values())
    if kind is ServiceUnavailableForLaneError and question.service is None:
        return None
    why = "; ".join(f"{reason.words} ({code})" for code, reason in sorted(reasons.items()))
    what = f"amazon does not offer {question.service or 'any service'}"
    if issubclass(kind, RejectedError):
        problems = [
            Problem(message=reason.words, code=code, field=reason.field) for code, reason in sorted(reasons.items())
        ]
        facts = {**facts, "problems": problems}
    return kind(
        f"{what}: {why or 'it is not among what runs between these places'}", code=min(reasons, default=None), **facts
    )


def _kind(reasons: Iterable[codes.Reason]) -> type[ProviderError]:
    """Return the kind that all reasons share; what is about the places says least and counts where they differ."""
    kinds = {reason.kind for reason in reasons}
    return next((kind for kind in _ORDER_OF_REASONS if kinds == {kind}), ServiceUnavailableForLaneError)
