"""Giving labels back: a 200 may say that nothing was cancelled (field guide fedex.md, section 5)."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.sandbox.fedex.samples import FedExClient, Json, domestic, express, international, put, refusal
from tests.sandbox.fedex.shop import close_request

UNKNOWN = (400, "TRACKINGNUMBER.ENTERED.INVALID")


async def bought(fedex: FedExClient, body: Json) -> list[str]:
    """Buy labels, and return their numbers, the master's first."""
    shipment = await fedex.buy(body)
    return [piece["trackingNumber"] for piece in shipment["pieceResponses"]]


def cancelled(answer: httpx.Response) -> bool:
    """Return what the answer says, which is not what its status says."""
    assert answer.status_code == 200, answer.text
    output: Json = answer.json()["output"]
    assert output["message"]
    return bool(output["cancelledShipment"])


async def test_a_cancelled_shipment_costs_nothing(fedex: FedExClient) -> None:
    """All of it goes, with every package."""
    (number, _) = await bought(fedex, put(express(), "requestedPackageLineItems.0.groupPackageCount", 2))
    spent = fedex.simulator.spent()["bought"]["USD"]

    assert cancelled(await fedex.cancel(number))
    assert [label["voided"] for label in fedex.simulator.labels()] == [True, True]
    assert fedex.simulator.spent() == {
        "bought": {"USD": spent},
        "credited": {"USD": spent},
        "net": {"USD": "0.00"},
    }
    assert Decimal(spent) > 0
    assert fedex.simulator.counts()["voided"] == 2


async def test_the_second_cancel_is_an_error(fedex: FedExClient) -> None:
    """A client must not take it for one that failed (field guide, section 5)."""
    (number,) = await bought(fedex, express())
    await fedex.cancel(number)

    assert refusal(await fedex.cancel(number)) == UNKNOWN
    assert fedex.simulator.spent()["net"] == {"USD": "0.00"}


async def test_an_express_parcel_is_gone_when_it_was_scanned(fedex: FedExClient) -> None:
    """The answer is 200 and says no (field guide, section 11-19)."""
    (number,) = await bought(fedex, express())
    fedex.clock.advance(8 * 3600)
    fedex.tokens.clear()

    assert not cancelled(await fedex.cancel(number))
    assert fedex.simulator.spent()["credited"] == {}


async def test_a_label_that_was_never_tendered_can_be_cancelled_late(fedex: FedExClient) -> None:
    """Nothing was scanned, nothing is owed."""
    (number,) = await bought(fedex, express())
    fedex.simulator.set_journey(tracking_number=number, kind="untendered")
    fedex.clock.advance(30 * 86400)
    fedex.tokens.clear()

    assert cancelled(await fedex.cancel(number))


async def test_a_ground_parcel_is_gone_when_the_day_was_closed(fedex: FedExClient) -> None:
    """Before any scan."""
    (number,) = await bought(fedex, domestic())
    await fedex.output("/ship/v1/endofday/", close_request(), method="PUT")

    assert not cancelled(await fedex.cancel(number))


async def test_a_cancel_can_be_refused_in_a_200(fedex: FedExClient) -> None:
    """For reasons of FedEx's own."""
    (number,) = await bought(fedex, express())
    fedex.simulator.set_switches(refuse_cancel=True)
    refused = cancelled(await fedex.cancel(number))
    fedex.simulator.set_switches(refuse_cancel=False)

    assert not refused
    assert cancelled(await fedex.cancel(number))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"accountNumber": {"value": "802255209"}}, (400, "SHIPMENT.USER.UNAUTHORIZED")),
        ({"trackingNumber": ""}, UNKNOWN),
        ({"trackingNumber": "790000000098"}, UNKNOWN),
        ({"deletionControl": "DELETE_ONE_PACKAGE"}, (422, "INVALID.INPUT.EXCEPTION")),
        ({"senderCountryCode": "FR"}, (400, "SENDERCOUNTRYCODE.INVALID")),
        ({"emailShipment": True}, UNKNOWN),
    ],
    ids=["another's", "no number", "unknown", "one package", "other country", "not emailed"],
)
async def test_a_wrong_cancel_is_refused(
    fedex: FedExClient, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    """Nothing is cancelled then."""
    (number,) = await bought(fedex, express())

    assert refusal(await fedex.cancel(number, **changes)) == expected
    assert not fedex.simulator.labels()[0]["voided"]


async def test_express_abroad_is_cancelled_by_its_master(fedex: FedExClient) -> None:
    """By a child's number it is unknown; at home any number will do."""
    count = "requestedPackageLineItems.0.groupPackageCount"
    abroad = await bought(fedex, put(international(), count, 2))
    at_home = await bought(fedex, put(express(), count, 2))

    assert refusal(await fedex.cancel(abroad[1])) == UNKNOWN
    assert cancelled(await fedex.cancel(abroad[0]))
    assert cancelled(await fedex.cancel(at_home[1]))


async def test_an_emailed_label_is_cancelled_as_such_until_it_is_printed(fedex: FedExClient) -> None:
    """With the flag, and only while it is pending (field guide, section 5)."""
    body = put(domestic(), "requestedPackageLineItems.0.itemDescription", "Shoes")
    recipients = [{"emailAddress": "j@example.org", "role": "SHIPMENT_COMPLETOR"}]
    special = {
        "specialServiceTypes": ["RETURN_SHIPMENT", "PENDING_SHIPMENT"],
        "returnShipmentDetail": {"returnType": "PENDING"},
        "pendingShipmentDetail": {
            "pendingShipmentType": "EMAIL",
            "expirationTimeStamp": "2026-02-05",
            "emailLabelDetail": {"recipients": recipients},
        },
    }
    put(put(body, "shipmentSpecialServices", special), "/shipAction", "TRANSFER")
    (first,), (second,) = await bought(fedex, body), await bought(fedex, body)
    fedex.simulator.complete_pending(tracking_number=second)

    assert refusal(await fedex.cancel(first)) == UNKNOWN
    assert cancelled(await fedex.cancel(first, emailShipment=True))
    assert not cancelled(await fedex.cancel(second, emailShipment=True))
