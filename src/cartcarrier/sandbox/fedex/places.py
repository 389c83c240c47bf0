"""FedEx's own places: where parcels are dropped, held and sorted. All of them invented, in towns that exist."""

from typing import Final

import attrs


@attrs.frozen
class Station:
    """A place of FedEx's.

    Attributes:
        id: FedEx's ``locationId``.
        kind: FedEx's ``locationType``.
        name: As it says on the door.
        line: Its street.
        city: Its city.
        state: Two letters; empty abroad.
        postal_code: Its postal code.
        country: Its country.
        position: Latitude and longitude in degrees.
        holds: Whether it keeps parcels for receivers.
    """

    id: str
    kind: str
    name: str
    line: str
    city: str
    state: str
    postal_code: str
    country: str
    position: tuple[str, str]
    holds: bool = attrs.field(default=True, kw_only=True)


STATIONS: Final = (
    Station("AURKA", "FEDEX_OFFICE", "FedEx Office Aurora", "40 Elm St", "Aurora", "CO", "80012", "US", ("39.699", "-104.838")),
    Station("DENWA", "FEDEX_ONSITE", "Pharmacy on Colfax", "200 Colfax Ave", "Aurora", "CO", "80010", "US", ("39.740", "-104.862")),
    Station("DENGT", "FEDEX_GROUND_TERMINAL", "FedEx Ground Denver", "1 Terminal Rd", "Denver", "CO", "80239", "US", ("39.789", "-104.829"), holds=False),
    Station("FTYKO", "FEDEX_AUTHORIZED_SHIP_CENTER", "Ship Center Alpharetta", "12 Dock Rd", "Alpharetta", "GA", "30005", "US", ("34.088", "-84.219")),
    Station("NYCKA", "FEDEX_OFFICE", "FedEx Office Brooklyn", "9 Maple Ave", "Brooklyn", "NY", "11201", "US", ("40.693", "-73.990")),
    Station("PDXKA", "FEDEX_OFFICE", "FedEx Office Portland", "310 Harbor Blvd", "Portland", "OR", "97209", "US", ("45.531", "-122.684")),
    Station("CHIKA", "FEDEX_ONSITE", "Grocery on Lake", "150 N Lake St", "Chicago", "IL", "60614", "US", ("41.922", "-87.653")),
    Station("MEMKA", "FEDEX_STAFFED", "World Service Center Memphis", "2 Hub Dr", "Memphis", "TN", "38116", "US", ("35.030", "-90.010")),
    Station("YYZKA", "FEDEX_SHIPSITE", "Ship Centre Toronto", "80 King St W", "Toronto", "ON", "M5H1J9", "CA", ("43.648", "-79.382")),
    Station("CDGKA", "FEDEX_ONSITE", "Relais Rue X", "8 rue X", "Paris", "", "75001", "FR", ("48.864", "2.336")),
    Station("LHRKA", "FEDEX_ONSITE", "Newsagent High St", "77 High St", "London", "", "SW1A1AA", "GB", ("51.501", "-0.142")),
)  # fmt: skip
BY_ID: Final = {station.id: station for station in STATIONS}
HOLD_TYPES: Final = frozenset(
    {
        "FEDEX_AUTHORIZED_SHIP_CENTER", "FEDEX_OFFICE", "FEDEX_SELF_SERVICE_LOCATION", "FEDEX_STAFFED",
        "RETAIL_ALLICANCE_LOCATION", "FEDEX_GROUND_TERMINAL", "FEDEX_ONSITE",
    }
)  # fmt: skip
