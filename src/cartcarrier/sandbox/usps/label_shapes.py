"""The shapes of label requests, as the gateway checks them. Names are USPS's, in its own mixed styles."""

from typing import Final

from cartcarrier.sandbox.usps.geography import STATES
from cartcarrier.sandbox.usps.products import (
    ABROAD_EXTRA_SERVICES,
    CATEGORIES,
    FACILITIES,
    INTERNATIONAL,
    LABEL_CLASSES,
    LABEL_EXTRA_SERVICES,
    RETURN_CLASSES,
)
from cartcarrier.sandbox.usps.rate_shapes import INDICATORS
from cartcarrier.sandbox.usps.shapes import (
    EMAIL,
    PHONE,
    Shape,
    choice,
    day,
    flag,
    group,
    many,
    moment,
    number,
    text,
    whole,
)

_COUNTRY: Final = text(pattern="[A-Z]{2}")
_ZIP5: Final = text(pattern=r"\d{5}")
_POSITIVE: Final = number(above="0")
_UUID: Final = text(pattern=r"[A-Fa-f0-9]{8}-(?:[A-Fa-f0-9]{4}-){3}[A-Fa-f0-9]{12}")
IDEMPOTENCY_KEY: Final = _UUID
_MAILER_ID: Final = text(pattern=r"\d{6}|\d{9}")
_NAMES: Final = {"firstName": text(most=50), "lastName": text(most=50), "firm": text(least=0, most=50)}
_STREET: Final = {
    "streetAddress*": text(most=50),
    "streetAddressAbbreviation": text(least=0, most=50),
    "secondaryAddress": text(least=0, most=50),
    "cityAbbreviation": text(),
}
_PLACE: Final = {
    "city*": text(most=28),
    "state*": choice(" ".join(sorted(STATES))),
    "ZIPCode*": _ZIP5,
    "ZIPPlus4": text(pattern=r"\d{4}"),
    "urbanization": text(least=0, most=96),
}
_CONTACT: Final = {"phone": text(pattern=PHONE), "email": text(most=50, pattern=EMAIL), "ignoreBadAddress": flag}
_FROM: Final = {**_STREET, **_PLACE, **_NAMES, **_CONTACT}
FROM: Final = group(_FROM)
_TO: Final = group({**_FROM, "parcelLockerDelivery": flag, "holdForPickup": flag, "facilityId": text(most=7)})
_SENDER: Final = group({**_FROM, "platformUserId": text(most=30)})
_IMAGE: Final = {
    "imageType": choice("PDF TIFF JPG PNG GIF SVG ZPL203DPI ZPL300DPI EPL300DPI LABEL_BROKER NONE"),
    "labelType": choice("4X4LABEL 4X5LABEL 4X6LABEL 6X4LABEL 2X7LABEL"),
    "shipInfo": flag,
    "receiptOption": choice("SAME_PAGE SEPARATE_PAGE NONE"),
    "brandingImageFormat": choice("ONE_SQUARE TWO_SQUARES RECTANGLE NONE"),
    "brandingImageUUIDs": many(_UUID, most=2),
    "includeLabelBrokerPDF": flag,
    "addZPLComments": flag,
    "addImageComments": flag,
    "suppressPostage": flag,
    "suppressMailDate": flag,
    "returnLabel": flag,
    "packageNumber": whole(least=1, most=9999),
    "totalPackages": whole(least=1, most=9999),
}
_REDIRECT: Final = group(_FROM)
_OPTIONS: Final = {
    "packageValue": number(least="0"),
    "nonDeliveryOption": choice("RETURN REDIRECT ABANDON"),
    "redirectAddress": _REDIRECT,
    "generateGXEvent": flag,
    "immediateManifest": flag,
    "originalPackage": group(
        {"originalTrackingNumber*": text(least=13, most=34), "originalConstructCode*": text(most=3)}
    ),
}
_PACKAGE: Final = {
    "weightUOM": choice("lb"),
    "weight*": _POSITIVE,
    "dimensionsUOM": choice("in"),
    "length*": _POSITIVE,
    "height*": _POSITIVE,
    "width*": _POSITIVE,
    "girth": _POSITIVE,
    "hasNonstandardCharacteristics": flag,
    "processingCategory*": choice(CATEGORIES),
    "destinationEntryFacilityAddress": group({**_STREET, **_PLACE}),
    "inductionZIPCode": _ZIP5,
    "mailOwnerMID": _MAILER_ID,
    "logisticsManagerMID": _MAILER_ID,
}
_DOMESTIC_PACKAGE: Final = {
    **_PACKAGE,
    "rateIndicator": choice(INDICATORS),
    "shape": choice("RECTANGULAR NON_RECTANGULAR"),
    "packagingType": choice(
        "VARIABLE 5-DIGIT_PRESORT BASIC_PRESORT FLAT_RATE_ENVELOPE LEGAL_FLAT_RATE_ENVELOPE PADDED_FLAT_RATE_ENVELOPE"
        " SM_FLAT_RATE_BOX MD_FLAT_RATE_BOX LG_FLAT_RATE_BOX CUBIC_PARCELS CUBIC_SOFT_PACK CONNECT_LOCAL_FLAT_RATE_BOX"
        " CONNECT_LOCAL_SMALL_FLAT_RATE_BAG CONNECT_LOCAL_LARGE_FLAT_RATE_BAG"
    ),
    "destinationEntryFacilityType*": choice(FACILITIES),
    "extraServices": many(whole(of=LABEL_EXTRA_SERVICES), most=5),
    "mailingDate*": moment,
    "carrierRelease": flag,
    "physicalSignatureRequired": flag,
    "serialNumberFormat": choice("STANDARD EXTENDED"),
    "shipperVisibilityMethod": choice("SENDER_INFORMATION MID_INFORMATION"),
    "customerReference": many(group({"referenceNumber": text(most=30), "printReferenceNumber": flag}), most=4),
    "packageOptions": group(
        {
            **_OPTIONS,
            "omas": group({"chargebackCode": text(pattern="[A-Za-z0-9]{1,6}")}),
            "contentType": choice(
                "HAZMAT CREMATED_REMAINS BEES DAY_OLD_POULTRY ADULT_BIRDS OTHER_LIVES PERISHABLE PHARMACEUTICALS"
                " MEDICAL_SUPPLIES FRUITS VEGETABLES LIVE_PLANTS"
            ),
            "containers": many(group({"containerID*": text(most=34), "sortType*": text()}), most=3),
            "ancillaryServiceEndorsements": choice(
                "CHANGE_SERVICE_REQUESTED ADDRESS_SERVICE_REQUESTED ELECTRONIC_SERVICE_REQUESTED"
                " RETURN_SERVICE_REQUESTED TEMP_RETURN_SERVICE_REQUESTED FORWARDING_SERVICE_REQUESTED"
            ),
            "returnReceiptTracking": flag,
        }
    ),
}
_CUSTOMS: Final = {
    "contentComments": text(most=25),
    "restrictionType": choice("QUARANTINE SANITARY_INSPECTION PHYTOSANITARY_INSPECTION OTHER"),
    "restrictionComments": text(most=25),
    "invoiceNumber": text(most=15),
    "licenseNumber": text(most=16),
    "certificateNumber": text(most=12),
}
_CONTENT_TYPES: Final = (
    "MERCHANDISE GIFT DOCUMENT COMMERCIAL_SAMPLE RETURNED_GOODS OTHER HUMANITARIAN_DONATIONS DANGEROUS_GOODS"
)
_CONTENTS: Final = {
    "itemDescription*": text(most=30),
    "itemQuantity*": whole(least=1, most=9999),
    "itemValue": number(least="0.01", most="999999.99"),
    "itemTotalValue": number(least="0.01", most="999999.99"),
    "weightUOM": choice("lb"),
    "itemWeight": _POSITIVE,
    "itemTotalWeight": _POSITIVE,
    "HSTariffNumber": text(least=6, most=14),
    "countryofOrigin": _COUNTRY,
    "itemCategory": text(),
    "itemSubcategory": text(),
}


def _required(members: dict[str, Shape], *names: str) -> dict[str, Shape]:
    return {f"{name}*" if name in names else name: shape for name, shape in members.items()}


DOMESTIC_LABEL: Final = group(
    {
        "imageInfo": group(_IMAGE),
        "toAddress*": _TO,
        "fromAddress*": FROM,
        "senderAddress": _SENDER,
        "returnAddress": FROM,
        "packageDescription*": group({**_DOMESTIC_PACKAGE, "mailClass*": choice(LABEL_CLASSES)}),
        "customsForm": group(
            {
                **_CUSTOMS,
                "AESITN": text(most=35),
                "customsContentType*": choice(_CONTENT_TYPES),
                "importersReference": text(most=40),
                "importersContact": text(most=30),
                "exportersReference": text(most=40),
                "exportersContact": text(most=30),
                "contents*": many(
                    group(_required(_CONTENTS, "itemTotalValue", "itemTotalWeight", "weightUOM")), least=1, most=30
                ),
            }
        ),
    }
)
_NOT_OF_RETURNS: Final = (
    "destinationEntryFacilityType*",
    "mailingDate*",
    "carrierRelease",
    "physicalSignatureRequired",
    "serialNumberFormat",
    "mailOwnerMID",
    "logisticsManagerMID",
)
"""A return label has no mailing date: nobody knows when it is used."""
_RETURN_PACKAGE: Final = {name: shape for name, shape in _DOMESTIC_PACKAGE.items() if name not in _NOT_OF_RETURNS}
RETURN_LABEL: Final = group(
    {
        "imageInfo": group({name: _IMAGE[name] for name in _IMAGE if name not in {"packageNumber", "totalPackages"}}),
        "toAddress*": FROM,
        "fromAddress*": FROM,
        "senderAddress": _SENDER,
        "returnAddress": FROM,
        "packageDescription*": group({**_RETURN_PACKAGE, "mailClass*": choice(RETURN_CLASSES)}),
    }
)
REPRINT: Final = group(
    {
        "imageInfo": group(
            {
                name: _IMAGE[name]
                for name in (
                    "labelType",
                    "suppressPostage",
                    "suppressMailDate",
                    "brandingImageFormat",
                    "brandingImageUUIDs",
                    "packageNumber",
                    "totalPackages",
                )
            }
            | {"imageType": choice("PDF TIFF JPG PNG GIF SVG ZPL203DPI ZPL300DPI EPL300DPI")}
        )
    }
)
EDIT: Final = many(
    group(
        {
            "op*": choice("replace"),
            "path*": choice(
                " ".join(
                    f"/packageDescription/{name}"
                    for name in [
                        "weight",
                        "length",
                        "height",
                        "width",
                        "processingCategory",
                        "girth",
                        "rateIndicator",
                        "containers",
                    ]
                )
            ),
            "value": lambda _value, _pointer: None,
        }
    )
)

_REFERENCE: Final = group(
    {
        "referenceType": choice("TAX_CODE VAT_NUMBER IMPORTER_CODE"),
        "reference": text(most=28),
        "contact": group({"phone": text(pattern=PHONE), "fax": text(pattern=PHONE), "email": text(pattern=EMAIL)}),
    }
)
INTERNATIONAL_LABEL: Final = group(
    {
        "imageInfo": group(
            {
                "imageType": choice("LABEL_BROKER PDF TIFF ZPL203DPI ZPL300DPI NONE"),
                "labelType": choice("4X6LABEL"),
                "holdForManifest": flag,
                "suppressPostage": flag,
                "includeLabelBrokerPDF": flag,
                "addZPLComments": flag,
            }
        ),
        "toAddress*": group(
            {
                **_STREET,
                **_NAMES,
                "city*": text(most=28),
                "postalCode": text(most=11),
                "province": text(most=40),
                "provinceISOAlpha2Code": text(pattern="[a-zA-Z]{2}"),
                "country*": text(),
                "countryISOAlpha2Code*": text(pattern="[a-zA-Z]{2}"),
                "phone": text(pattern=PHONE),
            }
        ),
        "fromAddress*": FROM,
        "senderAddress": _SENDER,
        "packageDescription*": group(
            {
                **{name: shape for name, shape in _PACKAGE.items() if name != "hasNonstandardCharacteristics"},
                "mailClass*": choice(" ".join(INTERNATIONAL)),
                "processingCategory*": choice("LETTERS FLATS MACHINABLE NON_MACHINABLE NONSTANDARD"),
                "rateIndicator": choice("E4 E6 FA FB FE FP FS PA PL SP"),
                "packagingType": choice(
                    "FLAT_RATE_ENVELOPE LEGAL_FLAT_RATE_ENVELOPE PADDED_FLAT_RATE_ENVELOPE SM_FLAT_RATE_BOX"
                    " MD_FLAT_RATE_BOX LG_FLAT_RATE_BOX VARIABLE"
                ),
                "diameter": number(least="0"),
                "shape": choice("RECTANGLE"),
                "destinationEntryFacilityType*": choice("NONE INTERNATIONAL_SERVICE_CENTER"),
                "mailingDate*": day,
                "packageOptions": group(_OPTIONS),
                "customerReference": many(group({"referenceNumber": text(most=30)}), most=2),
                "extraServices": many(whole(of=ABROAD_EXTRA_SERVICES), most=3),
                "prepayDutiesTaxesFees": flag,
            }
        ),
        "customsForm*": group(
            {
                **_CUSTOMS,
                "AESITN*": text(most=35),
                "customsContentType*": choice(
                    f"{_CONTENT_TYPES} CREMATED_REMAINS NON_NEGOTIABLE_DOCUMENT MEDICAL_SUPPLIES PHARMACEUTICALS"
                ),
                "importersReference": _REFERENCE,
                "exportersReference": _REFERENCE,
                "contents*": many(group(_required(_CONTENTS, "countryofOrigin")), least=1, most=30),
            }
        ),
    }
)
INTERNATIONAL_REPRINT: Final = group(
    {
        "imageInfo": group(
            {
                "imageType": choice("PDF TIFF ZPL203DPI ZPL300DPI"),
                "labelType": choice("4X6LABEL"),
                "suppressPostage": flag,
            }
        )
    }
)
