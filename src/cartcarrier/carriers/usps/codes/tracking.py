"""What USPS's tracking says. Source: field guide usps.md §7.4.

The category of a parcel is the best of its words; an event has its code, and where that is in no table, its text. Codes copied
from other carriers ("DE", "D1", "PU") are wrong here (§11, pitfall 21).
"""

from typing import Final

from cartcarrier.models import TrackingReason, TrackingStatus

_S = TrackingStatus
_R = TrackingReason

CATEGORIES: Final[dict[str, TrackingStatus]] = {
    "pre-shipment": _S.PRE_TRANSIT,
    "accepted": _S.IN_TRANSIT,
    "in transit": _S.IN_TRANSIT,
    "in-transit": _S.IN_TRANSIT,
    "moving through network": _S.IN_TRANSIT,
    "out for delivery": _S.OUT_FOR_DELIVERY,
    "available for pickup": _S.AVAILABLE_FOR_PICKUP,
    "delivered": _S.DELIVERED,
    "delivery attempt": _S.DELIVERY_ATTEMPTED,
    "delivery attempt: action needed": _S.DELIVERY_ATTEMPTED,
    "returned to sender": _S.RETURN_TO_SENDER,
    "return to sender": _S.RETURN_TO_SENDER,
}
"""By ``statusCategory`` in small letters. "Alert" is missing on purpose: code and text say what it is."""
ALERT: Final = "alert"

_CODES: Final = (
    (_S.PRE_TRANSIT, "GX MA 89 TM 80 81 82 83"),
    (_S.IN_TRANSIT, "03 OA UA AD SF 10 A1 T1 TL NT L1 07 PC DX 06 08"),
    (_S.OUT_FOR_DELIVERY, "OF 59 DG"),
    (_S.AVAILABLE_FOR_PICKUP, "14 16"),
    (_S.DELIVERED, "01 60 17 I0 BR DN AH DL OK"),
    (_S.DELIVERY_ATTEMPTED, "02 51 52 53 54 55 56 57 CA CM H0 NH"),
    (_S.RETURN_TO_SENDER, "04 05 09 21 22 23 24 25 26 27 28 29 31 BA H8 K4 K5 K6 K7 RD RE RT"),
)
EVENT_CODES: Final[dict[str, TrackingStatus]] = {code: status for status, codes in _CODES for code in codes.split()}

_TO_SENDER: Final = ("to original sender", "to original")
# In this order: "Delivery Attempted" must not be taken for "delivered".
_TEXTS: Final[tuple[tuple[TrackingStatus, tuple[str, ...]], ...]] = (
    (_S.RETURN_TO_SENDER, ("return to sender", "returned to sender", "being returned", "unclaimed")),
    (
        _S.DELIVERY_ATTEMPTED,
        ("notice left", "delivery attempt", "attempted delivery", "business closed", "no access", "not delivered"),
    ),
    (_S.OUT_FOR_DELIVERY, ("out for delivery",)),
    (_S.AVAILABLE_FOR_PICKUP, ("available for pickup", "held at post office", "ready for pickup")),
    (_S.PRE_TRANSIT, ("label created", "pre-shipment", "awaiting item", "electronic shipping info")),
    (
        _S.EXCEPTION,
        (
            "alert",
            "exception",
            "delay",
            "damage",
            "insufficient address",
            "no such number",
            "vacant",
            "refused",
            "undeliverable",
            "seized",
            "disposed",
            "held in customs",
            "customs hold",
            "weather",
            "animal",
            "counterfeit",
        ),
    ),
    (_S.DELIVERED, ("delivered",)),
    (
        _S.IN_TRANSIT,
        ("in transit", "in-transit", "arrived", "departed", "processed", "accepted", "in possession", "customs"),
    ),
)

_REASON_CODES: Final = {
    **dict.fromkeys(["02", "51", "52", "55", "56", "57", "CA", "CM", "H0", "NH"], _R.RECIPIENT_ABSENT),
    **dict.fromkeys(["53", "54"], _R.OTHER),
    **dict.fromkeys(["05", "21", "22", "23", "24", "25", "26"], _R.ADDRESS),
    "04": _R.REFUSED,
    "27": _R.RECIPIENT_ABSENT,
    "08": _R.DELAYED,
}
_REASON_TEXTS: Final = (
    (_R.WEATHER, ("weather", "natural disaster")),
    (_R.CUSTOMS, ("customs", "seized")),
    (_R.DAMAGED, ("damage",)),
    (_R.LOST, ("lost", "missing")),
    (_R.REFUSED, ("refused",)),
    (_R.ADDRESS, ("insufficient address", "no such number", "vacant", "undeliverable", "moved", "addressee unknown")),
    (_R.RECIPIENT_ABSENT, ("notice left", "no authorized recipient", "business closed", "no access", "unclaimed")),
    (_R.DELAYED, ("delay", "missent")),
)
_WANTS_A_REASON: Final = frozenset({_S.EXCEPTION, _S.DELIVERY_ATTEMPTED, _S.RETURN_TO_SENDER})


def text_status(text: str | None) -> TrackingStatus | None:
    """Return what a sentence makes of a parcel; ``None`` when it is in no list."""
    lower = (text or "").lower()
    if not lower:
        return None
    if any(words in lower for words in _TO_SENDER):
        return _S.RETURNED
    return next((status for status, words in _TEXTS if any(one in lower for one in words)), None)


def event_status(code: str | None, text: str | None) -> TrackingStatus:
    """Return what an event makes of the parcel: by its code, else by its text.

    Returns:
        ``RETURNED`` for a delivery to the original sender; ``UNKNOWN`` for what is in no table, to be kept and never guessed.
    """
    status = EVENT_CODES.get((code or "").strip().upper())
    said = text_status(text)
    if said is _S.RETURNED and status in {None, _S.DELIVERED}:
        return _S.RETURNED
    return status or said or _S.UNKNOWN


def category_status(category: str | None, code: str | None, text: str | None) -> TrackingStatus | None:
    """Return where a parcel stands by its category; ``None`` for a category that nobody has told us about.

    Args:
        category: ``statusCategory``.
        code: Of the newest event; an alert is told by it.
        text: Of the status; a delivery to the sender is told by it.
    """
    wanted = (category or "").strip().lower()
    if wanted == ALERT:
        told = EVENT_CODES.get((code or "").strip().upper()) or text_status(text)
        return told if told in {_S.DELIVERY_ATTEMPTED, _S.RETURN_TO_SENDER, _S.RETURNED} else _S.EXCEPTION
    status = CATEGORIES.get(wanted)
    if status is _S.DELIVERED and text_status(text) is _S.RETURNED:
        return _S.RETURNED
    return status


def event_reason(code: str | None, text: str | None, status: TrackingStatus | None) -> TrackingReason | None:
    """Return why something went otherwise, where code or text say it."""
    reason = _REASON_CODES.get((code or "").strip().upper())
    if reason is not None:
        return reason
    if status not in _WANTS_A_REASON:
        return None
    lower = (text or "").lower()
    return next((reason for reason, words in _REASON_TEXTS if any(one in lower for one in words)), _R.OTHER)
