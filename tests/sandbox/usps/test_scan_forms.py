"""SCAN forms: what goes on one, once, and what they change."""

import base64
import io
from collections.abc import Callable

import pytest
from PIL import Image
from pypdf import PdfReader

from tests.sandbox.usps.samples import (
    Json,
    USPSClient,
    code_of,
    domestic,
    home,
    international,
    message_of,
    put,
    returning,
)

PATH = "/scan-forms/v3/scan-form"


def request(*numbers: str, **more: object) -> Json:
    """Return a good request for a SCAN form of today."""
    return {
        "imageInfo": {"imageType": "PDF", "labelType": "8.5X11LABEL"},
        "mailingDate": "2026-01-05",
        "entryFacilityZIPCode": "30005",
        "destinationEntryFacilityType": "NONE",
        "shipment": {"trackingNumbers": list(numbers)},
        "fromAddress": home(),
        **more,
    }


async def bought(usps: USPSClient, body: Json | None = None, path: str = "") -> str:
    """Buy a label, and return its number."""
    answer = await usps.ship(body or domestic(), path=path)
    made = answer.json()
    number: str = made.get("trackingNumber") or made["internationalTrackingNumber"]
    return number


async def test_a_form_takes_labels_of_home_and_abroad(usps: USPSClient) -> None:
    """One sheet that is scanned once; its number has a check digit like the labels'."""
    numbers = [await bought(usps), await bought(usps, international())]
    answer = await usps.call("POST", PATH, request(*numbers), Accept="application/json")
    made = answer.json()

    assert made["SCANFormMetaData"]["trackingNumbers"] == numbers
    assert len(made["SCANFormMetaData"]["manifestNumber"]) == 22
    text = PdfReader(io.BytesIO(base64.b64decode(made["SCANFormImage"]))).pages[0].extract_text()
    assert "SAMPLE" in text
    assert "Total volume: 2" in text


async def test_a_repeat_is_refused_and_names_the_form(usps: USPSClient) -> None:
    """There is no key for it: the number in the sentence is all that a client can find out."""
    number = await bought(usps)
    first = (await usps.call("POST", PATH, request(number), Accept="application/json")).json()
    again = await usps.call("POST", PATH, request(number))

    assert code_of(again) == "160040"
    assert first["SCANFormMetaData"]["manifestNumber"] in message_of(again)


async def test_one_bad_label_fails_the_whole_form(usps: USPSClient) -> None:
    """And names it, so that a client can leave it out."""
    good, bad = await bought(usps), await bought(usps)
    await usps.cancel(bad)
    refused = await usps.call("POST", PATH, request(good, bad))
    assert code_of(refused) == "160397"
    assert bad in message_of(refused)
    assert (await usps.call("POST", PATH, request(good))).status_code == 200


async def test_a_mailer_id_sweeps_what_fits(usps: USPSClient) -> None:
    """What does not fit stays behind without a word."""
    today = await bought(usps)
    await bought(usps, put(domestic(), "packageDescription.mailingDate", "2026-01-06"))
    await usps.cancel(await bought(usps))
    body = request() | {"shipment": {"manifestMID": "900123457"}}
    made = (await usps.call("POST", PATH, body, Accept="application/json")).json()
    assert made["SCANFormMetaData"]["trackingNumbers"] == [today]
    assert code_of(await usps.call("POST", PATH, body)) == "160037"
    assert code_of(await usps.call("POST", PATH, body | {"shipment": {"MID": "900000000"}})) == "160037"


async def test_a_form_may_move_the_mailing_date(usps: USPSClient) -> None:
    """Otherwise another date is refused."""
    later = await bought(usps, put(domestic(), "packageDescription.mailingDate", "2026-01-06"))
    assert code_of(await usps.call("POST", PATH, request(later))) == "160006"
    assert (await usps.call("POST", PATH, request(later, overwriteMailingDate=True))).status_code == 200
    usps.pass_time(minutes=15)
    assert (await usps.cancel(later)).json()["status"] == "DISPUTED"


@pytest.mark.parametrize(
    ("make", "change", "code"),
    [
        pytest.param(lambda: put(domestic(), "imageInfo.imageType", "LABEL_BROKER"), {}, "160163", id="label broker"),
        pytest.param(
            lambda: put(domestic(), "packageDescription.extraServices", [415]), {}, "160164", id="label delivery"
        ),
        pytest.param(
            lambda: (
                domestic()
                | {
                    "toAddress": domestic()["toAddress"]
                    | {"parcelLockerDelivery": True, "facilityId": "1", "email": "jo@doe.test"}
                }
            ),
            {},
            "160166",
            id="locker",
        ),
        pytest.param(domestic, {"entryFacilityZIPCode": "10018"}, "160161", id="another entry"),
        pytest.param(
            domestic, {"destinationEntryFacilityType": "DESTINATION_DELIVERY_UNIT"}, "160162", id="another facility"
        ),
        pytest.param(domestic, {"mailingDate": "2026-01-04"}, "160034", id="yesterday"),
        pytest.param(domestic, {"mailingDate": "2026-02-05"}, "160034", id="too far ahead"),
        pytest.param(
            domestic, {"fromAddress": {k: v for k, v in home().items() if k != "firm"}}, "160168", id="no name"
        ),
        pytest.param(domestic, {"shipment": {"trackingNumbers": ["9400100000000000123453"]}}, "160039", id="unknown"),
        pytest.param(domestic, {"shipment": {"trackingNumbers": []}}, "steps.oasvalidation.Failed", id="none"),
        pytest.param(
            domestic,
            {"shipment": {"MID": "900123456", "manifestMID": "900123457"}},
            "steps.oasvalidation.Failed",
            id="two ways",
        ),
    ],
)
async def test_what_does_not_belong_on_a_form(
    usps: USPSClient, make: Callable[[], Json], change: Json, code: str
) -> None:
    """Each with USPS's own code."""
    number = await bought(usps, make())
    answer = await usps.call("POST", PATH, request(number) | change)
    assert answer.status_code == 400
    assert code_of(answer) == code, message_of(answer)


async def test_labels_of_two_manifest_mailer_ids_do_not_share_a_form(usps: USPSClient) -> None:
    """They are other mailers' parcels."""
    first = await bought(usps)
    roles = usps.roles()
    roles[1]["manifestMID"] = "900123456"
    await usps.authorize(roles)
    second = await bought(usps)
    assert code_of(await usps.call("POST", PATH, request(first, second))) == "160165"


async def test_returns_and_manifested_labels_do_not_belong(usps: USPSClient) -> None:
    """A return is somebody else's to hand over; what is manifested, is."""
    back = await bought(usps, returning(), "/labels/v3/return-label")
    assert code_of(await usps.call("POST", PATH, request(back))) == "160160"
    number = await bought(usps)
    usps.pass_time(days=1)
    late = request(number, mailingDate="2026-01-06", overwriteMailingDate=True)
    assert code_of(await usps.call("POST", PATH, late)) == "160398"


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "ZPL203DPI", "NONE"])
async def test_forms_have_pictures_of_several_kinds(usps: USPSClient, kind: str) -> None:
    """Or none."""
    body = request(await bought(usps), imageInfo={"imageType": kind, "labelType": "4X6LABEL"})
    made = (await usps.call("POST", PATH, body, Accept="application/json")).json()
    if kind == "NONE":
        assert "SCANFormImage" not in made
    elif kind == "ZPL203DPI":
        assert b"SAMPLE" in base64.b64decode(made["SCANFormImage"])
    else:
        assert Image.open(io.BytesIO(base64.b64decode(made["SCANFormImage"]))).format == kind


async def test_a_form_needs_its_own_scope(usps: USPSClient) -> None:
    """Labels alone do not bring it."""
    usps.simulator.set_switches(scopes=["labels", "payments"])
    assert (await usps.call("POST", PATH, request("1"))).status_code == 401
