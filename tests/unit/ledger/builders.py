"""Shipments to plan and steps to take, for tests of ledgers."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from cartcarrier.ledger import Claim, Ledger, NewShipment, ShipmentRow, StepKind, StepRow
from cartcarrier.models import (
    Document,
    Label,
    LabelFormat,
    OrderRef,
    PurchaseStep,
    Shipment,
    ShippedParcel,
    VoidResult,
    VoidStatus,
)
from cartcarrier.testing import make_request, make_shipment
from cartcarrier.testing._factories import NAME, NOW

REF = OrderRef(channel="shopify:default", order_id="order-1")
LEASE = timedelta(seconds=60)
BODY = f'{{"ShipTo": "{NAME}"}}'.encode()


def make_step(index: int = 0, **changes: Any) -> PurchaseStep:
    """Return a purchase of one parcel; its body names a person."""
    values: Mapping[str, Any] = {
        "index": index,
        "parcels": (index,),
        "reference": f"cc-{index}",
        "key": f"key-{index}",
        "body": BODY,
        "expires_at": NOW + timedelta(minutes=10),
    }
    return PurchaseStep(**{**values, **changes})


def make_new(**changes: Any) -> NewShipment:
    """Return a shipment of one step to plan."""
    values: Mapping[str, Any] = {
        "ref": REF,
        "key": "1",
        "carrier": "ups:default",
        "request_hash": "hash-1",
        "reference": "cc-whole",
        "lines": {"line-1": 2},
        "location_id": "place-1",
        "ship_by": NOW + timedelta(days=1),
        "request": make_request(),
        "quoted_total": "9.80 USD",
        "steps": (make_step(),),
    }
    return NewShipment(**{**values, **changes})


def make_labelled_shipment(**changes: Any) -> Shipment:
    """Return a purchase with two parcels, labels, documents everywhere, and a warning that names a person."""
    values: Mapping[str, Any] = {
        "parcels": (
            ShippedParcel(
                tracking_number="1Z999AA10123456784",
                label=Label(format=LabelFormat.GIF, data=b"GIF89a " + NAME.encode()),
                documents=(Document(kind="receipt", format="html", data=b"<p>" + NAME.encode()),),
            ),
            ShippedParcel(tracking_number="1Z999AA10123456793"),
            ShippedParcel(
                tracking_number="1Z999AA10123456801",
                label=Label(format=LabelFormat.PDF, data=b"%PDF " + NAME.encode()),
            ),
        ),
        "documents": (
            Document(kind="commercial_invoice", format="pdf", data=b"%PDF one " + NAME.encode()),
            Document(kind="control_log", format="pdf", data=b"%PDF two " + NAME.encode()),
        ),
        "warnings": (f"the address of {NAME} was corrected",),
    }
    return make_shipment(**{**values, **changes})


async def plan(ledger: Ledger, *, owner: str = "worker-1", **changes: Any) -> tuple[ShipmentRow, Claim]:
    """Plan a shipment and hold its claim."""
    row, claim = await ledger.plan_shipment(make_new(**changes), owner=owner, lease=LEASE, now=NOW)
    assert claim is not None
    return row, claim


async def buy(ledger: Ledger, **changes: Any) -> tuple[StepRow, Claim]:
    """Plan a shipment and take its first step to its end."""
    row, claim = await plan(ledger, **changes)
    step = await ledger.start_step(claim, row.steps[0].id, now=NOW)
    return await ledger.finish_step(claim, step.id, make_labelled_shipment(), now=NOW), claim


async def void(ledger: Ledger, claim: Claim, *, index: int = 0, status: VoidStatus = VoidStatus.VOIDED) -> StepRow:
    """Add a void and take it to its end."""
    step = await ledger.add_step(claim, StepKind.VOID, index=index, now=NOW)
    await ledger.start_step(claim, step.id, now=NOW)
    return await ledger.finish_step(claim, step.id, VoidResult(status=status, message=f"ask {NAME}"), now=NOW)
