"""What UPS's tracking codes mean.

A code means something only beside its type: DP is a manifest under M and a departure under I. ``statusCode`` is the best of
them and decides alone where it says something; then the pair of type and code; then the type. Source: field guide ups.md §7.4.
"""

from typing import Final

from cartcarrier.models import TrackingReason, TrackingStatus

_S = TrackingStatus
_R = TrackingReason


def _numbers(text: str) -> list[str]:
    codes: list[str] = []
    for part in text.split():
        first, _, last = part.partition("-")
        codes += [f"{number:03}" for number in range(int(first), int(last or first) + 1)]
    return codes


_STATUSES: Final = (
    (_S.PRE_TRANSIT, "003 044 045 065 077 079 080 131 135 157 166"),
    (
        _S.IN_TRANSIT,
        "005 010 012 014 016 025 038 039 042 047 057 070-075 084 087 092 094 134 137 138 158-160 164 165 167-169",
    ),
    (_S.OUT_FOR_DELIVERY, "006 021 037 078 089 091 146 162"),
    (_S.AVAILABLE_FOR_PICKUP, "017 040 144 161"),
    (_S.DELIVERED, "011 026 143 156"),
    (_S.DELIVERY_ATTEMPTED, "022-024 060-062 066 145"),
    (
        _S.EXCEPTION,
        "013 029 030 032 046 048-053 058 059 064 068 069 076 083 085 086 090 093 123-126 129 130 132 139 141 147 149",
    ),
    (_S.RETURN_TO_SENDER, "033 035 036 117-119"),
    (_S.RETURNED, "034 067 081"),
    (_S.CANCELLED, "007 043"),
    # 000, 088 (a test), 148, 163: UPS says that it does not know
    (_S.UNKNOWN, "000 088 148 163"),
    # A request, a promise, a claim, a photo: recorded, but the parcel stays where it is
    (None, "018-020 027 028 041 054-056 063 082 095-116 120-122 127 128 133 136 140 142 153-155"),
)
STATUS_CODES: Final[dict[str, TrackingStatus | None]] = {
    code: status for status, text in _STATUSES for code in _numbers(text)
}

_PAIRS: Final = (
    ("M", "DP MP RD", _S.PRE_TRANSIT),
    ("M", "VP", _S.CANCELLED),
    ("I", "OC PL SP", _S.PRE_TRANSIT),
    ("I", "OR DP AR DS EP IP YP OD XD PU AG AT DL HU LC LM PC PT UL WH XA XR YH YM YN", _S.IN_TRANSIT),
    ("I", "OT OF YF", _S.OUT_FOR_DELIVERY),
    ("I", "VP", _S.CANCELLED),
    ("D", "FS KB 2W", _S.DELIVERED),
    ("D", "2Q", _S.AVAILABLE_FOR_PICKUP),
    ("X", "2Q", _S.AVAILABLE_FOR_PICKUP),
    ("X", "2W", _S.DELIVERED),
    ("X", "3N 6C", _S.RETURN_TO_SENDER),
    ("X", "UA", _S.RETURNED),
    ("X", "48 G3 G7 GB C4", _S.DELIVERY_ATTEMPTED),
    ("U", "PX UP UT", None),
)
PAIRS: Final[dict[tuple[str, str], TrackingStatus | None]] = {
    (kind, code): status for kind, codes, status in _PAIRS for code in codes.split()
}

# D is missing on purpose: it means "delivery information", loaded and out for delivery included.
TYPES: Final[dict[str, TrackingStatus | None]] = {
    "M": _S.PRE_TRANSIT,
    "MV": _S.CANCELLED,
    "I": _S.IN_TRANSIT,
    "X": _S.EXCEPTION,
    "U": None,
    "DO": _S.IN_TRANSIT,
    "DD": _S.IN_TRANSIT,
    "W": _S.IN_TRANSIT,
    "NA": _S.UNKNOWN,
}

_REASONS: Final = (
    (_R.WEATHER, "032 051-053"),
    (_R.CUSTOMS, "058 123-126 141"),
    (_R.ADDRESS, "050"),
    (_R.DAMAGED, "059 081"),
    (_R.LOST, "068"),
    (_R.REFUSED, "064"),
    (_R.RECIPIENT_ABSENT, "022-024 060 061 066 145"),
    (_R.DELAYED, "046 048 049 086 090 132"),
    (_R.CARRIER, "030 076"),
    (_R.OTHER, "013 029 062 069 083 085 093 129 130 139 147 149"),
)
REASON_CODES: Final = {code: reason for reason, text in _REASONS for code in _numbers(text)}
_PAIR_REASONS: Final = (
    ("AM AP AQ AS KR KS KT", _R.REFUSED),
    ("48 G3 G7 GB C4 3N 6C", _R.RECIPIENT_ABSENT),
    ("A6 A7 A8 A9 AA AB AC AD AE AF AG AH AJ AK AL", _R.ADDRESS),
    ("S9 TJ", _R.LOST),
    ("1F", _R.OTHER),
)
PAIR_REASONS: Final = {("X", code): reason for codes, reason in _PAIR_REASONS for code in codes.split()}

_NO_REASON: Final = frozenset({_S.EXCEPTION, _S.DELIVERY_ATTEMPTED})


def _number(status_code: str | None) -> str | None:
    return status_code.zfill(3) if status_code and status_code.isdigit() else None


def event_status(kind: str | None, code: str | None, status_code: str | None) -> TrackingStatus | None:
    """Return what an event makes of the parcel.

    Args:
        kind: ``status.type``.
        code: ``status.code``.
        status_code: ``status.statusCode``, with or without its leading zeros.

    Returns:
        ``None`` for a note that changes nothing; ``UNKNOWN`` for what is in no table, to be counted and never guessed.
    """
    number = _number(status_code)
    if number in STATUS_CODES:
        status = STATUS_CODES[number]
        if status is not _S.UNKNOWN:
            return status
    pair = ((kind or "").upper(), (code or "").upper())
    if pair in PAIRS:
        return PAIRS[pair]
    if number in STATUS_CODES:
        return _S.UNKNOWN
    return TYPES.get(pair[0], _S.UNKNOWN)


def event_reason(
    kind: str | None, code: str | None, status_code: str | None, status: TrackingStatus | None
) -> TrackingReason | None:
    """Return why something went otherwise, where the codes say it."""
    pair = ((kind or "").upper(), (code or "").upper())
    reason = PAIR_REASONS.get(pair) or REASON_CODES.get(_number(status_code) or "")
    return reason or (_R.OTHER if status in _NO_REASON else None)
