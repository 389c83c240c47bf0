"""Prices: our request to USPS's questions, USPS's answers to our rates.

Several prices come back for a mail class: single piece, USPS's own boxes, volume, entry at a facility. A rate keeps the ingredients
of the one that fits, and the purchase repeats them; otherwise price and label disagree (field guide usps.md §2.2).
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

import attrs
import msgspec

from cartcarrier.carriers.usps.codes import indicators, service_name
from cartcarrier.carriers.usps.codes.services import VARIABLE
from cartcarrier.carriers.usps.mapping.lanes import end_of
from cartcarrier.carriers.usps.mapping.measures import is_by_volume, is_oversized
from cartcarrier.carriers.usps.mapping.pieces import (
    MACHINABLE,
    NO_FACILITY,
    NONSTANDARD,
    TOKEN_VERSION,
    Ingredients,
    Piece,
    RateToken,
    to_day,
)
from cartcarrier.carriers.usps.mapping.questions import Quoting
from cartcarrier.carriers.usps.mapping.text import clean
from cartcarrier.carriers.usps.schemas import Commitment, OptionsResponse, PricesResponse, RateOption
from cartcarrier.models import Charge, Money, Rate, Service

_DAYS: Final = re.compile(r"(\d{1,2})[- ]?day", re.IGNORECASE)
# What a label takes; prices know more.
_CATEGORIES: Final = frozenset({"LETTERS", "FLATS", MACHINABLE, NONSTANDARD, "NON_MACHINABLE", "IRREGULAR"})
_BY_VOLUME: Final = frozenset({"DR", "DN"})


@attrs.frozen(kw_only=True)
class Offer:
    """One way to send one parcel.

    Attributes:
        service: The mail class.
        indicator: ``rateIndicator``.
        category: ``processingCategory``.
        total: What it costs, extra services in it.
        charges: What that is made of.
        commitment: How long it takes.
        warnings: What USPS wants known.
    """

    service: str
    indicator: str
    category: str
    total: Decimal
    charges: tuple[Charge, ...]
    commitment: Commitment | None
    warnings: tuple[str, ...]


def offers_of(answer: OptionsResponse | PricesResponse, piece: Piece) -> list[Offer]:
    """Return what an answer offers for a parcel; what cannot be repeated in a purchase is left out."""
    found: list[tuple[str | None, RateOption]] = []
    if isinstance(answer, PricesResponse):
        found = [(None, option) for option in answer.rate_options]
    else:
        for priced in answer.pricing_options:
            for shipping in priced.shipping_options or ():
                found += [(shipping.mail_class, option) for option in shipping.rate_options or ()]
    return [offer for name, option in found if (offer := _offer(name, option, piece)) is not None]


def _offer(name: str | None, option: RateOption, piece: Piece) -> Offer | None:
    rates = option.rates or []
    if not rates or not rates[0].rate_indicator:
        return None
    first = rates[0]
    if any((rate.destination_entry_facility_type or NO_FACILITY) != NO_FACILITY for rate in rates):
        return None  # handed in at the far end: cheap, and another business (field guide usps.md §2.2)
    service = name or first.mail_class
    base = option.total_base_price
    if base is None:
        # rates and fees (the description of totalBasePrice)
        parts = [rate.price for rate in rates] + [fee.price for rate in rates for fee in rate.fees or ()]
        base = sum((price for price in parts if price is not None), Decimal(0))
    charges = [_charge(rate.sku or rate.rate_indicator, rate.description, rate.price) for rate in rates]
    charges += [_charge(fee.sku or "FEE", fee.name, fee.price) for rate in rates for fee in rate.fees or ()]
    total, warnings = base, []
    if piece.extras.services:
        asked = {str(code) for code in piece.extras.services}
        named = [extra for extra in option.extra_services or () if extra.extra_service in asked | {None}]
        # older answers name them in words only; what is not named is not done, whatever the total says
        missing = asked - {extra.extra_service for extra in named}
        if len(missing) > sum(extra.extra_service is None for extra in named):
            return None
        charges += [_charge(extra.extra_service or extra.sku or "EXTRA", extra.name, extra.price) for extra in named]
        prices = [extra.price for extra in named if extra.price is not None]
        total = option.total_price if option.total_price is not None else base + sum(prices, Decimal(0))
        warnings = [
            warning.warning_description or warning.warning_code or ""
            for extra in named
            for warning in extra.warnings or ()
        ]
    if option.duties is not None:
        for line in (option.duties.package_fee, *_duties(option)):
            if line:
                total += line
                charges.append(_charge("DUTIES", "Prepaid duties, taxes and fees", line))
    if not service or total <= 0:
        return None
    category = first.processing_category or piece.category
    return Offer(
        service=service,
        indicator=first.rate_indicator or "",
        category=category if category in _CATEGORIES else piece.category,
        total=total,
        charges=tuple(charge for charge in charges if charge is not None),
        commitment=option.commitment,
        warnings=tuple(text for warning in warnings if (text := clean(warning))),
    )


def _duties(option: RateOption) -> Iterable[Decimal | None]:
    quotes = (option.duties.item_quotes or ()) if option.duties is not None else ()
    return [price for quote in quotes for price in (quote.duty_price, quote.tax_price)]


def _charge(code: str | None, words: str | None, price: Decimal | None) -> Charge | None:
    if price is None:
        return None
    return Charge(
        code=code or "POSTAGE", description=clean(words) or "Postage", amount=Money(amount=price, currency="USD")
    )


def choose_offer(offers: Sequence[Offer], service: str, piece: Piece, *, to_military: bool = False) -> Offer | None:
    """Return the price that fits a parcel: its packaging, its volume, what machines make of it; the lowest of those.

    A box of the sender's own is never priced as one of USPS's: that is charged weeks later (field guide usps.md §11, pitfall 30).
    """
    known = indicators(piece.packaging, to_military=to_military)
    fitting = [offer for offer in offers if offer.service == service and offer.indicator in known]
    if not fitting:
        return None
    by_volume = is_by_volume(piece.sides, piece.pounds)
    oversized = is_oversized(piece.sides, piece.girth)

    def rank(offer: Offer) -> tuple[bool, bool, bool, Decimal]:
        own = piece.packaging == VARIABLE
        return (
            own and (offer.indicator == "OS") is not oversized,
            own and (offer.indicator in _BY_VOLUME) is not by_volume,
            offer.category != piece.category,
            offer.total,
        )

    return min(fitting, key=rank)


def to_rates(
    quoting: Quoting, answers: Sequence[Sequence[Offer]], carrier: str, price_type: str, warnings: Sequence[str] = ()
) -> list[Rate]:
    """Return the rates for all parcels together; a service that one of them cannot have is left out.

    Args:
        quoting: What was asked about.
        answers: The offers for each parcel, in order.
        carrier: The account's key.
        price_type: Whose prices.
        warnings: What the caller wants known.
    """
    rates = []
    for service in sorted(quoting.services):
        chosen = [
            choose_offer(offers, service, piece, to_military=quoting.lane.to_military)
            for offers, piece in zip(answers, quoting.pieces, strict=True)
        ]
        found = [offer for offer in chosen if offer is not None]
        if not found or len(found) != len(chosen):
            continue
        token = RateToken(
            v=TOKEN_VERSION,
            service=service,
            mailing_date=quoting.day.isoformat(),
            parcels=tuple(
                Ingredients(
                    packaging=piece.packaging,
                    indicator=offer.indicator,
                    category=offer.category,
                    price_type=price_type,
                    services=piece.extras.services,
                    weight=str(piece.pounds),
                    sides=(str(piece.sides.length), str(piece.sides.width), str(piece.sides.height)),
                )
                for offer, piece in zip(found, quoting.pieces, strict=True)
            ),
        )
        days = [arrival(offer.commitment) for offer in found]
        transit = [transit_days(offer.commitment) for offer in found]
        rates.append(
            Rate(
                carrier=carrier,
                service=Service(code=service, name=service_name(service)),
                total=Money(amount=sum((offer.total for offer in found), Decimal(0)), currency="USD"),
                charges=[charge for offer in found for charge in offer.charges],
                transit_days=max((day for day in transit if day is not None), default=None)
                if None not in transit
                else None,
                estimated_delivery=max((day for day in days if day is not None), default=None)
                if None not in days
                else None,
                guaranteed=_guaranteed(found),
                valid_until=end_of(quoting.day, quoting.lane.origin),
                token=msgspec.json.encode(token).decode(),
                warnings=tuple(dict.fromkeys([*warnings, *(text for offer in found for text in offer.warnings)])),
            )
        )
    return rates


def _guaranteed(offers: Sequence[Offer]) -> bool | None:
    said = [offer.commitment.guaranteed_delivery if offer.commitment is not None else None for offer in offers]
    return None if None in said else all(said)


def arrival(commitment: Commitment | None) -> date | None:
    """Return the day that a service promises; ``None`` for "NO STD", "MILITARY" and the like."""
    if commitment is None:
        return None
    return to_day(commitment.expected_delivery_date) or to_day(commitment.schedule_delivery_date)


def transit_days(commitment: Commitment | None) -> int | None:
    """Return the days of "2 Days" or "2-Day"."""
    match = _DAYS.search(commitment.name or "") if commitment is not None else None
    return int(match[1]) if match is not None else None
