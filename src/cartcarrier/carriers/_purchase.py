"""Buying without a ledger: prepare and send, and join several steps to one shipment."""

import secrets

import attrs

from cartcarrier.carriers._interface import SupportsLabels
from cartcarrier.errors import CartCarrierError
from cartcarrier.models import Money, Shipment, ShipmentRequest


def new_reference() -> str:
    """Return a fresh reference: ``cc-`` and 16 characters that nobody else will think of."""
    return f"cc-{secrets.token_hex(8)}"


def join_shipments(parts: list[Shipment]) -> Shipment:
    """Return several purchases, one a parcel, as one shipment: the first one's identity, all parcels, the sum of the prices."""
    first = parts[0]
    if len(parts) == 1:
        return first
    totals = [part.total for part in parts]
    total: Money | None = None
    if all(amount is not None for amount in totals):
        known = [amount for amount in totals if amount is not None]
        total = sum(known[1:], start=known[0])
    return attrs.evolve(
        first,
        parcels=tuple(parcel for part in parts for parcel in part.parcels),
        documents=tuple(document for part in parts for document in part.documents),
        charges=tuple(charge for part in parts for charge in part.charges),
        warnings=tuple(dict.fromkeys(warning for part in parts for warning in part.warnings)),
        total=total,
        total_is_estimate=any(part.total_is_estimate for part in parts),
    )


async def buy_without_ledger(carrier: SupportsLabels, request: ShipmentRequest) -> Shipment:
    """Prepare and send every step, in order."""
    prepared = carrier.prepare_shipment(request, reference=new_reference())
    bought: list[Shipment] = []
    for step in prepared.steps:
        try:
            bought.append(await carrier.purchase(step))
        except CartCarrierError as exc:
            for shipment in bought:
                exc.add_note(f"bought before this failed, and still live: {shipment.id}")
            exc.add_note(f"the carrier can be asked by the reference {step.reference}")
            raise
    return join_shipments(bought)
