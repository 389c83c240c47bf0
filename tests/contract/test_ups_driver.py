"""What the UPS driver sends fits UPS's published descriptions, and what they describe is what the driver reads."""

import json
import types
import typing
from collections.abc import Iterator
from datetime import date
from typing import Any

import attrs
import msgspec
import pytest

from cartcarrier.carriers.ups import SimpleRate, UPSBattery, UPSNotice, UPSOptions, UPSRestricted, UPSReturn
from cartcarrier.carriers.ups.codes import event_status
from cartcarrier.carriers.ups.codes.tracking import STATUS_CODES
from cartcarrier.carriers.ups.errors import ErrorBody
from cartcarrier.carriers.ups.mapping import read_step, to_address_question, to_rate_question, to_recovery
from cartcarrier.carriers.ups.mapping.holding import to_location_id
from cartcarrier.carriers.ups.schemas import (
    LabelRecoveryResponseEnvelope,
    RateResponseEnvelope,
    ShipmentResponseEnvelope,
    TrackResponseEnvelope,
    VoidShipmentResponseEnvelope,
    XAVResponseEnvelope,
)
from cartcarrier.http import json_decoder, json_encode
from cartcarrier.models import (
    BillParty,
    BillTo,
    ContentsType,
    CustomsDeclaration,
    LabelFormat,
    Money,
    ShipmentOptions,
    ShipmentRequest,
    Signature,
    TaxId,
    TrackingStatus,
    Weight,
    WeightUnit,
)
from tests.contract import oracle
from tests.unit.carriers.ups.samples import (
    TODAY,
    abroad,
    all_sent,
    bought,
    carrier,
    config,
    found,
    parcel,
    parisian,
    recipient,
    reply,
    request,
    sender,
    sent,
    shirt,
    step_of,
)

pytestmark = oracle.needs_specs

RATING, SHIPPING, TRACKING = "ups/rating.yaml", "ups/shipping.yaml", "ups/tracking.yaml"
ADDRESS, OAUTH = "ups/address_validation.yaml", "ups/oauth_client_credentials.yaml"
RATE = (RATING, "/rating/{version}/{requestoption}", "post")
SHIP = (SHIPPING, "/shipments/{version}/ship", "post")
RECOVER = (SHIPPING, "/labels/{version}/recovery", "post")
VOID = (SHIPPING, "/shipments/{version}/void/cancel/{shipmentidentificationnumber}", "delete")
TRACK = (TRACKING, "/track/v1/details/{inquiryNumber}", "get")
XAV = (ADDRESS, "/addressvalidation/{version}/{requestoption}", "post")
TOKEN = (OAUTH, "/security/v1/oauth/token", "post")

THIRD = BillTo(party=BillParty.THIRD_PARTY, account_number="A1B2C3", postal_code="60601", country_code="US")
RECEIVER = BillTo(party=BillParty.RECEIVER, account_number="A1B2C3", postal_code="75001", country_code="FR")
BERLIN = sender(country_code="DE", region=None, postal_code="10115", city="Berlin", phone="+49 30 5550100")
OTTAWA = recipient(country_code="CA", region="ON", postal_code="k1a 0b1", city="Ottawa", phone="613 555 0101")


def back(**changes: Any) -> ShipmentRequest:
    """Return a parcel that comes back from a customer."""
    ship_from = changes.pop("ship_from", recipient())
    asked = request(
        ship_from=attrs.evolve(ship_from, email=changes.pop("email", "jill@example.com")),
        ship_to=sender(),
        parcels=[parcel(items=[shirt()])],
        service="11" if ship_from.country_code == "CA" else "03",
        customs=changes.pop("customs", None),
        is_return=True,
    )
    return attrs.evolve(asked, options=ShipmentOptions(carrier_options=UPSOptions(**changes)))


def _requests() -> Iterator[tuple[str, ShipmentRequest]]:
    yield "domestic", request()
    yield "home", request(ship_to=recipient(residential=True, street2="Apt 4"), reference="order 7")
    yield "several parcels", request(parcels=[parcel(), parcel(packaging="21", dimensions=None)])
    yield "letter", request(parcels=[parcel(packaging="01")], service="01")
    yield "ship date", request(ship_date=date(2026, 11, 25))
    yield (
        "insured, signed",
        request(
            parcels=[parcel(insured_value=Money(amount="1250.5", currency="USD"))],
            options=ShipmentOptions(signature=Signature.ADULT, saturday_delivery=True, alcohol=True),
        ),
    )
    yield (
        "options of UPS",
        request(
            options=ShipmentOptions(
                label_formats=[LabelFormat.EPL],
                label_size="4x8",
                bill_to=THIRD,
                carrier_options=UPSOptions(
                    carbon_neutral=True,
                    shipper_release=True,
                    additional_handling=True,
                    direct_delivery_only=True,
                    notices=[UPSNotice.SHIPPED, UPSNotice.EXCEPTION, UPSNotice.DELIVERED],
                    notice_emails=["a@example.com", "b@example.com"],
                    description="Books",
                    reference_code="PO",
                    payer_rates=True,
                    restricted=list(UPSRestricted),
                ),
            ),
            reference="7",
        ),
    )
    yield (
        "Puerto Rico",
        request(
            ship_to=recipient(region="PR", postal_code="00901-1234"), service="02", parcels=[parcel(items=[shirt()])]
        ),
    )
    yield "Canada", abroad(ship_to=OTTAWA, options=ShipmentOptions(signature=Signature.DIRECT))
    yield (
        "France, duties paid",
        abroad(
            ship_from=sender(tax_ids=[TaxId(kind="EIN", value="12-3456789"), TaxId(kind="IOSS", value="IM0400000001")]),
            customs=CustomsDeclaration(incoterm="DDP", invoice_date=TODAY, sold_to=parisian(name="Buyer")),
        ),
    )
    yield "France, receiver's account", abroad(customs=CustomsDeclaration(duties_bill_to=RECEIVER))
    yield "exempt export", abroad(customs=CustomsDeclaration(export_filing="30.37(a)", contents=ContentsType.GIFT))
    yield "filed export", abroad(customs=CustomsDeclaration(export_filing="X20261124123456"))
    yield "within the EU", abroad(ship_from=BERLIN, service="11", customs=None)
    yield "dry ice", request(options=ShipmentOptions(dry_ice=Weight(value="1", unit=WeightUnit.POUND)))
    yield (
        "dry ice abroad",
        abroad(ship_from=BERLIN, options=ShipmentOptions(dry_ice=Weight(value="1", unit=WeightUnit.POUND))),
    )
    for battery in UPSBattery:
        yield f"{battery}", request(service="01", options=ShipmentOptions(lithium=battery))
    yield "battery abroad", abroad(options=ShipmentOptions(lithium=UPSBattery.ION_ALONE))
    held = ShipmentOptions(
        hold_at_location=to_location_id("U12345678", "Corner Shop", sender()),
        carrier_options=UPSOptions(notices=[UPSNotice.DELIVERED]),
    )
    yield "at an Access Point", request(ship_to=recipient(email="j@example.com"), options=held)
    yield "return", back()
    yield "return by e-mail", back(email="j@example.com", return_service=UPSReturn.EMAIL_LABEL)
    yield "return by link", back(return_links=True, notices=[UPSNotice.LABEL_CREATED, UPSNotice.IN_TRANSIT])
    yield "return from Canada", back(ship_from=OTTAWA, customs=CustomsDeclaration(contents=ContentsType.RETURNED_GOODS))
    papers = ("002:2026-11-24-00.15.33.207814", "2026-11-24-00.15.33.207815")
    yield "own papers", abroad(customs=CustomsDeclaration(document_ids=papers, export_filing="30.37(a)"))
    yield (
        "documents",
        abroad(ship_from=BERLIN, ship_to=recipient(), customs=CustomsDeclaration(contents=ContentsType.DOCUMENTS)),
    )


REQUESTS = dict(_requests())
# Simple Rate's sizes have one letter or two; the description takes two only, beside examples with XS.
SIMPLE = request(options=ShipmentOptions(carrier_options=UPSOptions(simple_rate=SimpleRate.EXTRA_SMALL)))


def problems_of(body: object, operation: tuple[str, str, str]) -> list[str]:
    """Return what a description has against a request, but for the errata that this driver's requests need."""
    return accepted(oracle.problems(oracle.validator_for_operation(*operation, "request"), body), operation[0])


def accepted(problems: list[str], spec: str) -> list[str]:
    """Return the problems that no erratum of this driver's requests explains."""
    errata = json.loads((oracle.ERRATA / "ups_driver.json").read_text())["accepted"]
    return [
        one
        for one in problems
        if not any(
            spec == erratum["spec"]
            and one.partition(": ")[0].endswith(erratum["member"])
            and one.endswith(erratum["problem"])
            for erratum in errata
        )
    ]


@pytest.mark.parametrize("name", [*REQUESTS, "simple rate"])
def test_purchase_fits(name: str) -> None:
    """A misspelled member is dropped in silence by UPS: the label is bought without it."""
    made = json.loads(step_of(REQUESTS.get(name, SIMPLE)).body)
    assert problems_of(made, SHIP) == []


@pytest.mark.parametrize("name", [*REQUESTS, "simple rate"])
@pytest.mark.parametrize("one", [True, False], ids=["one service", "all services"])
def test_question_for_prices_fits(name: str, one: bool) -> None:
    """Rating has other words for the same things."""
    asked = REQUESTS.get(name, SIMPLE)
    question = to_rate_question(
        asked if one else attrs.evolve(asked, service=None), config(customer_classification="04")
    )
    assert problems_of(json.loads(json_encode(question.envelope)), RATE) == []


@pytest.mark.parametrize("label", [LabelFormat.PDF, LabelFormat.PNG, LabelFormat.ZPL])
def test_look_ups_fit(label: LabelFormat) -> None:
    """By reference after a lost answer, by number for a PDF."""
    facts = read_step(step_of(request()))
    for keys in ({"reference": "cc-0123456789abcdef"}, {"tracking_number": "1ZAB12C30376543211"}):
        made = json.loads(json_encode(to_recovery(facts, label, **keys)))
        oracle.check(made, *RECOVER, "request")


def test_question_for_an_address_fits() -> None:
    """The words of this interface are its own."""
    made = to_address_question(recipient(street2="Apt 4", postal_code="80012-1234"))
    oracle.check(json.loads(json_encode(made)), *XAV, "request")


def parameters_of(operation: tuple[str, str, str]) -> dict[str, set[str]]:
    """Return the names that an operation's description lists, by place."""
    spec, path, method = operation
    listed: dict[str, set[str]] = {"query": set(), "header": set()}
    for parameter in oracle.load_spec(spec)["paths"][path][method].get("parameters", []):
        listed.setdefault(parameter["in"], set()).add(parameter["name"].lower())
    return listed


async def test_calls_without_a_body_use_parameters_that_are_described() -> None:
    """Void and track say everything in address and headers; so does the token request."""
    driver = carrier(
        lambda asked: (
            reply({"VoidShipmentResponse": {"SummaryResult": {"Status": {"Code": "1"}}}})
            if asked.method == "DELETE"
            else reply(bought())
            if asked.path.endswith("/ship")
            else reply({"trackResponse": {"shipment": [{"warnings": [{"code": "TW0001"}]}]}})
        )
    )
    shipment = await driver.purchase(step_of(request(options=ShipmentOptions(label_formats=[LabelFormat.ZPL]))))
    await driver.track([shipment.tracking_number])
    await driver.void_shipment(shipment)
    ship, track, void = sent(driver)
    for one, operation, prefix in ((ship, SHIP, "/api"), (track, TRACK, "/api"), (void, VOID, "/api")):
        listed = parameters_of(operation)
        assert {name.lower() for name in one.params} <= listed["query"]
        assert {"transid", "transactionsrc"} <= listed["header"]
        assert len(one.path.split("/")) == len((prefix + operation[1]).split("/"))
    token = all_sent(driver)[0]
    assert token.path == TOKEN[1]
    assert "x-merchant-id" in parameters_of(TOKEN)["header"]
    schema = oracle.load_spec(OAUTH)["paths"][TOKEN[1]]["post"]["requestBody"]["content"]
    assert "grant_type" in schema["application/x-www-form-urlencoded"]["schema"]["properties"]


# --- answers ------------------------------------------------------------------------------------------------------------

ANSWERS: dict[str, tuple[type[msgspec.Struct], tuple[str, str, str], int]] = {
    "prices": (RateResponseEnvelope, RATE, 200),
    "purchase": (ShipmentResponseEnvelope, SHIP, 200),
    "look-up": (LabelRecoveryResponseEnvelope, RECOVER, 200),
    "void": (VoidShipmentResponseEnvelope, VOID, 200),
    "tracking": (TrackResponseEnvelope, TRACK, 200),
    "address": (XAVResponseEnvelope, XAV, 200),
    "refusal": (ErrorBody, SHIP, 400),
}
# What the driver reads and no description lists, each seen in the field.
UNDESCRIBED = {
    # field guide ups.md section 8: the older interface's shape
    "refusal": {"Fault"},
}


def schema_of(operation: tuple[str, str, str], status: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a description and the schema of one of its answers."""
    spec, path, method = operation
    document = oracle.load_spec(spec)
    content = document["paths"][path][method]["responses"][
        status if status in document["paths"][path][method]["responses"] else str(status)
    ]
    return document, next(iter(content["content"].values()))["schema"]


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Follow references, and take the objects in arrays and alternatives for the thing itself."""
    while True:
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        elif schema.get("type") == "array":
            schema = schema["items"]
        elif "anyOf" in schema:
            schema = schema["anyOf"][0]
        else:
            return schema


def structs_in(kind: object) -> list[type[msgspec.Struct]]:
    """Return the structs that a type may be."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return [kind]
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) in {typing.Union, list}:
        return [struct for part in typing.get_args(kind) for struct in structs_in(part)]
    return []


def undescribed(struct: type[msgspec.Struct], document: dict[str, Any], schema: dict[str, Any], path: str) -> list[str]:
    """Return the members that a struct reads and the description does not have."""
    known = resolved(document, schema).get("properties", {})
    hints = typing.get_type_hints(struct)
    missing: list[str] = []
    for field in msgspec.structs.fields(struct):
        here = f"{path}.{field.encode_name}".lstrip(".")
        if field.encode_name not in known:
            missing.append(here)
            continue
        for child in dict.fromkeys(structs_in(hints[field.name])):
            missing += undescribed(child, document, known[field.encode_name], here)
    return missing


@pytest.mark.parametrize("name", ANSWERS)
def test_every_member_that_is_read_is_described(name: str) -> None:
    """A misspelled one would always be missing, and nobody would notice."""
    struct, operation, status = ANSWERS[name]
    document, schema = schema_of(operation, status)
    missing = set(undescribed(struct, document, schema, ""))
    assert missing == UNDESCRIBED.get(name, set())


def example_of(document: dict[str, Any], schema: dict[str, Any], *, single: bool, depth: int = 0) -> Any:
    """Return a value with every member that a description lists; with UPS's own example where it has one.

    Args:
        document: The description.
        schema: Of the value.
        single: Give the one element of an array as it is, as older versions do.
        depth: How deep this is; descriptions refer to themselves.
    """
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return example_of(document, schema, single=single, depth=depth + 1)
    if "anyOf" in schema:
        return example_of(document, schema["anyOf"][0], single=single, depth=depth)
    if schema.get("type") == "array":
        element = example_of(document, schema["items"], single=single, depth=depth + 1)
        return element if single and isinstance(element, dict) else [element]
    if "properties" in schema:
        members = schema["properties"].items()
        return {name: example_of(document, child, single=single, depth=depth + 1) for name, child in members}
    example = schema.get("example")
    if schema.get("type") in {"integer", "boolean"}:
        return example if isinstance(example, (int, bool)) else 1 if schema["type"] == "integer" else True
    return example if isinstance(example, str) else "x" * max(schema.get("minLength", 1), 1)


@pytest.mark.parametrize("single", [True, False], ids=["objects", "arrays"])
@pytest.mark.parametrize("name", ANSWERS)
def test_fullest_described_answer_is_read(name: str, single: bool) -> None:
    """UPS publishes no examples of answers: these are made of all that the description lists, with its own example values."""
    struct, operation, status = ANSWERS[name]
    document, schema = schema_of(operation, status)
    json_decoder(struct).decode(msgspec.json.encode(example_of(document, schema, single=single)))


def test_made_answers_of_the_unit_tests_fit() -> None:
    """What the driver's other tests answer with is what UPS would, but for what it leaves out itself."""
    for body, operation in ((bought(), SHIP), (found(), RECOVER)):
        validator = oracle.validator_for_operation(*operation, "response")
        left_out = [one for one in oracle.problems(validator, body) if "is a required property" not in one]
        assert left_out == []


# --- codes --------------------------------------------------------------------------------------------------------------

TABLES = {"I": "Movement Scans", "M": "Manifest Codes", "U": "Updates", "X": "Package Exceptions"}


def codes_of(table: str) -> list[str]:
    """Return the codes of one of UPS's tables."""
    rows = oracle.load_yaml("ups/tracking_code_tables.json")[table]
    return [next(iter(row.values())) for row in rows]


def test_every_published_status_code_has_a_meaning() -> None:
    """Four stay UNKNOWN: not available, a test, and twice that UPS does not know."""
    published = {code.zfill(3) for code in codes_of("Status/Description Codes")}
    assert published == set(STATUS_CODES)
    unknown = {code for code in published if event_status(None, None, code) is TrackingStatus.UNKNOWN}
    assert unknown == {"000", "088", "148", "163"}


@pytest.mark.parametrize("kind", TABLES)
def test_no_published_code_of_these_types_is_unknown(kind: str) -> None:
    """Without a statusCode, type and code say enough."""
    unknown = {code for code in codes_of(TABLES[kind]) if event_status(kind, code, None) is TrackingStatus.UNKNOWN}
    assert unknown == set()


def test_delivery_codes_without_a_status_stay_unknown() -> None:
    """D is "delivery information": of its 152 codes three say where the parcel is, the rest is not guessed."""
    codes = set(codes_of("Delivery Codes"))
    known = {code for code in codes if event_status("D", code, None) is not TrackingStatus.UNKNOWN}
    assert known == {"2Q", "2W"}


def test_every_published_type_is_known() -> None:
    """One that UPS adds is UNKNOWN until somebody looks."""
    unknown = {
        code for code in codes_of("Package Activity Types") if event_status(code, "??", None) is TrackingStatus.UNKNOWN
    }
    assert unknown == {"D", "NA"}
