"""Telling Shopify what left, and mending it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from cartcarrier.errors import (
    ConflictError,
    InvalidValueError,
    NotFoundError,
    PermissionDeniedError,
    RejectedError,
    ResponseError,
    TransportError,
    UnsupportedOperationError,
)
from cartcarrier.http import ConnectionDropped
from cartcarrier.models import Fulfillment, FulfillmentParcel, Location, TrackingEvent, TrackingStatus
from tests.unit.channels.shopify import fakes as make
from tests.unit.channels.shopify.fakes import Shop

NUMBER = "1Z999AA10123456784"
WHEN = datetime(2026, 11, 24, 8, 45, tzinfo=UTC)


def parcel(
    number: str | None = NUMBER, carrier: str = "ups", lines: Mapping[str, int] | None = None
) -> FulfillmentParcel:
    return FulfillmentParcel(carrier=carrier, tracking_number=number, lines=lines)


def fulfillment(lines: Mapping[str, int] | None = None, *parcels: FulfillmentParcel, **changes: object) -> Fulfillment:
    facts: dict[str, Any] = {
        "order_id": "gid://shopify/Order/1",
        "lines": lines or {"gid://shopify/LineItem/1": 2},
        "parcels": parcels or (parcel(),),
        "reference": "ref-1",
        "shipped_at": WHEN,
        "notify_buyer": True,
        **changes,
    }
    return Fulfillment(**facts)


def plan(*shares: Mapping[str, Any], told: tuple[Mapping[str, Any], ...] = (), **changes: object) -> dict[str, Any]:
    return {
        "order": {
            "id": "gid://shopify/Order/1",
            "cancelledAt": None,
            "fulfillmentOrders": make.page(*shares),
            "fulfillments": list(told),
            **changes,
        }
    }


def made(number: int = 31, status: str = "SUCCESS") -> dict[str, Any]:
    done = {"id": f"gid://shopify/Fulfillment/{number}", "status": status, "createdAt": "2026-11-24T09:00:00Z"}
    return {"fulfillmentCreate": {"fulfillment": done, "userErrors": []}}


def refused(message: str = "Fulfillment order does not exist.") -> dict[str, Any]:
    return {"fulfillmentCreate": {"fulfillment": None, "userErrors": [{"field": ["fulfillment"], "message": message}]}}


def bodies(shop: Shop) -> list[dict[str, Any]]:
    return [asked["fulfillment"] for asked in shop.variables("FulfillmentCreate")]


async def test_plan_is_read_and_told_with_explicit_lines(shop: Shop) -> None:
    """Left out, all that remains would count as sent: a partial shipment would swallow the rest (§10.1)."""
    shop.on("Plan", plan(make.share(11, make.share_line(1, 5))))
    shop.on("FulfillmentCreate", made())
    done = await shop.channel().fulfill(fulfillment())
    assert shop.names() == ["Plan", "FulfillmentCreate"]
    assert bodies(shop) == [
        {
            "lineItemsByFulfillmentOrder": [
                {
                    "fulfillmentOrderId": "gid://shopify/FulfillmentOrder/11",
                    "fulfillmentOrderLineItems": [{"id": "gid://shopify/FulfillmentOrderLineItem/101", "quantity": 2}],
                }
            ],
            "notifyCustomer": True,
            "trackingInfo": {"company": "UPS", "number": NUMBER},
        }
    ]
    assert done.id == "gid://shopify/Fulfillment/31"
    assert done.location_id == "gid://shopify/Location/7"
    assert (done.reference, done.lines) == ("ref-1", fulfillment().lines)


@pytest.mark.parametrize("notify", [True, False])
async def test_buyer_is_told_only_when_asked_for(shop: Shop, notify: bool) -> None:
    """Shopify's default is no: the field is always sent (pitfall 22)."""
    shop.on("Plan", plan(make.share()))
    shop.on("FulfillmentCreate", made())
    await shop.channel().fulfill(fulfillment(notify_buyer=notify))
    assert bodies(shop)[0]["notifyCustomer"] is notify


async def test_bare_numbers_are_ids_too(shop: Shop) -> None:
    """People copy the number out of the admin's address bar."""
    shop.on("Plan", plan(make.share()))
    shop.on("FulfillmentCreate", made())
    done = await shop.channel().fulfill(fulfillment({"1": 2}, order_id="1"))
    assert shop.variables("Plan")[0]["id"] == "gid://shopify/Order/1"
    assert done.id == "gid://shopify/Fulfillment/31"


async def test_lines_over_several_fulfillment_orders_of_one_place_go_in_one_call(shop: Shop) -> None:
    """A fulfillment covers one place of one order."""
    shop.on("Plan", plan(make.share(11, make.share_line(1, 1)), make.share(12, make.share_line(1, 3, own=112))))
    shop.on("FulfillmentCreate", made())
    await shop.channel().fulfill(fulfillment({"gid://shopify/LineItem/1": 3}))
    groups = bodies(shop)[0]["lineItemsByFulfillmentOrder"]
    assert [
        (group["fulfillmentOrderId"][-2:], group["fulfillmentOrderLineItems"][0]["quantity"]) for group in groups
    ] == [
        ("11", 1),
        ("12", 2),
    ]


async def test_lines_at_two_places_go_in_two_calls(shop: Shop) -> None:
    """Shopify refuses fulfillment orders of two places in one call."""
    shop.on("Plan", plan(make.share(11, make.share_line(1, 2)), make.share(12, make.share_line(2, 1), location=8)))
    shop.on("FulfillmentCreate", made(31), made(32))
    done = await shop.channel().fulfill(fulfillment({"gid://shopify/LineItem/1": 2, "gid://shopify/LineItem/2": 1}))
    assert [len(body["lineItemsByFulfillmentOrder"]) for body in bodies(shop)] == [1, 1]
    assert done.id == "gid://shopify/Fulfillment/31,gid://shopify/Fulfillment/32"
    assert done.location_id is None


async def test_place_that_has_all_of_it_is_preferred(shop: Shop) -> None:
    """One fulfillment is better than two."""
    shop.on("Plan", plan(make.share(11, make.share_line(1, 1)), make.share(12, make.share_line(1, 2), location=8)))
    shop.on("FulfillmentCreate", made())
    done = await shop.channel().fulfill(fulfillment())
    assert len(bodies(shop)) == 1
    assert done.location_id == "gid://shopify/Location/8"


async def test_named_place_is_kept_to(shop: Shop) -> None:
    """Stock is taken where the goods left."""
    shop.on(
        "Plan", plan(make.share(11, make.share_line(1, 2)), make.share(12, make.share_line(1, 2, own=112), location=8))
    )
    shop.on("FulfillmentCreate", made())
    await shop.channel().fulfill(fulfillment(location_id="8"))
    assert bodies(shop)[0]["lineItemsByFulfillmentOrder"][0]["fulfillmentOrderId"].endswith("/12")


async def test_named_place_that_has_not_enough_is_a_conflict(shop: Shop) -> None:
    """Taking the rest from elsewhere would make both counts wrong."""
    shop.on("Plan", plan(make.share(11, make.share_line(1, 2)), make.share(12, make.share_line(1, 1), location=8)))
    with pytest.raises(ConflictError, match="location"):
        await shop.channel().fulfill(fulfillment(location_id="8"))
    assert bodies(shop) == []


async def test_each_parcel_is_told_by_itself_when_its_contents_are_known(shop: Shop) -> None:
    """Each then has its own number and scans."""
    shop.on("Plan", plan(make.share(11, make.share_line(1, 2))))
    shop.on("FulfillmentCreate", made(31), made(32))
    one = parcel("A1", lines={"gid://shopify/LineItem/1": 1})
    two = parcel("B2", "usps", lines={"gid://shopify/LineItem/1": 1})
    done = await shop.channel().fulfill(fulfillment(None, one, two))
    assert [body["trackingInfo"] for body in bodies(shop)] == [
        {"company": "UPS", "number": "A1"},
        {"company": "USPS", "number": "B2"},
    ]
    assert done.id == "gid://shopify/Fulfillment/31,gid://shopify/Fulfillment/32"


async def test_parcels_of_unknown_contents_go_together(shop: Shop) -> None:
    """One number, or several, never both fields."""
    shop.on("Plan", plan(make.share()))
    shop.on("FulfillmentCreate", made())
    await shop.channel().fulfill(fulfillment(None, parcel("A1"), parcel("B2")))
    assert bodies(shop)[0]["trackingInfo"] == {"company": "UPS", "numbers": ["A1", "B2"]}


async def test_two_carriers_without_contents_cannot_be_said(shop: Shop) -> None:
    """Shopify has one company for all numbers of a call."""
    shop.on("Plan", plan(make.share()))
    with pytest.raises(UnsupportedOperationError):
        await shop.channel().fulfill(fulfillment(None, parcel("A1"), parcel("B2", "fedex")))
    assert bodies(shop) == []


async def test_unknown_carrier_brings_its_own_link(shop: Shop) -> None:
    """Shopify makes links for the companies it knows only."""
    shop.on("Plan", plan(make.share()))
    shop.on("FulfillmentCreate", made())
    bike = FulfillmentParcel(carrier="Bike Courier", tracking_number="7", tracking_url="https://bike.example/7")
    await shop.channel().fulfill(fulfillment(None, bike))
    assert bodies(shop)[0]["trackingInfo"] == {
        "company": "Bike Courier",
        "number": "7",
        "url": "https://bike.example/7",
    }


async def test_what_leaves_without_a_number_is_told_without(shop: Shop) -> None:
    """A letter has none."""
    shop.on("Plan", plan(make.share()))
    shop.on("FulfillmentCreate", made())
    await shop.channel().fulfill(fulfillment(None, parcel(None, "deutsche-post")))
    assert bodies(shop)[0]["trackingInfo"] == {"company": "Deutsche Post"}
    await shop.channel().fulfill(attrs.evolve(fulfillment(), parcels=()))
    assert "trackingInfo" not in bodies(shop)[1]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (
            {
                "status": "ON_HOLD",
                "supportedActions": [{"action": "RELEASE_HOLD"}],
                "fulfillmentHolds": [{"reason": "HIGH_RISK_OF_FRAUD"}],
            },
            "on_hold",
        ),
        ({"status": "SCHEDULED", "supportedActions": [{"action": "MARK_AS_OPEN"}]}, "on_hold"),
        ({"status": "CLOSED", "supportedActions": []}, "no_pieces"),
        ({"supportedActions": [{"action": "REQUEST_FULFILLMENT"}]}, "no_pieces"),
    ],
    ids=["hold", "scheduled", "closed", "request-only"],
)
async def test_supported_actions_decide(shop: Shop, changes: dict[str, Any], code: str) -> None:
    """Shopify says what may be done; a guess from the status would miss another app's hold."""
    shop.on("Plan", plan(make.share(**changes)))
    with pytest.raises(ConflictError) as caught:
        await shop.channel().fulfill(fulfillment())
    assert caught.value.code == code
    assert not caught.value.outcome_unknown
    assert bodies(shop) == []


async def test_remaining_quantity_counts_and_not_the_total(shop: Shop) -> None:
    """After a partial shipment fewer pieces are left than were bought (pitfall 4)."""
    shop.on("Plan", plan(make.share(11, make.share_line(1, 1))))
    with pytest.raises(ConflictError) as caught:
        await shop.channel().fulfill(fulfillment())
    assert caught.value.code == "no_pieces"


async def test_cancelled_order_is_a_conflict(shop: Shop) -> None:
    """The buyer has his money back."""
    shop.on("Plan", plan(make.share(), cancelledAt="2026-11-24T08:50:00Z"))
    with pytest.raises(ConflictError) as caught:
        await shop.channel().fulfill(fulfillment())
    assert caught.value.code == "cancelled"


async def test_unknown_order_is_not_found(shop: Shop) -> None:
    """Shopify answers null."""
    shop.on("Plan", {"order": None})
    with pytest.raises(NotFoundError):
        await shop.channel().fulfill(fulfillment())


async def test_others_services_are_not_told_for(shop: Shop) -> None:
    """Since 2024-10 Shopify refuses it (pitfall 30)."""
    place = {"countryCode": "DE", "location": {"id": "gid://shopify/Location/9", "isFulfillmentService": True}}
    shop.on("Plan", plan(make.share(assignedLocation=place)))
    shop.on("FulfillmentCreate", made())
    with pytest.raises(ConflictError):
        await shop.channel().fulfill(fulfillment())
    shop.scopes = (*shop.scopes, "write_assigned_fulfillment_orders")
    assert (await shop.channel().fulfill(fulfillment())).id == "gid://shopify/Fulfillment/31"


async def test_scope_to_write_is_needed(shop: Shop) -> None:
    """Reading alone is not enough."""
    shop.scopes = ("read_orders", "read_merchant_managed_fulfillment_orders")
    with pytest.raises(PermissionDeniedError, match="write_merchant_managed_fulfillment_orders"):
        await shop.channel().fulfill(fulfillment())


# --- safe after failures ---


async def test_same_numbers_and_lines_are_not_told_twice(shop: Shop) -> None:
    """Shopify has no key for this call: number and lines are all there is to know it by (§17)."""
    shop.on("Plan", plan(make.share(11, make.share_line(1, 0)), told=(make.told(21),)))
    done = await shop.channel().fulfill(fulfillment())
    assert done.id == "gid://shopify/Fulfillment/21"
    assert bodies(shop) == []


async def test_cancelled_fulfillment_is_told_anew(shop: Shop) -> None:
    """What was taken back no longer stands."""
    shop.on("Plan", plan(make.share(), told=(make.told(21, status="CANCELLED"),)))
    shop.on("FulfillmentCreate", made())
    assert (await shop.channel().fulfill(fulfillment())).id == "gid://shopify/Fulfillment/31"


async def test_second_half_is_told_after_a_failure_half_way(shop: Shop) -> None:
    """The first place was told, the second was not: a repeat tells the second only."""
    shares = (
        make.share(11, make.share_line(1, 0), status="CLOSED", supportedActions=[]),
        make.share(12, make.share_line(2, 1), location=8),
    )
    shop.on("Plan", plan(*shares, told=(make.told(21, {1: 2}),)))
    shop.on("FulfillmentCreate", made())
    done = await shop.channel().fulfill(fulfillment({"gid://shopify/LineItem/1": 2, "gid://shopify/LineItem/2": 1}))
    assert done.id == "gid://shopify/Fulfillment/21,gid://shopify/Fulfillment/31"
    (body,) = bodies(shop)
    assert body["lineItemsByFulfillmentOrder"][0]["fulfillmentOrderId"].endswith("/12")


async def test_number_of_other_pieces_is_a_conflict(shop: Shop) -> None:
    """Two lines of three under a number that stands for another two: somebody must look."""
    shop.on(
        "Plan", plan(make.share(11, make.share_line(1, 2), make.share_line(2, 1)), told=(make.told(21, {1: 1, 3: 1}),))
    )
    with pytest.raises(ConflictError) as caught:
        await shop.channel().fulfill(fulfillment())
    assert caught.value.code == "number_taken"


async def test_number_that_covers_more_was_told(shop: Shop) -> None:
    """Somebody fulfilled the whole order under our number by hand."""
    shop.on("Plan", plan(make.share(11, make.share_line(1, 0)), told=(make.told(21, {1: 2, 2: 1}),)))
    assert (await shop.channel().fulfill(fulfillment())).id == "gid://shopify/Fulfillment/21"


async def test_lost_answer_is_unknown_and_not_repeated(shop: Shop) -> None:
    """A second call would tell the buyer twice, or take other pieces."""
    shop.on("Plan", plan(make.share()))
    shop.on("FulfillmentCreate", ConnectionDropped())
    with pytest.raises(TransportError) as caught:
        await shop.channel().fulfill(fulfillment())
    assert caught.value.outcome_unknown
    assert len(bodies(shop)) == 1


async def test_success_without_a_fulfillment_is_no_success(shop: Shop) -> None:
    """Neither a result nor a reason (§5.3)."""
    shop.on("Plan", plan(make.share()))
    shop.on("FulfillmentCreate", {"fulfillmentCreate": {"fulfillment": None, "userErrors": []}})
    with pytest.raises(ResponseError) as caught:
        await shop.channel().fulfill(fulfillment())
    assert caught.value.outcome_unknown


async def test_failed_fulfillment_is_no_success(shop: Shop) -> None:
    """ERROR and FAILURE leave the lines open (§18.5)."""
    shop.on("Plan", plan(make.share()))
    shop.on("FulfillmentCreate", made(status="ERROR"))
    with pytest.raises(ConflictError):
        await shop.channel().fulfill(fulfillment())


async def test_replaced_ids_are_planned_anew_once(shop: Shop) -> None:
    """Split, move and hold make new ids between the reading and the telling (pitfall 5)."""
    shop.on("Plan", plan(make.share(11)), plan(make.share(12, make.share_line(1, 2, own=112))))
    shop.on("FulfillmentCreate", refused(), made())
    done = await shop.channel().fulfill(fulfillment())
    assert done.id == "gid://shopify/Fulfillment/31"
    assert [body["lineItemsByFulfillmentOrder"][0]["fulfillmentOrderId"][-2:] for body in bodies(shop)] == ["11", "12"]


async def test_unchanged_order_is_not_told_the_same_again(shop: Shop) -> None:
    """The ids are as they were: Shopify's reason is another, and is reported."""
    shop.on("Plan", plan(make.share()))
    shop.on("FulfillmentCreate", refused("Tracking number is invalid"))
    with pytest.raises(RejectedError, match="Tracking number is invalid") as caught:
        await shop.channel().fulfill(fulfillment())
    assert caught.value.problems[0].field == "fulfillment"
    assert len(bodies(shop)) == 1


async def test_second_refusal_ends_it(shop: Shop) -> None:
    """Ids that change all the time are not chased."""
    shop.on("Plan", plan(make.share(11)), plan(make.share(12)), plan(make.share(13)))
    shop.on("FulfillmentCreate", refused())
    with pytest.raises(RejectedError):
        await shop.channel().fulfill(fulfillment())
    assert len(bodies(shop)) == 2


async def test_hold_that_came_in_between_is_a_conflict(shop: Shop) -> None:
    """Refused, read again, and now on hold: the reason is the hold."""
    held = make.share(status="ON_HOLD", supportedActions=[], fulfillmentHolds=[{"reason": "OTHER"}])
    shop.on("Plan", plan(make.share()), plan(held))
    shop.on("FulfillmentCreate", refused())
    with pytest.raises(ConflictError) as caught:
        await shop.channel().fulfill(fulfillment())
    assert caught.value.code == "on_hold"


async def test_what_was_told_stays_told_when_planning_anew(shop: Shop) -> None:
    """The same line at two places under one number: the first half is not taken for the second."""
    first = plan(make.share(11, make.share_line(1, 1)), make.share(12, make.share_line(1, 1, own=112), location=8))
    moved = plan(
        make.share(11, make.share_line(1, 0), status="CLOSED", supportedActions=[]),
        make.share(13, make.share_line(1, 1, own=113), location=9),
        told=(make.told(31, {1: 1}),),
    )
    shop.on("Plan", first, moved)
    shop.on("FulfillmentCreate", made(31), refused(), made(32))
    done = await shop.channel().fulfill(fulfillment())
    assert done.id == "gid://shopify/Fulfillment/31,gid://shopify/Fulfillment/32"
    assert [body["lineItemsByFulfillmentOrder"][0]["fulfillmentOrderId"][-2:] for body in bodies(shop)] == [
        "11",
        "12",
        "13",
    ]


async def test_withheld_places_are_told_one_by_one(shop: Shop) -> None:
    """Two fulfillment orders whose places nobody shows may not be at the same one."""
    shop.on(
        "Plan",
        plan(
            make.share(11, make.share_line(1, 1), location=None), make.share(12, make.share_line(1, 1), location=None)
        ),
    )
    shop.on("FulfillmentCreate", made(31), made(32))
    await shop.channel().fulfill(fulfillment())
    assert len(bodies(shop)) == 2


async def test_same_number_for_other_lines_alone_is_no_repeat(shop: Shop) -> None:
    """Two things in one parcel may be told one after the other."""
    shop.on("Plan", plan(make.share(11, make.share_line(1, 2)), told=(make.told(21, {2: 1}),)))
    shop.on("FulfillmentCreate", made())
    assert (await shop.channel().fulfill(fulfillment())).id == "gid://shopify/Fulfillment/31"


async def test_other_number_is_another_parcel(shop: Shop) -> None:
    """The same lines under another number left before."""
    shop.on(
        "Plan",
        plan(make.share(), told=(make.told(21, trackingInfo=[{"company": "UPS", "number": "OTHER", "url": None}]),)),
    )
    shop.on("FulfillmentCreate", made())
    assert (await shop.channel().fulfill(fulfillment())).id == "gid://shopify/Fulfillment/31"


async def test_part_of_the_pieces_was_told(shop: Shop) -> None:
    """One of two under the same number: the other one is told."""
    shop.on("Plan", plan(make.share(11, make.share_line(1, 1)), told=(make.told(21, {1: 1}),)))
    shop.on("FulfillmentCreate", made())
    done = await shop.channel().fulfill(fulfillment())
    assert done.id == "gid://shopify/Fulfillment/21,gid://shopify/Fulfillment/31"
    assert bodies(shop)[0]["lineItemsByFulfillmentOrder"][0]["fulfillmentOrderLineItems"][0]["quantity"] == 1


async def test_only_our_places_are_taken_from(shop: Shop) -> None:
    """The other warehouse's stock is not ours to tell of."""
    shop.on("Plan", plan(make.share(11, location=7), make.share(12, make.share_line(1, 2, own=112), location=8)))
    shop.on("FulfillmentCreate", made())
    await shop.channel(location_ids=("8",)).fulfill(fulfillment())
    assert bodies(shop)[0]["lineItemsByFulfillmentOrder"][0]["fulfillmentOrderId"].endswith("/12")


async def test_two_lines_share_one_fulfillment_order(shop: Shop) -> None:
    """Both go in one group, and a fulfillment order that is not needed is not named."""
    shares = (
        make.share(11, make.share_line(1, 2), make.share_line(2, 1)),
        make.share(12, make.share_line(3, 1)),
    )
    shop.on("Plan", plan(*shares))
    shop.on("FulfillmentCreate", made())
    await shop.channel().fulfill(fulfillment({"gid://shopify/LineItem/1": 1, "gid://shopify/LineItem/2": 1}))
    (group,) = bodies(shop)[0]["lineItemsByFulfillmentOrder"]
    assert [item["id"][-3:] for item in group["fulfillmentOrderLineItems"]] == ["101", "102"]


async def test_places_that_have_nothing_of_it_are_passed_over(shop: Shop) -> None:
    """Three places, two of which have what left."""
    shares = (
        make.share(11, make.share_line(1, 1), location=7),
        make.share(12, make.share_line(3, 1), location=8),
        make.share(13, make.share_line(1, 1, own=113), location=9),
    )
    shop.on("Plan", plan(*shares))
    shop.on("FulfillmentCreate", made(31), made(32))
    await shop.channel().fulfill(fulfillment())
    assert [body["lineItemsByFulfillmentOrder"][0]["fulfillmentOrderId"][-2:] for body in bodies(shop)] == ["11", "13"]


# --- mending ---


def known(status: str = "SUCCESS") -> dict[str, Any]:
    return {"fulfillment": make.told(21, status=status)}


def answer(name: str, *messages: str, status: str = "SUCCESS") -> dict[str, Any]:
    errors = [{"field": ["id"], "message": message} for message in messages]
    done = None if errors else {"id": "gid://shopify/Fulfillment/21", "status": status}
    return {name: {"fulfillment": done, "userErrors": errors}}


UPDATE = "fulfillmentTrackingInfoUpdate"


async def test_numbers_are_replaced_as_a_whole(shop: Shop) -> None:
    """A set, so that a repeat without a mail does no harm."""
    shop.on("TrackingUpdate", answer(UPDATE))
    await shop.channel().update_tracking(fulfillment(None, parcel("NEW", "fedex"), id="21", notify_buyer=False))
    assert shop.variables("TrackingUpdate") == [
        {
            "id": "gid://shopify/Fulfillment/21",
            "trackingInfo": {"company": "FedEx", "number": "NEW"},
            "notifyCustomer": False,
        }
    ]


async def test_silent_update_is_repeated_after_a_lost_answer(shop: Shop) -> None:
    """Only the mail makes a repeat harmful (§17)."""
    shop.on("TrackingUpdate", ConnectionDropped(), answer(UPDATE))
    await shop.channel().update_tracking(fulfillment(id="21", notify_buyer=False))
    assert len(shop.variables("TrackingUpdate")) == 2
    shop.on("TrackingUpdate", ConnectionDropped())
    with pytest.raises(TransportError) as caught:
        await shop.channel().update_tracking(fulfillment(id="21", notify_buyer=True))
    assert caught.value.outcome_unknown
    assert len(shop.variables("TrackingUpdate")) == 3


@pytest.mark.parametrize(
    ("state", "kind"),
    [({"fulfillment": None}, NotFoundError), (known("CANCELLED"), ConflictError), (known(), RejectedError)],
    ids=["unknown", "cancelled", "other"],
)
async def test_refused_update_is_judged_by_the_state(shop: Shop, state: dict[str, Any], kind: type[Exception]) -> None:
    """Most refusals have no code (§5.3)."""
    shop.on("TrackingUpdate", answer(UPDATE, "no"))
    shop.on("Fulfillment", state)
    with pytest.raises(kind):
        await shop.channel().update_tracking(fulfillment(id="21", notify_buyer=False))


async def test_each_of_several_gets_its_own_number(shop: Shop) -> None:
    """What is in each parcel tells Shopify's fulfillments apart."""
    shop.on("Fulfillment", {"fulfillment": make.told(21, {1: 2})}, {"fulfillment": make.told(22, {2: 1})})
    shop.on("TrackingUpdate", answer(UPDATE))
    one, two = parcel("A", lines={"1": 2}), parcel("B", lines={"2": 1})
    await shop.channel().update_tracking(fulfillment({"1": 2, "2": 1}, one, two, id="21,22", notify_buyer=False))
    assert [(asked["id"][-2:], asked["trackingInfo"]["number"]) for asked in shop.variables("TrackingUpdate")] == [
        ("21", "A"),
        ("22", "B"),
    ]


async def test_several_that_cannot_be_told_apart_are_refused(shop: Shop) -> None:
    """A guess would put a buyer on the wrong parcel."""
    shop.on("Fulfillment", known())
    with pytest.raises(UnsupportedOperationError):
        await shop.channel().update_tracking(fulfillment(None, parcel("A"), parcel("B"), id="21,22"))


async def test_changing_needs_an_id(shop: Shop) -> None:
    """Which one is meant must be said."""
    with pytest.raises(InvalidValueError):
        await shop.channel().cancel_fulfillment(fulfillment())
    with pytest.raises(InvalidValueError):
        await shop.channel().cancel_fulfillment(fulfillment(id="gid://shopify/Order/1"))


async def test_taking_back_twice_is_no_error(shop: Shop) -> None:
    """The second time Shopify refuses: the state says that it is done (§10.2)."""
    shop.on(
        "FulfillmentCancel",
        answer("fulfillmentCancel", status="CANCELLED"),
        answer("fulfillmentCancel", "cannot be cancelled"),
    )
    shop.on("Fulfillment", known("CANCELLED"))
    channel = shop.channel()
    await channel.cancel_fulfillment(fulfillment(id="21"))
    await channel.cancel_fulfillment(fulfillment(id="21"))
    assert shop.names() == ["FulfillmentCancel", "FulfillmentCancel", "Fulfillment"]


@pytest.mark.parametrize(
    ("state", "kind"), [({"fulfillment": None}, NotFoundError), (known(), ConflictError)], ids=["unknown", "stands"]
)
async def test_refused_taking_back_is_judged_by_the_state(
    shop: Shop, state: dict[str, Any], kind: type[Exception]
) -> None:
    """It stands, or there is none."""
    shop.on("FulfillmentCancel", answer("fulfillmentCancel", "no"))
    shop.on("Fulfillment", state)
    with pytest.raises(kind):
        await shop.channel().cancel_fulfillment(fulfillment(id="21"))


async def test_all_of_several_are_taken_back(shop: Shop) -> None:
    """One fulfillment of ours is two of Shopify's."""
    shop.on("FulfillmentCancel", answer("fulfillmentCancel", status="CANCELLED"))
    await shop.channel().cancel_fulfillment(fulfillment(id="21,22"))
    assert [asked["id"][-2:] for asked in shop.variables("FulfillmentCancel")] == ["21", "22"]


# --- scans ---


def scan(status: TrackingStatus | None = TrackingStatus.OUT_FOR_DELIVERY, **changes: object) -> TrackingEvent:
    facts: dict[str, Any] = {"status": status, "occurred_at": WHEN, "description": "On vehicle", "key": "k", **changes}
    return TrackingEvent(**facts)


def events(*known_events: tuple[str, str], after: str | None = None, number: str = NUMBER) -> dict[str, Any]:
    nodes = [
        {"id": f"gid://shopify/FulfillmentEvent/{index}", "status": status, "happenedAt": when, "message": "On vehicle"}
        for index, (status, when) in enumerate(known_events)
    ]
    return {
        "fulfillment": {
            "id": "gid://shopify/Fulfillment/21",
            "status": "SUCCESS",
            "trackingInfo": [{"company": "UPS", "number": number, "url": None}],
            "events": make.page(*nodes, after=after),
        }
    }


POSTED = {
    "fulfillmentEventCreate": {
        "fulfillmentEvent": {
            "id": "gid://shopify/FulfillmentEvent/9",
            "status": "OUT_FOR_DELIVERY",
            "happenedAt": "2026-11-24T08:45:00Z",
        },
        "userErrors": [],
    }
}


async def test_scan_is_posted_with_its_place(shop: Shop) -> None:
    """The buyer sees where it is."""
    shop.on("FulfillmentEvents", events())
    shop.on("EventCreate", POSTED)
    place = Location(city="Reno", region="NV", postal_code="89501", country_code="US")
    await shop.channel().post_tracking_event(fulfillment(id="21"), scan(location=place))
    assert shop.variables("EventCreate") == [
        {
            "event": {
                "fulfillmentId": "gid://shopify/Fulfillment/21",
                "status": "OUT_FOR_DELIVERY",
                "happenedAt": "2026-11-24T08:45:00Z",
                "message": "On vehicle",
                "city": "Reno",
                "province": "NV",
                "zip": "89501",
                "country": "US",
            }
        }
    ]


async def test_scan_that_shopify_has_is_not_posted_again(shop: Shop) -> None:
    """Events append, and nothing takes one back (§10.2)."""
    shop.on("FulfillmentEvents", events(("OUT_FOR_DELIVERY", "2026-11-24T08:45:00Z")))
    await shop.channel().post_tracking_event(fulfillment(id="21"), scan())
    assert shop.variables("EventCreate") == []


@pytest.mark.parametrize(
    "other",
    [("IN_TRANSIT", "2026-11-24T08:45:00Z"), ("OUT_FOR_DELIVERY", "2026-11-24T08:45:01Z")],
    ids=["status", "time"],
)
async def test_other_scan_is_posted(shop: Shop, other: tuple[str, str]) -> None:
    """Equal is equal in status and time."""
    shop.on("FulfillmentEvents", events(other))
    shop.on("EventCreate", POSTED)
    await shop.channel().post_tracking_event(fulfillment(id="21"), scan())
    assert len(shop.variables("EventCreate")) == 1


async def test_scans_are_read_back_to_the_time_of_this_one(shop: Shop) -> None:
    """A late scan is looked for among the older ones, not among the newest fifty only."""
    shop.on(
        "FulfillmentEvents",
        events(("DELIVERED", "2026-11-24T08:59:00Z"), after="e1"),
        events(("OUT_FOR_DELIVERY", "2026-11-24T08:45:00Z"), ("IN_TRANSIT", "2026-11-24T06:00:00Z"), after="e2"),
    )
    await shop.channel().post_tracking_event(fulfillment(id="21"), scan())
    assert [asked["after"] for asked in shop.variables("FulfillmentEvents")] == [None, "e1"]
    assert shop.variables("EventCreate") == []


@pytest.mark.parametrize("status", [None, TrackingStatus.UNKNOWN, TrackingStatus.CANCELLED], ids=str)
async def test_what_shopify_has_no_word_for_is_not_posted(shop: Shop, status: TrackingStatus | None) -> None:
    """The unknown is never guessed into a known."""
    await shop.channel().post_tracking_event(fulfillment(id="21"), scan(status))
    assert shop.names() == []


async def test_scan_without_a_sure_time_is_known_by_its_words(shop: Shop) -> None:
    """A wall clock is not turned into UTC."""
    shop.on("FulfillmentEvents", events(("OUT_FOR_DELIVERY", "2026-11-24T08:00:00Z")))
    shop.on("EventCreate", POSTED)
    channel = shop.channel()
    await channel.post_tracking_event(fulfillment(id="21"), scan(occurred_at=None))
    assert shop.variables("EventCreate") == []
    await channel.post_tracking_event(fulfillment(id="21"), scan(occurred_at=None, description="Held at depot"))
    assert "happenedAt" not in shop.variables("EventCreate")[0]["event"]


async def test_scan_goes_to_the_parcel_that_was_scanned(shop: Shop) -> None:
    """Of several, the one with its number."""
    shop.on("FulfillmentEvents", events(number="A"), events(number="B"))
    shop.on("EventCreate", POSTED)
    await shop.channel().post_tracking_event(fulfillment(None, parcel("B"), id="21,22"), scan())
    assert [asked["event"]["fulfillmentId"][-2:] for asked in shop.variables("EventCreate")] == ["22"]


async def test_scan_of_an_unknown_fulfillment_is_not_found(shop: Shop) -> None:
    """Nothing is posted into the void."""
    shop.on("FulfillmentEvents", {"fulfillment": None})
    with pytest.raises(NotFoundError):
        await shop.channel().post_tracking_event(fulfillment(id="21"), scan())


async def test_refused_scan_repeats_no_words(shop: Shop) -> None:
    """Words of scans may hold names, and Shopify's words about them may repeat those."""
    shop.on("FulfillmentEvents", events())
    refusal = {"fulfillmentEvent": None, "userErrors": [{"field": ["message"], "message": "left with Ada Example"}]}
    shop.on("EventCreate", {"fulfillmentEventCreate": refusal})
    with pytest.raises(RejectedError) as caught:
        await shop.channel().post_tracking_event(fulfillment(id="21"), scan())
    assert "Ada" not in str(caught.value)
    assert all("Ada" not in problem.message for problem in caught.value.problems)


async def test_scan_that_made_nothing_is_unknown(shop: Shop) -> None:
    """Neither a result nor a reason."""
    shop.on("FulfillmentEvents", events())
    shop.on("EventCreate", {"fulfillmentEventCreate": {"fulfillmentEvent": None, "userErrors": []}})
    with pytest.raises(ResponseError) as caught:
        await shop.channel().post_tracking_event(fulfillment(id="21"), scan())
    assert caught.value.outcome_unknown
