"""What FedEx's tracking codes mean. Source: field guide fedex.md §7.3, and FedEx's table of codes for pushes.

Texts are translated by the account's language and change under a parcel's feet, so nothing is read from them but for a delivery
that was tried: its numbers are not published (field guide fedex.md §11, pitfall 23).
"""

import re
from typing import Final

from cartcarrier.models import TrackingReason, TrackingStatus

_S = TrackingStatus
_R = TrackingReason

_STATUSES: Final = (
    (_S.PRE_TRANSIT, "OC OX EP AP MD DS DR PD PY SH RP RG"),
    (_S.IN_TRANSIT, "PU PX OF IT IX AA AC AD AF AR AX AO CH CC CP DP EA ED EO FD LO OW PF PL PM SF SP TP TR CU BR"),
    # of pushes: dropped off, in FedEx's hands
    (_S.IN_TRANSIT, "DO IP"),
    (_S.OUT_FOR_DELIVERY, "OD"),
    (_S.AVAILABLE_FOR_PICKUP, "HL HP"),
    (_S.DELIVERED, "DL"),
    (_S.EXCEPTION, "DE SE CD DY DD HA"),
    (_S.RETURN_TO_SENDER, "RS RT"),
    # LC: of pushes, the return label's link was cancelled
    (_S.CANCELLED, "CA LP RD LC"),
    # A wish of the recipient, a new estimate, a corrected address: recorded, but the parcel stays where it is
    (None, "RR RM RC US AE IN RA PR AS"),
)
STATUS_CODES: Final[dict[str, TrackingStatus | None]] = {
    code: status for status, codes in _STATUSES for code in codes.split()
}

REASON_CODES: Final[dict[str, TrackingReason]] = {
    "CD": _R.CUSTOMS,
    "DY": _R.DELAYED,
    "DD": _R.DELAYED,
    "PD": _R.DELAYED,
    "PY": _R.DELAYED,
}

# Numbers beside DE and SE. 15, 84 and A25 are published; the others are in use and unconfirmed (field guide fedex.md §7.3).
_NUMBERS: Final[dict[str, TrackingReason]] = {
    "03": _R.ADDRESS,
    "07": _R.REFUSED,
    "08": _R.RECIPIENT_ABSENT,
    "15": _R.RECIPIENT_ABSENT,
    "84": _R.DELAYED,
    "A25": _R.CUSTOMS,
}
_DELAYS: Final[dict[str, TrackingReason]] = {
    "WEATHER": _R.WEATHER,
    "OPERATIONAL": _R.CARRIER,
    "LOCAL": _R.DELAYED,
    "GENERAL": _R.DELAYED,
    "CLEARANCE": _R.CUSTOMS,
}
_TRIED: Final = re.compile(
    r"not available|business (?:was )?closed|not (?:at home|in)\b|delivery attempt|attempted|no one (?:was )?(?:home|available)",
    re.IGNORECASE,
)
_DELIVERY_EXCEPTION: Final = "DE"
_WITH_NUMBERS: Final = frozenset({_DELIVERY_EXCEPTION, "SE"})
_NEEDS_REASON: Final = frozenset({_S.EXCEPTION, _S.DELIVERY_ATTEMPTED})


def number_reason(number: str | None) -> TrackingReason | None:
    """Return why, by the number that stands beside an exception."""
    text = (number or "").strip().upper()
    return _NUMBERS.get(text) or _NUMBERS.get(text.zfill(2))


def event_status(
    code: str | None, number: str | None = None, words: str | None = None, *, tried: bool = False
) -> TrackingStatus | None:
    """Return what a code makes of the parcel.

    Args:
        code: ``derivedCode`` of a status, ``derivedStatusCode`` or ``eventType`` of a scan.
        number: ``exceptionCode`` or ``reason`` beside it.
        words: Its description.
        tried: FedEx counts an attempt to deliver.

    Returns:
        ``None`` for a note that changes nothing; ``UNKNOWN`` for what is in no table, to be counted and never guessed.
    """
    key = (code or "").strip().upper()
    status = STATUS_CODES.get(key, _S.UNKNOWN)
    if key != _DELIVERY_EXCEPTION:
        return status
    why = number_reason(number)
    if why is _R.RECIPIENT_ABSENT:
        return _S.DELIVERY_ATTEMPTED
    if why is None and (tried or _TRIED.search(words or "")):
        return _S.DELIVERY_ATTEMPTED
    return status


def event_reason(
    code: str | None,
    status: TrackingStatus | None,
    number: str | None = None,
    *,
    delay: tuple[str | None, str | None] = (None, None),
) -> TrackingReason | None:
    """Return why something went otherwise, where the codes say it.

    Args:
        code: As ``event_status``.
        status: What ``event_status`` made of it.
        number: As ``event_status``.
        delay: Type and status of the delay that FedEx names beside it.
    """
    key = (code or "").strip().upper()
    reason = number_reason(number) if key in _WITH_NUMBERS else None
    kind, state = delay
    if reason is None and (state or "").upper() == "DELAYED":
        reason = _DELAYS.get((kind or "").upper(), _R.DELAYED)
    reason = reason or REASON_CODES.get(key)
    if reason is None and status is _S.DELIVERY_ATTEMPTED:
        return _R.RECIPIENT_ABSENT
    return reason or (_R.OTHER if status in _NEEDS_REASON else None)
