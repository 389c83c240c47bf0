"""What USPS refuses to sell a label for: each rule with a request that breaks it, and USPS's own code."""

from collections.abc import Callable

import pytest

from tests.sandbox.usps.samples import (
    Json,
    USPSClient,
    code_of,
    domestic,
    international,
    message_of,
    military,
    put,
    returning,
)

Make = Callable[[], Json]


def package(name: str, value: object, body: Make = domestic) -> Make:
    """Return a maker of a request with another member of the package."""
    return lambda: put(body(), f"packageDescription.{name}", value)


def image(name: str, value: object, body: Make = domestic) -> Make:
    """Return a maker of a request with another member of the image."""
    return lambda: put(body(), f"imageInfo.{name}", value)


def to(name: str, value: object, body: Make = domestic) -> Make:
    """Return a maker of a request with another member of the receiver's address."""
    return lambda: put(body(), f"toAddress.{name}", value)


def held(**changes: object) -> Make:
    """Return a maker of a request to hold the parcel at a post office, complete but for the changes."""

    def make() -> Json:
        body = domestic()
        body["fromAddress"] |= {"firstName": "Ship", "lastName": "Desk", "email": "a@acme.test", "phone": "7705550100"}
        body["toAddress"] |= {
            "holdForPickup": True,
            "facilityId": "1369089",
            "email": "jo@doe.test",
            "phone": "3035550101",
        }
        for path, value in changes.items():
            body = put(body, path.replace("__", "."), value)
        return body

    return make


def goods(**changes: object) -> Make:
    """Return a maker of a military request with other goods on the customs form."""

    def make() -> Json:
        body = military()
        body["customsForm"]["contents"][0] |= changes
        return body

    return make


GATEWAY = [
    pytest.param(to("state", "co"), id="wrong case"),
    pytest.param(to("secondaryAddress", None), id="null"),
    pytest.param(to("city", ""), id="empty text"),
    pytest.param(to("secondarayAddress", "Apt 1"), id="a typo of USPS's own samples"),
    pytest.param(to("ZIPCode", "80012-1109"), id="ZIP+4 in one"),
    pytest.param(to("streetAddress", "9" * 51), id="a line too long"),
    pytest.param(to("phone", "303-555-0101"), id="a phone number with dashes"),
    pytest.param(to("email", "jo"), id="no e-mail address"),
    pytest.param(package("weight", "1.25"), id="text for a number"),
    pytest.param(package("weight", 0), id="no weight"),
    pytest.param(package("length", ...), id="no length"),
    pytest.param(package("mailClass", "GROUND"), id="unknown class"),
    pytest.param(package("mailingDate", "01/05/2026"), id="another date form"),
    pytest.param(package("extraServices", [999]), id="unknown service"),
    pytest.param(package("extraServices", [920, 921, 922, 923, 924, 957]), id="six services"),
    pytest.param(package("customerReference", [{"referenceNumber": "x" * 31}]), id="a reference too long"),
    pytest.param(package("customerReference", [{"referenceNumber": "x"}] * 5), id="five references"),
    pytest.param(image("imageType", "ZPL"), id="unknown image"),
    pytest.param(image("packageNumber", 0), id="piece nought"),
]


@pytest.mark.parametrize("make", GATEWAY)
async def test_the_gateway_refuses_what_does_not_fit_the_description(usps: USPSClient, make: Make) -> None:
    """Before any rule of postage is looked at; nothing is sold."""
    answer = await usps.ship(make())

    assert answer.status_code == 400, answer.text
    assert code_of(answer) == "steps.oasvalidation.Failed"
    assert "OASValidation" in answer.json()["error"]["message"]
    assert usps.simulator.labels() == []


RULES = [
    pytest.param(to("firstName", ...), "160075", id="half a name"),
    pytest.param(to("ZIPCode", "30005"), "160119", id="a ZIP code of another state"),
    pytest.param(to("streetAddress", "Elm St"), "160307", id="no house number"),
    pytest.param(to("ZIPPlus4", "1111"), "160188", id="another ZIP+4"),
    pytest.param(
        lambda: put(
            domestic(),
            "toAddress",
            domestic()["toAddress"]
            | {"streetAddress": "3 Ghost Rd", "city": "Boise", "state": "ID", "ZIPCode": "83702"},
        ),
        "160320",
        id="no street delivery",
    ),
    pytest.param(package("mailingDate", "2026-01-04"), "160001", id="yesterday"),
    pytest.param(package("mailingDate", "2026-01-13"), "160001", id="in eight days"),
    pytest.param(package("shape", "RECTANGULAR"), "160284", id="indicator and shape"),
    pytest.param(package("rateIndicator", ...), "160285", id="neither indicator nor packaging"),
    pytest.param(package("rateIndicator", "FB"), "030002", id="a flat rate that the class has not"),
    pytest.param(package("weight", 70.1), "030004", id="too heavy"),
    pytest.param(
        lambda: put(put(package("length", 20)(), "packageDescription.width", 17), "packageDescription.height", 6),
        "030007",
        id="large and light as SP",
    ),
    pytest.param(package("length", 101), "030023", id="oversized as SP"),
    pytest.param(package("length", 131), "030008", id="too large"),
    pytest.param(package("length", 28), "030011", id="long and said to be machinable"),
    pytest.param(package("hasNonstandardCharacteristics", value=True), "030011", id="a tube said to be machinable"),
    pytest.param(package("processingCategory", "FLATS"), "160388", id="flats by Ground Advantage"),
    pytest.param(package("processingCategory", "LETTERS"), "160020", id="letters by Ground Advantage"),
    pytest.param(package("extraServices", [930]), "160017", id="insurance without a value"),
    pytest.param(package("extraServices", [816, 819]), "160261", id="two dangers"),
    pytest.param(package("extraServices", [981]), "160010", id="an express service by Ground Advantage"),
    pytest.param(package("physicalSignatureRequired", value=True), "160095", id="a signature without its service"),
    pytest.param(package("carrierRelease", value=True), "160096", id="left without a signature"),
    pytest.param(
        package("packageOptions", {"contentType": "CREMATED_REMAINS"}), "160234", id="ashes by Ground Advantage"
    ),
    pytest.param(package("packageOptions", {"immediateManifest": True}), "160313", id="manifested at once"),
    pytest.param(package("packageOptions", {"nonDeliveryOption": "REDIRECT"}), "160060", id="redirected to nowhere"),
    pytest.param(
        package("shipperVisibilityMethod", "SENDER_INFORMATION"), "160275", id="a third party that is not told"
    ),
    pytest.param(image("labelType", "6X4LABEL"), "160367", id="6 by 4"),
    pytest.param(image("labelType", "2X7LABEL"), "160214", id="2 by 7 as ZPL"),
    pytest.param(image("labelType", "4X4LABEL"), "160366", id="4 by 4 as ZPL"),
    pytest.param(image("receiptOption", "SAME_PAGE"), "160009", id="receipt on a thermal label"),
    pytest.param(image("receiptOption", ...), "160009", id="the default receipt on a thermal label"),
    pytest.param(image("packageNumber", 1), "160292", id="1 of unknown"),
    pytest.param(lambda: put(image("packageNumber", 3)(), "imageInfo.totalPackages", 2), "160293", id="3 of 2"),
    pytest.param(
        lambda: put(image("imageType", "LABEL_BROKER")(), "imageInfo.labelType", "4X5LABEL"),
        "160007",
        id="broker on 4 by 5",
    ),
    pytest.param(
        lambda: put(image("imageType", "LABEL_BROKER")(), "imageInfo.receiptOption", "SAME_PAGE"),
        "160008",
        id="broker with receipt",
    ),
    pytest.param(
        lambda: (
            put(image("labelType", "2X7LABEL")() | {}, "imageInfo.imageType", "PDF")
            | {
                "packageDescription": domestic()["packageDescription"]
                | {"customerReference": [{"referenceNumber": "x"}] * 3}
            }
        ),
        "160314",
        id="three references on 2 by 7",
    ),
    pytest.param(image("returnLabel", value=True), "160134", id="a return without ZIP+4"),
    pytest.param(lambda: put(military(), "customsForm", ...), "160120", id="a soldier without customs form"),
    pytest.param(
        lambda: (
            domestic()
            | {
                "toAddress": domestic()["toAddress"]
                | {"streetAddress": "1 Marine Dr", "city": "Hagatna", "state": "GU", "ZIPCode": "96910"}
            }
        ),
        "160140",
        id="Guam without customs form",
    ),
    pytest.param(
        lambda: domestic() | {"customsForm": military()["customsForm"]}, "160069", id="a customs form to Colorado"
    ),
    pytest.param(
        lambda: put(put(military(), "fromAddress.firm", ...) | {}, "fromAddress.firstName", "A") | {},
        "160075",
        id="customs: no name",
    ),
    pytest.param(
        lambda: (
            military()
            | {
                "fromAddress": {
                    **{k: v for k, v in military()["fromAddress"].items() if k != "firm"},
                    "firstName": "A",
                    "lastName": "B",
                }
            }
        ),
        "160023",
        id="customs: no firm",
    ),
    pytest.param(
        lambda: put(military(), "customsForm.restrictionType", "OTHER"), "160018", id="customs: other restriction"
    ),
    pytest.param(
        lambda: put(military(), "customsForm.customsContentType", "OTHER"), "160019", id="customs: other contents"
    ),
    pytest.param(goods(itemTotalWeight=1.26), "160021", id="customs: goods heavier than the parcel"),
    pytest.param(goods(itemDescription="Merchandise"), "160050", id="customs: an empty word"),
    pytest.param(
        lambda: put(
            put(military(), "customsForm.contents.0.HSTariffNumber", ...),
            "customsForm.contents.0.itemDescription",
            "Gizmo",
        ),
        "160136",
        id="customs: unknown goods without tariff number",
    ),
    pytest.param(
        lambda: put(
            put(military(), "customsForm.contents.0.HSTariffNumber", ...), "customsForm.contents.0.itemCategory", "Toys"
        ),
        "160055",
        id="customs: half a category",
    ),
    pytest.param(image("imageType", "PNG", military), "160024", id="customs: PNG"),
    pytest.param(image("returnLabel", value=True, body=military), "160132", id="customs: with return"),
    pytest.param(package("extraServices", [922], military), "160026", id="a soldier: adult signature"),
    pytest.param(package("extraServices", [921], military), "160130", id="a soldier: signature"),
    pytest.param(package("extraServices", [957], military), "160027", id="a soldier: receipt"),
    pytest.param(package("extraServices", [415], military), "160300", id="a soldier: label delivery"),
    pytest.param(held(fromAddress__firstName=...), "160079", id="held: no sender's first name"),
    pytest.param(held(fromAddress__lastName=...), "160080", id="held: no sender's last name"),
    pytest.param(held(fromAddress__email=...), "160081", id="held: no sender's e-mail"),
    pytest.param(held(fromAddress__phone=...), "160082", id="held: no sender's phone"),
    pytest.param(held(toAddress__facilityId=...), "160175", id="held: where"),
    pytest.param(held(toAddress__email=...), "160176", id="held: no e-mail"),
    pytest.param(held(toAddress__phone=...), "160177", id="held: no phone"),
    pytest.param(held(toAddress__facilityId="NOPE"), "160121", id="held: not there"),
    pytest.param(held(imageInfo__labelType="4X5LABEL", imageInfo__imageType="PDF"), "160078", id="held: 4 by 5"),
    pytest.param(
        lambda: put(to("parcelLockerDelivery", value=True)(), "toAddress.email", "jo@doe.test"),
        "160083",
        id="locker: which",
    ),
    pytest.param(
        lambda: put(to("parcelLockerDelivery", value=True)(), "toAddress.facilityId", "1"),
        "160084",
        id="locker: no e-mail",
    ),
]


@pytest.mark.parametrize(("make", "code"), RULES)
async def test_a_broken_rule_is_refused_with_usps_s_code(usps: USPSClient, make: Make, code: str) -> None:
    """And nothing is sold, no money spent."""
    answer = await usps.ship(make())

    assert answer.status_code == 400, answer.text
    assert code_of(answer) == code, message_of(answer)
    assert usps.simulator.labels() == []
    assert usps.simulator.spent()["bought"] == {}


GOOD = [
    pytest.param(domestic, id="plain"),
    pytest.param(military, id="a soldier"),
    pytest.param(held(), id="held at a post office"),
    pytest.param(package("mailingDate", "2026-01-12"), id="in seven days"),
    pytest.param(package("mailingDate", "2026-01-06T02:00:00Z"), id="a moment that is still today in Georgia"),
    pytest.param(to("streetAddress", "PO Box 12"), id="a post-office box"),
    pytest.param(to("ZIPPlus4", "1109"), id="the right ZIP+4"),
    pytest.param(
        lambda: put(to("ZIPPlus4", "1111")(), "toAddress.ignoreBadAddress", value=True), id="another ZIP+4, on purpose"
    ),
    pytest.param(package("mailClass", "FIRST-CLASS_PACKAGE_SERVICE"), id="an old name"),
    pytest.param(package("mailClass", "PARCEL_SELECT"), id="Parcel Select without a facility"),
    pytest.param(
        lambda: (
            put(put(package("length", 20)(), "packageDescription.width", 17), "packageDescription.rateIndicator", "SP")
            | {}
        ),
        id="just below a cubic foot",
    ),
    pytest.param(
        lambda: put(package("length", 28)(), "packageDescription.processingCategory", "NONSTANDARD"),
        id="long, and said so",
    ),
    pytest.param(goods(HSTariffNumber="610910", itemTotalWeight=1.25), id="goods as heavy as the parcel"),
    pytest.param(
        lambda: put(military(), "customsForm.contents.0.HSTariffNumber", ...), id="shirts without tariff number"
    ),
]


@pytest.mark.parametrize("make", GOOD)
async def test_what_breaks_no_rule_is_sold(usps: USPSClient, make: Make) -> None:
    """The rules' other side: a simulator that refuses everything would pass all tests above."""
    answer = await usps.ship(make())
    assert answer.status_code == 200, answer.text


async def test_enrolments_are_checked_when_labels_are_bought(usps: USPSClient) -> None:
    """Each interface has a code of its own for it."""
    await usps.authorize()
    usps.simulator.set_switches(ship_outbound=False, ship_returns=False)
    assert code_of(await usps.ship(domestic())) == "160302"
    assert code_of(await usps.ship(international())) == "160305"
    assert code_of(await usps.ship(returning(), path="/labels/v3/return-label")) == "160304"
    usps.simulator.set_switches(ship_outbound=True)
    body = put(put(domestic(), "imageInfo.returnLabel", value=True), "fromAddress.ZIPPlus4", "3211")
    assert code_of(await usps.ship(body)) == "160303"
    usps.simulator.set_switches(company_name=False)
    assert code_of(await usps.ship(domestic())) == "160173"
    assert usps.simulator.labels() == []


async def test_the_test_environment_lacks_some_services(usps: USPSClient) -> None:
    """TEM: no Label Broker, no Label Delivery, no lockers."""
    usps.simulator.set_switches(test_environment=True)
    locker = put(
        domestic(),
        "toAddress",
        domestic()["toAddress"] | {"parcelLockerDelivery": True, "facilityId": "1", "email": "jo@doe.test"},
    )
    assert code_of(await usps.ship(image("imageType", "LABEL_BROKER")())) == "160124"
    assert code_of(await usps.ship(package("extraServices", [415])())) == "160125"
    assert code_of(await usps.ship(locker)) == "160126"


async def test_a_return_label_knows_no_mailing_date(usps: USPSClient) -> None:
    """Nobody knows when it is used: the description has no such member."""
    body = put(returning(), "packageDescription.mailingDate", "2026-01-05")
    assert code_of(await usps.ship(body, path="/labels/v3/return-label")) == "steps.oasvalidation.Failed"
