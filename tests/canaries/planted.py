"""The canaries: words that exist nowhere else, in every secret and in every personal datum that a platform hands over."""

import base64
import functools
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import quote, quote_plus

import attrs

Json: TypeAlias = Any

WHO: Final = {
    "first": "Zquilla",
    "last": "Zqlastname",
    "company": "Zqcompany Ltd",
    "street": "77 Zqstreet Lane",
    "flat": "Flat Zqflat",
    "phone": "+12125559471",
    "email": "zqmail.person@example.net",
    "note": "Zqnote: ring twice",
    "gift": "Zqgift, with love from Zqgiver",
    "tax": "ZQTAX123456",
    "username": "zqbuyer_77",
    "attribute": "Zqattribute",
    "po": "ZQPO-4471",
    "instructions": "Zqinstructions behind the shed",
}
# The shortest part of each by which it is known, in lower case.
PERSONAL: Final = (
    "zquilla", "zqlastname", "zqcompany", "zqstreet", "zqflat", "2125559471", "zqmail", "zqnote", "zqgift", "zqgiver",
    "zqtax", "zqbuyer", "zqattribute", "zqpo-4471", "zqinstructions",
)  # fmt: skip
OTHERS: Final = ("quilla", "canarybird", "2125550147")
"""The same of the person whom the factories of the test kit put into addresses."""
SENTENCE: Final = "; ".join(WHO.values())
"""What a platform's message quotes."""

NAME: Final = f"{WHO['first']} {WHO['last']}"
SKU: Final = "MUG-1"
_CITY: Final = {"city": "New York"}


def order_shape(channel: str) -> dict[str, Json]:
    """Return an order in the words of a channel's simulator, with a canary wherever a person can be."""
    line: dict[str, Json] = {"sku": SKU, "title": "Mug", "quantity": 2, "price": "12.50"}
    if channel == "shopify":
        address = {
            **_CITY, "first_name": WHO["first"], "last_name": WHO["last"], "company": WHO["company"],
            "address1": WHO["street"], "address2": WHO["flat"], "province": "New York", "province_code": "NY",
            "zip": "10118", "country": "United States", "country_code": "US", "phone": WHO["phone"],
        }  # fmt: skip
        line |= {"weight_grams": 350, "hs_code": "691200", "origin": "PT"}
        return {
            "lines": [line], "address": address, "email": WHO["email"], "note": WHO["note"], "po_number": WHO["po"],
            "attributes": {"gift message": WHO["gift"], WHO["attribute"]: WHO["instructions"]},
        }  # fmt: skip
    if channel == "ebay":
        address = {
            **_CITY, "addressLine1": WHO["street"], "addressLine2": WHO["flat"], "stateOrProvince": "NY",
            "postalCode": "10118", "countryCode": "US",
        }  # fmt: skip
        return {
            "lines": [line], "address": address, "full_name": NAME, "company": WHO["company"], "phone": WHO["phone"],
            "email": WHO["email"], "note": WHO["note"], "buyer": WHO["username"], "tax_identifier": {"taxpayerId": WHO["tax"], "taxIdentifierType": "VATIN"},
        }  # fmt: skip
    address = {
        **_CITY, "name": NAME, "company_name": WHO["company"], "address_line1": WHO["street"],
        "address_line2": WHO["flat"], "state_or_region": "NY", "postal_code": "10118", "country_code": "US",
        "phone": WHO["phone"],
    }  # fmt: skip
    line |= {"gift_message": WHO["gift"], "gift_wrap_level": "Paper"}
    buyer = {"name": NAME, "email": WHO["email"], "company_name": WHO["company"], "po_number": WHO["po"]}
    return {"lines": [line], "address": address, "buyer": buyer, "delivery_preference": WHO["instructions"]}


@attrs.define
class Canaries:
    """What is looked for.

    Attributes:
        secrets: Values of settings, tokens of answers, and the like.
    """

    secrets: set[str] = attrs.Factory(set)

    def hide(self, *values: object) -> None:
        """Look for these secrets from now on; what is too short to be told from chance is left out."""
        for value in values:
            for text in value if isinstance(value, list | tuple | set | frozenset) else (value,):
                if isinstance(text, str) and len(text) >= 12:
                    self.secrets.add(text)

    def secrets_in(self, text: str) -> list[str]:
        """Return the secrets that are in a text, each by its beginning only."""
        return [f"secret {secret[:4]}… of {len(secret)}" for secret in sorted(self.secrets) if said(text, secret)]

    def persons_in(self, text: str) -> list[str]:
        """Return the personal data that are in a text."""
        lowered = text.lower()
        known = [word for word in (*PERSONAL, *OTHERS) if word in lowered]
        return known + [word for word in WHO.values() if word not in known and disguised(text, word)]

    def found_in(self, text: str) -> list[str]:
        """Return all that is in a text and should not be."""
        return self.secrets_in(text) + self.persons_in(text)


def said(text: str, secret: str) -> bool:
    """Return whether a text holds a secret, plainly or as it is usually packed."""
    return secret in text or disguised(text, secret)


def disguised(text: str, word: str) -> bool:
    """Return whether a text holds a word in base64, in hexadecimal, quoted for an address or escaped for JSON."""
    return any(form in text for form in disguises(word))


@functools.cache
def disguises(word: str) -> tuple[str, ...]:
    """Return the forms in which a word may hide."""
    raw = word.encode()
    packed = {raw.hex(), quote(word, safe=""), quote_plus(word), json.dumps(word)[1:-1], repr(raw)[2:-1]}
    for shift in range(3):  # wherever it stands in what was packed
        middle = base64.b64encode(b"\x00" * shift + raw).decode().rstrip("=")
        packed.add(middle[4 if shift else 0 : -2])
    return tuple(form for form in packed if len(form) >= 8)


TOKENS: Final = ("accesstoken", "refreshtoken", "restricteddatatoken", "paymentauthorizationtoken", "idtoken")
"""What lets others act for the seller. Tokens of pages and of prices do not."""
SECRET_NAMES: Final = ("secret", "token", "signing_key", "credential", "password")


def secrets_of(settings: Mapping[str, Json]) -> Iterable[Json]:
    """Yield the values of settings that are secret."""
    for name, value in settings.items():
        if any(word in name for word in SECRET_NAMES):
            yield value


def tokens_in(answer: bytes) -> Iterable[str]:
    """Yield what an answer gives out as a token, by the names of its members."""
    try:
        found = [json.loads(answer)]
    except ValueError:
        return
    while found:
        part = found.pop()
        if isinstance(part, dict):
            for name, value in part.items():
                if isinstance(value, str) and name.lower().replace("_", "") in TOKENS:
                    yield value
                found.append(value)
        elif isinstance(part, list):
            found += part
