"""Nothing secret and nobody's address gets into a recording: canaries in every place where one could hide."""

import base64
import json
from types import SimpleNamespace

import pytest

from tests.recorded.scrub import (
    EMAIL,
    GONE,
    KEPT_REQUEST_HEADERS,
    Scrubber,
    known_values,
    scrubbed_request,
    scrubbed_response,
    with_check_digit,
)

SECRET = "canary-secret-0001"
PERSON = "Quilla Canary"
STREET = "12 Canarybird Lane"
PHONE = "2125550147"
MAIL = "quilla.canary@example.net"
CANARIES = (SECRET, PERSON, STREET, PHONE, MAIL)
JSON = "application/json"

BLIND = Scrubber({})
"""A scrubber that knows no values: what it finds, it finds by the place."""

SEEING = Scrubber(known_values([SECRET], [PERSON, STREET, PHONE, MAIL]))


def clean(text: str | bytes) -> bool:
    """Say whether no canary is left."""
    return not any(canary in (text if isinstance(text, str) else text.decode()) for canary in CANARIES)


@pytest.mark.parametrize(
    "name", ["Authorization", "X-Shopify-Access-Token", "Cookie", "x-merchant-id", "X-Whatever", "User-Agent"]
)
def test_header_that_is_not_listed_is_dropped(name: str) -> None:
    """A new kind of credential comes in a header that nobody thought of."""
    assert BLIND.headers({name: f"Bearer {SECRET}"}, KEPT_REQUEST_HEADERS) == {}


def test_listed_header_is_kept() -> None:
    """Without its type a body cannot be read."""
    assert BLIND.headers({"Content-Type": JSON, "accept": JSON}, KEPT_REQUEST_HEADERS) == {
        "Content-Type": JSON,
        "accept": JSON,
    }


@pytest.mark.parametrize("name", ["code", "state", "access_token", "client_secret", "refresh_token", "email", "phone"])
def test_query_is_scrubbed_by_name(name: str) -> None:
    """Codes of a redirect, and what people are looked up by."""
    uri = BLIND.uri(f"https://example.com/callback?{name}={SECRET}&page=2")
    assert SECRET not in uri
    assert "page=2" in uri


@pytest.mark.parametrize("name", ["client_id", "client_secret", "refresh_token", "code", "assertion", "password"])
def test_form_is_scrubbed_by_name(name: str) -> None:
    """A token request is a form."""
    body = BLIND.body(f"grant_type=x&{name}={SECRET}".encode(), "application/x-www-form-urlencoded")
    assert body == f"grant_type=x&{name}={GONE}".encode()


@pytest.mark.parametrize(
    "document",
    [
        {"access_token": SECRET},
        {"refresh_token": SECRET, "expires_in": 3600},
        {"ShipTo": {"Name": PERSON, "AttentionName": PERSON, "Phone": {"Number": PHONE, "Extension": PHONE}}},
        {"ShipTo": {"Name": PERSON, "Address": {"AddressLine": [STREET], "City": "New York", "PostalCode": "10001"}}},
        {"Shipper": {"EMailAddress": MAIL, "TaxIdentificationNumber": SECRET}},
        {"shippingAddress": {"name": PERSON, "firstName": PERSON, "address1": STREET, "phone": PHONE, "zip": "1"}},
        {"customer": PERSON, "order": {"email": MAIL, "note": f"ring at {STREET}"}},
        {"package": [{"deliveryInformation": {"receivedBy": PERSON}}]},
        {"candidates": [{"AddressKeyFormat": {"ConsigneeName": PERSON, "AddressLine": [STREET, PERSON]}}]},
    ],
    ids=[
        "token",
        "refresh",
        "ups phone",
        "ups address",
        "ups mail",
        "shopify address",
        "order",
        "tracking",
        "candidate",
    ],
)
def test_json_is_scrubbed_by_name_and_company(document: object) -> None:
    """No list of known values is needed for what stands where persons stand."""
    assert clean(BLIND.body(json.dumps(document).encode(), JSON))


def test_name_outside_of_an_address_is_kept() -> None:
    """An order's number, a service's name: without them nothing could be tested."""
    document = {"order": {"name": "#1001"}, "Service": {"Code": "03", "Name": "UPS Ground"}}
    assert BLIND.document(document) == document


def test_country_and_state_of_an_address_are_kept() -> None:
    """They are needed to map it, and say nothing about a person."""
    address = {"addressLine": [STREET], "countryCode": "US", "stateProvince": "NY", "postalCode": "10001"}
    assert BLIND.document(address) == {
        "addressLine": [GONE],
        "countryCode": "US",
        "stateProvince": "NY",
        "postalCode": "00000",
    }


def test_graphql_variables_are_scrubbed() -> None:
    """They are JSON in JSON's clothes, at any depth."""
    variables = {"input": {"shippingAddress": {"address1": STREET, "lastName": PERSON}, "email": MAIL}, "id": "gid://1"}
    body = BLIND.body(json.dumps({"query": "mutation { x }", "variables": variables}).encode(), JSON)
    assert clean(body)
    assert b"gid://1" in body


@pytest.mark.parametrize(
    ("data", "magic"),
    [
        (b"GIF89a" + SECRET.encode() * 20, b"GIF8"),
        (b"\x89PNG\r\n\x1a\n" + SECRET.encode() * 20, b"\x89PNG"),
        (b"%PDF-1.7 " + PERSON.encode() * 20, b"%PDF"),
        (b"^XA^FD" + STREET.encode() * 20 + b"^XZ", b"^XA"),
        (b"<html>" + STREET.encode() * 20, b"SCRUBBED"),
    ],
    ids=["gif", "png", "pdf", "zpl", "html"],
)
def test_label_becomes_a_small_one_of_its_kind(data: bytes, magic: bytes) -> None:
    """A label is an address in pixels; what is left must still open."""
    document = {"ShippingLabel": {"GraphicImage": base64.b64encode(data).decode()}}
    kept = BLIND.document(document)["ShippingLabel"]["GraphicImage"]
    decoded = base64.b64decode(kept)
    assert decoded.startswith(magic)
    assert clean(decoded.decode("latin-1"))


def test_label_as_a_whole_body_is_replaced() -> None:
    """Some platforms answer with the file itself."""
    assert BLIND.body(b"\x89PNG\r\n\x1a\n\xff" + SECRET.encode(), "image/png").startswith(b"\x89PNG")
    assert SECRET.encode() not in BLIND.body(b"\x89PNG\r\n\x1a\n\xff" + SECRET.encode(), "image/png")


def test_known_value_goes_wherever_it_stands() -> None:
    """Platforms quote in free text what was sent to them."""
    document = {"errors": [{"message": f"nobody called {PERSON} lives at {STREET}, {SECRET}"}], "x": [{"y": PHONE}]}
    assert clean(SEEING.body(json.dumps(document).encode(), JSON))
    assert clean(SEEING.body(f"<p>{PERSON}</p>".encode(), "text/html"))
    assert clean(SEEING.uri(f"https://example.com/{SECRET}/x?q={SECRET}"))


def test_mail_address_in_text_goes() -> None:
    """Even one that nobody knew of."""
    assert BLIND.text("write to somebody@example.org now") == f"write to {EMAIL} now"


def test_account_is_a_stand_in_of_the_same_form() -> None:
    """A tracking number holds the account's; the stand-in must be parsed like one."""
    scrubber = Scrubber(known_values([], [], account="C4RT01"))
    document = {"ShipperNumber": "C4RT01", "TrackingNumber": "1ZC4RT010300000007"}
    kept = scrubber.document(document)
    assert kept == {"ShipperNumber": "A1B2C3", "TrackingNumber": with_check_digit("1ZA1B2C3030000000")}


def test_check_digit_is_that_of_a_published_number() -> None:
    """UPS's own example, 1Z 999 AA1 01 2345 6784."""
    assert with_check_digit("1Z999AA1012345678") == "1Z999AA10123456784"


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("http://127.0.0.1:8701/ups/api/x", "https://wwwcie.ups.com/api/x"),
        ("http://127.0.0.1:8701/shopify/admin/x", "https://scrubbed.myshopify.com/admin/x"),
        ("https://my-own-shop.myshopify.com/admin/x", "https://scrubbed.myshopify.com/admin/x"),
    ],
    ids=["ups simulator", "shopify simulator", "a shop"],
)
def test_host_is_the_platforms_own(uri: str, expected: str) -> None:
    """A recording looks the same, whoever it was made from; a shop's name is its owner's."""
    assert BLIND.uri(uri) == expected


def test_scrubbing_twice_changes_nothing_more() -> None:
    """At replay the same filter runs over what it wrote."""
    document = {"ShipTo": {"Name": PERSON, "Phone": {"Number": PHONE}, "Address": {"AddressLine": [STREET]}}}
    once = SEEING.document(document)
    assert SEEING.document(once) == once


def test_whole_request_and_response_are_scrubbed() -> None:
    """What vcrpy hands over is what is written."""
    address = {"address1": STREET, "firstName": PERSON, "phone": PHONE}
    body = json.dumps({"variables": {"to": address, "client_secret": SECRET}}).encode()
    request = scrubbed_request(
        BLIND,
        SimpleNamespace(
            uri=f"https://my-shop.myshopify.com/admin?access_token={SECRET}",
            headers={"Authorization": SECRET, "Content-Type": JSON},
            body=body,
        ),
    )
    response = scrubbed_response(
        BLIND,
        {
            "status": {"code": 200, "message": "OK"},
            "headers": {"Set-Cookie": [SECRET], "Content-Type": [JSON]},
            "body": {"string": json.dumps({"shippingAddress": address, "access_token": SECRET}).encode()},
        },
    )
    assert clean(f"{request.uri} {request.headers} {request.body} {response}")
