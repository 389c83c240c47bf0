"""Where parcels are handed in and wait for their receivers: Access Points, stores, customer centers, drop boxes.

The places are invented; what is said of them is what UPS's Locator says (field guide ups.md §4.7; description of Locator).
"""

from typing import Final

import attrs

STORE: Final = ("002", "The UPS Store")
CENTER: Final = ("001", "UPS Customer Center")
DROP_BOX: Final = ("003", "UPS Drop Box")
ACCESS_POINT: Final = ("018", "UPS Access Point")


@attrs.frozen(kw_only=True)
class DropPlace:
    """A place of UPS's.

    Attributes:
        id: The location's number, not meant for customers.
        kind: UPS's code of the kind of location, and its name.
        name: What stands over the door.
        line: The street.
        city: The town.
        state: The state or province; empty where there are none.
        postal_code: As the country writes it.
        country: Its code.
        latitude: In degrees.
        longitude: In degrees.
        access_point: The public number of an Access Point, or empty.
        is_active: Whether the Access Point takes parcels at present.
        opens: Opening and closing hour on weekdays; on Saturdays it closes at noon.
        timezone: Its name.
    """

    id: str
    kind: tuple[str, str]
    name: str
    line: str
    city: str
    state: str
    postal_code: str
    country: str
    latitude: str
    longitude: str
    access_point: str = ""
    is_active: bool = True
    opens: tuple[int, int] = (9, 19)
    timezone: str = "America/New_York"


PLACES: Final = (
    DropPlace(id="100001", kind=ACCESS_POINT, name="ELM STREET MARKET", line="12 ELM ST", city="AURORA", state="CO", postal_code="80012", country="US", latitude="39.69950", longitude="-104.83770", access_point="U12345678", timezone="America/Denver"),
    DropPlace(id="100002", kind=ACCESS_POINT, name="COLFAX PHARMACY", line="1400 COLFAX AVE", city="AURORA", state="CO", postal_code="80010", country="US", latitude="39.74030", longitude="-104.86530", access_point="U22345678", timezone="America/Denver"),
    DropPlace(id="100003", kind=ACCESS_POINT, name="CLOSED FOR REPAIR", line="3 PEORIA ST", city="AURORA", state="CO", postal_code="80012", country="US", latitude="39.70110", longitude="-104.84720", access_point="U32345678", is_active=False, timezone="America/Denver"),
    DropPlace(id="100004", kind=STORE, name="THE UPS STORE", line="200 HAVANA ST", city="AURORA", state="CO", postal_code="80012", country="US", latitude="39.70500", longitude="-104.86000", timezone="America/Denver"),
    DropPlace(id="100005", kind=CENTER, name="UPS CUSTOMER CENTER", line="5020 IVY ST", city="COMMERCE CITY", state="CO", postal_code="80022", country="US", latitude="39.78900", longitude="-104.92200", opens=(8, 20), timezone="America/Denver"),
    DropPlace(id="100006", kind=STORE, name="THE UPS STORE", line="9 DOCK RD", city="ALPHARETTA", state="GA", postal_code="30005", country="US", latitude="34.08560", longitude="-84.21900"),
    DropPlace(id="100007", kind=DROP_BOX, name="DOCK ROAD OFFICES", line="40 DOCK RD", city="ALPHARETTA", state="GA", postal_code="30005", country="US", latitude="34.08610", longitude="-84.22150"),
    DropPlace(id="100008", kind=ACCESS_POINT, name="WINDWARD WINES", line="77 MAIN ST", city="ALPHARETTA", state="GA", postal_code="30009", country="US", latitude="34.07540", longitude="-84.29410", access_point="U42345678"),
    DropPlace(id="100009", kind=ACCESS_POINT, name="MAPLE DELI", line="310 MAPLE AVE", city="BROOKLYN", state="NY", postal_code="11201", country="US", latitude="40.69350", longitude="-73.98990", access_point="U52345678", opens=(7, 22)),
    DropPlace(id="100010", kind=STORE, name="THE UPS STORE", line="15 W 34TH ST", city="NEW YORK", state="NY", postal_code="10001", country="US", latitude="40.74850", longitude="-73.98550"),
    DropPlace(id="100011", kind=ACCESS_POINT, name="LAKE STREET CLEANERS", line="205 N LAKE ST", city="CHICAGO", state="IL", postal_code="60614", country="US", latitude="41.92270", longitude="-87.64600", access_point="U62345678", timezone="America/Chicago"),
    DropPlace(id="100012", kind=ACCESS_POINT, name="OAK HARDWARE", line="33 OAK LN", city="AUSTIN", state="TX", postal_code="78701", country="US", latitude="30.27070", longitude="-97.74250", access_point="U72345678", timezone="America/Chicago"),
    DropPlace(id="100013", kind=ACCESS_POINT, name="FOUNDRY COFFEE", line="4 FOUNDRY WAY", city="SEATTLE", state="WA", postal_code="98101", country="US", latitude="47.61010", longitude="-122.33640", access_point="U82345678", timezone="America/Los_Angeles"),
    DropPlace(id="200001", kind=ACCESS_POINT, name="TABAC DU LOUVRE", line="8 RUE DE RIVOLI", city="PARIS", state="", postal_code="75001", country="FR", latitude="48.86110", longitude="2.33590", access_point="U10000001", timezone="Europe/Paris"),
    DropPlace(id="200002", kind=ACCESS_POINT, name="SPAETI MITTE", line="20 TORSTRASSE", city="BERLIN", state="", postal_code="10115", country="DE", latitude="52.52970", longitude="13.39830", access_point="U10000002", opens=(8, 22), timezone="Europe/Berlin"),
    DropPlace(id="200003", kind=ACCESS_POINT, name="RIDEAU NEWS", line="120 RIDEAU ST", city="OTTAWA", state="ON", postal_code="K1A0B1", country="CA", latitude="45.42680", longitude="-75.69030", access_point="U10000003", timezone="America/Toronto"),
    DropPlace(id="200004", kind=ACCESS_POINT, name="STRAND NEWSAGENT", line="300 STRAND", city="LONDON", state="", postal_code="WC2R0DE", country="GB", latitude="51.51140", longitude="-0.11860", access_point="U10000004", timezone="Europe/London"),
)  # fmt: skip


def find_access_point(number: str) -> DropPlace | None:
    """Return the Access Point of that public number."""
    return next((place for place in PLACES if place.access_point and place.access_point == number), None)


def miles_between(country: str, postal_code: str, place: DropPlace) -> float:
    """Return how far a place is from a postal code, in miles: invented, from how far apart the codes are.

    Args:
        country: Of the postal code.
        postal_code: Without spaces.
        place: In the same country.
    """
    if country != place.country:
        return 9999.0
    if country == "US" and postal_code[:5].isdigit():
        return 0.4 + abs(int(postal_code[:5]) - int(place.postal_code)) / 10 + int(place.id) % 10 / 10
    same = 0
    for left, right in zip(postal_code, place.postal_code, strict=False):
        if left != right:
            break
        same += 1
    return (0.4, 3.5, 12.0, 60.0)[min(3, max(len(postal_code) - same, 0))] + int(place.id) % 10 / 10
