"""What USPS refuses to sell an international label for: each rule with a request that breaks it, and USPS's own code."""

from collections.abc import Callable

import pytest

from tests.sandbox.usps.samples import Json, USPSClient, code_of, international, message_of, put

Make = Callable[[], Json]


def package(name: str, value: object, body: Make = international) -> Make:
    """Return a maker of a request with another member of the package."""
    return lambda: put(body(), f"packageDescription.{name}", value)


def image(name: str, value: object, body: Make = international) -> Make:
    """Return a maker of a request with another member of the image."""
    return lambda: put(body(), f"imageInfo.{name}", value)


def to(name: str, value: object, body: Make = international) -> Make:
    """Return a maker of a request with another member of the receiver's address."""
    return lambda: put(body(), f"toAddress.{name}", value)


ABROAD = [
    pytest.param(to("postalCode", "1A0B1", international), "160197", id="a Canadian code without a letter"),
    pytest.param(to("firstName", ..., international), "160075", id="half a name"),
    pytest.param(to("countryISOAlpha2Code", "RU", international), "030013", id="no service"),
    pytest.param(lambda: put(international(), "fromAddress.firm", ...), "160023", id="no firm"),
    pytest.param(package("packagingType", "VARIABLE", international), "160287", id="indicator and packaging"),
    pytest.param(package("rateIndicator", ..., international), "160286", id="neither"),
    pytest.param(package("extraServices", [481, 482], international), "160052", id="two histories"),
    pytest.param(
        lambda: put(
            package("mailClass", "FIRST-CLASS_PACKAGE_INTERNATIONAL_SERVICE", international)(),
            "packageDescription.extraServices",
            [930],
        ),
        "160053",
        id="insurance by First-Class",
    ),
    pytest.param(
        lambda: put(
            package("extraServices", [930], international)(), "packageDescription.packageOptions.packageValue", 0
        ),
        "160200",
        id="insurance without a value",
    ),
    pytest.param(
        lambda: put(
            package("mailClass", "FIRST-CLASS_PACKAGE_INTERNATIONAL_SERVICE", international)(),
            "packageDescription.packageOptions.packageValue",
            400.01,
        ),
        "160201",
        id="First-Class above 400 dollars",
    ),
    pytest.param(
        package("packageOptions.nonDeliveryOption", "REDIRECT", international), "160203", id="redirected to nowhere"
    ),
    pytest.param(package("extraServices", [826], international), "160240", id="biology as merchandise"),
    pytest.param(
        lambda: put(international(), "customsForm.restrictionType", "OTHER"), "160236", id="other restriction"
    ),
    pytest.param(
        lambda: put(international(), "customsForm.customsContentType", "OTHER"), "160237", id="other contents"
    ),
    pytest.param(
        lambda: put(international(), "customsForm.customsContentType", "CREMATED_REMAINS"),
        "160233",
        id="ashes by Priority",
    ),
    pytest.param(lambda: put(international(), "customsForm.contents.0.itemTotalValue", ...), "160198", id="no value"),
    pytest.param(lambda: put(international(), "customsForm.contents.0.itemTotalWeight", ...), "160199", id="no weight"),
    pytest.param(
        lambda: put(international(), "customsForm.contents.0.itemTotalWeight", 2.01),
        "160205",
        id="goods heavier than the parcel",
    ),
    pytest.param(
        lambda: put(international(), "customsForm.contents.0.itemDescription", "Gift"), "160050", id="an empty word"
    ),
    pytest.param(
        lambda: put(
            put(international(), "customsForm.contents.0.HSTariffNumber", ...),
            "customsForm.contents.0.itemDescription",
            "Gizmo",
        ),
        "160153",
        id="unknown goods without tariff number",
    ),
    pytest.param(
        lambda: put(
            package("mailClass", "FIRST-CLASS_PACKAGE_INTERNATIONAL_SERVICE", international)(),
            "packageDescription.weight",
            4.1,
        ),
        "030004",
        id="First-Class above 4 pounds",
    ),
]


@pytest.mark.parametrize(("make", "code"), ABROAD)
async def test_rules_abroad(usps: USPSClient, make: Make, code: str) -> None:
    """The same, with the codes of the international interface."""
    answer = await usps.ship(make())

    assert answer.status_code == 400, answer.text
    assert code_of(answer) == code, message_of(answer)
    assert usps.simulator.labels() == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("customsForm.AESITN", ...),
        ("customsForm", ...),
        ("imageInfo.imageType", "PNG"),
        ("packageDescription.extraServices", [921]),
        ("customsForm.contents.0.countryofOrigin", ...),
        ("customsForm.contents.0.countryOfOrigin", "US"),
    ],
)
async def test_the_gateway_abroad(usps: USPSClient, path: str, value: object) -> None:
    """With its odd spelling of the country of origin."""
    assert code_of(await usps.ship(put(international(), path, value))) == "steps.oasvalidation.Failed"
