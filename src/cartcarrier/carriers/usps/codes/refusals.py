"""USPS's error codes: which error of ours each is, and what to say about it.

USPS's own texts are not passed on: they may repeat an address or a name. Source: field guide usps.md §8 and the error inventory.
"""

import re
from typing import Final

import attrs

from cartcarrier.errors import (
    AddressRejectedError,
    ConflictError,
    InsufficientFundsError,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    RejectedError,
    ServiceUnavailableForLaneError,
    UnavailableError,
)


@attrs.frozen
class Refusal:
    """What an error code means.

    Attributes:
        kind: Our error.
        words: What is wrong, and what to do, as the end of a sentence.
        field: Path of the refused field in USPS's names, where the code tells it.
    """

    kind: type[ProviderError]
    words: str
    field: str | None = None


_SETUP: Final = "the account is not set up for that; USPS's onboarding portal or support must do it"
_GROUPS: Final[tuple[tuple[str, Refusal], ...]] = (
    ("010001 010005", Refusal(AddressRejectedError, "USPS does not know the address")),
    ("010002 160119 160192 160243 160244", Refusal(AddressRejectedError, "the ZIP code is not valid", "ZIPCode")),
    ("010003", Refusal(AddressRejectedError, "the state is not valid", "state")),
    ("010004", Refusal(AddressRejectedError, "the city is not valid", "city")),
    ("010006", Refusal(AddressRejectedError, "several addresses fit; say more")),
    (
        "160138 160139 160158 160159 160190 160191 160194 160195",
        Refusal(AddressRejectedError, "the ZIP code is not in use, or not for this", "ZIPCode"),
    ),
    ("160183 160188 160263", Refusal(AddressRejectedError, "the ZIP+4 does not fit the address; leave it out")),
    (
        "160307 160308 160309 160310 160311 160312",
        Refusal(AddressRejectedError, "USPS cannot confirm the house, box or route number", "streetAddress"),
    ),
    ("160320", Refusal(AddressRejectedError, "the address has no street delivery (route R777)", "streetAddress")),
    ("160033", Refusal(AddressRejectedError, "USPS cannot find the place")),
    ("160171 160230", Refusal(RejectedError, "a whole address, or a city and state, or a ZIP code must be given")),
    ("030001", Refusal(ServiceUnavailableForLaneError, "there is no zone between these ZIP codes", "destinationZIPCode")),
    (
        "030004 030009 160098 160272",
        Refusal(ServiceUnavailableForLaneError, "the parcel is too heavy, or too light, for the service", "weight"),
    ),
    ("030008 030023 160042", Refusal(ServiceUnavailableForLaneError, "the parcel is too large for the service", "length")),
    (
        "030013 030020 030021 030022 160054 160306",
        Refusal(ServiceUnavailableForLaneError, "there is no price for this parcel between these places"),
    ),
    ("040001", Refusal(ServiceUnavailableForLaneError, "there is no standard between these ZIP codes")),
    ("160257 160258 160239", Refusal(ServiceUnavailableForLaneError, "Priority Mail Express is not offered there", "mailClass")),
    ("160288", Refusal(ServiceUnavailableForLaneError, "the ZIP codes do not qualify for the service", "mailClass")),
    (
        "160265 160266 160267 160280",
        Refusal(ServiceUnavailableForLaneError, "the parcel is above what this ZIP code takes"),
    ),
    (
        "030002 160013 160014 160015 160016 160099 160110",
        Refusal(
            RejectedError,
            "mail class, rate indicator, category and facility do not go together; buy at a rate that was quoted",
            "rateIndicator",
        ),
    ),
    (
        "030007",
        Refusal(RejectedError, "the parcel is priced by its volume: quote again with its sides", "rateIndicator"),
    ),
    ("030011", Refusal(RejectedError, "the parcel is not machinable", "processingCategory")),
    ("030010 160206", Refusal(RejectedError, "a member is missing")),
    (
        "030005 030006 160209 160210",
        Refusal(RejectedError, "the service needs both ZIP codes with nine digits, which this driver does not send", "ZIPCode"),
    ),
    ("160234", Refusal(RejectedError, "cremated remains go by Priority Mail Express only", "contentType")),
    ("160132 160134", Refusal(RejectedError, "a return label cannot be had together with this one", "imageInfo.returnLabel")),
    ("160275", Refusal(RejectedError, "the sender must be named with phone, e-mail and platformUserId", "senderAddress")),
    ("160292", Refusal(RejectedError, "a parcel's place and the number of parcels go together", "imageInfo")),
    ("160313", Refusal(RejectedError, "immediateManifest goes with a customs form only", "immediateManifest")),
    ("160375", Refusal(RejectedError, "payment on delivery is not offered there", "extraServices")),
    ("030012", Refusal(RejectedError, "the value is above what can be insured", "packageValue")),
    ("030003 160001 160092 160211 160034 160296 040002", Refusal(RejectedError, "the mailing date is not possible", "mailingDate")),
    ("030024 160017 160200 160317 160322", Refusal(RejectedError, "the extra service needs the parcel's value", "packageValue")),
    (
        "160010 160155 160106 160107 160316 160052 160053 160274",
        Refusal(RejectedError, "the extra services do not go together, or not with the service", "extraServices"),
    ),
    (
        "160025 160026 160027 160028 160130 160137 160156 160157",
        Refusal(RejectedError, "the extra service is not offered at military or island addresses", "extraServices"),
    ),
    ("160261", Refusal(RejectedError, "only one code for dangerous goods may be given", "extraServices")),
    ("160095 160096 160097", Refusal(RejectedError, "the signature or release is not allowed here")),
    ("160284 160285 160286 160287", Refusal(RejectedError, "either rateIndicator or packagingType must be given", "rateIndicator")),
    ("160281 160282 160294 160202", Refusal(RejectedError, "all three sides must be given, or none", "length")),
    ("160388", Refusal(RejectedError, "flats do not go by Ground Advantage", "processingCategory")),
    ("160075 160076 160168", Refusal(RejectedError, "first and last name, or a firm, must be given", "firstName")),
    (
        "160079 160080 160081 160082 160175 160176 160177 160213 160217",
        Refusal(RejectedError, "a parcel that is held needs names, phone and e-mail of both sides", "holdForPickup"),
    ),
    ("160121 160122 160319 160170", Refusal(RejectedError, "that place cannot hold the parcel", "facilityId")),
    ("160067 160127", Refusal(RejectedError, "a parcel of the military post, or with a customs form, is not held", "holdForPickup")),
    ("160023", Refusal(RejectedError, "a customs form needs the sender's firm", "fromAddress.firm")),
    ("160120 160133 160140 160193", Refusal(RejectedError, "a customs form is due for this address", "customsForm")),
    ("160069 160068", Refusal(RejectedError, "no customs form is due for this address", "customsForm")),
    (
        "160018 160019 160049 160050 160051 160055 160117 160136 160141 160153 160197 160198 160199 160201 160203 160204",
        Refusal(RejectedError, "the customs form is not complete or not accepted", "customsForm"),
    ),
    (
        "160205 160021 160022 160233 160236 160237 160240 160241 160247 160253 160396",
        Refusal(RejectedError, "the customs form is not complete or not accepted", "customsForm"),
    ),
    ("160135 160300", Refusal(RejectedError, "the extra service does not go with a customs form", "extraServices")),
    ("160024 160214 160264 160291 160346 160366 160367 160370", Refusal(RejectedError, "that label form or size is not made", "imageInfo")),
    ("160004 160005 160007 160008 160009 160180 160181", Refusal(RejectedError, "that label form or size is not made", "imageInfo")),
    ("160124 160125 160126", Refusal(RejectedError, "that is not available in USPS's test environment")),
    ("160212 160255", Refusal(PermissionDeniedError, "USPS finds no contract of this account for the service")),
    (
        "160154 160207 160208 160391 160392",
        Refusal(RejectedError, "contract prices need the account's type and number", "paymentAccount"),
    ),
    (
        "160302 160303 160304 160305",
        Refusal(PermissionDeniedError, "the CRID is not enrolled in USPS Ship (Outbound or Returns); enrol it in USPS's portal"),
    ),
    ("160173 160259 160369 160131 160383", Refusal(PermissionDeniedError, _SETUP)),
    ("100001 100002 100003 100004 100006", Refusal(PermissionDeniedError, "the payment account is unknown, inactive or has no valid means of payment")),
    ("100005", Refusal(UnavailableError, "USPS cannot check the means of payment now")),
    ("100007", Refusal(InsufficientFundsError, "the account's balance is too low: fund it", "roles")),
    (
        "160215 160218 160219 160220 160221 160222 160223 160224 160225 160226 160227 160228 160229 160254 160289 160290 160372 160390",
        Refusal(RejectedError, "the settings of the payment account do not fit: check account_type, account_number, mid and manifest_mid", "roles"),
    ),
    ("160185", Refusal(NotFoundError, "USPS knows no label of that number")),
    ("160378 160179", Refusal(NotFoundError, "USPS knows no label of that number with a mailing date of the last 45 days")),
    ("160186", Refusal(ConflictError, "it was cancelled before")),
    ("160364", Refusal(ConflictError, "a refund was asked for before")),
    ("160174", Refusal(RejectedError, "it is on a SCAN form; after some 15 minutes a refund can be asked for")),
    ("160178", Refusal(RejectedError, "the label can no longer be changed")),
    ("160184 160301", Refusal(RejectedError, "USPS does not cancel this label any more")),
    ("160187", Refusal(RejectedError, "return labels are not cancelled; they cost nothing until they are used")),
    ("160276", Refusal(RejectedError, "a label of Click-N-Ship is given back there only")),
    ("160277", Refusal(RejectedError, "international labels are not given back after they were manifested")),
    ("160377", Refusal(RejectedError, "the refund was refused; try again after 24 hours")),
    ("160379", Refusal(ConflictError, "the label was cancelled")),
    ("160380", Refusal(ConflictError, "a refund was asked for the label")),
    ("160381", Refusal(RejectedError, "the mailing date is over, and labels are reprinted until then only")),
    ("160382", Refusal(RejectedError, "the label was reprinted as often as USPS allows")),
    ("160384", Refusal(RejectedError, "a label of Click-N-Ship is reprinted there only")),
    ("160368", Refusal(UnavailableError, "USPS's label broker is out of service")),
    ("160037", Refusal(NotFoundError, "there is no label that could go on the SCAN form")),
    ("160039", Refusal(NotFoundError, "USPS knows no label of that number", "trackingNumbers")),
    ("160040", Refusal(ConflictError, "a label is on another SCAN form", "trackingNumbers")),
    ("160398", Refusal(ConflictError, "a label is manifested already", "trackingNumbers")),
    ("160397", Refusal(RejectedError, "a label was cancelled", "trackingNumbers")),
    ("160160 160163 160164 160166", Refusal(RejectedError, "a label cannot go on a SCAN form", "trackingNumbers")),
    ("160006", Refusal(RejectedError, "a label has another mailing date", "mailingDate")),
    ("160161", Refusal(RejectedError, "a label leaves from another ZIP code", "entryFacilityZIPCode")),
    ("160162", Refusal(RejectedError, "a label has another facility type", "destinationEntryFacilityType")),
    ("160165 160167", Refusal(RejectedError, "the labels cannot share a SCAN form", "trackingNumbers")),
    ("020001", Refusal(ConflictError, "a pickup is arranged for this address already; its confirmation number is not told again")),
    ("020016 020009", Refusal(RejectedError, "the day is over", "pickupDate")),
    ("020017 020010", Refusal(RejectedError, "the day is more than a year away", "pickupDate")),
    ("020018 020011", Refusal(RejectedError, "the carrier does not come that day", "pickupDate")),
    ("020003 020004 020020 020013", Refusal(RejectedError, "the place of the parcels is not accepted", "pickupLocation")),
    ("020005 020012 020019", Refusal(RejectedError, "the instructions are not accepted", "pickupLocation.specialInstructions")),
    ("020006 020014 020021", Refusal(RejectedError, "phone or e-mail is not accepted", "pickupAddress.contact")),
    ("020007 020015", Refusal(NotFoundError, "USPS knows no pickup of that number")),
    ("150001 150002 150003 150009", Refusal(NotFoundError, "there is no status yet, or the number is wrong; look again later")),
    ("150004 150007 150008 150010", Refusal(NotFoundError, "USPS does not tell the status of this number")),
    ("150011", Refusal(RejectedError, "that is the number of a pickup, not of a parcel", "trackingNumber")),
    ("150012", Refusal(RejectedError, "USPS does not show it: it has counterfeit postage", "trackingNumber")),
)  # fmt: skip

REFUSALS: Final = {code: refusal for codes, refusal in _GROUPS for code in codes.split()}

NEVER_BOUGHT: Final = frozenset({"160378", "160179", "160185"})
"""There is no label under a number or a key."""
ALREADY_CANCELLED: Final = frozenset({"160186", "160379"})
REFUND_ASKED: Final = frozenset({"160364", "160380"})
CANNOT_BE_CANCELLED: Final = "160184"
"""Also of a label whose refund was asked for on another day."""
NOT_CANCELLED: Final = frozenset(["160174", "160184", "160187", "160276", "160277", "160301", "160377"])
"""A void that USPS refuses for the label's state: an answer, not an error."""
TOO_LATE_TO_REPRINT: Final = frozenset({"160381", "160382"})
ON_ANOTHER_FORM: Final = "160040"
NOT_FOR_A_FORM: Final = frozenset(["160160", "160163", "160164", "160166", "160397"])
"""A single label that keeps a SCAN form from being made; the others may go on one (field guide usps.md §6)."""
PICKUP_EXISTS: Final = "020001"
ADDRESS_UNKNOWN: Final = frozenset({"010001", "010002", "010003", "010004", "010005", "010006", "160119", "160138"})
AMBIGUOUS: Final = "010006"
NO_CONTRACT: Final = frozenset({"160212", "160255"})
OAS: Final = "OASValidation"
"""The gateway's own code: the request does not fit its description (field guide usps.md §0.11)."""

_REFUND_ASKED_BEFORE: Final = "160364"
# Prices often leave the code out: the sentence is all there is (field guide usps.md §8). In order; the first that fits counts.
_SENTENCES: Final = tuple(
    (re.compile(pattern), code)
    for pattern, code in (
        # under the code of a label that cannot be cancelled (field guide usps.md §12)
        (r"duplicate submission", _REFUND_ASKED_BEFORE),
        (r"could not find working sku", "030002"),
        (r"dimensional weight rule", "030007"),
        (r"could not find zone", "030001"),
        (r"no valid rates", "030020"),
        (r"no valid international price group", "030013"),
        (r"weight does not qualify|exceeds? maximum weight|over the weight limit", "030004"),
        (r"package size exceeds", "030008"),
        (r"approved contract could not be found", "160212"),
        (r"insufficient funds", "100007"),
        (r"order already cancell?ed", "160186"),
        (r"order not found", "160185"),
        (r"order cannot be cancell?ed", "160184"),
        (r"already part of another scan form", "160040"),
        (r"pickup already exists", "020001"),
        (r"multiple addresses were found|more than one address", "010006"),
        (r"invalid zip code", "010002"),
        (r"invalid state", "010003"),
        (r"invalid city", "010004"),
        (r"address not found|no match|insufficient address|insufficient data|invalid address", "010005"),
        (r"not yet available|may be incorrect|doesn.t yet have a status", "150002"),
        (r"is\s?n[o']t enrolled|must be enrolled", "160302"),
    )
)


def is_of_the_gateway(code: str) -> bool:
    """Whether a code says that the request does not fit its description: ``OASValidation…``, ``steps.oasvalidation.Failed``."""
    return OAS.lower() in code.lower()


def refusal_for(code: str) -> Refusal | None:
    """Return what a code means; ``None`` for one that nobody has told us about."""
    return REFUSALS.get(code)


def is_refund_asked(code: str | None) -> bool:
    """Whether a sentence says that a refund was asked for before, whatever code stands beside it."""
    return code == _REFUND_ASKED_BEFORE


def code_in(sentence: str) -> str | None:
    """Return the code that a sentence stands for; ``None`` when it tells nothing."""
    lower = sentence.lower()
    return next((code for pattern, code in _SENTENCES if pattern.search(lower)), None)
