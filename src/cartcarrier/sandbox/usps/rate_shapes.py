"""The shapes of requests about prices, as the gateway checks them. Names are USPS's, in its own mixed styles."""

from typing import Final

from cartcarrier.sandbox.usps.products import (
    ABROAD_RATED_EXTRA_SERVICES,
    CATEGORIES,
    FACILITIES,
    INTERNATIONAL,
    LABEL_CLASSES,
    RATED_CLASSES,
    RATED_EXTRA_SERVICES,
    RETURNS,
)
from cartcarrier.sandbox.usps.shapes import (
    Shape,
    choice,
    day,
    flag,
    group,
    many,
    moment,
    number,
    one_of,
    text,
    whole,
)

_ZIP: Final = text(pattern=r"\d{5}(?:[-\s]\d{4})?")
_COUNTRY: Final = text(pattern="[A-Z]{2}")
_PRICE_TYPE: Final = choice("RETAIL COMMERCIAL CONTRACT NSA")
_ACCOUNT: Final = {"accountType": choice("EPS PERMIT METER MID"), "accountNumber": text(pattern=r"\d+")}
_SIZE: Final = {"weight*": number(), "length*": number(), "width*": number(), "height*": number()}
INDICATORS: Final = (
    "3D 3N 3R 5D BA BB CP CM DC DE DF DN DR E4 E6 FA FB FE FP FS LC LF LL LO LS NP OS P5 P6 P7 P8 P9 Q6 Q7 Q8 Q9 Q0 PA PL"
    " PM PR SN SP SR"
)
_ABROAD_INDICATORS: Final = "E4 E6 E7 FA FB FE FP FS PA PL SP EP HA HB HE HL HP HS LE"
_ABROAD_CLASSES: Final = f"{' '.join(INTERNATIONAL)} GLOBAL_EXPRESS_GUARANTEED"

_HOME: Final[dict[str, Shape]] = {
    "originZIPCode*": _ZIP,
    "destinationZIPCode*": _ZIP,
    "priceType": _PRICE_TYPE,
    "mailingDate": day,
    **_ACCOUNT,
    "hasNonstandardCharacteristics": flag,
}
BASE_RATES: Final = group(
    {
        **{name: shape for name, shape in _HOME.items() if name != "priceType"},
        **_SIZE,
        "priceType*": _PRICE_TYPE,
        "mailClass*": choice(f"{LABEL_CLASSES} USPS_RETAIL_GROUND {' '.join(RETURNS)}"),
        "processingCategory*": choice(CATEGORIES),
        "rateIndicator*": choice(f"{INDICATORS} BM C1 C2 C3 C4 C5 E7 O1 O2 O3 O4 O5 O6 O7 SB"),
        "destinationEntryFacilityType*": choice(FACILITIES),
    }
)
_LIST: Final = {
    **_HOME,
    **_SIZE,
    "mailClass": choice(RATED_CLASSES),
    "mailClasses": many(choice(RATED_CLASSES)),
}
BASE_RATES_LIST: Final = group(_LIST)
TOTAL_RATES: Final = group(
    {**_LIST, "itemValue": number(least="0"), "extraServices": many(whole(of=RATED_EXTRA_SERVICES))}
)
EXTRA_SERVICE_RATES: Final = group(
    {
        "extraServices": many(whole(of=RATED_EXTRA_SERVICES)),
        "mailClass*": choice(f"{LABEL_CLASSES} {' '.join(RETURNS)}"),
        "priceType*": _PRICE_TYPE,
        "itemValue": number(least="0"),
        "weight": number(),
        "originZIPCode": _ZIP,
        "destinationZIPCode": _ZIP,
        "mailingDate": day,
        **_ACCOUNT,
    }
)

_ITEM: Final = {
    "itemId*": text(pattern=r"\w{1,20}"),
    "itemValue*": number(least="0.01", most="999999.99"),
    "itemQuantity*": number(least="1"),
    "countryOfOrigin": _COUNTRY,
    "HSTariffNumber": text(least=6, most=14),
}
_ABROAD: Final[dict[str, Shape]] = {
    "originZIPCode*": _ZIP,
    "foreignPostalCode": text(),
    "destinationCountryCode*": _COUNTRY,
    **_SIZE,
    "mailingDate": day,
    "priceType": choice("RETAIL COMMERCIAL COMMERCIAL_BASE COMMERCIAL_PLUS CONTRACT"),
    **_ACCOUNT,
}
_DUTIES: Final[dict[str, Shape]] = {
    "requestDutiesTaxesFees": flag,
    "destinationCity": text(most=28),
    "destinationState": text(pattern=r"\w{2}"),
}
ABROAD_BASE_RATES: Final = group(
    {
        **{name: shape for name, shape in _ABROAD.items() if name != "priceType"},
        "priceType*": choice("RETAIL COMMERCIAL COMMERCIAL_BASE COMMERCIAL_PLUS CONTRACT"),
        "mailClass*": choice(_ABROAD_CLASSES),
        "rateIndicator*": choice(_ABROAD_INDICATORS),
        "processingCategory*": choice("FLATS MACHINABLE NON_MACHINABLE NONSTANDARD"),
        "destinationEntryFacilityType*": choice("NONE INTERNATIONAL_SERVICE_CENTER"),
    }
)
ABROAD_BASE_RATES_LIST: Final = group({**_ABROAD, "mailClass": choice(f"{_ABROAD_CLASSES} ALL")})
ABROAD_TOTAL_RATES: Final = group(
    {
        **_ABROAD,
        **_DUTIES,
        "mailClass": choice(f"{_ABROAD_CLASSES} ALL"),
        "items": many(group({**_ITEM, "weight": number(least="0.001")}), most=30),
        "itemValue": number(least="0"),
        "extraServices": many(whole(of=ABROAD_RATED_EXTRA_SERVICES)),
    }
)
ABROAD_EXTRA_SERVICE_RATES: Final = group(
    {
        "extraServices": many(whole(of=ABROAD_RATED_EXTRA_SERVICES)),
        "extraService": whole(of=ABROAD_RATED_EXTRA_SERVICES),
        "mailClass*": choice(_ABROAD_CLASSES),
        "priceType*": choice("RETAIL COMMERCIAL COMMERCIAL_PLUS NSA"),
        "itemValue": text(),
        "weight*": number(),
        "mailingDate": day,
        "rateIndicator*": choice(_ABROAD_INDICATORS),
        "destinationCountryCode*": _COUNTRY,
        **_ACCOUNT,
    }
)

_POSITIVE: Final = number(above="0")
_OPTIONS_SIZE: Final = {
    "weight*": _POSITIVE,
    "length*": _POSITIVE,
    "height*": _POSITIVE,
    "width*": _POSITIVE,
    "girth": _POSITIVE,
    "hasNonstandardCharacteristics": flag,
    "packageValue": number(least="0"),
    "mailingDate": moment,
}
_PRICING: Final = many(
    group(
        {
            "priceType": choice("RETAIL COMMERCIAL CONTRACT"),
            "paymentAccount": group(
                {"accountType": choice("EPS PERMIT METER MID"), "accountNumber": text(), "CRID": text()}
            ),
        }
    ),
    least=1,
)
SHIPPING_OPTIONS: Final = one_of(
    group(
        {
            "pricingOptions*": _PRICING,
            "originZIPCode*": _ZIP,
            "destinationZIPCode*": _ZIP,
            "destinationEntryFacilityType": choice(FACILITIES),
            "shippingFilter": choice("PRICE SERVICE_STANDARDS"),
            "packageDescription*": group(
                {
                    **_OPTIONS_SIZE,
                    "mailClass*": choice(f"{RATED_CLASSES} {' '.join(RETURNS)} ALL_OUTBOUND ALL_RETURNS"),
                    "extraServices": many(whole(of=RATED_EXTRA_SERVICES), most=5),
                }
            ),
        }
    ),
    group(
        {
            "pricingOptions*": _PRICING,
            "originZIPCode*": _ZIP,
            "foreignPostalCode": text(most=11),
            "destinationCountryCode*": _COUNTRY,
            "shippingFilter": choice("PRICE"),
            **_DUTIES,
            "items": many(group({**_ITEM, "itemWeight": number(least="0.001")}), most=30),
            "packageDescription*": group(
                {
                    **_OPTIONS_SIZE,
                    "mailClass*": choice(f"{_ABROAD_CLASSES} ALL"),
                    "extraServices": many(whole(of=ABROAD_RATED_EXTRA_SERVICES), most=5),
                }
            ),
        }
    ),
)
