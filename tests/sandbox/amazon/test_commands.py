"""Amazon's own sandbox, the commands, and where the simulator is served."""

import pytest

from cartcarrier.errors import InvalidValueError
from cartcarrier.sandbox.amazon import AmazonSimulator
from tests.sandbox.amazon.client import ALL_DATA, NA, ORDERS, US, AmazonClient, Json


async def test_amazons_sandbox_answers_its_patterns_and_nothing_else(amazon: AmazonClient) -> None:
    """It has no memory: an order placed here is not there."""
    order_id = amazon.simulator.place_order()
    amazon.host = "https://sandbox.sellingpartnerapi-na.amazon.com"
    path = f"{ORDERS}/171-9876543-2109876"
    assert (await amazon.get(path, includedData=ALL_DATA)).json()["order"]["programs"] == ["PRIME"]
    for answer in (await amazon.get(path), await amazon.get(f"{ORDERS}/{order_id}", includedData=ALL_DATA)):
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["message"] == "Could not match input arguments"


async def test_amazons_sandbox_confirms_one_shipment(amazon: AmazonClient) -> None:
    """With a good date; with the other one it shows how a bad date is refused."""
    amazon.host = "https://sandbox.sellingpartnerapi-na.amazon.com"
    detail = {
        "packageReferenceId": "1",
        "carrierCode": "FedEx",
        "trackingNumber": "112345678",
        "orderItems": [{"orderItemId": "79039765272157", "quantity": 1}],
    }
    expected = {"2022-02-11T01:00:00.000Z": 204, "02/21/2022": 400, "2022-03-11T01:00:00.000Z": 400}
    for date, status in expected.items():
        body = {"marketplaceId": US, "packageDetail": {**detail, "shipDate": date}}
        assert (await amazon.send_confirmation("902-1106328-1059050", body)).status_code == status
    other = await amazon.send_confirmation("902-0000000-1059050", body)
    assert other.status_code == 400


@pytest.mark.parametrize(
    "shape",
    [
        {"colour": "red"},
        {"lines": [{"sku": "A", "weight": 3}]},
        {"lines": [{"sku": "A", "quantity": 0}]},
        {"lines": [{"sku": "A", "price": "free"}]},
        {"marketplace": "XX"},
        {"status": "SHIPPED"},
        {"programs": ["FAST"]},
        {"address": {"street": "x"}},
        {"placed_at": "yesterday"},
    ],
    ids=str,
)
def test_impossible_shapes_are_refused(simulator: AmazonSimulator, shape: Json) -> None:
    """A harness with a typing mistake must not place another order than it thinks."""
    with pytest.raises(InvalidValueError):
        simulator.place_order(**shape)
    assert simulator.orders() == []


async def test_commands_refuse_what_amazon_would(amazon: AmazonClient) -> None:
    """What has left cannot be cancelled, held or made fewer."""
    order_id = amazon.simulator.place_order(lines=[{"sku": "A", "quantity": 2}])
    await amazon.confirm(order_id)
    for command in (
        lambda: amazon.simulator.cancel(order_id),
        lambda: amazon.simulator.hold(order_id),
        lambda: amazon.simulator.request_cancellation(order_id),
        lambda: amazon.simulator.edit_quantity(order_id, 0, 1),
        lambda: amazon.simulator.edit_quantity(order_id, 1, 1),
        lambda: amazon.simulator.ship_by_amazon(order_id),
        lambda: amazon.simulator.cancel("112-0000000-0000000"),
        lambda: amazon.simulator.set_package_status(order_id, "9", "DELIVERED"),
        lambda: amazon.simulator.edit_address(order_id, street="x"),
        lambda: amazon.simulator.set_roles(["king"]),
        lambda: amazon.simulator.set_switches(speed=1),
        lambda: amazon.simulator.set_limit("nothing", 1, 1),
        lambda: amazon.simulator.doom_next_feed("DONE"),
        lambda: amazon.simulator.credentials("mars"),
    ):
        with pytest.raises(InvalidValueError):
            command()


async def test_seeded_orders_are_the_same_for_the_same_seed(amazon: AmazonClient) -> None:
    """A failure must be one that can be had again."""
    first = amazon.simulator.seed_orders(24, seed=5)
    other = AmazonSimulator(clock=amazon.clock)
    assert other.seed_orders(24, seed=5) == first
    assert other.orders() == amazon.simulator.orders()
    statuses = {order["status"] for order in other.orders()}
    assert statuses == {"UNSHIPPED", "PENDING"}
    assert {order["fulfilled_by"] for order in other.orders()} == {"MERCHANT", "AMAZON"}


async def test_hosts_of_a_region_serve_it_alone(amazon: AmazonClient) -> None:
    """Served below one address, a region may stand in front of the path."""
    german = amazon.simulator.place_order(marketplace="DE")
    await amazon.log_in("eu")
    for host, status in (("http://127.0.0.1:8700/amazon", 200), ("http://127.0.0.1:8700/eu", 200), (NA, 403)):
        amazon.host = host
        assert (await amazon.get(f"{ORDERS}/{german}")).status_code == status
    amazon.host = "http://127.0.0.1:8700/amazon/fe"
    assert (await amazon.get(f"{ORDERS}/{german}")).status_code == 403
