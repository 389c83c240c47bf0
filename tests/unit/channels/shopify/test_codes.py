"""The tables."""

import pytest

from cartcarrier.channels.shopify import codes, mapping, schemas
from cartcarrier.models import FulfillmentStatus, PaymentStatus, TrackingEvent, TrackingReason, TrackingStatus


@pytest.mark.parametrize("status", [item for item in PaymentStatus if item is not PaymentStatus.UNKNOWN])
def test_each_payment_status_has_shopifys_word(status: PaymentStatus) -> None:
    """Field guide §18.2: the words are the same, in capitals."""
    assert codes.PAYMENT_STATUS[status.value.upper()] is status


@pytest.mark.parametrize(
    ("company", "driver"),
    [
        ("UPS", "ups"),
        ("usps", "usps"),
        ("FedEx", "fedex"),
        ("Fedex", "fedex"),
        ("Hermes", "Hermes"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_company_becomes_a_driver_name(company: str | None, driver: str) -> None:
    """Orders shipped by hand are spelled by hand."""
    assert codes.carrier_name(company) == driver


@pytest.mark.parametrize(
    ("carrier", "company"),
    [
        ("ups", "UPS"),
        ("ups:eu", "UPS"),
        ("Fedex", "FedEx"),
        ("usps", "USPS"),
        ("Dhl Express", "DHL Express"),
        ("royal-mail", "Royal Mail"),
        ("amazon-buy-shipping", "Amazon"),
        ("Bike Courier", "Bike Courier"),
    ],
)
def test_carrier_is_spelled_as_shopify_spells_it(carrier: str, company: str) -> None:
    """Only the exact spelling makes a link and lets Shopify track by itself (pitfall 23)."""
    assert codes.company_name(carrier) == company


@pytest.mark.parametrize(
    ("status", "reason", "word"),
    [
        (TrackingStatus.PRE_TRANSIT, None, "LABEL_PRINTED"),
        (TrackingStatus.IN_TRANSIT, None, "IN_TRANSIT"),
        (TrackingStatus.OUT_FOR_DELIVERY, None, "OUT_FOR_DELIVERY"),
        (TrackingStatus.AVAILABLE_FOR_PICKUP, None, "READY_FOR_PICKUP"),
        (TrackingStatus.DELIVERY_ATTEMPTED, None, "ATTEMPTED_DELIVERY"),
        (TrackingStatus.DELIVERED, None, "DELIVERED"),
        (TrackingStatus.EXCEPTION, None, "DELAYED"),
        (TrackingStatus.EXCEPTION, TrackingReason.WEATHER, "DELAYED"),
        (TrackingStatus.EXCEPTION, TrackingReason.LOST, "FAILURE"),
        (TrackingStatus.RETURN_TO_SENDER, None, "FAILURE"),
        (TrackingStatus.RETURNED, None, "FAILURE"),
        (TrackingStatus.CANCELLED, None, None),
        (TrackingStatus.UNKNOWN, None, None),
        (None, None, None),
    ],
    ids=str,
)
def test_scan_becomes_shopifys_word(
    status: TrackingStatus | None, reason: TrackingReason | None, word: str | None
) -> None:
    """Field guide §18.4, writing."""
    assert mapping.event_status(TrackingEvent(status=status, reason=reason, key="k")) == word


def test_every_word_that_is_written_can_be_read() -> None:
    """What we tell Shopify must mean the same when it comes back, or nearly so."""
    for status, word in codes.EVENT_STATUS.items():
        back = codes.TRACKING_STATUS[word]
        assert back is status or word in {"DELAYED", "FAILURE"}


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("SUCCESS", FulfillmentStatus.ACTIVE),
        ("OPEN", FulfillmentStatus.ACTIVE),
        ("PENDING", FulfillmentStatus.ACTIVE),
        ("CANCELLED", FulfillmentStatus.CANCELLED),
        ("ERROR", FulfillmentStatus.FAILED),
        ("FAILURE", FulfillmentStatus.FAILED),
    ],
)
def test_fulfillment_status(word: str, status: FulfillmentStatus) -> None:
    """Field guide §18.5."""
    assert codes.FULFILLMENT_STATUS[word] is status


def test_scopes_that_write_also_read() -> None:
    """Shopify lists only the wider one."""
    granted = codes.with_implied(frozenset({"write_orders", "read_products"}))
    assert granted == {"write_orders", "read_orders", "read_products"}


@pytest.mark.parametrize(
    ("value", "gid"),
    [
        ("5123456789012", "gid://shopify/Order/5123456789012"),
        (9007199254740993, "gid://shopify/Order/9007199254740993"),
        ("gid://shopify/Order/5", "gid://shopify/Order/5"),
        ("no-such-order", None),
        ("", None),
    ],
    ids=str,
)
def test_ids_are_global_or_numbers(value: str | int, gid: str | None) -> None:
    """Webhooks bring numbers beyond 2**53; they must not pass through a float."""
    assert mapping.to_gid("Order", value) == gid


def test_id_of_another_kind_is_refused() -> None:
    """An order's id where a fulfillment order's is due is the commonest mistake (pitfall 3)."""
    with pytest.raises(ValueError, match="FulfillmentOrder"):
        mapping.to_gid("Order", "gid://shopify/FulfillmentOrder/5")


def test_error_text_may_be_missing() -> None:
    """Validation errors have no code and no extensions."""
    error = schemas.GraphQLError(message="Field 'x' doesn't exist")
    assert (error.code, error.field) == ("", "")
