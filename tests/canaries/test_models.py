"""Texts of models: fit for a log, whatever they hold."""

from typing import Any, Final

import attrs
import pytest

import cartcarrier as cc
from cartcarrier.testing import make_address, make_order, make_rate, make_request, make_shipment
from tests.canaries.planted import PERSONAL, WHO
from tests.canaries.watch import FREE_TEXT

SENTENCE: Final = WHO["street"]
ADDRESS: Final = make_address(
    name=f"{WHO['first']} {WHO['last']}",
    company=WHO["company"],
    street1=WHO["street"],
    street2=WHO["flat"],
    street3=WHO["instructions"],
    phone=WHO["phone"],
    email=WHO["email"],
    delivery_reference=WHO["po"],
    tax_ids=[cc.TaxId(kind="vat", value=WHO["tax"], country_code="US")],
)
BUYER: Final = cc.Buyer(id=WHO["username"], name=WHO["first"], email=WHO["email"], phone=WHO["phone"])
ORDER: Final = make_order(
    ship_to=ADDRESS, buyer=BUYER, notes=f"{WHO['note']} {WHO['gift']} {WHO['attribute']}", raw=SENTENCE.encode()
)
REQUEST: Final = make_request(ship_to=ADDRESS, ship_from=ADDRESS)
SECRET: Final = "canary-of-a-secret-0001"
PUSH: Final = cc.WebhookRequest(
    method="POST", url=f"https://x.example/?{SENTENCE}", headers={"a": SECRET}, body=SENTENCE.encode()
)
LABEL: Final = cc.Label(format=cc.LabelFormat.ZPL, data=SENTENCE.encode())
PERSON: Final = cc.PersonalDataRequest(
    id="1", account="shopify:default", action=cc.PersonalDataAction.ERASE, customer_id=WHO["username"]
)
MODELS: Final[dict[str, object]] = {
    "address": ADDRESS,
    "buyer": BUYER,
    "order": ORDER,
    "request": REQUEST,
    "plan": cc.ShipPlan(order=ORDER, parcels=REQUEST.parcels),
    "rate": make_rate(token=f"{SECRET}{SENTENCE}"),
    "label": LABEL,
    "push": PUSH,
    "personal data request": PERSON,
    "outcome": cc.WebhookOutcome(events=[PERSON]),
    "tax id": ADDRESS.tax_ids[0],
}


@pytest.mark.parametrize("name", MODELS)
def test_text_of_a_model_shows_no_person(name: str) -> None:
    """Objects end up in logs, in traces and in the output of failed assertions."""
    text = f"{MODELS[name]!r} {MODELS[name]}".lower()
    assert [word for word in (*PERSONAL, SECRET) if word in text] == []


def speaking(name: str) -> Any:
    """Return a result in which a platform's words quote an address."""
    made: dict[str, Any] = {
        "Rate": lambda: make_rate(warnings=[SENTENCE]),
        "Shipment": lambda: attrs.evolve(make_shipment(), warnings=[SENTENCE]),
        "AddressValidation": lambda: cc.AddressValidation(verdict=cc.AddressVerdict.UNKNOWN, messages=[SENTENCE]),
        "VoidResult": lambda: cc.VoidResult(status=cc.VoidStatus.REFUSED, message=SENTENCE),
        "CancellationResult": lambda: cc.CancellationResult(status=cc.CancellationStatus.REFUSED, message=SENTENCE),
        "ProviderOrder": lambda: cc.ProviderOrder(
            reference="cc-1", status=next(iter(cc.ProviderOrderStatus)), message=SENTENCE
        ),
    }
    return made[name]()


@pytest.mark.parametrize("name", sorted(set(FREE_TEXT) - {"InventoryResult"}))  # nobody is told of a person for stock
def test_text_of_a_result_shows_no_words_of_a_platform(name: str) -> None:
    """They are for people who look at the result, not for whoever reads the log."""
    assert SENTENCE not in repr(speaking(name))
