"""Good requests of every kind: what is quoted and bought with which options."""

from collections.abc import Callable

from tests.sandbox.fedex.samples import Json, domestic, express, international, put, quote_request
from tests.sandbox.fedex.shop import signed

QUOTES: dict[str, Callable[[], Json]] = {
    "domestic": quote_request,
    "every price": lambda: put(
        put(quote_request(), "rateRequestType", ["ACCOUNT", "LIST", "PREFERRED", "INCENTIVE"]),
        "preferredCurrency",
        "EUR",
    ),
    "saturday": lambda: put(
        put(quote_request(), "/rateRequestControlParameters.variableOptions", "SATURDAY_DELIVERY"),
        "shipDateStamp",
        "2026-01-08",
    ),
    "one service": lambda: put(quote_request(), "serviceType", "FEDEX_2_DAY"),
    "failures too": lambda: put(
        put(quote_request(), "/rateRequestControlParameters.servicesNeededOnRateFailure", value=True),
        "requestedPackageLineItems.0.weight.value",
        80,
    ),
    "abroad": lambda: put(
        quote_request(), "recipient.address", {"city": "Paris", "postalCode": "75001", "countryCode": "FR"}
    ),
    "canada": lambda: put(
        quote_request(),
        "shipper.address",
        {"city": "Toronto", "stateOrProvinceCode": "ON", "postalCode": "M5H 1J9", "countryCode": "CA"},
    ),
    "wrong city": lambda: put(quote_request(), "recipient.address.city", "Denver"),
    "signed": lambda: put(quote_request(), "requestedPackageLineItems.0.packageSpecialServices", signed("ADULT")),
}


def with_services(body: Json, *kinds: str, **details: object) -> Json:
    """Return a request with special services of the shipment added."""
    return put(body, "shipmentSpecialServices", {"specialServiceTypes": list(kinds), **details})


def with_goods(body: Json, *kinds: str, **details: object) -> Json:
    """Return a request with special services of its package added."""
    path = "requestedPackageLineItems.0.packageSpecialServices"
    return put(body, path, {"specialServiceTypes": list(kinds), **details})


def several(body: Json, count: int) -> Json:
    """Return a request for that many packages, a line each."""
    lines = body["requestedShipment"]["requestedPackageLineItems"]
    lines += [dict(lines[0]) for _ in range(count - 1)]
    return body


def emailed() -> Json:
    """Return a request for a return label that is sent by email."""
    pending = {
        "pendingShipmentType": "EMAIL",
        "expirationTimeStamp": "2026-02-05",
        "emailLabelDetail": {"recipients": [{"emailAddress": "j@example.org", "role": "SHIPMENT_COMPLETOR"}]},
    }
    kinds = ("RETURN_SHIPMENT", "PENDING_SHIPMENT")
    body = with_services(
        domestic(), *kinds, returnShipmentDetail={"returnType": "PENDING"}, pendingShipmentDetail=pending
    )
    put(body, "requestedPackageLineItems.0.itemDescription", "Shoes")
    return put(body, "/shipAction", "TRANSFER")


SHIPMENTS: dict[str, Callable[[], Json]] = {
    "domestic": domestic,
    "express": express,
    "several": lambda: several(domestic(), 3),
    "economy": lambda: put(
        put(domestic(), "serviceType", "SMART_POST"), "smartPostInfoDetail", {"hubId": "5531", "indicia": "PARCEL_SELECT"}
    ),
    "international": international,
    "trade documents": lambda: with_services(
        international(), "ELECTRONIC_TRADE_DOCUMENTS", etdDetail={"requestedDocumentTypes": ["COMMERCIAL_INVOICE"]}
    ),
    "duties paid": lambda: put(international(), "customsClearanceDetail.dutiesPayment", {"paymentType": "SENDER"}),
    "third party": lambda: put(
        domestic(),
        "shippingChargesPayment",
        {"paymentType": "THIRD_PARTY", "payor": {"responsibleParty": {"accountNumber": {"value": "802255209"}}}},
    ),
    "adult signature": lambda: put(domestic(), "requestedPackageLineItems.0.packageSpecialServices", signed("ADULT")),
    "declared value": lambda: put(
        domestic(), "requestedPackageLineItems.0.declaredValue", {"amount": 600, "currency": "USD"}
    ),
    "saturday": lambda: with_services(
        put(express("PRIORITY_OVERNIGHT"), "shipDatestamp", "2026-01-09"), "SATURDAY_DELIVERY"
    ),
    "hold": lambda: with_services(express(), "HOLD_AT_LOCATION", holdAtLocationDetail={"locationId": "AURKA"}),
    "dry ice": lambda: with_goods(express(), "DRY_ICE", dryIceWeight={"units": "KG", "value": 0.5}),
    "batteries": lambda: with_goods(
        express(),
        "BATTERY",
        batteryDetails=[
            {
                "batteryPackingType": "CONTAINED_IN_EQUIPMENT",
                "batteryRegulatoryType": "IATA_SECTION_II",
                "batteryMaterialType": "LITHIUM_ION",
            }
        ],
    ),
    "alcohol": lambda: with_goods(
        express(),
        "ALCOHOL",
        "SIGNATURE_OPTION",
        signatureOptionType="ADULT",
        alcoholDetail={"alcoholRecipientType": "CONSUMER"},
    ),
    "return": lambda: with_services(
        domestic(), "RETURN_SHIPMENT", returnShipmentDetail={"returnType": "PRINT_RETURN_LABEL"}
    ),
    "emailed return": emailed,
    "one rate": lambda: put(
        with_services(express(), "FEDEX_ONE_RATE"), "packagingType", "FEDEX_PAK"
    ),
    "odd phone": lambda: put(domestic(), "recipients.0.contact.phoneNumber", "(303) 555-0101"),
    "wrong city": lambda: put(domestic(), "recipients.0.address.city", "Denver"),
}  # fmt: skip
