"""Labels again, and changed: reprint and edit (field guide usps.md §4.10, §9)."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.usps import international, keys, label_shapes, label_views, labels, payments
from cartcarrier.sandbox.usps.account import World
from cartcarrier.sandbox.usps.answers import Answer, Node, to_bytes
from cartcarrier.sandbox.usps.cancelling import is_ready
from cartcarrier.sandbox.usps.errors import USPSError
from cartcarrier.sandbox.usps.geography import local_time, zone
from cartcarrier.sandbox.usps.label_rules import read_image
from cartcarrier.sandbox.usps.label_views import Call
from cartcarrier.sandbox.usps.manifest import is_manifested
from cartcarrier.sandbox.usps.products import CUBIC
from cartcarrier.sandbox.usps.rating import check_category
from cartcarrier.sandbox.usps.tariff import Ingredients, price_piece, read_piece

LIMIT: Final = 3
REACH_DAYS: Final = 45
NOT_FOUND: Final = (
    "160378",
    "Tracking number not found for a mailing date within the last 45 days",
    "trackingNumber",
)
_NUMBERS: Final = frozenset({"weight", "length", "width", "height", "girth"})


def reprint(world: World, body: Node, call: Call, number: str | None, *, abroad: bool) -> Answer:
    """Answer a request to print a label again; it says how often that was done, and how often it may be.

    Raises:
        ShapeError: What the gateway does not let through.
        USPSError: 160378 to 160382.
    """
    (label_shapes.INTERNATIONAL_REPRINT if abroad else label_shapes.REPRINT)(body, "")
    payments.check_payment_token(world, call.payment_token)
    label = world.label(number) if number is not None else keys.label_of(world, call.key or "", NOT_FOUND)
    if label is None or (label["kind"] == "international") is not abroad or not is_ready(world, label):
        raise USPSError(*NOT_FOUND)
    if label["status"] == "CANCELED":
        raise USPSError("160379", "Canceled labels are unavailable for reprint", "trackingNumber")
    if label["status"] == "DISPUTED":
        raise USPSError("160380", "Disputed labels are unavailable for reprint", "trackingNumber")
    today = world.now().astimezone(local_time(label["from"]["state"])).date()
    mailing_day = date.fromisoformat(label["mailing_date"])
    if (today - mailing_day).days > REACH_DAYS:
        raise USPSError(*NOT_FOUND)
    if today > mailing_day:
        raise USPSError("160381", "Labels past their mailingDate are unavailable for reprint", "trackingNumber")
    if label["reprints"] >= LIMIT:
        text = f"This label has reached the reprint limit of {LIMIT} reprints"
        raise USPSError("160382", text, "reprintInfo.reprintCount")
    label["reprints"] += 1
    world.save_label(label)
    shown = {**label, "image": {**read_image(body), "receiptOption": "NONE"}}
    info: Node = {"reprintNumber": label["reprints"], "reprintLimit": LIMIT}
    if abroad:
        return international.answer(shown, call, more=info)
    return label_views.answer(world, shown, call, more=info)


def edit(world: World, body: Any, call: Call, number: str) -> Answer:  # noqa: ANN401 - any JSON value, checked here
    """Change a label's weight, size or ingredients before it is manifested; the difference in price is charged or credited.

    Raises:
        ShapeError: What the gateway does not let through.
        USPSError: 160178, 160179, 160248 to 160252.
    """
    label_shapes.EDIT(body, "")
    payments.check_payment_token(world, call.payment_token)
    label = world.label(number)
    if label is None:
        raise USPSError("160179", f"barcode {number} does not exist", "barcode")
    if label["kind"] != "domestic" or label["status"] != "ACTIVE" or is_manifested(label, world.now()):
        raise USPSError("160178", f"barcode {number} is not eligible for label edit", "barcode")
    if not label["suppress_postage"]:
        raise USPSError("160250", "cannot be edited when label is not suppressing postage", "suppress postage")
    changes = {entry["path"].rpartition("/")[2]: entry.get("value") for entry in body}
    _check_changes(label, changes)
    with world.store.transaction():
        _apply(world, label, changes)
        world.save_label(label)
    made = label_views.metadata(label, call.base_url)
    return Answer(body=to_bytes(made), headers={"ETag": f'"{world.mint("edits")[:16]}"'})


def _check_changes(label: Document, changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        number = isinstance(value, int | Decimal) and not isinstance(value, bool) and value > 0
        right = number if name in _NUMBERS else isinstance(value, list if name == "containers" else str)
        if not right:
            raise USPSError("160252", f"{name} - value type does not match required type for path", "value")
    soft_pack = CUBIC - {"CP"}
    if label["indicator"] in soft_pack and set(changes) != {"containers"}:
        raise USPSError(
            "160251", "only containers can be edited when rate indicator is cubic softPack", "rateIndicator"
        )
    after = changes.get("rateIndicator", label["indicator"])
    if (label["indicator"] in CUBIC) != (after in CUBIC):
        raise USPSError("160249", "rateIndicator - cubic rate indicator can not be allowed for edit", "rateIndicator")
    if "weight" in changes and label["mail_class"] == "USPS_GROUND_ADVANTAGE":
        before = Decimal(label["weight"])
        if (before < 1) != (Decimal(changes["weight"]) < 1):
            raise USPSError(
                "160248",
                "weight - cannot be edited across the 1lb threshold when the mail class is USPS_GROUND_ADVANTAGE",
                "weight",
            )


def _apply(world: World, label: Document, changes: dict[str, Any]) -> None:
    sides = dict(zip(("length", "width", "height"), label["sides"], strict=True))
    package = {
        "weight": label["weight"],
        **sides,
        "girth": label["girth"],
        "hasNonstandardCharacteristics": label["odd"],
    }
    package |= {name: value for name, value in changes.items() if name in _NUMBERS}
    piece = read_piece(package)
    of = Ingredients(
        mail_class=label["mail_class"],
        indicator=str(changes.get("rateIndicator", label["indicator"])),
        category=str(changes.get("processingCategory", label["category"])),
        facility=label["facility"],
        price_type=label["price_type"],
    )
    price = price_piece(piece, of, zone(label["entry_zip"], label["to"]["zip_code"]))
    check_category(price, piece)
    before = Decimal(label["charge"])
    label |= {
        **labels.price_document(price, label["services"]),
        "weight": str(package["weight"]),
        "sides": [str(package[name]) for name in ("length", "width", "height")],
        "girth": str(package["girth"]) if package["girth"] else None,
        "indicator": of.indicator,
        "category": of.category,
    }
    difference = Decimal(label["charge"]) - before
    if difference > 0:
        payments.spend(world, difference)
    elif difference < 0:
        world.credit(-difference)
