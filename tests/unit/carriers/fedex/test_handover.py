"""Ground's end of day, pickups, trade documents."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import attrs
import msgspec
import pytest

from cartcarrier.carriers.fedex.documents import form_body
from cartcarrier.carriers.fedex.mapping import (
    close_documents,
    close_id,
    document_identity,
    ground_only,
    is_over,
    to_close,
    to_manifest,
    to_pickup,
    to_pickup_cancel,
    to_pickup_question,
    to_reprint,
    to_upload,
    wall_date,
)
from cartcarrier.carriers.fedex.mapping.handover import carrier_code
from cartcarrier.carriers.fedex.schemas import CloseAnswer, PickupAnswer
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.http import json_decoder, json_encode
from cartcarrier.models import Document, Pickup, PickupRequest, Service, Weight, WeightUnit
from cartcarrier.testing import make_shipment
from tests.unit.carriers.fedex.samples import ACCOUNT, CARRIER, FIRST, SECOND, abroad, b64, config, parisian, sender

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def shipment(service: str = "FEDEX_GROUND", number: str = FIRST, **changes: Any) -> Any:
    """Return something bought."""
    return make_shipment(
        carrier=CARRIER, tracking_number=number, service=Service(code=service, name=service), **changes
    )


def read_close(*papers: dict[str, Any]) -> CloseAnswer:
    """Return the answer to a close."""
    return json_decoder(CloseAnswer).decode(msgspec.json.encode({"output": {"closeDocuments": list(papers)}}))


def test_only_ground_is_closed() -> None:
    """Express needs no close; a return does not leave from here."""
    ground, home = shipment(), shipment("GROUND_HOME_DELIVERY", SECOND)
    assert ground_only([shipment("FEDEX_2_DAY"), ground, home, shipment(is_return=True)]) == [ground, home]


def test_nothing_to_close_is_said() -> None:
    """Before anything is sent."""
    with pytest.raises(UnsupportedOperationError) as caught:
        ground_only([shipment("FEDEX_2_DAY")])
    assert caught.value.field == "shipments"
    with pytest.raises(InvalidValueError):
        ground_only([])


@pytest.mark.parametrize(
    ("hour", "place", "day"),
    [
        (1, sender(region="CA", postal_code="90001"), date(2026, 11, 30)),
        (7, sender(region="CA", postal_code="90001"), date(2026, 11, 30)),
        (9, sender(region="CA", postal_code="90001"), date(2026, 12, 1)),
        (1, parisian(), date(2026, 12, 1)),
    ],
)
def test_day_is_the_senders(hour: int, place: Any, day: date) -> None:
    """At five in the afternoon in Los Angeles it is tomorrow in UTC, and nothing would be closed."""
    assert wall_date(NOW.replace(hour=hour), place) == day


@pytest.mark.parametrize(
    ("hour", "place", "day", "over"),
    [
        (12, sender(region="CA"), date(2026, 11, 30), True),
        (12, sender(region="CA"), date(2026, 12, 1), False),
        (7, sender(region="CA"), date(2026, 11, 30), False),
        (11, parisian(), date(2026, 11, 30), False),
        (13, parisian(), date(2026, 11, 30), True),
    ],
    ids=["yesterday there", "today there", "still today there", "perhaps today somewhere", "over everywhere"],
)
def test_day_is_over_where_the_sender_is(hour: int, place: Any, day: date, over: bool) -> None:
    """FedEx takes its own today for a day that is over, in silence; a day that is not must not be refused."""
    assert is_over(day, NOW.replace(hour=hour), place) is over


def test_close_is_grounds() -> None:
    """As the field guide shows (section 6)."""
    assert json.loads(json_encode(to_close(config(), date(2026, 12, 1)))) == {
        "accountNumber": {"value": ACCOUNT},
        "closeReqType": "GCDR",
        "groundServiceCategory": "GROUND",
        "closeDate": "2026-12-01",
        "closeDocumentSpecification": {"closeDocumentTypes": ["MANIFEST"]},
    }


@pytest.mark.parametrize(
    ("number", "option"),
    [
        (None, {"reprintOption": "BY_SHIP_DATE"}),
        (FIRST, {"trackingNumber": FIRST, "reprintOption": "BY_TRACKING_NUMBER"}),
    ],
)
def test_manifest_is_printed_again_by_day_or_parcel(number: str | None, option: dict[str, str]) -> None:
    """Paper gets lost."""
    made = json.loads(json_encode(to_reprint(config(), date(2026, 12, 1), number)))
    assert made["closeReqType"] == "RGCDR"
    assert option.items() <= made.items()
    assert ("trackingNumber" in made) is (number is not None)


def test_manifest_is_joined_from_its_parts() -> None:
    """In their order; what cannot be read is left out."""
    paper = {
        "type": "MANIFEST",
        "shippingCycle": "1003",
        "parts": [
            {"documentPartSequenceNumber": 2, "image": b64(b"two")},
            {"documentPartSequenceNumber": 1, "image": b64(b"one ")},
            {"image": "?"},
        ],
    }
    answer = read_close(paper, {"type": "OP_950", "parts": [{"image": b64(b"%PDF-1")}]}, {"parts": []}, {})
    documents = close_documents(answer)
    assert [(one.kind, one.format, one.data) for one in documents] == [
        ("manifest", "txt", b"one two"),
        ("op_950", "pdf", b"%PDF-1"),
    ]
    assert close_id(answer, date(2026, 12, 1)) == "1003"
    assert close_id(read_close(), date(2026, 12, 1)) == "GROUND-2026-12-01"


def test_manifest_names_its_parcels_once() -> None:
    """The driver of the truck counts them."""
    made = to_manifest([shipment(), shipment(), shipment(number=SECOND)], [], "1003")
    assert (made.id, made.tracking_numbers) == ("1003", (FIRST, SECOND))


# --- pickup ---------------------------------------------------------------------------------------------------------------

CENTRAL = timezone(timedelta(hours=-6))
READY = datetime(2026, 12, 2, 9, 30, tzinfo=CENTRAL)


def asked(**changes: Any) -> PickupRequest:
    """Return a request for a pickup."""
    values: dict[str, Any] = {
        "address": sender(),
        "ready_at": READY,
        "close_at": READY.replace(hour=17),
        "parcels": 2,
        "weight": Weight(value=5, unit=WeightUnit.POUND),
        "service": "FEDEX_2_DAY",
    }
    return PickupRequest(**{**values, **changes})


def test_pickup_is_by_the_wall_clock_of_the_place() -> None:
    """FedEx writes a Z behind it that does not mean UTC."""
    made = json.loads(json_encode(to_pickup_question(asked(), config(), NOW), decimals="number"))
    assert made == {
        "associatedAccountNumber": {"value": ACCOUNT},
        "originDetail": {
            "pickupAddressType": "OTHER",
            "pickupLocation": {
                "contact": {"personName": "Ship Desk", "phoneNumber": "9015550100", "companyName": "Acme"},
                "address": {
                    "streetLines": ["1 Dock Rd"],
                    "city": "Memphis",
                    "stateOrProvinceCode": "TN",
                    "postalCode": "38116",
                    "countryCode": "US",
                },
            },
            "readyDateTimestamp": "2026-12-02T09:30:00Z",
            "customerCloseTime": "17:30:00",
            "pickupDateType": "FUTURE_DAY",
        },
        "totalWeight": {"units": "LB", "value": 5},
        "packageCount": 2,
        "carrierCode": "FDXE",
    }


def test_same_day_is_said() -> None:
    """By the place's own calendar."""
    question = to_pickup_question(asked(weight=None), config(), datetime(2026, 12, 2, 12, tzinfo=UTC))
    assert question.origin_detail.pickup_date_type == "SAME_DAY"
    assert question.total_weight is None
    late = to_pickup_question(asked(), config(), datetime(2026, 12, 3, 1, tzinfo=UTC))
    assert late.origin_detail.pickup_date_type == "SAME_DAY"


def test_clock_of_another_place_is_refused() -> None:
    """FedEx takes the wall clock: nine o'clock by UTC is the middle of the night in Memphis."""
    ready = READY.astimezone(UTC)
    with pytest.raises(InvalidValueError) as caught:
        to_pickup_question(asked(ready_at=ready, close_at=ready + timedelta(hours=3)), config(), NOW)
    assert caught.value.field == "PickupRequest.ready_at"
    summer = READY.astimezone(timezone(timedelta(hours=-5)))
    paris = asked(address=parisian(), ready_at=ready, close_at=ready + timedelta(hours=3))
    for fits in (asked(ready_at=summer, close_at=summer + timedelta(hours=3)), paris):
        assert to_pickup_question(fits, config(), NOW).package_count == 2


@pytest.mark.parametrize("close", [READY, READY - timedelta(hours=1), READY + timedelta(days=1)])
def test_window_that_is_none_is_refused(close: datetime) -> None:
    """A driver who comes to a closed door is billed."""
    with pytest.raises(InvalidValueError) as caught:
        to_pickup_question(asked(close_at=close), config(), NOW)
    assert caught.value.field == "PickupRequest.close_at"


@pytest.mark.parametrize(
    ("service", "network"),
    [
        ("FDXG", "FDXG"),
        ("fdxe", "FDXE"),
        ("FEDEX_GROUND", "FDXG"),
        ("GROUND_HOME_DELIVERY", "FDXG"),
        ("SMART_POST", "FDXG"),
        ("PRIORITY_OVERNIGHT", "FDXE"),
    ],
)
def test_network_follows_the_service(service: str, network: str) -> None:
    """Each sends a driver of its own, who takes nothing of the other."""
    assert carrier_code(service) == network


@pytest.mark.parametrize("service", [None, " "])
def test_pickup_without_a_network_is_refused(service: str | None) -> None:
    """The wrong driver would come."""
    with pytest.raises(InvalidValueError) as caught:
        to_pickup_question(asked(service=service), config(), NOW)
    assert caught.value.field == "PickupRequest.service"


def test_pickup_keeps_all_that_its_cancellation_needs() -> None:
    """FedEx has no list to look it up in."""
    answer = json_decoder(PickupAnswer).decode(b'{"output":{"pickupConfirmationCode":"3001","location":"MEMA"}}')
    pickup = to_pickup(answer, asked(), CARRIER)
    assert pickup is not None
    assert (pickup.carrier, pickup.id) == (CARRIER, "FDXE/2026-12-02/3001/MEMA")
    assert pickup.window == (READY, READY.replace(hour=17))
    assert json.loads(json_encode(to_pickup_cancel(pickup, config()))) == {
        "associatedAccountNumber": {"value": ACCOUNT},
        "pickupConfirmationCode": "3001",
        "carrierCode": "FDXE",
        "scheduledDate": "2026-12-02",
        "location": "MEMA",
    }


def test_grounds_pickup_has_no_location() -> None:
    """Only Express's has."""
    answer = json_decoder(PickupAnswer).decode(b'{"output":{"pickupConfirmationCode":"3001"}}')
    pickup = to_pickup(answer, asked(service="FDXG"), CARRIER)
    assert pickup is not None
    assert to_pickup_cancel(pickup, config()).location is None
    assert to_pickup(json_decoder(PickupAnswer).decode(b'{"output":{}}'), asked(), CARRIER) is None


@pytest.mark.parametrize("identity", ["3001", "FDXE/2026-13-02/3001/MEMA", "UPS/2026-12-02/1/"])
def test_pickup_of_somebody_else_is_refused(identity: str) -> None:
    """Another one would be cancelled."""
    with pytest.raises(InvalidValueError) as caught:
        to_pickup_cancel(Pickup(carrier=CARRIER, id=identity), config())
    assert caught.value.field == "Pickup.id"


# --- trade documents ------------------------------------------------------------------------------------------------------

INVOICE = Document(kind="commercial_invoice", format="PDF", data=b"%PDF-1.7")


def test_upload_says_what_it_is_and_for_which_border() -> None:
    """The purchase repeats the kind, so it is part of the identity."""
    made = to_upload(INVOICE, abroad())
    assert json.loads(json_encode(made)) == {
        "workflowName": "ETDPreshipment",
        "name": "commercial_invoice.pdf",
        "contentType": "application/pdf",
        "meta": {"shipDocumentType": "COMMERCIAL_INVOICE", "originCountryCode": "US", "destinationCountryCode": "FR"},
    }
    assert document_identity(made, "0904") == "COMMERCIAL_INVOICE:0904"


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"kind": "letter"}, "Document.kind"), ({"format": "html"}, "Document.format"), ({"data": b""}, "Document.data")],
)
def test_paper_that_fedex_does_not_take_is_refused(changes: dict[str, Any], field: str) -> None:
    """Before it is sent."""
    with pytest.raises(InvalidValueError) as caught:
        to_upload(attrs.evolve(INVOICE, **changes), abroad())
    assert caught.value.field == field


def test_form_holds_the_file_as_it_is() -> None:
    """The same upload has the same bytes; another one another boundary."""
    body, content_type = form_body(
        {"document": b"{}"},
        file_field="attachment",
        file_name="a.pdf",
        content_type="application/pdf",
        data=b"%PDF\r\n--",
    )
    boundary = content_type.partition("boundary=")[2]
    assert content_type == f"multipart/form-data; boundary={boundary}"
    assert (
        body
        == (
            f'--{boundary}\r\nContent-Disposition: form-data; name="document"\r\n\r\n{{}}\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="attachment"; filename="a.pdf"\r\n'
            "Content-Type: application/pdf\r\n\r\n%PDF\r\n--\r\n"
            f"--{boundary}--\r\n"
        ).encode()
    )
    again = form_body(
        {"document": b"{}"},
        file_field="attachment",
        file_name="a.pdf",
        content_type="application/pdf",
        data=b"%PDF\r\n--",
    )
    assert again == (body, content_type)
    other = form_body(
        {"document": b"[]"},
        file_field="attachment",
        file_name="a.pdf",
        content_type="application/pdf",
        data=b"%PDF\r\n--",
    )
    assert other[1] != content_type
