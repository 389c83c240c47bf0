"""Parcels, prices, labels."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import attrs

from cartcarrier.errors import InvalidValueError
from cartcarrier.models._orders import OrderRef
from cartcarrier.models._validators import (
    FrozenMapping,
    at_least_one,
    aware,
    aware_or_none,
    country_or_none,
    filled,
    refuse,
    some,
    text_or_none,
)
from cartcarrier.models._values import Address, Dimensions, Money, Weight

Own = TypeVar("Own")


@attrs.frozen(kw_only=True)
class ParcelItem:
    """What lies in a parcel; customs and packing slips are made from it.

    Attributes:
        sku: The seller's number.
        title: What it is, in words a customs officer understands.
        quantity: Pieces.
        unit_value: Of one piece.
        weight: Of one piece.
        hs_code: Harmonized System code.
        country_of_origin: ISO 3166-1 alpha-2.
        order_line_id: Which order line it serves.
    """

    sku: str | None = None
    title: str = attrs.field(validator=filled)
    quantity: int = attrs.field(validator=at_least_one)
    unit_value: Money | None = None
    weight: Weight | None = None
    hs_code: str | None = None
    country_of_origin: str | None = attrs.field(default=None, validator=country_or_none)
    order_line_id: str | None = None


def _heavy(instance: object, attribute: "attrs.Attribute[Weight]", value: Weight) -> None:
    if not isinstance(value, Weight) or not value.value:  # type: ignore[redundant-expr]  # callers may be untyped
        raise refuse(instance, attribute, "must be a Weight of more than 0")


@attrs.frozen(kw_only=True)
class Parcel:
    """One box.

    Attributes:
        weight: With everything in it; more than 0.
        dimensions: Its outer sides.
        packaging: The carrier's code of its own packaging; ``None`` for the sender's.
        items: What lies in it.
        insured_value: Declared value.
    """

    weight: Weight = attrs.field(validator=_heavy)
    dimensions: Dimensions | None = None
    packaging: str | None = None
    items: tuple[ParcelItem, ...] = attrs.field(default=(), converter=tuple[ParcelItem, ...])
    insured_value: Money | None = None


class LabelFormat(StrEnum):
    """Forms of a label."""

    PDF = "pdf"
    PNG = "png"
    GIF = "gif"
    ZPL = "zpl"
    EPL = "epl"


class Signature(StrEnum):
    """Who must sign."""

    NOT_REQUIRED = "not_required"
    INDIRECT = "indirect"
    DIRECT = "direct"
    ADULT = "adult"


class BillParty(StrEnum):
    """Who pays."""

    SENDER = "sender"
    RECEIVER = "receiver"
    THIRD_PARTY = "third_party"


@attrs.frozen(kw_only=True)
class BillTo:
    """Whose account at the carrier pays.

    Attributes:
        party: Who pays.
        account_number: Theirs, at the carrier.
        postal_code: The one registered with that account.
        country_code: ISO 3166-1 alpha-2.
    """

    party: BillParty
    account_number: str | None = attrs.field(default=None, validator=text_or_none, repr=False)
    postal_code: str | None = attrs.field(default=None, validator=text_or_none, repr=False)
    country_code: str | None = attrs.field(default=None, validator=country_or_none)


class ContentsType(StrEnum):
    """What customs is told the parcel is."""

    MERCHANDISE = "merchandise"
    GIFT = "gift"
    SAMPLE = "sample"
    DOCUMENTS = "documents"
    RETURNED_GOODS = "returned_goods"
    OTHER = "other"


@attrs.frozen(kw_only=True)
class CustomsDeclaration:
    """What customs is told.

    Attributes:
        contents: What it is.
        incoterm: ``"DAP"``, ``"DDP"`` and the like, Incoterms 2020.
        invoice_number: Of the commercial invoice.
        invoice_date: Of the commercial invoice.
        items: When empty, what lies in the parcels.
        sold_to: The buyer, when it is not who receives the parcel.
        duties_bill_to: Who pays duties; ``None`` leaves it to the incoterm.
        export_filing: The exemption or number of the export filing (US: ``"30.37(a)"`` or an ITN).
        explanation: In words, for ``ContentsType.OTHER``.
        document_ids: Papers handed in beforehand with ``SupportsTradeDocuments.upload_document``, by the carrier's identity.
    """

    contents: ContentsType = ContentsType.MERCHANDISE
    incoterm: str | None = None
    invoice_number: str | None = None
    invoice_date: date | None = None
    items: tuple[ParcelItem, ...] = attrs.field(default=(), converter=tuple[ParcelItem, ...])
    sold_to: Address | None = None
    duties_bill_to: BillTo | None = None
    export_filing: str | None = None
    explanation: str | None = None
    document_ids: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])


@attrs.frozen(kw_only=True)
class ShipmentOptions:
    """What may be asked of a carrier beyond moving a box. A carrier that cannot do one says so before anything is bought.

    Attributes:
        signature: Who must sign; ``None`` for the service's own rule.
        saturday_delivery: Deliver on Saturday.
        hold_at_location: The carrier's identity of the place where the parcel waits for the recipient.
        dry_ice: How much is in it.
        lithium: Kind of lithium battery, in the carrier's words.
        alcohol: Contains alcohol.
        bill_to: Who pays; ``None`` for the sender.
        label_formats: In order of preference; when none is possible that is an error before buying.
        label_size: ``"4x6"`` and the like.
        carrier_options: An instance of the carrier's own options class; a tuple of such instances, one for each carrier that is
            asked, where several are.
    """

    signature: Signature | None = None
    saturday_delivery: bool = False
    hold_at_location: str | None = None
    dry_ice: Weight | None = None
    lithium: str | None = None
    alcohol: bool = False
    bill_to: BillTo | None = None
    label_formats: tuple[LabelFormat, ...] = attrs.field(
        default=(LabelFormat.GIF, LabelFormat.PNG, LabelFormat.PDF, LabelFormat.ZPL, LabelFormat.EPL),
        converter=tuple[LabelFormat, ...],
        validator=some,
    )
    label_size: str | None = None
    carrier_options: object | None = None

    def own(self, kind: type[Own]) -> Own | None:
        """Return the carrier options of one kind: how a driver asks for its own.

        A tuple may hold those of other carriers, which are left to them; a lone object must be of this kind.

        Args:
            kind: The driver's options class.

        Raises:
            InvalidValueError: A lone object of another kind, or two of this kind.
        """
        given = self.carrier_options
        found = [one for one in (given if isinstance(given, tuple) else (given,)) if isinstance(one, kind)]
        if len(found) > 1:
            msg = f"ShipmentOptions.carrier_options holds {len(found)} of {kind.__name__}: give one"
            raise InvalidValueError(msg, field="ShipmentOptions.carrier_options")
        if not found and given is not None and not isinstance(given, tuple):
            msg = f"ShipmentOptions.carrier_options must be a {kind.__name__} for this carrier, not {type(given).__name__}"
            raise InvalidValueError(msg, field="ShipmentOptions.carrier_options")
        return found[0] if found else None


@attrs.frozen(kw_only=True)
class Service:
    """A carrier's service.

    Attributes:
        code: The carrier's own.
        name: In words.
    """

    code: str = attrs.field(validator=filled)
    name: str


@attrs.frozen(kw_only=True)
class Charge:
    """A part of a price.

    Attributes:
        code: The carrier's own.
        description: In words.
        amount: What it costs.
    """

    code: str
    description: str
    amount: Money


@attrs.frozen(kw_only=True)
class Rate:
    """What a carrier asks for a service.

    Attributes:
        carrier: The account's key, ``"ups:default"``.
        service: Which service.
        total: What the account pays, all charges in it.
        list_total: What it would be without the account's discount.
        charges: What the total is made of, as far as the carrier says.
        transit_days: Business days on the way.
        estimated_delivery: A day, or a time with zone.
        guaranteed: Whether the carrier stands by it.
        residential: Whether it was priced as a home.
        valid_until: When the price ends; ``None`` when the carrier does not say.
        token: All that the purchase must repeat; opaque.
        warnings: What the carrier wants known.
    """

    carrier: str = attrs.field(validator=filled)
    service: Service
    total: Money
    list_total: Money | None = None
    charges: tuple[Charge, ...] = attrs.field(default=(), converter=tuple[Charge, ...])
    transit_days: int | None = None
    estimated_delivery: datetime | date | None = None
    guaranteed: bool | None = None
    residential: bool | None = None
    valid_until: datetime | None = attrs.field(default=None, validator=aware_or_none)
    token: str | None = attrs.field(default=None, repr=False)
    warnings: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...], repr=False)


@attrs.frozen(kw_only=True)
class ShipmentRequest:
    """What is to be priced or bought.

    Attributes:
        ship_from: Where it leaves.
        ship_to: Where it goes.
        parcels: At least one.
        service: The carrier's code of a service; with ``rate`` the rate's service counts.
        rate: Buy at this rate: its token goes with the purchase.
        options: What else is asked.
        customs: For borders.
        order: Needed by marketplaces' own labels.
        reference: The user's, printed; ours travels apart.
        is_return: The parcel goes back to the seller.
        ship_date: When it is handed over; ``None`` for today.
    """

    ship_from: Address
    ship_to: Address
    parcels: tuple[Parcel, ...] = attrs.field(converter=tuple[Parcel, ...], validator=some)
    service: str | None = None
    rate: Rate | None = None
    options: ShipmentOptions = attrs.field(factory=ShipmentOptions)
    customs: CustomsDeclaration | None = None
    order: OrderRef | None = None
    reference: str | None = None
    is_return: bool = False
    ship_date: date | None = None

    def __attrs_post_init__(self) -> None:
        currencies = {
            value.currency
            for parcel in self.parcels
            for value in (parcel.insured_value, *(item.unit_value for item in parcel.items))
            if value is not None
        }
        if len(currencies) > 1:
            msg = f"ShipmentRequest.parcels mixes currencies: {', '.join(sorted(currencies))}"
            raise InvalidValueError(msg, field="ShipmentRequest.parcels")


@attrs.frozen(kw_only=True)
class Label:
    """A label, decoded, ready to print.

    Attributes:
        format: Its form.
        data: Its bytes. They show an address: personal data.
    """

    format: LabelFormat
    data: bytes = attrs.field(repr=False)

    def save(self, path: Path) -> Path:
        """Write it to a file, or into a folder under a name of its own, and return the file's path.

        The name is made from the content, so saving the same label again overwrites the same file.
        """
        if path.is_dir():
            import hashlib  # noqa: PLC0415 - needed here only

            path = path / f"label-{hashlib.sha256(self.data).hexdigest()[:12]}.{self.format}"
        path.write_bytes(self.data)
        return path


@attrs.frozen(kw_only=True)
class Document:
    """A paper that goes with a shipment: customs form, receipt, control log.

    Attributes:
        kind: ``"commercial_invoice"``, ``"receipt"``, ``"high_value_report"``, ``"manifest"`` and the like.
        format: ``"pdf"``, ``"html"``, ``"gif"`` and the like.
        data: Its bytes; personal data.
    """

    kind: str
    format: str
    data: bytes = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class ShippedParcel:
    """One parcel of a shipment.

    Attributes:
        tracking_number: Its own.
        label: ``None`` when it must be fetched apart.
        documents: That go with this parcel.
    """

    tracking_number: str = attrs.field(validator=filled)
    label: Label | None = None
    documents: tuple[Document, ...] = attrs.field(default=(), converter=tuple[Document, ...])


@attrs.frozen(kw_only=True)
class Shipment:
    """What was bought.

    Attributes:
        carrier: The account's key, ``"ups:default"``.
        id: The carrier's own identity of it; what a void names.
        service: Which service.
        tracking_number: The master number where there is one.
        parcels: In the order of the request.
        documents: That go with the whole.
        total: What it costs; ``None`` when the carrier has not said.
        total_is_estimate: The total comes from a quote, not from the purchase.
        list_total: What it would be without the account's discount.
        charges: What the total is made of.
        created_at: When it was bought.
        reference: Ours; what a look-up names.
        confirms_order: The marketplace already knows; no confirmation.
        carried_by: Who moves it, where that is not the one who sold the label: a driver's name (``"ups"``) where there is one,
            otherwise the seller of the label's own word for it. Channels are told this.
        is_return: It goes back to the seller; no channel is told, and no manifest takes it in.
        test: Bought in the carrier's test environment: the label must not go on a parcel.
        warnings: What the carrier wants known.
    """

    carrier: str = attrs.field(validator=filled)
    id: str = attrs.field(validator=filled)
    service: Service
    tracking_number: str = attrs.field(validator=filled)
    parcels: tuple[ShippedParcel, ...] = attrs.field(converter=tuple[ShippedParcel, ...], validator=some)
    documents: tuple[Document, ...] = attrs.field(default=(), converter=tuple[Document, ...])
    total: Money | None = None
    total_is_estimate: bool = False
    list_total: Money | None = None
    charges: tuple[Charge, ...] = attrs.field(default=(), converter=tuple[Charge, ...])
    created_at: datetime = attrs.field(validator=aware)
    reference: str
    confirms_order: bool = False
    carried_by: str | None = attrs.field(default=None, validator=text_or_none)
    is_return: bool = False
    test: bool = False
    warnings: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...], repr=False)


class VoidStatus(StrEnum):
    """What became of a void."""

    VOIDED = "voided"
    REFUND_PENDING = "refund_pending"
    REFUSED = "refused"


def _by_number(items: Mapping[str, VoidStatus]) -> Mapping[str, VoidStatus]:
    if isinstance(items, FrozenMapping):
        return items
    if not isinstance(items, Mapping):
        msg = f"VoidResult.parcels must be a mapping, not {type(items).__name__}"
        raise InvalidValueError(msg, field="VoidResult.parcels")
    return FrozenMapping(items)


@attrs.frozen(kw_only=True)
class VoidResult:
    """What became of a void.

    Attributes:
        status: Of the whole; ``REFUSED`` when any parcel was refused.
        parcels: By tracking number, where the carrier says.
        message: Why it was refused, or what is awaited.
    """

    status: VoidStatus
    parcels: Mapping[str, VoidStatus] = attrs.field(factory=dict, converter=_by_number)
    message: str | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class PurchaseStep:
    """One call that buys: its exact bytes, and how its outcome can be found out.

    Attributes:
        index: Its place among the steps.
        parcels: Which parcels of the request it buys.
        reference: Ours, unique; what a look-up names.
        key: The idempotency key, where the platform has them.
        body: What will be sent, to the byte. Personal data.
        expires_at: When the bytes or the key are no longer good.
    """

    index: int
    parcels: tuple[int, ...] = attrs.field(converter=tuple[int, ...])
    reference: str = attrs.field(validator=filled)
    key: str | None = None
    body: bytes = attrs.field(repr=False)
    expires_at: datetime | None = attrs.field(default=None, validator=aware_or_none)


@attrs.frozen(kw_only=True)
class PreparedPurchase:
    """A purchase that has not been made yet.

    Attributes:
        carrier: The account's key.
        request_hash: Of what makes it this purchase: parcels, addresses, options, an explicit rate; not prices or default dates.
        steps: One, or one a parcel.
    """

    carrier: str = attrs.field(validator=filled)
    request_hash: str = attrs.field(validator=filled)
    steps: tuple[PurchaseStep, ...] = attrs.field(converter=tuple[PurchaseStep, ...], validator=some)


class PurchaseSafety(StrEnum):
    """How the outcome of a purchase can be known when its answer was lost."""

    NATIVE_KEY = "native_key"
    """The platform repeats its first answer for our key, for ``key_lifetime``: send the same bytes again."""
    LOOKUP_ADOPT = "lookup_adopt"
    """It can be asked by our reference and gives the label again: look, adopt."""
    LOOKUP_CANCEL = "lookup_cancel"
    """It can be asked, but the label is gone: look, cancel what is found, buy anew under a new reference."""
    UNCERTAIN = "uncertain"
    """It cannot be asked: a person resolves."""
