"""Giving labels back: what is credited, what is refused."""

import json
from datetime import timedelta
from urllib.parse import quote

import pytest

from tests.sandbox.ups.samples import Json, UPSClient, code_of, domestic, international


def pieces(count: int) -> Json:
    """Return a good request of several packages."""
    body = domestic()
    packages = body["ShipmentRequest"]["Shipment"]["Package"]
    packages += [dict(packages[0]) for _ in range(count - 1)]
    return body


async def test_a_voided_label_is_credited_once(ups: UPSClient) -> None:
    """A second void of the whole says so, and credits nothing."""
    number = (await ups.buy(domestic()))["ShipmentIdentificationNumber"]
    first = await ups.void(number)
    second = await ups.void(number)

    assert first.json()["VoidShipmentResponse"]["SummaryResult"]["Status"] == {"Code": "1", "Description": "Voided"}
    assert code_of(second) == "190117"
    spent = ups.simulator.spent()
    assert spent["credited"] == spent["bought"]
    assert spent["net"] == {"USD": "0.00"}
    assert ups.simulator.counts()["voided"] == 1
    assert [label["voided"] for label in ups.simulator.labels()] == [True]


async def test_one_package_of_several_can_be_voided(ups: UPSClient) -> None:
    """The rest stays bought, and a repeat of the same package is no error."""
    results = (await ups.buy(pieces(3)))["PackageResults"]
    first, second, third = (result["TrackingNumber"] for result in results)
    one = await ups.void(first, f"?trackingnumber={second}")
    again = await ups.void(first, f"?trackingnumber={second}")

    level = [{"TrackingNumber": second, "Status": {"Code": "1", "Description": "Voided"}}]
    assert one.json()["VoidShipmentResponse"]["PackageLevelResult"] == level
    assert again.json()["VoidShipmentResponse"]["PackageLevelResult"] == level
    assert [label["voided"] for label in ups.simulator.labels()] == [False, True, False]
    rest = await ups.void(first, "?trackingnumber=" + quote(json.dumps([first, third])))
    assert rest.status_code == 200
    assert ups.simulator.spent()["net"] == {"USD": "0.00"}
    assert code_of(await ups.void(first)) == "190117"


async def test_a_whole_shipment_lists_its_packages(ups: UPSClient) -> None:
    """So that a client can compare them."""
    results = await ups.buy(pieces(2))
    answer = (await ups.void(results["ShipmentIdentificationNumber"])).json()["VoidShipmentResponse"]

    numbers = [result["TrackingNumber"] for result in results["PackageResults"]]
    assert [level["TrackingNumber"] for level in answer["PackageLevelResult"]] == numbers


async def test_a_wrong_number_fails_the_whole_call(ups: UPSClient) -> None:
    """Not one of the good ones is voided beside it (field guide, section 5)."""
    first, second = (result["TrackingNumber"] for result in (await ups.buy(pieces(2)))["PackageResults"])
    answers = [
        await ups.void(first, "?trackingnumber=" + quote(json.dumps([second, "1ZC4RT010399999999"]))),
        await ups.void(first, "?trackingnumber=string"),
    ]

    assert [code_of(answer) for answer in answers] == ["190102", "190102"]
    assert not any(label["voided"] for label in ups.simulator.labels())


@pytest.mark.parametrize(
    ("number", "query", "code"),
    [
        pytest.param("1ZC4RT010300009999", "", "190102", id="unknown"),
        pytest.param("1zc4rt010300000018", "", "190100", id="lower case"),
        pytest.param("12345", "", "190100", id="no number"),
        pytest.param(None, "?trackingnumber=[1", "190109", id="broken list"),
        pytest.param(
            None, "?trackingnumber=" + quote(json.dumps(["1ZC4RT010300000018"] * 21)), "190109", id="21 numbers"
        ),
        pytest.param(None, "?trackingnumber=[]", "190109", id="empty list"),
    ],
)
async def test_a_void_that_breaks_a_rule_is_refused(ups: UPSClient, number: str | None, query: str, code: str) -> None:
    """And voids nothing."""
    bought = (await ups.buy(domestic()))["ShipmentIdentificationNumber"]
    answer = await ups.void(number or bought, query)

    assert (answer.status_code, code_of(answer)) == (400, code)
    assert not any(label["voided"] for label in ups.simulator.labels())


async def test_a_later_package_is_no_shipment(ups: UPSClient) -> None:
    """The path takes the identification number, which is the first package's."""
    results = await ups.buy(pieces(2))

    assert code_of(await ups.void(results["PackageResults"][1]["TrackingNumber"])) == "190102"


async def test_a_parcel_in_transit_is_not_voidable(ups: UPSClient) -> None:
    """Once it was scanned the label was used."""
    number = (await ups.buy(domestic()))["ShipmentIdentificationNumber"]
    ups.clock.advance(timedelta(hours=8).total_seconds() - 1)
    ups.token = ""
    other = (await ups.buy(domestic()))["ShipmentIdentificationNumber"]
    ups.clock.advance(1)

    assert code_of(await ups.void(number)) == "190101"
    assert (await ups.void(other)).status_code == 200


async def test_the_window_closes_after_28_days(ups: UPSClient) -> None:
    """A label that never left can be given back until then."""
    numbers = [(await ups.buy(domestic()))["ShipmentIdentificationNumber"] for _ in range(2)]
    for number in numbers:
        ups.simulator.set_journey(tracking_number=number, kind="untendered")
    ups.clock.advance(timedelta(days=28).total_seconds())
    ups.token = ""
    in_time = await ups.void(numbers[0])
    ups.clock.advance(1)

    assert in_time.status_code == 200
    assert code_of(await ups.void(numbers[1])) == "190101"


async def test_international_and_return_packages_are_voided_whole_or_not(ups: UPSClient) -> None:
    """UPS refuses them one by one (field guide, section 5)."""
    abroad = (await ups.buy(international()))["ShipmentIdentificationNumber"]
    body = domestic()
    body["ShipmentRequest"]["Shipment"]["ReturnService"] = {"Code": "9"}
    body["ShipmentRequest"]["Shipment"]["Package"][0]["Description"] = "Shoes"
    back = (await ups.buy(body))["ShipmentIdentificationNumber"]

    assert code_of(await ups.void(abroad, f"?trackingnumber={abroad}")) == "190112"
    assert code_of(await ups.void(back, f"?trackingnumber={back}")) == "190113"
    assert (await ups.void(abroad)).status_code == 200
    assert (await ups.void(back)).status_code == 200


async def test_the_oddities_of_void_answers_can_be_had(ups: UPSClient) -> None:
    """Documented plural or seen singular, one or a list, carriage returns in front of everything (field guide, 1.3, 5)."""
    first, second, third = (result["TrackingNumber"] for result in (await ups.buy(pieces(3)))["PackageResults"])
    ups.simulator.set_switches(void_result_key="PackageLevelResults", single_as_object=True)
    bare = (await ups.void(first, f"?trackingnumber={second}")).json()["VoidShipmentResponse"]
    ups.simulator.set_switches(cie_void_decoration=True)
    decorated = (await ups.void(first, f"?trackingnumber={third}")).json()["VoidShipmentResponse"]

    assert bare["PackageLevelResults"]["TrackingNumber"] == second
    assert decorated["SummaryResult"]["Status"]["Code"] == "&#xD;&#xD;&#xD;1"


async def test_a_voided_shipment_is_no_duplicate(ups: UPSClient) -> None:
    """Bought twice and voided once is bought once."""
    numbers = [(await ups.buy(domestic()))["ShipmentIdentificationNumber"] for _ in range(2)]
    before = ups.simulator.duplicates(code="TN")
    other_code = ups.simulator.duplicates(code="PO")
    await ups.void(numbers[0])

    assert before == {"cc-0001": numbers}
    assert other_code == {}
    assert ups.simulator.duplicates() == {}
