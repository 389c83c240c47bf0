"""Orders, fulfillments and queries refuse what they cannot hold, naming the field."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

import cartcarrier as cc

NOW = datetime(2026, 11, 24, 9, 15, tzinfo=UTC)


def line(**changes: object) -> cc.OrderLine:
    values: dict[str, object] = {"id": "L1", "title": "Mug", "quantity": 2, "unfulfilled_quantity": 2, **changes}
    return cc.OrderLine(**values)  # type: ignore[arg-type]  # a factory


def fulfillment(**changes: object) -> cc.Fulfillment:
    values: dict[str, object] = {
        "order_id": "1",
        "lines": {"L1": 1},
        "shipped_at": NOW,
        "notify_buyer": True,
        **changes,
    }
    return cc.Fulfillment(**values)  # type: ignore[arg-type]  # a factory


def order(**changes: object) -> cc.Order:
    values: dict[str, object] = {
        "channel": "acme:eu",
        "id": "1",
        "number": "#1",
        "status": cc.OrderStatus.UNFULFILLED,
        "placed_at": NOW,
        **changes,
    }
    return cc.Order(**values)  # type: ignore[arg-type]  # a factory


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: line(id=""), "OrderLine.id"),
        (lambda: line(quantity=-1), "OrderLine.quantity"),
        (lambda: line(quantity=1.0), "OrderLine.quantity"),
        (lambda: line(quantity=True), "OrderLine.quantity"),
        (lambda: line(country_of_origin="USA"), "OrderLine.country_of_origin"),
        (lambda: fulfillment(lines={"L1": 0}), "Fulfillment.lines"),
        (lambda: fulfillment(order_id=" "), "Fulfillment.order_id"),
        (lambda: fulfillment(shipped_at=NOW.replace(tzinfo=None)), "Fulfillment.shipped_at"),
        (lambda: order(channel=""), "Order.channel"),
        (lambda: order(placed_at=NOW.replace(tzinfo=None)), "Order.placed_at"),
        (lambda: order(ship_by=NOW.replace(tzinfo=None)), "Order.ship_by"),
        (lambda: cc.OrderQuery(page_size=0), "OrderQuery.page_size"),
        (lambda: cc.OrderQuery(updated_since=NOW.replace(tzinfo=None)), "OrderQuery.updated_since"),
    ],
    ids=[
        *("no id", "negative", "float", "bool", "three letters", "no pieces", "blank order", "naive shipped"),
        *("no channel", "naive placed", "naive ship by", "empty page", "naive since"),
    ],
)
def test_wrong_value_names_its_field(make: Callable[[], object], field: str) -> None:
    """Whoever sees the error must know what to mend."""
    with pytest.raises(cc.InvalidValueError) as caught:
        make()
    assert caught.value.field == field
    assert field in str(caught.value)


def test_notify_buyer_has_no_default() -> None:
    """Channels differ in theirs: the caller decides."""
    with pytest.raises(TypeError, match="notify_buyer"):
        cc.Fulfillment(order_id="1", lines={"L1": 1}, shipped_at=NOW)  # type: ignore[call-arg]  # wrong on purpose


def test_lines_cannot_be_changed_afterwards() -> None:
    """A caller's dict that changes later must not change what was recorded."""
    mine = {"L1": 1}
    told = fulfillment(lines=mine)
    mine["L1"] = 5
    assert told.lines == {"L1": 1}
    with pytest.raises((TypeError, AttributeError)):
        told.lines["L1"] = 5  # type: ignore[index]  # wrong on purpose
    assert hash(told) == hash(fulfillment(lines={"L1": 1}))


def test_sequences_become_tuples() -> None:
    """A list given today must not be a list that grows tomorrow."""
    assert order(lines=[line()], holds=["fraud"]).lines == (line(),)


def test_ref_says_which_order_of_which_account() -> None:
    """It is the key of the ledger."""
    assert order().ref == cc.OrderRef(channel="acme:eu", order_id="1")
    assert str(order().ref) == "acme:eu/1"


def test_order_shows_nothing_personal() -> None:
    """Orders end up in logs."""
    address = cc.Address(name="Canary", street1="Canary", city="Canary", country_code="US")
    shown = repr(order(ship_to=address, buyer=cc.Buyer(name="Canary", email="canary@x"), notes="Canary", raw=b"Canary"))
    assert "anary" not in shown


def test_raw_takes_no_part_in_equality() -> None:
    """The same order read twice is the same order, whatever the bytes looked like."""
    assert order(raw=b"a") == order(raw=b"b")


def test_order_survives_plain_json() -> None:
    """An application may keep orders where it likes."""
    whole = order(
        lines=[
            line(unit_price=cc.Money(amount="1.10", currency="EUR"), weight=cc.Weight(value=5, unit=cc.WeightUnit.GRAM))
        ],
        ship_to=cc.Address(
            name="J", street1="1 A", city="B", country_code="US", tax_ids=(cc.TaxId(kind="VAT", value="1"),)
        ),
        fulfillments=[
            fulfillment(parcels=[cc.FulfillmentParcel(carrier="acme", tracking_number="A1", lines={"L1": 1})])
        ],
        allocations=[cc.Allocation(line_id="L1", quantity=2)],
        ship_by=NOW,
    )
    assert cc.from_plain(cc.Order, cc.to_plain(whole)) == whole


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": None}, "number"),
        ({"number": 7}, "number"),
        ({"status": "shipped-ish"}, "status"),
        ({"placed_at": "yesterday"}, "placed_at"),
        ({"lines": [{"id": "L1", "title": "Mug", "quantity": "2", "unfulfilled_quantity": 2}]}, "quantity"),
        ({"surprise": 1}, "Order"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_plain_json_is_read_strictly(change: dict[str, object], field: str) -> None:
    """A null that becomes the text "None" prints a wrong label."""
    values = {**cc.to_plain(order()), **change}
    with pytest.raises(cc.InvalidValueError) as caught:
        cc.from_plain(cc.Order, values)
    assert field in str(caught.value)
    assert field in (caught.value.field or "")


@pytest.mark.parametrize("lines", [["L1"], "L1", None, 3], ids=repr)
def test_lines_must_be_a_mapping(lines: object) -> None:
    """An error that is none of ours is caught by nobody."""
    with pytest.raises(cc.InvalidValueError) as caught:
        fulfillment(lines=lines)
    assert caught.value.field == "lines"
