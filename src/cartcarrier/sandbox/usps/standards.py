"""Days in transit without prices: ``GET /service-standards/v3/estimates`` and ``/standards`` (field guide usps.md §2).

USPS publishes examples, no description; the members are those of the examples.
"""

from datetime import date, datetime, time
from typing import Final

from cartcarrier.sandbox.usps.account import World
from cartcarrier.sandbox.usps.answers import Node
from cartcarrier.sandbox.usps.errors import USPSError
from cartcarrier.sandbox.usps.geography import local_time, state_of, zone
from cartcarrier.sandbox.usps.options import DAYS_AHEAD
from cartcarrier.sandbox.usps.products import DOMESTIC, RATED_CLASSES
from cartcarrier.sandbox.usps.shapes import check_query, choice, day, text
from cartcarrier.sandbox.usps.tariff import add_days, transit_days

_ZIP: Final = text(pattern=r"\d{5}|\d{3}")
_QUERY: Final = {
    "originZIPCode*": _ZIP,
    "destinationZIPCode*": _ZIP,
    "mailClass": choice(RATED_CLASSES),
    "acceptanceDate": day,
    "acceptanceTime": text(pattern=r"\d{4}|\d\d:\d\d"),
    "destinationType": choice("STREET PO_BOX HOLD_FOR_PICKUP"),
    "serviceTypeCodes": text(),
}


def estimate(world: World, query: dict[str, str], *, path: str) -> list[Node]:
    """Answer how long the classes take between two ZIP codes.

    Args:
        world: What the platform knows.
        query: The parameters.
        path: ``/estimates`` says on which day, ``/standards`` how many days.

    Raises:
        USPSError: 040001 for a pair that has no standard, 040002 for a day that is too far off.
    """
    check_query(query, _QUERY, path)
    origin, destination = query["originZIPCode"], query["destinationZIPCode"]
    state = state_of(origin)
    if state is None or state_of(destination) is None:
        raise USPSError(
            "040001",
            "A Commitment or Service Standard is not available for this ZIP Code pair.",
            "originZIPCode, destinationZIPCode",
        )
    today = world.now().astimezone(local_time(state)).date()
    start = date.fromisoformat(query["acceptanceDate"]) if "acceptanceDate" in query else today
    if not today <= start <= today + DAYS_AHEAD:
        raise USPSError(
            "040002",
            f"Invalid AcceptDate [{start:%m/%d/%Y}]. AcceptDate must be between [{today:%m/%d/%Y}] and"
            f" [{today + DAYS_AHEAD:%m/%d/%Y}].",
            "acceptanceDate",
        )
    wanted = query.get("mailClass", "ALL")
    classes = tuple(DOMESTIC) if wanted == "ALL" else (wanted,)
    write = _estimate if path == "/estimates" else _standard
    return [write(query, mail_class, start) for mail_class in classes if mail_class in DOMESTIC]


def _estimate(query: Node, mail_class: str, start: date) -> Node:
    days = transit_days(mail_class, zone(query["originZIPCode"], query["destinationZIPCode"]))
    arrival = add_days(start, days)
    accepted = datetime.combine(start, time(12))
    return {
        "mailClass": mail_class,
        "destinationType": query.get("destinationType", "STREET"),
        "acceptanceDateTime": f"{accepted.isoformat()}Z",
        "effectiveAcceptanceDate": start.isoformat(),
        "cutOffTime": 1700,
        "serviceStandard": days,
        "serviceStandardMessage": f"{days}-Day",
        "delivery": {"scheduledDeliveryDateTime": arrival.isoformat()},
    }


def _standard(query: Node, mail_class: str, start: date) -> Node:
    days = transit_days(mail_class, zone(query["originZIPCode"], query["destinationZIPCode"]))
    return {
        "mailClass": mail_class,
        "originZIPCode": query["originZIPCode"],
        "destinationZIPCode": query["destinationZIPCode"],
        "days": days,
        "effectiveAcceptanceDate": start.isoformat(),
        "scheduledDeliveryDate": add_days(start, days).isoformat(),
    }
