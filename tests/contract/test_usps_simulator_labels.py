"""Labels of the simulated USPS fit its published descriptions, in each of the forms in which they are answered."""

from collections.abc import Callable

import pytest

from cartcarrier.http import ManualClock
from cartcarrier.sandbox.usps import USPSSimulator
from tests.contract import oracle, usps_checked
from tests.contract.usps_checked import check_media, fits
from tests.sandbox.usps import samples
from tests.sandbox.usps.samples import Json, USPSClient, domestic, international, military, new_key, put, returning

pytestmark = oracle.needs_specs

LABELS, ABROAD = "usps/labels_v3.yaml", "usps/international_labels_v3.yaml"
ONE_LABEL = "/label/{trackingNumber}"
JSON = "application/json"


@pytest.fixture
def usps() -> USPSClient:
    """Return a client of a fresh simulator without quotas."""
    clock = ManualClock()
    return USPSClient(USPSSimulator(clock=clock, limits=False), clock)


LABEL_BODIES: dict[str, Callable[[], Json]] = {
    "plain": domestic,
    "military": military,
    "adult signature": lambda: put(domestic(), "packageDescription.extraServices", [922]),
    "insured": lambda: put(
        put(domestic(), "packageDescription.extraServices", [930]),
        "packageDescription.packageOptions",
        {"packageValue": 200},
    ),
    "packaging": lambda: put(
        put(put(domestic(), "packageDescription.rateIndicator", ...), "packageDescription.shape", "RECTANGULAR"),
        "packageDescription.packagingType",
        "VARIABLE",
    ),
    "receipt": lambda: put(put(domestic(), "imageInfo.receiptOption", "SEPARATE_PAGE"), "imageInfo.imageType", "PDF"),
    "no picture": lambda: put(domestic(), "imageInfo.imageType", "NONE"),
    "label broker": lambda: put(domestic(), "imageInfo.imageType", "LABEL_BROKER"),
    "with return": lambda: put(
        put(domestic(), "imageInfo.returnLabel", value=True), "fromAddress.ZIPPlus4", value="3211"
    ),
}


@pytest.mark.parametrize("accept", [samples.VENDOR, JSON, "*/*"])
@pytest.mark.parametrize("kind", LABEL_BODIES)
async def test_labels_fit(usps: USPSClient, kind: str, accept: str) -> None:
    """In both directions, in each of the three forms of the answer."""
    body = LABEL_BODIES[kind]()
    usps_checked.check(body, LABELS, "/label", "post", "request")
    answer = await usps.ship(body, new_key(), accept=accept)
    assert answer.status_code == 200, answer.text
    check_media(answer, LABELS, "/label")


@pytest.mark.parametrize("accept", [samples.VENDOR, JSON, "*/*"])
async def test_return_labels_fit(usps: USPSClient, accept: str) -> None:
    """In both directions."""
    usps_checked.check(returning(), LABELS, "/return-label", "post", "request")
    answer = await usps.ship(returning(), accept=accept, path="/labels/v3/return-label")
    assert answer.status_code == 200, answer.text
    check_media(answer, LABELS, "/return-label")


@pytest.mark.parametrize("accept", [samples.VENDOR, JSON, "*/*"])
@pytest.mark.parametrize("image", ["PDF", "TIFF", "ZPL203DPI", "NONE", "LABEL_BROKER"])
async def test_international_labels_fit(usps: USPSClient, image: str, accept: str) -> None:
    """In both directions, with duties paid and insurance."""
    body = put(
        put(international(), "imageInfo.imageType", image), "packageDescription.prepayDutiesTaxesFees", value=True
    )
    body = put(body, "packageDescription.extraServices", [930])
    usps_checked.check(body, ABROAD, "/international-label", "post", "request")
    answer = await usps.ship(body, accept=accept)
    assert answer.status_code == 201, answer.text
    check_media(answer, ABROAD, "/international-label")


async def test_cancelling_fits(usps: USPSClient) -> None:
    """Cancelled, disputed, and refused."""
    first, second = [(await usps.buy(domestic(), new_key()))["trackingNumber"] for _ in range(2)]
    answers = [await usps.cancel(first), await usps.cancel(first)]
    usps.simulator.set_journey(tracking_number=second, kind="untendered")
    usps.pass_time(days=1)
    answers.append(await usps.cancel(second))
    abroad = (await usps.buy(put(international(), "packageDescription.mailingDate", "2026-01-06")))[
        "internationalTrackingNumber"
    ]

    assert [answer.status_code for answer in answers] == [200, 400, 200]
    for answer in answers:
        fits(answer, LABELS, ONE_LABEL, "delete")
    fits(await usps.cancel(abroad, abroad=True), ABROAD, "/international-label/{trackingNumber}", "delete")


async def test_reprints_and_edits_fit(usps: USPSClient) -> None:
    """By number and by key, at home and abroad."""
    key = new_key()
    number = (await usps.buy(domestic(), key))["trackingNumber"]
    abroad = (await usps.buy(international()))["internationalTrackingNumber"]
    for answer in (await usps.reprint(number), await usps.reprint(key=key)):
        usps_checked.check(answer.json(), LABELS, "/label-reprint", "post", "response", "200", samples.VENDOR)
    path = f"/international-labels/v3/international-label-reprint/{abroad}"
    answer = await usps.paid("POST", path, {"imageInfo": {"imageType": "PDF"}}, Accept=samples.VENDOR)
    usps_checked.check(answer.json(), ABROAD, "/international-label-reprint", "post", "response", "200", samples.VENDOR)
    patch = [{"op": "replace", "path": "/packageDescription/weight", "value": 2.5}]
    usps_checked.check(patch, LABELS, ONE_LABEL, "patch", "request")
    fits(await usps.paid("PATCH", f"/labels/v3/label/{number}", patch), LABELS, ONE_LABEL, "patch")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("packageDescription.mailClass", "ground", id="unknown class"),
        pytest.param("toAddress.ZIPCode", "80012-1", id="ZIP code with a tail"),
        pytest.param("toAddress.city", "", id="empty city"),
        pytest.param("packageDescription.extraServices", ["921"], id="text for a number"),
        pytest.param("packageDescription", ..., id="missing member"),
        pytest.param("packageDescriptions", {}, id="misspelt member"),
    ],
)
async def test_the_gateway_sees_what_the_oracle_sees(usps: USPSClient, path: str, value: object) -> None:
    """An oracle that accepts everything proves nothing, and so does a simulator that is laxer than the description."""
    broken = put(domestic(), path, value)
    validator = usps_checked.validator(LABELS, "/label", "post", "request")

    assert oracle.problems(validator, domestic()) == []
    assert oracle.problems(validator, broken)
    answer = await usps.ship(broken)
    assert answer.status_code == 400
    assert "OASValidation" in answer.text
