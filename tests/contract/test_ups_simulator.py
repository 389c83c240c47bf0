"""What passes between a client and the simulated UPS fits UPS's published descriptions, errata applied."""

import json
import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from cartcarrier.http import ManualClock
from cartcarrier.sandbox.ups import UPSSimulator
from tests.contract import oracle
from tests.sandbox.ups.samples import (
    Json,
    UPSClient,
    address_question,
    domestic,
    international,
    put,
    quote_request,
)

pytestmark = oracle.needs_specs

RATING, SHIPPING, TRACKING = "ups/rating.yaml", "ups/shipping.yaml", "ups/tracking.yaml"
DESK = tuple(f"ups/{name}.yaml" for name in ("time_in_transit", "locator", "pickup", "paperless", "track_alert"))
ADDRESS, OAUTH = "ups/address_validation.yaml", "ups/oauth_client_credentials.yaml"
RATE_PATH, SHIP_PATH = "/rating/{version}/{requestoption}", "/shipments/{version}/ship"
VOID_PATH = "/shipments/{version}/void/cancel/{shipmentidentificationnumber}"
RECOVERY_PATH, ADDRESS_PATH = "/labels/{version}/recovery", "/addressvalidation/{version}/{requestoption}"
TRACK_PATH = "/track/v1/details/{inquiryNumber}"
ACCOUNTS = frozenset({"AccountNumber", "ShipperNumber"})
# Examples of UPS that break its own description in ways of their own, by name: one that is mended, or a new one, is noticed.
BROKEN_EXAMPLES: dict[str, str] = json.loads((oracle.ERRATA / "ups.json").read_text())["examples"]
FITTING_EXAMPLES = 45


@pytest.fixture
def ups() -> UPSClient:
    """Return a client of a fresh simulator without rate limits."""
    clock = ManualClock()
    return UPSClient(UPSSimulator(clock=clock, limits=False), clock)


async def test_token_answers_fit(ups: UPSClient) -> None:
    """The token path lies outside of /api, and every value is a string."""
    settings = ups.simulator.settings()
    right = (str(settings["client_id"]), str(settings["client_secret"]))
    for credentials, status in ((right, 200), (("x", "y"), 401)):
        answer = await ups.http.post(
            "/security/v1/oauth/token", data={"grant_type": "client_credentials"}, auth=credentials
        )
        assert answer.status_code == status
        oracle.check(answer.json(), OAUTH, "/security/v1/oauth/token", "post", "response", status)


def with_options(body: Json, **options: object) -> Json:
    """Return a request with shipment service options added."""
    for name, value in options.items():
        put(body, f"Shipment.ShipmentServiceOptions.{name}", value)
    return body


@pytest.mark.parametrize("option", ["Shop", "Rate", "Shoptimeintransit", "Ratetimeintransit"])
@pytest.mark.parametrize("kind", ["domestic", "saturday", "international", "multi-piece", "heavy"])
async def test_rates_fit(ups: UPSClient, option: str, kind: str) -> None:
    """In both directions."""
    body = quote_request()
    if kind == "international":
        put(body, "Shipment.ShipTo", international()["ShipmentRequest"]["Shipment"]["ShipTo"])
        del body["RateRequest"]["Shipment"]["ShipTo"]["Phone"]
        put(body, "Shipment.InvoiceLineTotal", {"CurrencyCode": "USD", "MonetaryValue": "30"})
        put(body, "Shipment.Service.Code", "65")
    if kind == "saturday":
        with_options(put(body, "Shipment.Service.Code", "01"), SaturdayDeliveryIndicator="")
    if kind == "multi-piece":
        packages = body["RateRequest"]["Shipment"]["Package"]
        packages += [dict(packages[0])] * 4
    if kind == "heavy":
        put(body, "Shipment.Package.0.PackageWeight.Weight", "140")
        put(body, "Shipment.RatingMethodRequestedIndicator", "")
        put(body, "Shipment.ShipmentRatingOptions.RateChartIndicator", "")
    oracle.check(body, RATING, RATE_PATH, "post", "request")
    answer = await ups.rate(body, option)

    assert answer.status_code == 200, answer.text
    oracle.check(answer.json(), RATING, RATE_PATH, "post", "response")


SHIPMENTS: dict[str, Callable[[], Json]] = {
    "domestic": domestic,
    "international": international,
    "adult signature": lambda: put(
        domestic(), "Shipment.Package.0.PackageServiceOptions", {"DeliveryConfirmation": {"DCISType": "3"}}
    ),
    "declared value": lambda: put(
        domestic(),
        "Shipment.Package.0.PackageServiceOptions",
        {"DeclaredValue": {"CurrencyCode": "USD", "MonetaryValue": "1500"}},
    ),
    "saturday": lambda: with_options(put(domestic(), "Shipment.Service.Code", "01"), SaturdayDeliveryIndicator=""),
    "duties paid": lambda: put(
        international(),
        "Shipment.PaymentInformation.ShipmentCharge",
        [{"Type": kind, "BillShipper": {"AccountNumber": "C4RT01"}} for kind in ("01", "02")],
    ),
    "return": lambda: put(
        put(domestic(), "Shipment.ReturnService", {"Code": "9"}), "Shipment.Package.0.Description", "Shoes"
    ),
}


@pytest.mark.parametrize("label_format", ["GIF", "PNG", "ZPL", "EPL", "SPL"])
@pytest.mark.parametrize("kind", SHIPMENTS)
async def test_labels_fit(ups: UPSClient, kind: str, label_format: str) -> None:
    """In both directions, and again when the label is recovered."""
    body = put(SHIPMENTS[kind](), "LabelSpecification.LabelImageFormat.Code", label_format)
    oracle.check(body, SHIPPING, SHIP_PATH, "post", "request")
    answer = await ups.ship(body)

    assert answer.status_code == 200, answer.text
    oracle.check(answer.json(), SHIPPING, SHIP_PATH, "post", "response")


async def test_warnings_on_labels_fit(ups: UPSClient) -> None:
    """An account without prices of its own is told so in an alert."""
    ups.simulator.set_switches(negotiated=False)
    answer = await ups.ship(domestic())

    assert "Alert" in answer.json()["ShipmentResponse"]["Response"]
    oracle.check(answer.json(), SHIPPING, SHIP_PATH, "post", "response")


@pytest.mark.parametrize("label_format", ["GIF", "PDF", "ZPL", "EPL", "SPL"])
async def test_recovered_labels_fit(ups: UPSClient, label_format: str) -> None:
    """By reference, by number, and when there are several."""
    bought = await ups.buy(international())
    reference = {"ReferenceNumber": {"Value": "cc-int-1"}, "ShipperNumber": "C4RT01"}
    questions: list[Json] = [{"ReferenceValues": reference}, {"TrackingNumber": bought["ShipmentIdentificationNumber"]}]
    for question in questions:
        specification = {"LabelImageFormat": {"Code": label_format}, "LabelStockSize": {"Height": "6", "Width": "4"}}
        body = {
            "LabelRecoveryRequest": {"Request": {"SubVersion": "1903"}, "LabelSpecification": specification, **question}
        }
        oracle.check(body, SHIPPING, RECOVERY_PATH, "post", "request")
        answer = await ups.recover(label_format=label_format, **question)
        assert answer.status_code == 200, answer.text
        oracle.check(answer.json(), SHIPPING, RECOVERY_PATH, "post", "response")
    await ups.buy(international())
    several = await ups.recover(ReferenceValues=reference)
    assert "TrackingCandidate" in several.json()["LabelRecoveryResponse"]
    oracle.check(several.json(), SHIPPING, RECOVERY_PATH, "post", "response")


async def test_voids_fit(ups: UPSClient) -> None:
    """Whole and in part; refused too; under the name that is documented and the one that is seen."""
    body = domestic()
    packages = body["ShipmentRequest"]["Shipment"]["Package"]
    packages += [dict(packages[0]), dict(packages[0])]
    first, second, third = (result["TrackingNumber"] for result in (await ups.buy(body))["PackageResults"])
    answers = [await ups.void(first, f"?trackingnumber={second}")]
    ups.simulator.set_switches(void_result_key="PackageLevelResults")
    answers.append(await ups.void(first, f"?trackingnumber={third}"))
    answers += [await ups.void(first), await ups.void(first)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 400]
    for answer in answers:
        oracle.check(answer.json(), SHIPPING, VOID_PATH, "delete", "response", answer.status_code)


@pytest.mark.parametrize(
    "kind", ["normal", "delayed", "exception", "attempted", "returned", "customs_hold", "untendered", "not_found"]
)
async def test_tracking_fits_at_every_hour(ups: UPSClient, kind: str) -> None:
    """Whenever a client looks, until all is over."""
    number = (await ups.buy(international() if kind == "customs_hold" else domestic()))["ShipmentIdentificationNumber"]
    ups.simulator.set_journey(tracking_number=number, kind=kind)
    for _ in range(48):
        ups.token = ""
        answer = await ups.track(number, "?returnSignature=true&returnPOD=true&returnMilestones=true")
        oracle.check(answer.json(), TRACKING, TRACK_PATH, "get", "response")
        ups.clock.advance(6 * 3600)


async def test_tracking_uses_upss_codes(ups: UPSClient) -> None:
    """Every type, code and status that a parcel can show stands in UPS's own tables."""
    tables = oracle.load_yaml("ups/tracking_code_tables.json")
    types = {row["ACTIVITY TYPE"] for row in tables["Package Activity Types"]}
    known = {row["CODE"].rjust(3, "0") for row in tables["Status/Description Codes"]}
    codes = {value for rows in tables.values() for row in rows for name, value in row.items() if name.endswith("CODE")}
    seen: set[tuple[str, str, str]] = set()
    for kind in ("normal", "delayed", "exception", "attempted", "returned", "customs_hold"):
        for body in (domestic(), international()):
            number = (await ups.buy(body))["ShipmentIdentificationNumber"]
            ups.simulator.set_journey(tracking_number=number, kind=kind)
            ups.clock.advance(30 * 86400)
            ups.token = ""
            seen |= {
                (s["type"], s["code"], s["statusCode"])
                for s in (a["status"] for a in (await ups.parcel(number))["activity"])
            }

    assert {kind for kind, _, _ in seen} <= types
    assert {status for _, _, status in seen} <= known
    assert {code for _, code, _ in seen} - codes <= {"CC", "FS"}, (
        "written down in the field guide, section 7.4, or invented"
    )


@pytest.mark.parametrize("option", ["1", "2", "3"])
@pytest.mark.parametrize("line", ["9 Elm St", "Elm St", "9 Nowhere Blvd"])
async def test_address_validation_fits(ups: UPSClient, option: str, line: str) -> None:
    """In both directions, for each of the three verdicts."""
    body = address_question(line)
    oracle.check(body, ADDRESS, ADDRESS_PATH, "post", "request")
    answer = await ups.call("POST", f"/api/addressvalidation/v2/{option}", body)

    assert answer.status_code == 200
    oracle.check(answer.json(), ADDRESS, ADDRESS_PATH, "post", "response")


ERRORS: list[tuple[str, str, str, str, Callable[[UPSClient], Awaitable[Any]]]] = [
    ("rating", RATING, RATE_PATH, "post", lambda ups: ups.rate({})),
    ("shipping", SHIPPING, SHIP_PATH, "post", lambda ups: ups.ship({})),
    ("recovery", SHIPPING, RECOVERY_PATH, "post", lambda ups: ups.recover()),
    ("address", ADDRESS, ADDRESS_PATH, "post", lambda ups: ups.call("POST", "/api/addressvalidation/v2/3", {})),
    ("tracking", TRACKING, TRACK_PATH, "get", lambda ups: ups.track("1")),
]


@pytest.mark.parametrize(
    ("spec", "path", "method", "ask"), [pytest.param(s, p, m, a, id=n) for n, s, p, m, a in ERRORS]
)
async def test_refusals_fit(
    ups: UPSClient, spec: str, path: str, method: str, ask: Callable[[UPSClient], Awaitable[Any]]
) -> None:
    """Errors have a shape too."""
    answer = await ask(ups)

    assert answer.status_code == 400
    oracle.check(answer.json(), spec, path, method, "response", 400)


def examples() -> Iterator[tuple[str, str, str, str, Any]]:
    """Yield UPS's own request examples: name, description, path, method, body."""
    if oracle.SHARED is None:
        return
    for spec in (RATING, SHIPPING, ADDRESS, *DESK):
        for path, item in oracle.load_yaml(spec)["paths"].items():
            for method, operation in item.items():
                content = operation.get("requestBody", {}).get("content", {}) if isinstance(operation, dict) else {}
                for name, example in content.get("application/json", {}).get("examples", {}).items():
                    yield f"{spec} {path} {name}", spec, path, method, example["value"]


def tidy(node: Any, schema: Json, document: Json) -> Any:
    """Undo what all of UPS's examples do: lone elements stand bare, blanks and words stand in place of values."""
    schema = oracle._resolve(document, schema)
    if "oneOf" in schema and isinstance(node, dict):
        branches = (oracle._resolve(document, branch) for branch in schema["oneOf"])
        schema = next((branch for branch in branches if set(node) & set(branch.get("properties", {}))), schema)
    if schema.get("type") == "array" and not isinstance(node, list):
        node = [node]
    if isinstance(node, list):
        return [tidy(item, schema.get("items", {}), document) for item in node]
    if not isinstance(node, dict):
        return "X" * schema.get("minLength", 1) if isinstance(node, str) and not node.strip() else node
    properties, required = schema.get("properties", {}), schema.get("required", [])
    made = {}
    for name, value in node.items():
        blank = isinstance(value, str) and not value.strip() and not name.endswith("Indicator")
        if blank and name not in required and name not in ACCOUNTS:
            continue
        placeholder = (
            (re.sub(r"\W", "", value) + "XXXXXX")[:6] if name in ACCOUNTS and isinstance(value, str) else value
        )
        made[name] = tidy(placeholder, properties.get(name, {}), document)
    return made


def complaints(spec: str, path: str, method: str, body: Json) -> list[str]:
    """Return what the description has against one of UPS's own examples."""
    document = oracle.load_spec(spec)
    schema = oracle._schema_of(document, document["paths"][path][method], "request", "200")
    validator = oracle.validator_for_operation(spec, path, method, "request", closed=False)
    return oracle.problems(validator, tidy(body, schema, document))


def test_upss_own_examples_fit() -> None:
    """An erratum too few would refuse what UPS itself sends; an excuse too many would hide what is broken."""
    fitting, broken = 0, {}
    for name, spec, path, method, body in examples():
        if found := complaints(spec, path, method, body):
            broken[f"{spec} {name.rpartition(' ')[2]}"] = found
        else:
            fitting += 1

    assert set(broken) == set(BROKEN_EXAMPLES), broken
    assert fitting == FITTING_EXAMPLES


def test_every_erratum_has_a_reason_and_evidence() -> None:
    """A blanket exception would make the oracle blind."""
    errata = json.loads((oracle.ERRATA / "ups.json").read_text())

    assert all(len(patch["reason"]) > 20 and len(patch["evidence"]) > 10 for patch in errata["patches"])
    for spec in (RATING, SHIPPING, ADDRESS, TRACKING, OAUTH, *DESK):
        oracle.load_spec(spec)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("Shipment.Service.Code", "003", id="code too long"),
        pytest.param("Shipment.ShipTo.Address.AddressLine", ["L" * 36], id="line too long"),
        pytest.param("Shipment.ShipTo.Address.AddressLine", ["a"] * 4, id="too many lines"),
        pytest.param("Shipment.Package.0.PackageWeight.Weight", 3, id="number"),
        pytest.param("Shipment.Package.0.PackagingType", {"Code": "02"}, id="rating's member"),
        pytest.param("Shipment.Service", ..., id="missing member"),
    ],
)
def test_the_oracle_sees_what_is_wrong(path: str, value: object) -> None:
    """An oracle that accepts everything proves nothing."""
    validator = oracle.validator_for_operation(SHIPPING, SHIP_PATH, "post", "request")

    assert oracle.problems(validator, domestic()) == []
    assert oracle.problems(validator, put(domestic(), path, value))
