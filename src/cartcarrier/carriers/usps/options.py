"""What only USPS can be asked for, and what its quota allows."""

from decimal import Decimal
from typing import Any, Final

import attrs

from cartcarrier.errors import InvalidValueError

_DPI: Final = frozenset({203, 300})
_CONTENTS: Final = frozenset(
    [
        "HAZMAT",
        "CREMATED_REMAINS",
        "BEES",
        "DAY_OLD_POULTRY",
        "ADULT_BIRDS",
        "OTHER_LIVES",
        "PERISHABLE",
        "PHARMACEUTICALS",
        "MEDICAL_SUPPLIES",
        "FRUITS",
        "VEGETABLES",
        "LIVE_PLANTS",
    ]
)


def _refuse(name: str, why: str) -> InvalidValueError:
    field = f"USPSOptions.{name}"
    return InvalidValueError(f"{field} {why}", field=field)


def _dpi(_: object, __: "attrs.Attribute[Any]", value: object) -> None:
    if value not in _DPI:
        raise _refuse("zpl_dpi", "must be 203 or 300")


def _girth(_: object, __: "attrs.Attribute[Any]", value: object) -> None:
    if value is not None and (not isinstance(value, Decimal) or value <= 0):
        raise _refuse("girth", "must be a Decimal of more than 0")


def _content(_: object, __: "attrs.Attribute[Any]", value: object) -> None:
    if value is not None and value not in _CONTENTS:
        raise _refuse("content_type", f"must be one of {', '.join(sorted(_CONTENTS))}")


def _codes(values: Any) -> tuple[int, ...]:  # noqa: ANN401 - an attrs converter
    return tuple(values)


@attrs.frozen(kw_only=True)
class USPSOptions:
    """Options for ``ShipmentOptions.carrier_options`` that only USPS has.

    Attributes:
        zpl_dpi: Of ZPL labels: 203 or 300.
        nonstandard: A tube, liquid in glass, a dense thing: USPS handles it apart and charges for it; unsaid, it charges later.
        girth: Of what is not rectangular, in inches; leave it out for boxes.
        restricted_delivery: Hand it to the addressee only; with ``Signature.DIRECT`` or ``ADULT``.
        content_type: What is in it, in USPS's word (field guide usps.md §4.2); live animals and perishables cost a handling fee.
        extra_services: Codes of further extra services.
        sunday_delivery: Deliver on Sunday; Priority Mail Express only.
    """

    zpl_dpi: int = attrs.field(default=203, validator=_dpi)
    nonstandard: bool = False
    girth: Decimal | None = attrs.field(default=None, validator=_girth)
    restricted_delivery: bool = False
    content_type: str | None = attrs.field(default=None, validator=_content)
    extra_services: tuple[int, ...] = attrs.field(default=(), converter=_codes)
    sunday_delivery: bool = False


@attrs.frozen(kw_only=True)
class VolumePlan:
    """What an hourly quota allows.

    Attributes:
        calls_per_hour: What USPS allows.
        calls_per_parcel: What one parcel needs on average: quotes, address, label, tracking, the share of voids.
        parcels_per_hour: That can be shipped for hours on end.
        parcels_per_day: In the working hours that were given.
        burst: Parcels that can be shipped at once after a pause.
        calls_needed_per_hour: For the volume that was asked about; ``None`` when none was.
        fits: Whether that volume fits; ``None`` when none was asked about.
        sentence: The same for people, with what to do.
    """

    calls_per_hour: int
    calls_per_parcel: Decimal
    parcels_per_hour: int
    parcels_per_day: int
    burst: int
    calls_needed_per_hour: int | None = None
    fits: bool | None = None
    sentence: str
