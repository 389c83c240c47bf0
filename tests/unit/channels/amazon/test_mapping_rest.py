"""Packages, queries, stock, the cancellation's document: pure functions."""

import json
from datetime import datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcarrier.channels.amazon import AmazonConfig, codes, mapping
from cartcarrier.channels.amazon.schemas import orders, stock
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.http import json_decoder, json_encode
from cartcarrier.models import (
    FulfilledBy,
    Fulfillment,
    FulfillmentParcel,
    InventoryLevel,
    InventoryResult,
    InventoryStatus,
    OrderQuery,
    OrderStatus,
)
from tests.unit.channels.amazon.fakes import CA, NOW, ORDER, US, order, package, settings

FACTS = mapping.OrderFacts(marketplace_id=US)


def left(**changes: Any) -> Fulfillment:
    """Return what left: two lines in one parcel."""
    return Fulfillment(
        **{
            "order_id": ORDER,
            "lines": {"1": 2, "2": 1},
            "parcels": (FulfillmentParcel(carrier="ups", tracking_number="1Z1", service="UPS Ground"),),
            "reference": "cc-0123",
            "shipped_at": NOW - timedelta(minutes=5),
            "notify_buyer": True,
            **changes,
        }
    )


def confirmed(fulfillment: Fulfillment, *, config: AmazonConfig | None = None, **changes: Any) -> dict[str, Any]:
    """Return the body for the first package."""
    package_ = mapping.plan_packages(fulfillment)[0]
    body = mapping.to_confirmation(
        package_, fulfillment, changes.pop("facts", FACTS), config or AmazonConfig(**settings()), now=NOW, **changes
    )
    found: dict[str, Any] = json.loads(json_encode(body))
    return found


# --- packages -------------------------------------------------------------------------------------------------------------


@given(reference=st.text(min_size=1), index=st.integers(min_value=0, max_value=20))
def test_reference_is_always_digits_and_always_the_same(reference: str, index: int) -> None:
    """A number of JSON, a zero in front, another one on a retry: each would be another package (pitfall 9)."""
    found = mapping.package_reference(reference, index)
    assert found.isascii()
    assert found.isdigit()
    assert not found.startswith("0")
    assert len(found) <= 9
    assert found == mapping.package_reference(reference, index)


def test_reference_of_digits_is_kept() -> None:
    """Who numbers packages himself finds his numbers at Amazon."""
    assert mapping.package_reference("17", 0) == "17"
    assert mapping.package_reference("17", 1) != "17"
    assert mapping.package_reference("017", 0) != "017"


def test_parcels_of_one_fulfillment_have_references_of_their_own() -> None:
    """The same one would edit the first package."""
    assert len({mapping.package_reference("cc-0123", index) for index in range(50)}) == 50


def test_reference_is_a_text_in_json() -> None:
    """A JSON number is refused since January 2026."""
    body = confirmed(left(reference="17"))
    assert body["packageDetail"]["packageReferenceId"] == "17"


def test_confirmation_says_all_that_is_required() -> None:
    """Marketplace, carrier, number, date, contents."""
    assert confirmed(left()) == {
        "marketplaceId": US,
        "packageDetail": {
            "packageReferenceId": mapping.package_reference("cc-0123", 0),
            "carrierCode": "UPS",
            "carrierName": "UPS",
            "shippingMethod": "UPS Ground",
            "trackingNumber": "1Z1",
            "shipDate": "2026-11-24T08:55:00.000Z",
            "orderItems": [{"orderItemId": "1", "quantity": 2}, {"orderItemId": "2", "quantity": 1}],
        },
    }


def test_parcel_does_not_leave_tomorrow() -> None:
    """What Amazon does with a date ahead is not known."""
    assert (
        confirmed(left(shipped_at=NOW + timedelta(days=1)))["packageDetail"]["shipDate"] == "2026-11-24T09:00:00.000Z"
    )


@pytest.mark.parametrize(
    ("carrier", "code", "name"),
    [
        ("ups", "UPS", "UPS"),
        ("usps", "USPS", "USPS"),
        ("fedex", "FedEx", "FedEx"),
        ("dhl", "DHL", "DHL"),
        ("royal mail", "Royal Mail", "Royal Mail"),
        ("Snail Express", "Other", "Snail Express"),
        ("gls", "GLS", "GLS"),
    ],
)
def test_carrier_is_spelled_as_amazon_spells_it(carrier: str, code: str, name: str) -> None:
    """A code that Amazon does not know costs the valid-tracking rate; Other wants the name."""
    parcel = FulfillmentParcel(carrier=carrier, tracking_number="N1")
    detail = confirmed(left(parcels=(parcel,)))["packageDetail"]
    assert (detail["carrierCode"], detail["carrierName"]) == (code, name)


def test_sellers_own_carrier_codes_come_first() -> None:
    """Amazon's list grows faster than ours."""
    config = AmazonConfig(**settings(carrier_codes=["Snail Express=SNAIL", "ups=UPSN"]))
    parcel = FulfillmentParcel(carrier="snail express", tracking_number="N1")
    assert confirmed(left(parcels=(parcel,)), config=config)["packageDetail"]["carrierCode"] == "SNAIL"
    assert confirmed(left(), config=config)["packageDetail"]["carrierCode"] == "UPSN"


def test_extras_are_told_where_they_belong() -> None:
    """Cash on delivery in Japan, a supply source, Transparency codes."""
    facts = mapping.OrderFacts(marketplace_id="A1VC38T7YXB528", cash_on_delivery=True)
    body = confirmed(left(location_id="place-1"), facts=facts, transparency_codes={"2": ["AZ:1"]})
    assert body["codCollectionMethod"] == "DirectPayment"
    assert body["packageDetail"]["shipFromSupplySourceId"] == "place-1"
    assert body["packageDetail"]["orderItems"] == [
        {"orderItemId": "1", "quantity": 2},
        {"orderItemId": "2", "quantity": 1, "transparencyCodes": ["AZ:1"]},
    ]


def test_parcels_that_say_what_is_in_them_are_packages() -> None:
    """One call is one package."""
    parcels = (
        FulfillmentParcel(carrier="ups", tracking_number="1Z1", lines={"1": 2}),
        FulfillmentParcel(carrier="ups", tracking_number="1Z2", lines={"2": 1}),
    )
    first, second = mapping.plan_packages(left(parcels=parcels))
    assert (dict(first.lines), dict(second.lines)) == ({"1": 2}, {"2": 1})
    assert first.reference != second.reference


@pytest.mark.parametrize(
    "contents",
    [(None, None), ({"1": 2}, None), ({"1": 2}, {"2": 2}), ({"1": 1}, {"2": 1})],
    ids=["nothing said", "one says", "too much", "too little"],
)
def test_parcels_that_do_not_say_are_told_under_the_first_number(contents: tuple[Any, Any]) -> None:
    """All of the order in time, rather than a guess at what is where."""
    parcels = tuple(
        FulfillmentParcel(carrier="ups", tracking_number=f"1Z{index}", lines=lines)
        for index, lines in enumerate(contents)
    )
    (only,) = mapping.plan_packages(left(parcels=parcels))
    assert (only.parcel.tracking_number, dict(only.lines)) == ("1Z0", {"1": 2, "2": 1})


@pytest.mark.parametrize("parcels", [(), (FulfillmentParcel(carrier="ups"),)], ids=["no parcel", "no number"])
def test_parcel_without_a_number_cannot_be_told(parcels: tuple[FulfillmentParcel, ...]) -> None:
    """Amazon demands one: better said before than refused in a puzzle."""
    with pytest.raises(UnsupportedOperationError):
        mapping.plan_packages(left(parcels=parcels))


def test_two_packages_cannot_be_edited_into_three() -> None:
    """The third would be a new one, which an edit never makes."""
    parcels = tuple(FulfillmentParcel(carrier="ups", tracking_number=f"1Z{n}", lines={"1": 1}) for n in range(3))
    with pytest.raises(UnsupportedOperationError):
        mapping.plan_packages(left(lines={"1": 3}, parcels=parcels), ["1", "2"])


def known(**changes: Any) -> list[orders.OrderPackage]:
    """Return packages of an order, as Amazon has them."""
    raw = package("9", {"1": 2, "2": 1}, **{"trackingNumber": "1z1 ", **changes})
    node = json_decoder(orders.Order).decode(json.dumps(order(packages=[raw])))
    return list(node.packages or ())


def test_package_with_our_number_is_ours() -> None:
    """Whatever reference it has."""
    (ours,) = mapping.plan_packages(left())
    found = mapping.told_package(ours, known())
    assert found is not None
    assert found.package_reference_id == "9"


@pytest.mark.parametrize(
    "changes",
    [
        {"trackingNumber": "1Z2"},
        {"trackingNumber": None},
        {"packageStatus": {"status": "CANCELLED"}},
        {"packageItems": [{"orderItemId": "1", "quantity": 2}]},
    ],
    ids=["another number", "no number", "cancelled", "less in it"],
)
def test_package_that_is_another_is_not_taken_for_ours(changes: dict[str, Any]) -> None:
    """Taken for ours, pieces would stay untold."""
    (ours,) = mapping.plan_packages(left())
    assert mapping.told_package(ours, known(**changes)) is None


# --- queries --------------------------------------------------------------------------------------------------------------


def parameters(query: OrderQuery, **changes: Any) -> dict[str, Any]:
    """Return what is asked for."""
    return mapping.search_parameters(query, AmazonConfig(**settings(**changes)), ["FULFILLMENT"], now=NOW)


def moment(text: str) -> datetime:
    """Return a time that was asked for."""
    return datetime.fromisoformat(text)


def test_search_goes_by_the_last_change() -> None:
    """Searches by creation never see a change (pitfall 7); the two kinds exclude each other."""
    found = parameters(OrderQuery(updated_since=NOW - timedelta(hours=1)))
    assert found["lastUpdatedAfter"] == "2026-11-24T07:59:59.000Z"
    assert "createdAfter" not in found


def test_search_has_no_upper_bound() -> None:
    """One closer than two minutes to now is refused (pitfall 8)."""
    found = parameters(OrderQuery())
    assert "lastUpdatedBefore" not in found
    assert "createdBefore" not in found


def test_lower_bound_is_never_too_close_to_now() -> None:
    """A poll right after a change asks for the last minutes, and leaves out what is older itself."""
    found = parameters(OrderQuery(updated_since=NOW - timedelta(seconds=1)))
    assert moment(found["lastUpdatedAfter"]) <= NOW - timedelta(minutes=2)


def test_search_without_a_bound_goes_back_as_far_as_amazon_does() -> None:
    """Two years."""
    found = parameters(OrderQuery())
    assert timedelta(days=728) < NOW - moment(found["lastUpdatedAfter"]) < timedelta(days=730)
    older = parameters(OrderQuery(updated_since=NOW - timedelta(days=5000)))
    assert moment(older["lastUpdatedAfter"]) == moment(found["lastUpdatedAfter"])


@pytest.mark.parametrize(
    ("statuses", "asked"),
    [
        (None, None),
        ({OrderStatus.PENDING}, ["PENDING_AVAILABILITY", "PENDING"]),
        ({OrderStatus.UNFULFILLED, OrderStatus.PARTIALLY_FULFILLED}, ["UNSHIPPED", "PARTIALLY_SHIPPED"]),
        ({OrderStatus.ON_HOLD}, ["UNFULFILLABLE"]),
        ({OrderStatus.CANCELLED, OrderStatus.FULFILLED}, ["SHIPPED", "CANCELLED"]),
        ({OrderStatus.UNKNOWN, OrderStatus.PENDING}, None),
    ],
    ids=["all", "pending", "open", "held", "closed", "unknown"],
)
def test_statuses_are_asked_for_in_amazons_words(statuses: set[OrderStatus] | None, asked: list[str] | None) -> None:
    """A filter at Amazon spares pages; for what it has no word all is read."""
    found = parameters(OrderQuery(statuses=statuses))  # type: ignore[arg-type]  # the attrs plugin loses frozenset's type variable
    assert found["fulfillmentStatuses"] == asked


@pytest.mark.parametrize(
    ("by", "asked"),
    [(None, None), (FulfilledBy.MERCHANT, "MERCHANT"), (FulfilledBy.CHANNEL, "AMAZON"), (FulfilledBy.UNKNOWN, None)],
)
def test_who_ships_is_asked_for(by: FulfilledBy | None, asked: str | None) -> None:
    """FBA orders are many, and not ours."""
    assert parameters(OrderQuery(fulfilled_by=by))["fulfilledBy"] == asked


@pytest.mark.parametrize(("wanted", "asked"), [(None, "100"), (7, "7"), (1000, "100")])
def test_pages_are_as_large_as_they_get(wanted: int | None, asked: str) -> None:
    """There are 20 an hour (pitfall 1)."""
    assert parameters(OrderQuery(page_size=wanted))["maxResultsPerPage"] == asked


def test_all_marketplaces_are_searched_at_once() -> None:
    """One call, not one for each."""
    assert parameters(OrderQuery(), marketplace_ids=["US", "CA"])["marketplaceIds"] == (US, CA)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("111-1234567-1234567", True),
        ("S01-1234567-1234567", True),
        ("111-1234567-123456", False),
        ("../x", False),
        ("", False),
    ],
)
def test_form_of_an_orders_id(text: str, fits: bool) -> None:
    """What has not the form is answered with 403, as if a role were missing."""
    assert mapping.is_order_id(text) is fits


# --- stock ----------------------------------------------------------------------------------------------------------------

LEVELS = [InventoryLevel(sku=f"SKU-{number}", available=number) for number in range(4)]


def test_patch_merges_the_quantity_of_the_merchant_only() -> None:
    """Replacing would wipe the lead time (pitfall 15); another channel code would add a second offer."""
    assert json.loads(json_encode(mapping.to_listing_patch(7, "PRODUCT"))) == {
        "productType": "PRODUCT",
        "patches": [
            {
                "op": "merge",
                "path": "/attributes/fulfillment_availability",
                "value": [{"fulfillment_channel_code": "DEFAULT", "quantity": 7}],
            }
        ],
    }


def test_feed_numbers_its_messages() -> None:
    """By the numbers its report is read."""
    feed = json.loads(mapping.to_listings_feed(LEVELS, seller_id="A3", product_type="PRODUCT"))
    assert feed["header"] == {"sellerId": "A3", "version": "2.0", "issueLocale": "en_US"}
    assert [(one["messageId"], one["sku"], one["operationType"]) for one in feed["messages"]] == [
        (number + 1, f"SKU-{number}", "PATCH") for number in range(4)
    ]
    assert feed["messages"][0]["patches"][0]["value"] == [{"fulfillment_channel_code": "DEFAULT", "quantity": 0}]


def issue(severity: str = "ERROR", **changes: Any) -> stock.Issue:
    """Return what Amazon has against a listing."""
    return stock.Issue(**{"code": "99", "message": "not sold here", "severity": severity, **changes})


@pytest.mark.parametrize(
    ("submission", "status", "message"),
    [
        (stock.Submission(status="ACCEPTED"), InventoryStatus.ACCEPTED, None),
        (stock.Submission(status="ACCEPTED", issues=[issue("WARNING")]), InventoryStatus.ACCEPTED, None),
        (stock.Submission(status="INVALID", issues=[issue()]), InventoryStatus.REJECTED, "99: not sold here"),
        (stock.Submission(status="INVALID"), InventoryStatus.REJECTED, "Amazon says INVALID"),
        (stock.Submission(status="BRAND_NEW"), InventoryStatus.REJECTED, "Amazon says BRAND_NEW"),
    ],
    ids=["accepted", "with a warning", "refused", "refused without a word", "a new word"],
)
def test_status_of_a_patch_counts_and_not_its_200(
    submission: stock.Submission, status: InventoryStatus, message: str | None
) -> None:
    """A refusal comes in a success (pitfall 16)."""
    assert mapping.submission_result("A", submission) == InventoryResult(sku="A", status=status, message=message)


def report(*issues: dict[str, Any], accepted: int | None = None) -> stock.Report:
    """Return a feed's report."""
    summary = stock.ReportSummary(messages_accepted=accepted) if accepted is not None else None
    return stock.Report(
        issues=[stock.ReportIssue(**{"severity": "ERROR", "message": "no", **one}) for one in issues], summary=summary
    )


ACCEPTED, PENDING, REJECTED = InventoryStatus.ACCEPTED, InventoryStatus.PENDING, InventoryStatus.REJECTED


@pytest.mark.parametrize(
    ("found", "whole", "expected"),
    [
        (report(accepted=4), True, [ACCEPTED] * 4),
        (report({"message_id": 2}, accepted=3), True, [ACCEPTED, REJECTED, ACCEPTED, ACCEPTED]),
        (report({"sku": "SKU-3"}, accepted=3), True, [ACCEPTED, ACCEPTED, ACCEPTED, REJECTED]),
        (report({"message_id": 2, "severity": "WARNING"}, accepted=4), True, [ACCEPTED] * 4),
        (report({}, accepted=0), True, [REJECTED] * 4),
        (report({"message_id": 1}, accepted=1), True, [REJECTED, PENDING, PENDING, PENDING]),
        (report({"message_id": 1}), False, [REJECTED, PENDING, PENDING, PENDING]),
        (report(), True, [ACCEPTED] * 4),
    ],
    ids=[
        "all",
        "one by number",
        "one by article",
        "a warning",
        "the whole feed",
        "counts that do not fit",
        "broken off",
        "no counts",
    ],
)
def test_every_message_of_a_feed_has_its_result(
    found: stock.Report, whole: bool, expected: list[InventoryStatus]
) -> None:
    """DONE is not yet success (pitfall 32); what the report does not bear out is not taken for granted."""
    results = mapping.feed_results(LEVELS, found, whole=whole)
    assert [result.sku for result in results] == [level.sku for level in LEVELS]
    assert [result.status for result in results] == expected


def test_levels_in_another_order_are_known_by_their_articles() -> None:
    """After a restart nobody knows the numbers of the messages any more."""
    issues = [stock.ReportIssue(message_id=1, sku="A", code="1", message="no", severity="ERROR")]
    summary = stock.ReportSummary(messages_processed=2, messages_accepted=1, messages_invalid=1)
    found = stock.Report(issues=issues, summary=summary)
    levels = [InventoryLevel(sku="B", available=1), InventoryLevel(sku="A", available=1)]
    results = mapping.feed_results(levels, found, whole=True, numbered=False)
    assert [(one.sku, one.status) for one in results] == [("B", ACCEPTED), ("A", REJECTED)]


def test_article_that_is_not_asked_about_does_not_stand_for_the_others() -> None:
    """A part of a feed's levels may be asked about: what was refused beside them is another's result."""
    issues = [stock.ReportIssue(message_id=1, sku="X", code="1", message="no", severity="ERROR")]
    found = stock.Report(issues=issues, summary=stock.ReportSummary(messages_accepted=0))
    levels = [InventoryLevel(sku="A", available=1)]
    assert [one.status for one in mapping.feed_results(levels, found, whole=True, numbered=False)] == [PENDING]


def test_every_feed_of_a_level_is_named() -> None:
    """One for each marketplace: who asks for one of them only loses the other."""
    results = [InventoryResult(sku="A", status=PENDING, message=f"feed f-{number}") for number in (1, 2)]
    assert mapping.combined(results).message == "feed f-1; feed f-2"


def test_last_of_several_levels_counts() -> None:
    """Sent both, the order in which Amazon takes them would decide."""
    twice = [*LEVELS, attrs.evolve(LEVELS[1], available=9), attrs.evolve(LEVELS[1], location_id=CA)]
    assert mapping.latest_only(twice) == {0, 2, 3, 4, 5}


def test_worst_result_of_several_marketplaces_is_told() -> None:
    """Accepted in one and refused in another is no success."""
    results = [InventoryResult(sku="A", status=status) for status in (ACCEPTED, REJECTED, PENDING)]
    assert mapping.combined(results).status is REJECTED


def test_levels_are_of_the_merchant_and_of_what_was_asked() -> None:
    """FBA entries have a quantity that is not ours to sell."""
    items = [
        stock.Item(
            sku="A",
            fulfillment_availability=[
                stock.ReadAvailability(fulfillment_channel_code="AMAZON_NA", quantity=50),
                stock.ReadAvailability(fulfillment_channel_code="DEFAULT", quantity=3),
            ],
        ),
        stock.Item(sku="B", fulfillment_availability=[stock.ReadAvailability(fulfillment_channel_code="DEFAULT")]),
        stock.Item(
            sku="C", fulfillment_availability=[stock.ReadAvailability(fulfillment_channel_code="DEFAULT", quantity=1)]
        ),
    ]
    assert mapping.to_levels(items, {"A", "B"}, CA) == [InventoryLevel(sku="A", available=3, location_id=CA)]


# --- cancelling -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", [*codes.CANCEL_REASONS, "noinventory"])
def test_known_reasons_are_taken(reason: str) -> None:
    """In any case of letters."""
    assert mapping.to_cancel_reason(reason) in codes.CANCEL_REASONS


def test_no_reason_is_the_most_general_one() -> None:
    """And another is refused before anything is sent."""
    assert mapping.to_cancel_reason(None) == "GeneralAdjustment"
    with pytest.raises(InvalidValueError, match="BuyerCanceled"):
        mapping.to_cancel_reason("because")


def test_document_lists_every_item_and_escapes_what_it_says() -> None:
    """Without items it does nothing; a bracket in an id would end the document."""
    text = mapping.to_cancel_document("A&B", ORDER, ["1", "2<"], "NoInventory").decode()
    assert text.count("<CancelReason>NoInventory</CancelReason>") == 2
    assert "<MerchantIdentifier>A&amp;B</MerchantIdentifier>" in text
    assert "<AmazonOrderItemCode>2&lt;</AmazonOrderItemCode>" in text
    assert f"<AmazonOrderID>{ORDER}</AmazonOrderID><StatusCode>Failure</StatusCode>" in text


REPORT = "<Message><ProcessingReport><ProcessingSummary>{}</ProcessingSummary>{}</ProcessingReport></Message>"
GOOD = "<MessagesProcessed>1</MessagesProcessed><MessagesSuccessful>1</MessagesSuccessful><MessagesWithError>0</MessagesWithError>"
BAD = "<MessagesProcessed>1</MessagesProcessed><MessagesSuccessful>0</MessagesSuccessful><MessagesWithError>1</MessagesWithError>"
RESULT = (
    "<Result><MessageID>1</MessageID><ResultCode>{}</ResultCode><ResultMessageCode>18028</ResultMessageCode>"
    "<ResultDescription>Ada &amp; Co</ResultDescription></Result>"
)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (REPORT.format(GOOD, ""), (True, None)),
        (REPORT.format(BAD, RESULT.format("Error")), (False, "18028")),
        (REPORT.format(BAD, ""), (False, None)),
        (REPORT.format(GOOD, RESULT.format("Warning")), (True, None)),
        ("", (None, None)),
        ("something else", (None, None)),
    ],
    ids=["taken", "refused", "refused without a word", "a warning", "empty", "no report"],
)
def test_report_says_whether_the_message_was_taken(document: str, expected: tuple[bool | None, str | None]) -> None:
    """A feed that is DONE may have refused its only message (pitfall 32)."""
    assert mapping.read_cancel_report(document.encode()) == expected
