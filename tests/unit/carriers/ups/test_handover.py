"""Visits, and papers for customs."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from cartcarrier.errors import (
    InvalidValueError,
    NotFoundError,
    RejectedError,
    ResponseError,
    TransportError,
    UnavailableError,
)
from cartcarrier.http import ConnectionDropped, ReceivedRequest
from cartcarrier.models import Document, Money, Pickup, PickupRequest, Weight, WeightUnit
from tests.unit.carriers.ups.samples import (
    CARRIER,
    FIRST,
    SECOND,
    Answer,
    abroad,
    carrier,
    refusal,
    reply,
    sender,
    sent,
)
from tests.unit.carriers.ups.test_driver import dropped, of_shipment, once

EASTERN = timezone(timedelta(hours=-5))
READY = datetime(2026, 11, 25, 13, 30, tzinfo=EASTERN)
PRN = "2929602E9CP"
NUMBER = "2026-11-24-00.15.33.207814"


def visit(**changes: Any) -> PickupRequest:
    """Return what is asked of UPS's driver."""
    values: dict[str, Any] = {
        "address": sender(),
        "ready_at": READY,
        "close_at": READY + timedelta(hours=4),
        "parcels": 3,
    }
    return PickupRequest(**{**values, **changes})


def coming(**changes: Any) -> dict[str, Any]:
    """Return UPS's answer that it comes."""
    rate = {"CurrencyCode": "USD", "GrandTotalOfAllCharge": "9.25"}
    return {"PickupCreationResponse": {"PRN": PRN, "RateStatus": {"Code": "01"}, "RateResult": rate, **changes}}


def pending(*visits: dict[str, str]) -> dict[str, Any]:
    """Return UPS's list of visits to come."""
    return {"PickupPendingStatusResponse": {"PendingStatus": list(visits)}}


async def body_of(asked: PickupRequest) -> dict[str, Any]:
    """Return what UPS is sent."""
    driver = carrier(once(reply(coming())))
    await driver.schedule_pickup(asked)
    return json.loads(sent(driver)[0].content)["PickupCreationRequest"]  # type: ignore[no-any-return]  # plain JSON


# --- visits -------------------------------------------------------------------------------------------------------------


async def test_visit_has_a_number_and_a_price() -> None:
    """The number is what a cancellation names."""
    driver = carrier(once(reply(coming())))
    assert await driver.schedule_pickup(visit()) == Pickup(
        carrier=CARRIER,
        id=PRN,
        window=(READY, READY + timedelta(hours=4)),
        charge=Money(amount="9.25", currency="USD"),
    )


async def test_account_pays_its_own_price() -> None:
    """Where there is one."""
    rate = {"CurrencyCode": "USD", "GrandTotalOfAllCharge": "9.25", "GrandTotalOfAllIncentedCharge": "7.00"}
    driver = carrier(once(reply(coming(RateResult=rate))))
    assert (await driver.schedule_pickup(visit())).charge == Money(amount="7.00", currency="USD")


@pytest.mark.parametrize("rate", [None, {"GrandTotalOfAllCharge": "9"}, {"CurrencyCode": "USD"}])
async def test_unreadable_price_does_not_lose_the_visit(rate: object) -> None:
    """It is ordered, whatever it costs."""
    driver = carrier(once(reply(coming(RateResult=rate))))
    assert (await driver.schedule_pickup(visit())).charge is None


async def test_times_are_the_places_own() -> None:
    """UPS takes a wall clock; in UTC the driver would come five hours later."""
    made = await body_of(visit())
    assert made["PickupDateInfo"] == {"CloseTime": "1730", "ReadyTime": "1330", "PickupDate": "20261125"}


@pytest.mark.parametrize(
    "close",
    [READY + timedelta(days=1), READY - timedelta(hours=1), (READY + timedelta(hours=2)).astimezone(UTC)],
    ids=["another day", "before", "another zone"],
)
async def test_window_is_on_one_day_in_one_zone(close: datetime) -> None:
    """What else was meant would be a guess."""
    driver = carrier(once())
    with pytest.raises(InvalidValueError) as caught:
        await driver.schedule_pickup(visit(close_at=close))
    assert caught.value.field == "PickupRequest.close_at"


async def test_request_names_what_the_driver_needs() -> None:
    """The account pays, and the address that is said counts, not the one in the account's profile."""
    made = await body_of(visit(address=sender(street2="Dock 4", postal_code="30005-1234")))
    assert made["Shipper"] == {"Account": {"AccountNumber": "AB12C3", "AccountCountryCode": "US"}}
    assert made["PaymentMethod"] == "01"
    assert made["AlternateAddressIndicator"] == "Y"
    assert made["PickupAddress"] == {
        "CompanyName": "Acme",
        "ContactName": "Ship Desk",
        "AddressLine": ["1 Dock Rd, Dock 4"],
        "City": "Alpharetta",
        "StateProvince": "GA",
        "PostalCode": "30005",
        "CountryCode": "US",
        "ResidentialIndicator": "N",
        "Phone": {"Number": "7705550100"},
    }
    assert made["PickupPiece"] == [
        {"ServiceCode": "003", "Quantity": "3", "DestinationCountryCode": "US", "ContainerCode": "01"}
    ]


@pytest.mark.parametrize(
    ("asked", "service", "container"),
    [
        (visit(service="01"), "001", "01"),
        (visit(service="003"), "003", "01"),
        (visit(service="96"), "096", "03"),
        (
            visit(address=sender(country_code="DE", region=None, postal_code="10115", phone="+49 30 5550100")),
            "011",
            "01",
        ),
    ],
    ids=["named", "padded", "pallets", "Germany"],
)
async def test_pieces_are_of_a_service(asked: PickupRequest, service: str, container: str) -> None:
    """Three digits here."""
    (piece,) = (await body_of(asked))["PickupPiece"]
    assert (piece["ServiceCode"], piece["ContainerCode"]) == (service, container)


@pytest.mark.parametrize(("pounds", "flag"), [("210", "N"), ("211", "Y"), (None, "N")])
async def test_overweight_is_said_where_it_must_be_so(pounds: str | None, flag: str) -> None:
    """Three parcels of more than 70 lb on the average: one of them is."""
    weight = Weight(value=pounds, unit=WeightUnit.POUND) if pounds is not None else None
    made = await body_of(visit(weight=weight))
    assert made["OverweightIndicator"] == flag
    assert made.get("TotalWeight") == ({"Weight": f"{pounds}.0", "UnitOfMeasurement": "LBS"} if pounds else None)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (visit(address=sender(phone=None)), "PickupRequest.address.phone"),
        (visit(address=sender(company="A" * 28)), "PickupRequest.address.company"),
        (visit(address=sender(name="A" * 23)), "PickupRequest.address.name"),
        (visit(address=sender(postal_code="3000")), "PickupRequest.address.postal_code"),
        (visit(parcels=1000), "PickupRequest.parcels"),
    ],
    ids=["phone", "company", "name", "postal code", "parcels"],
)
async def test_what_does_not_fit_is_an_error_before_sending(asked: PickupRequest, field: str) -> None:
    """The limits of a visit are not those of a label."""
    driver = carrier(once())
    with pytest.raises(InvalidValueError) as caught:
        await driver.schedule_pickup(asked)
    assert caught.value.field == field


async def test_refused_visit_is_certain() -> None:
    """Nobody comes."""
    driver = carrier(once(reply(refusal("9510113"), 400)))
    with pytest.raises(RejectedError) as caught:
        await driver.schedule_pickup(visit())
    assert not caught.value.outcome_unknown


def asked_reference(driver: Any) -> str:
    """Return the reference under which a visit was asked for."""
    return str(json.loads(sent(driver)[0].content)["PickupCreationRequest"]["ReferenceNumber"])


def lost_then(answer: Callable[[str], Answer]) -> Any:
    """Return the driver before a UPS that loses its answer, and is asked afterwards."""

    def ups(asked: ReceivedRequest) -> Answer:
        if asked.method == "POST":
            raise ConnectionDropped
        return answer(asked_reference(driver))

    driver = carrier(ups)
    return driver


async def test_lost_answer_is_looked_up() -> None:
    """A second visit would cost a second time (field guide ups.md section 12)."""
    driver = lost_then(
        lambda mine: reply(
            pending(
                {"PRN": "X", "ServiceDate": "20261125"},
                {"PRN": PRN, "ServiceDate": "20261125", "ReferenceNumber": mine},
            )
        )
    )
    made = await driver.schedule_pickup(visit())
    assert made.id == PRN
    assert [one.method for one in sent(driver)] == ["POST", "GET"]
    assert sent(driver)[1].headers["accountnumber"] == "AB12C3"


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: reply(pending()),
        lambda mine: reply(pending({"PRN": PRN, "ServiceDate": "20261126", "ReferenceNumber": mine})),
        lambda _: reply(refusal("9510113"), 400),
    ],
    ids=["none", "another day", "no list"],
)
async def test_visit_that_is_not_found_stays_open(answer: Callable[[str], Answer]) -> None:
    """UPS's list holds today and tomorrow: what is not in it may come all the same."""
    driver = lost_then(answer)
    with pytest.raises(TransportError) as caught:
        await driver.schedule_pickup(visit())
    assert caught.value.outcome_unknown


async def test_answer_without_a_number_leaves_the_visit_open() -> None:
    """It could not be cancelled."""
    driver = carrier(once(reply({"PickupCreationResponse": {}})))
    with pytest.raises(ResponseError) as caught:
        await driver.schedule_pickup(visit())
    assert caught.value.outcome_unknown


async def test_price_can_be_asked_for_beforehand() -> None:
    """It costs nothing to ask."""
    rate = {"CurrencyCode": "USD", "GrandTotalOfAllCharge": "9.25"}
    driver = carrier(once(reply({"PickupRateResponse": {"RateResult": rate}})))
    assert await driver.rate_pickup(visit()) == Money(amount="9.25", currency="USD")
    asked = json.loads(sent(driver)[0].content)["PickupRateRequest"]
    assert asked["ServiceDateOption"] == "03"
    assert asked["PickupAddress"]["AddressLine"] == "1 Dock Rd"


def booked(day: datetime | None) -> Pickup:
    """Return a visit."""
    return Pickup(carrier=CARRIER, id=PRN, window=(day, day + timedelta(hours=1)) if day is not None else None)


async def test_visit_is_cancelled_by_its_number() -> None:
    """And by nothing else."""
    driver = carrier(once(reply({"PickupCancelResponse": {"PickupType": "01"}})))
    await driver.cancel_pickup(booked(READY))
    (one,) = sent(driver)
    assert (one.method, one.path, one.headers["prn"]) == ("DELETE", "/api/shipments/v2409/pickup/02", PRN)


async def test_cancelling_twice_is_no_error() -> None:
    """UPS refuses with a code that is not published; but it no longer means to come."""
    driver = carrier(once(reply(refusal("9510999"), 400), reply(pending({"PRN": "other"}))))
    await driver.cancel_pickup(booked(driver._now()))


@pytest.mark.parametrize(
    ("later", "answers"),
    [
        (timedelta(0), [reply(pending({"PRN": PRN}))]),
        (timedelta(0), [reply(refusal("9510999"), 400)]),
        (timedelta(days=3), []),
        (None, []),
    ],
    ids=["still coming", "no list", "later day", "no day"],
)
async def test_refused_cancellation_is_an_error_when_ups_may_come(
    later: timedelta | None, answers: list[Answer]
) -> None:
    """A success that is none would leave somebody standing at the door."""
    driver = carrier(once(reply(refusal("9510999"), 400), *answers))
    day = driver._now() + later if later is not None else None
    with pytest.raises(RejectedError) as caught:
        await driver.cancel_pickup(booked(day))
    assert caught.value.code == "9510999"
    assert caught.value.operation == "cancel_pickup"


# --- papers -------------------------------------------------------------------------------------------------------------

PAPER = Document(kind="commercial_invoice", format="PDF", data=b"%PDF-1.4 invoice")
KEPT = {"UploadResponse": {"FormsHistoryDocumentID": {"DocumentID": [NUMBER]}}}


async def test_paper_gets_an_identity_that_says_what_it_is() -> None:
    """A shipment must know whether the invoice is among its papers; UPS's number does not say it."""
    driver = carrier(once(reply(KEPT)))
    assert await driver.upload_document(PAPER, request=abroad()) == f"002:{NUMBER}"
    asked = json.loads(sent(driver)[0].content)["UploadRequest"]
    assert asked["ShipperNumber"] == sent(driver)[0].headers["shippernumber"] == "AB12C3"
    assert asked["UserCreatedForm"] == [
        {
            "UserCreatedFormFileName": "commercial_invoice.pdf",
            "UserCreatedFormFile": base64.b64encode(PAPER.data).decode(),
            "UserCreatedFormFileFormat": "pdf",
            "UserCreatedFormDocumentType": "002",
        }
    ]


@pytest.mark.parametrize("identity", [[NUMBER], NUMBER], ids=["array", "text"])
async def test_number_may_come_once_or_in_a_list(identity: object) -> None:
    """As everywhere at UPS."""
    driver = carrier(once(reply({"UploadResponse": {"FormsHistoryDocumentID": {"DocumentID": identity}}})))
    assert await driver.upload_document(PAPER, request=abroad()) == f"002:{NUMBER}"


@pytest.mark.parametrize(
    ("kind", "code"),
    [("packing_list", "010"), ("certificate_of_origin", "003"), ("other", "008"), ("usmca", "007")],
)
async def test_kinds_of_paper_are_ups_own(kind: str, code: str) -> None:
    """Customs sorts by them."""
    driver = carrier(once(reply(KEPT)))
    paper = Document(kind=kind, format="jpeg", data=b"x")
    assert (await driver.upload_document(paper, request=abroad())).startswith(f"{code}:")
    assert b'"jpg"' in sent(driver)[0].content


@pytest.mark.parametrize(
    ("paper", "field"),
    [
        (Document(kind="invoice", format="pdf", data=b"x"), "Document.kind"),
        (Document(kind="other", format="html", data=b"x"), "Document.format"),
        (Document(kind="other", format="pdf", data=b""), "Document.data"),
        (Document(kind="other", format="pdf", data=bytes(10 * 1024 * 1024 + 1)), "Document.data"),
    ],
    ids=["kind", "form", "empty", "large"],
)
async def test_paper_that_ups_does_not_take_is_an_error_before_sending(paper: Document, field: str) -> None:
    """Ten megabytes for nothing."""
    driver = carrier(once())
    with pytest.raises(InvalidValueError) as caught:
        await driver.upload_document(paper, request=abroad())
    assert caught.value.field == field


async def test_test_environment_takes_a_tenth() -> None:
    """Said before it refuses (field guide ups.md section 1.3)."""
    driver = carrier(once(), sandbox=True)
    large = Document(kind="other", format="pdf", data=bytes(1024 * 1024 + 1))
    with pytest.raises(InvalidValueError, match="test environment"):
        await driver.upload_document(large, request=abroad())


async def test_upload_without_a_number_is_an_error() -> None:
    """It could not be used."""
    driver = carrier(once(reply({"UploadResponse": {}})))
    with pytest.raises(ResponseError):
        await driver.upload_document(PAPER, request=abroad())


async def test_papers_are_joined_to_a_shipment_that_was_bought() -> None:
    """All its parcels are named."""
    driver = carrier(once(reply({"PushToImageRepositoryResponse": {"FormsGroupID": "g"}})))
    await driver.attach_documents(of_shipment(FIRST, SECOND), [f"002:{NUMBER}", "bare"])
    asked = json.loads(sent(driver)[0].content)["PushToImageRepositoryRequest"]
    assert asked["FormsHistoryDocumentID"] == {"DocumentID": [NUMBER, "bare"]}
    assert asked["ShipmentIdentifier"] == FIRST
    assert asked["TrackingNumber"] == [FIRST, SECOND]
    assert asked["ShipmentType"] == "1"
    day, _, clock = asked["ShipmentDateAndTime"].rpartition("-")
    assert len(day) == 10
    assert clock.count(".") == 2


async def test_joining_papers_is_not_repeated() -> None:
    """Whether a repeat does harm is not known (field guide ups.md section 12)."""
    driver = carrier(once(dropped))
    with pytest.raises(TransportError) as caught:
        await driver.attach_documents(of_shipment(), [f"002:{NUMBER}"])
    assert caught.value.outcome_unknown
    driver = carrier(once(reply(refusal("10004"), 500)))
    with pytest.raises(UnavailableError):
        await driver.attach_documents(of_shipment(), [f"002:{NUMBER}"])


@pytest.mark.parametrize("identities", [[], [f"002:{NUMBER}"] * 14], ids=["none", "fourteen"])
async def test_papers_to_join_are_one_to_thirteen(identities: list[str]) -> None:
    """UPS refuses the rest."""
    driver = carrier(once())
    with pytest.raises(InvalidValueError):
        await driver.attach_documents(of_shipment(), identities)


@pytest.mark.parametrize(
    ("code", "kind"), [("9590009", RejectedError), ("9590022", NotFoundError)], ids=["number", "document"]
)
async def test_refused_papers_say_what_does_not_fit(code: str, kind: type[Exception]) -> None:
    """Field guide ups.md section 8."""
    driver = carrier(once(reply(refusal(code), 400)))
    with pytest.raises(kind):
        await driver.attach_documents(of_shipment(), [NUMBER])


@pytest.mark.parametrize(
    "answer", [reply({"DeleteResponse": {}}), reply(refusal("9590022"), 400)], ids=["there", "gone"]
)
async def test_deleting_a_paper_twice_is_no_error(answer: Answer) -> None:
    """The words in the path are meant literally."""
    driver = carrier(once(answer))
    await driver.delete_document(f"002:{NUMBER}")
    (one,) = sent(driver)
    assert (one.method, one.path) == ("DELETE", "/api/paperlessdocuments/v2/DocumentId/ShipperNumber")
    assert (one.headers["documentid"], one.headers["shippernumber"]) == (NUMBER, "AB12C3")


async def test_weight_of_a_visit_has_room() -> None:
    """Six characters."""
    driver = carrier(once())
    with pytest.raises(InvalidValueError) as caught:
        await driver.schedule_pickup(visit(weight=Weight(value="12345", unit=WeightUnit.POUND)))
    assert caught.value.field == "PickupRequest.weight"


@pytest.mark.parametrize("status", [404, 409])
async def test_visit_that_ups_does_not_know_is_off(status: int) -> None:
    """Nobody comes for it."""
    driver = carrier(once(reply(refusal("9519999"), status)))
    await driver.cancel_pickup(booked(READY))
