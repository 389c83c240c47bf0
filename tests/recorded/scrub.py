"""Taking secrets and personal data out of what is recorded, before it is written.

What is kept is listed; all else goes. Three nets, one behind the other: header fields that are not listed are dropped; fields
of bodies, forms and queries go by their name and their company; and values that are known to be secret or personal go wherever
they stand, free text included. The same is done before matching at replay, so that a request finds its scrubbed recording.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

GONE: Final = "SCRUBBED"
EMAIL: Final = "scrubbed@example.com"
PHONE: Final = "0000000000"
POSTAL_CODE: Final = "00000"
ACCOUNT: Final = "A1B2C3"

KEPT_REQUEST_HEADERS: Final = frozenset({"content-type", "accept"})
KEPT_RESPONSE_HEADERS: Final = frozenset(
    {"content-type", "retry-after", "x-request-id", "transid", "apierrorcode", "x-shopify-api-version"}
)

_SECRET_FIELDS: Final = frozenset(
    {
        "accesstoken", "refreshtoken", "idtoken", "clientid", "clientsecret", "password", "secret", "code", "assertion",
        "subjecttoken", "apikey", "token", "signature", "state",
    }
)  # fmt: skip
# "code" and "state" are secrets in the query of a redirect and in a form; in a JSON body they are words like any other.
_PLAIN_IN_BODIES: Final = frozenset({"code", "state", "signature"})
_PERSONAL_FIELDS: Final = frozenset(
    {
        "attentionname", "firstname", "lastname", "fullname", "recipientname", "consigneename", "companyname", "receivedby",
        "signedby", "signedforbyname", "taxidentificationnumber", "taxid", "note", "notes", "memo", "customer", "buyer",
        "latitude", "longitude", "formatted", "formattedarea",
    }
)  # fmt: skip
_ACCOUNT_FIELDS: Final = frozenset({"shippernumber", "accountnumber"})
# Where one of these stands, with a value, the whole object is somebody's address.
_ADDRESS_MARKS: Final = frozenset(
    {"addressline", "address1", "street", "street1", "postalcode", "zip", "postcodeprimarylow", "attentionname"}
)
_KEPT_IN_ADDRESSES: Final = frozenset(
    {
        "countrycode", "countrycodev2", "country", "region", "stateprovince", "stateprovincecode", "provincecode", "province",
        "residential", "residentialaddressindicator", "typename", "id",
    }
)  # fmt: skip
_LONG: Final = 200  # shorter base64 is not told from words
_IMAGES: Final = (
    (b"GIF8", base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")),
    (b"\x89PNG", base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
    )),
    (b"%PDF", b"%PDF-1.4\n% SCRUBBED\n%%EOF\n"),
    (b"^XA", b"^XA^FO20,20^FDSCRUBBED^FS^XZ"),
)  # fmt: skip
_HOSTS: Final = (
    (re.compile(r"^http://(?:127\.0\.0\.1|localhost):\d+/ups(?=/)"), "https://wwwcie.ups.com"),
    (re.compile(r"^http://(?:127\.0\.0\.1|localhost):\d+/shopify(?=/)"), "https://scrubbed.myshopify.com"),
    (re.compile(r"^https://[a-z0-9-]+\.myshopify\.com(?=/)"), "https://scrubbed.myshopify.com"),
)
_TRACKING_NUMBER: Final = re.compile(r"\b1Z([0-9A-Z]{6})([0-9A-Z]{9})[0-9]\b")
_SHOP: Final = re.compile(r"[a-z0-9-]+\.myshopify\.com")


class Scrubber:
    """Takes out what must not be kept.

    Args:
        known: Values that are secret or personal, each with what stands in its place.
    """

    def __init__(self, known: Mapping[str, str]) -> None:
        # The longest first: a name may be a part of an address.
        self._known = sorted(known.items(), key=lambda item: len(item[0]), reverse=True)

    def uri(self, uri: str) -> str:
        """Return an address with the platform's own host, and a harmless query."""
        for pattern, host in _HOSTS:
            uri = pattern.sub(host, uri)
        parts = urlsplit(uri)
        pairs = [
            (name, GONE if _plain(name) in _SECRET_FIELDS else self._personal(name, value))
            for name, value in parse_qsl(parts.query, keep_blank_values=True)
        ]
        path = quote(self.text(parts.path), safe="/%:@!$&'()*+,;=~-._")
        return urlunsplit((parts.scheme, parts.netloc, path, urlencode(pairs), ""))

    def headers(self, headers: Mapping[str, Any], kept: frozenset[str]) -> dict[str, Any]:
        """Return the header fields that may be kept."""
        return {
            name: [self.text(text) for text in value] if isinstance(value, list) else self.text(str(value))
            for name, value in headers.items()
            if name.lower() in kept
        }

    def body(self, body: bytes, content_type: str) -> bytes:
        """Return a body without what must not be kept: a JSON document, a form, or text."""
        if not body:
            return body
        if "form-urlencoded" in content_type:
            pairs = [
                (name, GONE if _plain(name) in _SECRET_FIELDS else self._personal(name, value))
                for name, value in parse_qsl(body.decode(), keep_blank_values=True)
            ]
            return urlencode(pairs).encode()
        try:
            document = json.loads(body)
        except (ValueError, UnicodeDecodeError):
            try:
                return self.text(body.decode()).encode()
            except UnicodeDecodeError:
                return _stand_in(body)
        return json.dumps(self.document(document), separators=(",", ":"), ensure_ascii=False).encode()

    def document(self, value: Any, *, where: str = "", personal: bool = False) -> Any:
        """Return JSON without what must not be kept.

        Args:
            value: Any JSON value.
            where: The name of the field it is in.
            personal: Whether it is a part of somebody's address.
        """
        if isinstance(value, Mapping):
            lives_here = personal or _is_address(value)
            return {
                key: self.document(inner, where=_name(key, where), personal=lives_here) for key, inner in value.items()
            }
        if isinstance(value, list):
            return [self.document(inner, where=where, personal=personal) for inner in value]
        if not isinstance(value, str):
            return value
        if personal and where not in _KEPT_IN_ADDRESSES:
            return value if not value else _for(where)
        if where in _SECRET_FIELDS - _PLAIN_IN_BODIES:
            return GONE if value else value
        return self._personal(where, value)

    def text(self, text: str) -> str:
        """Return a text without the known values, mail addresses, and the shop's name."""
        text = _TRACKING_NUMBER.sub(self._renumbered, text)
        for value, instead in self._known:
            text = text.replace(value, instead)
        text = re.sub(r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+", EMAIL, text)
        return _SHOP.sub("scrubbed.myshopify.com", text)

    def _renumbered(self, number: re.Match[str]) -> str:
        """Take the account out of one of UPS's tracking numbers, and mend the check digit, which drivers look at."""
        account, rest = number.groups()
        return with_check_digit(f"1Z{ACCOUNT}{rest}") if dict(self._known).get(account) == ACCOUNT else number.group()

    def _personal(self, name: str, value: str) -> str:
        plain = _plain(name)
        if not value:
            return value
        if plain in _ACCOUNT_FIELDS:
            return ACCOUNT
        if plain in _PERSONAL_FIELDS or "email" in plain or "phone" in plain:
            return _for(plain)
        if len(value) >= _LONG and (decoded := _decoded(value)) is not None:
            return base64.b64encode(_stand_in(decoded)).decode()
        return self.text(value)


def scrubbed_request(scrubber: Scrubber, request: Any) -> Any:
    """Return a request of vcrpy as it may be written, and as it is looked for."""
    content_type = str(request.headers.get("content-type", request.headers.get("Content-Type", "")))
    request.uri = scrubber.uri(request.uri)
    request.headers = scrubber.headers(request.headers, KEPT_REQUEST_HEADERS)
    request.body = scrubber.body(request.body or b"", content_type)
    return request


def scrubbed_response(scrubber: Scrubber, response: dict[str, Any]) -> dict[str, Any]:
    """Return a response of vcrpy as it may be written."""
    headers = scrubber.headers(response["headers"], KEPT_RESPONSE_HEADERS)
    content_type = next((str(value) for name, value in headers.items() if name.lower() == "content-type"), "")
    body = response["body"].get("string") or b""
    body = body.encode() if isinstance(body, str) else body
    return {**response, "headers": headers, "body": {"string": scrubber.body(body, content_type)}}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _name(key: str, outer: str) -> str:
    # What is in a phone is a phone: UPS writes {"Phone": {"Number": …}}.
    return "phone" if outer == "phone" else _plain(key)


def _is_address(document: Mapping[str, Any]) -> bool:
    for key, value in document.items():
        if _plain(key) in _ADDRESS_MARKS and value:
            return True
        # UPS puts the name beside the address: {"Name": …, "Address": {"AddressLine": …}}.
        if _plain(key) == "address" and isinstance(value, Mapping) and _is_address(value):
            return True
    return False


def _for(name: str) -> str:
    if "email" in name:
        return EMAIL
    if "phone" in name or name == "number":
        return PHONE
    if name in {"zip", "postalcode", "postcodeprimarylow"}:
        return POSTAL_CODE
    return GONE


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _stand_in(data: bytes) -> bytes:
    for magic, small in _IMAGES:
        if data.lstrip().startswith(magic):
            return small
    return GONE.encode()


def with_check_digit(number: str) -> str:
    """Return a tracking number of UPS with its last digit, from the other 17 characters (field guide ups.md)."""
    digits = [int(letter) if letter.isdigit() else (ord(letter) - 63) % 10 for letter in number[2:]]
    total = sum(digits[0::2]) + 2 * sum(digits[1::2])
    return f"{number}{-total % 10}"


def known_values(secrets: Iterable[object], people: Iterable[str], *, account: str | None = None) -> dict[str, str]:
    """Return the values to take out wherever they stand. Short ones are left out: they would turn up by chance."""
    known = {str(value): GONE for value in (*secrets, *people) if isinstance(value, str) and len(value) >= 6}
    if account:
        known[account] = ACCOUNT
    return known
