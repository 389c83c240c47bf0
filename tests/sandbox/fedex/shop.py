"""More good requests: of transit times, postal codes, closes, pickups and trade documents; and what tests do with parcels."""

from datetime import timedelta

from tests.sandbox.fedex.samples import ACCOUNT, FedExClient, Json, address

ETD = "/documents/v1/etds/upload"
PICKUP_ADDRESS = address("1 Dock Rd", "Alpharetta", "GA", "30005")


def signed(kind: str) -> Json:
    """Return a package's special services with a signature."""
    return {"specialServiceTypes": ["SIGNATURE_OPTION"], "signatureOptionType": kind}


def transit_request() -> Json:
    """Return a good question about transit times within the US."""
    shipper = address("", "Alpharetta", "GA", "30005")
    receiver = address()
    for place in (shipper, receiver):
        del place["streetLines"]
    return {
        "requestedShipment": {
            "shipper": {"address": shipper},
            "recipients": [{"address": receiver}],
            "packagingType": "YOUR_PACKAGING",
            "pickupType": "DROPOFF_AT_FEDEX_LOCATION",
            "shipDatestamp": "2026-01-05",
            "requestedPackageLineItems": [{"weight": {"units": "LB", "value": 3}}],
        }
    }


def postal_request(**changes: object) -> Json:
    """Return a good question about a postal code."""
    asked = {
        "carrierCode": "FDXG",
        "countryCode": "US",
        "stateOrProvinceCode": "CO",
        "postalCode": "80012",
        "shipDate": "2026-01-05",
    }
    return {**asked, **changes}


def close_request(**changes: object) -> Json:
    """Return a good request for Ground's end of the day."""
    asked: Json = {
        "accountNumber": {"value": ACCOUNT},
        "closeReqType": "GCDR",
        "groundServiceCategory": "GROUND",
        "closeDate": "2026-01-05",
        "closeDocumentSpecification": {"closeDocumentTypes": ["MANIFEST"]},
    }
    return {**asked, **changes}


def pickup_request(carrier: str = "FDXE", *, ready: str = "2026-01-06T11:00:00Z", closes: str = "17:00:00") -> Json:
    """Return a good order of a pickup for the next day."""
    return {
        "associatedAccountNumber": {"value": ACCOUNT},
        "originDetail": {
            "pickupLocation": {
                "contact": {"personName": "Ship Desk", "companyName": "Acme", "phoneNumber": "7705550100"},
                "address": PICKUP_ADDRESS,
            },
            "readyDateTimestamp": ready,
            "customerCloseTime": closes,
            "pickupDateType": "FUTURE_DAY",
            "packageLocation": "FRONT",
        },
        "carrierCode": carrier,
        "packageCount": 3,
        "totalWeight": {"units": "LB", "value": 12},
    }


def document_form(**meta: object) -> Json:
    """Return the good details of a trade document."""
    described = {"shipDocumentType": "COMMERCIAL_INVOICE", "originCountryCode": "US", "destinationCountryCode": "FR"}
    return {
        "workflowName": "ETDPreshipment",
        "carrierCode": "FDXE",
        "name": "invoice.pdf",
        "contentType": "application/pdf",
        "meta": {**described, **meta},
    }


async def buy(fedex: FedExClient, body: Json, kind: str = "") -> str:
    """Buy a label, choose its story, and return its number."""
    number: str = (await fedex.buy(body))["masterTrackingNumber"]
    if kind:
        fedex.simulator.set_journey(tracking_number=number, kind=kind)
    return number


async def wait(fedex: FedExClient, **time: float) -> None:
    """Let time pass; tokens do not outlive it."""
    fedex.clock.advance(timedelta(**time).total_seconds())
    fedex.tokens.clear()
