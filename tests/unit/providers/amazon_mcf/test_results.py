"""What Amazon's warehouse answers."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from cartcarrier.http import json_decoder
from cartcarrier.models import CancellationStatus, FulfillmentParcel, Money, ProviderOrderStatus
from cartcarrier.providers.amazon_mcf import schemas
from cartcarrier.providers.amazon_mcf.mapping import (
    cancellation,
    package_numbers,
    refused,
    to_provider_order,
    to_rates,
    unfulfillable,
)
from tests.unit.providers.amazon_mcf.samples import (
    LINE,
    PROVIDER,
    REFERENCE,
    item_id,
    package,
    placed,
    preview,
    read_placed,
    shipment,
)

O = ProviderOrderStatus  # noqa: E741 - stands at the head of every row of the table


def read_previews(*each: dict[str, Any]) -> list[schemas.Preview]:
    return json_decoder(list[schemas.Preview]).decode(msgspec.json.encode(each))


@pytest.mark.parametrize(
    ("status", "expected", "explained"),
    [
        ("New", O.RECEIVED, False),
        ("Received", O.RECEIVED, False),
        ("Planning", O.PROCESSING, False),
        ("Processing", O.PROCESSING, False),
        ("PROCESSING", O.PROCESSING, False),
        ("Complete", O.SHIPPED, False),
        ("CompletePartialled", O.PARTIALLY_SHIPPED, True),
        ("Cancelled", O.CANCELLED, False),
        ("Unfulfillable", O.REJECTED, True),
        ("Invalid", O.REJECTED, True),
        ("BrandNew", O.UNKNOWN, False),
    ],
)
def test_status_means(status: str, expected: ProviderOrderStatus, *, explained: bool) -> None:
    """What is not in the table is unknown, never guessed."""
    left = [shipment()] if status.startswith("Complete") else []
    made = to_provider_order(read_placed(placed(status, *left)))
    assert made.status is expected
    assert (made.message is not None) is explained
    assert made.final is (status in {"Complete", "CompletePartialled", "Cancelled", "Unfulfillable", "Invalid"})
    assert (made.reference, made.id) == (REFERENCE, REFERENCE)


def test_parcel_has_its_number_carrier_and_lines() -> None:
    """With that the order is confirmed on its own channel."""
    made = to_provider_order(read_placed(placed("Complete", shipment())))
    assert made.parcels == (FulfillmentParcel(carrier="amazon", tracking_number="TBA1", lines={LINE: 2}),)


@pytest.mark.parametrize("status", ["Complete", "CompletePartialled"])
def test_order_that_is_complete_and_shows_no_parcel_is_not_done(status: str) -> None:
    """Believed, its channel would never hear of it, and its pieces would be open work for a label: shipped twice."""
    made = to_provider_order(read_placed(placed(status)))
    assert (made.status, made.final, made.parcels) == (O.PROCESSING, False, ())


@pytest.mark.parametrize(
    ("ends", "shown", "done"),
    [({}, 1, False), ({"cancelledQuantity": 1}, 1, True), ({"unfulfillableQuantity": 1}, 1, True), ({}, 2, True)],
    ids=["one is missing", "one was cancelled", "one is not there", "all are there"],
)
def test_order_is_complete_when_its_parcels_hold_all_that_comes(
    ends: dict[str, int], shown: int, *, done: bool
) -> None:
    """A parcel that shows a little later would never be told, and what is in it be shipped again."""
    had = [{"sellerSku": "MUG-1", "sellerFulfillmentOrderItemId": item_id(), "quantity": shown, "packageNumber": 1}]
    answer = placed("Complete", shipment("SHIPPED", package(1), items=had))
    answer["payload"]["fulfillmentOrderItems"][0].update(ends)
    made = to_provider_order(read_placed(answer))
    assert made.final is done
    assert made.status is (O.SHIPPED if done else O.PARTIALLY_SHIPPED)


def test_shipment_that_has_left_and_names_no_package_is_a_parcel() -> None:
    """Something left without a number; left out, the channel would never hear of it."""
    sent = {**shipment(), "fulfillmentShipmentPackage": None}
    (parcel,) = to_provider_order(read_placed(placed("Complete", sent))).parcels
    assert (parcel.carrier, parcel.tracking_number, dict(parcel.lines or {})) == ("unknown", None, {LINE: 2})


def test_order_of_which_a_part_has_left_is_partially_shipped() -> None:
    """Picking has begun and gone on."""
    assert to_provider_order(read_placed(placed("Processing", shipment()))).status is O.PARTIALLY_SHIPPED


@pytest.mark.parametrize("status", ["PENDING", "CANCELLED_BY_FULFILLER", "CANCELLED_BY_SELLER", "BrandNew"])
def test_shipment_that_has_not_left_is_no_parcel(status: str) -> None:
    """Amazon plans a cancelled shipment anew, under another number: the buyer would be told the wrong one."""
    answer = read_placed(placed("Processing", shipment(status)))
    assert to_provider_order(answer).parcels == ()
    assert package_numbers(answer) == []


def test_pieces_are_in_the_package_that_amazon_says() -> None:
    """Two parcels, each with its own pieces."""
    items = [
        {"sellerSku": "MUG-1", "sellerFulfillmentOrderItemId": item_id(), "quantity": 1, "packageNumber": 1},
        {"sellerSku": "MUG-1", "sellerFulfillmentOrderItemId": item_id(), "quantity": 3, "packageNumber": 2},
    ]
    answer = read_placed(placed("Complete", shipment("SHIPPED", package(1), package(2), items=items)))
    assert [dict(parcel.lines or {}) for parcel in to_provider_order(answer).parcels] == [{LINE: 1}, {LINE: 3}]
    assert package_numbers(answer) == [1, 2]


def test_only_package_holds_what_names_none() -> None:
    """Amazon's own example has package number 0 there."""
    items = [{"sellerSku": "MUG-1", "sellerFulfillmentOrderItemId": item_id(), "quantity": 2, "packageNumber": 0}]
    answer = read_placed(placed("Complete", shipment("SHIPPED", package(1), items=items)))
    assert dict(to_provider_order(answer).parcels[0].lines or {}) == {LINE: 2}
    two = read_placed(placed("Complete", shipment("SHIPPED", package(1), package(2), items=items)))
    assert [parcel.lines for parcel in to_provider_order(two).parcels] == [None, None]


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({}, "TBA1"),
        ({"trackingNumber": None, "amazonFulfillmentTrackingNumber": "AFTN1"}, "AFTN1"),
        ({"trackingNumber": None}, None),
    ],
    ids=["carrier's", "amazon's", "none"],
)
def test_number_is_the_carriers_or_else_amazons(changes: dict[str, Any], number: str | None) -> None:
    """A parcel without a number has left all the same."""
    answer = read_placed(placed("Complete", shipment("SHIPPED", package(1, **changes))))
    assert to_provider_order(answer).parcels[0].tracking_number == number


@pytest.mark.parametrize(
    ("code", "name"), [("AMZN_US", "amazon"), ("United  Parcel Service", "ups"), ("Yodel", "Yodel")]
)
def test_carrier_is_named_as_channels_know_it(code: str, name: str) -> None:
    """A channel that knows the carrier shows the buyer a link."""
    answer = read_placed(placed("Complete", shipment("SHIPPED", package(1, carrierCode=code))))
    assert to_provider_order(answer).parcels[0].carrier == name


def test_carrier_that_is_not_named_is_unknown() -> None:
    """A parcel must say something."""
    answer = read_placed(placed("Complete", shipment("SHIPPED", package(1, carrierCode=None))))
    assert to_provider_order(answer).parcels[0].carrier == "unknown"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("Cancelled", CancellationStatus.DONE),
        ("New", CancellationStatus.PENDING),
        ("Received", CancellationStatus.PENDING),
        ("Planning", CancellationStatus.PENDING),
        ("Processing", CancellationStatus.REFUSED),
        ("Complete", CancellationStatus.REFUSED),
        ("BrandNew", CancellationStatus.REFUSED),
    ],
)
def test_cancellation_is_judged_by_what_the_order_is(status: str, expected: CancellationStatus) -> None:
    """Amazon's answer to the request says nothing of the outcome."""
    result = cancellation(read_placed(placed(status)))
    assert result.status is expected
    assert (result.message is None) is (expected is CancellationStatus.DONE)


def test_refused_request_is_not_pending() -> None:
    """Amazon said no: nothing is under way."""
    assert refused(cancellation(read_placed(placed("Received"))), "no").status is CancellationStatus.REFUSED
    assert refused(cancellation(read_placed(placed("Cancelled"))), "no").status is CancellationStatus.DONE


def test_preview_is_a_rate_for_each_speed() -> None:
    """Fees add up; the last shipment's latest day counts."""
    (rate,) = to_rates(read_previews(preview()), carrier=PROVIDER)
    assert (rate.carrier, rate.service.code) == (PROVIDER, "Standard")
    assert rate.total == Money(amount="9.00", currency="USD")
    assert [charge.code for charge in rate.charges] == ["FBAPerUnitFulfillmentFee", "FBATransportationFee"]
    assert rate.estimated_delivery == datetime(2026, 1, 11, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    "changes",
    [
        {"isFulfillable": False},
        {"fees": []},
        {
            "fees": [
                {"name": "A", "amount": {"currencyCode": "USD", "value": "1"}},
                {"name": "B", "amount": {"currencyCode": "EUR", "value": "1"}},
            ]
        },
    ],
    ids=["not fulfillable", "no price", "two currencies"],
)
def test_speed_that_cannot_be_priced_is_no_rate(changes: dict[str, Any]) -> None:
    """A price that is a guess is none."""
    assert to_rates(read_previews(preview(**changes)), carrier=PROVIDER) == []


@pytest.mark.parametrize(
    "shipments", [None, [], [{"latestArrivalDate": None}, {"latestArrivalDate": "2026-01-09T18:00:00Z"}]]
)
def test_arrival_that_amazon_does_not_say_is_not_known(shipments: object) -> None:
    """One shipment without a day makes the whole uncertain."""
    (rate,) = to_rates(read_previews(preview(fulfillmentPreviewShipments=shipments)), carrier=PROVIDER)
    assert rate.estimated_delivery is None


def test_reasons_show_codes_and_no_free_text() -> None:
    """Free text may quote an address."""
    unfit = preview(
        isFulfillable=False,
        unfulfillablePreviewItems=[
            {
                "sellerSku": "MUG-1",
                "quantity": 2,
                "itemUnfulfillableReasons": ["InsufficientInventory", "9 Elm St is odd"],
            },
            {"sellerSku": "CUP-1", "quantity": 1},
        ],
        orderUnfulfillableReasons=["UndeliverableAddress", "Jill Doe is unknown"],
    )
    problems = unfulfillable(read_previews(unfit, unfit))
    assert [problem.code for problem in problems] == ["InsufficientInventory", None, None, "UndeliverableAddress", None]
    assert not any("Elm" in f"{problem}" or "Jill" in f"{problem}" for problem in problems)
    assert {problem.field for problem in problems} == {"items", None}
