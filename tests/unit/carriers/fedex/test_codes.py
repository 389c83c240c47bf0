"""FedEx's codes, each by hand from the field guide (fedex.md sections 2, 4, 7, 8, 10)."""

from datetime import timedelta

import pytest

from cartcarrier.carriers.fedex.codes import (
    NOT_CANCELLED,
    REFUSALS,
    express_check_digit,
    from_fedex_currency,
    from_fedex_region,
    plain_number,
    refusal_for,
    says_credit,
    says_daily,
    service_name,
    standard_offset,
    to_fedex_currency,
    to_fedex_region,
    transit_days,
)
from cartcarrier.carriers.fedex.codes.services import is_freight
from cartcarrier.carriers.fedex.codes.tracking import STATUS_CODES, event_reason, event_status
from cartcarrier.errors import (
    AddressRejectedError,
    AuthenticationError,
    ConflictError,
    InsufficientFundsError,
    NotFoundError,
    PermissionDeniedError,
    ProviderError,
    RejectedError,
    ServiceUnavailableForLaneError,
    UnavailableError,
)
from cartcarrier.models import TrackingReason, TrackingStatus

REFUSAL_TABLE: list[tuple[type[ProviderError], str]] = [
    (
        AuthenticationError,
        "NOT.AUTHORIZED.ERROR LOGIN.REAUTHENTICATE.ERROR AUTHENTICATION.TOKEN.INVALID SESSION.EXPIRED.ERROR",
    ),
    (
        PermissionDeniedError,
        (
            "FORBIDDEN.ERROR UNAUTHORIZED.USAGE SHIPMENT.USER.UNAUTHORIZED SHIPMENT.ACCOUNTNUMBER.UNAUTHORIZED"
            " ACCOUNT.VALIDATION.ERROR UNAUTHORIZED.ACCESS.ERROR ACCOUNTNUMBER.REGISTRATION.REQUIRED ACCOUNT.NUMBER.NOTFOUND"
            " USER.ACCOUNT.NOTFOUND PICKUP.ACCOUNT.UNAUTHORIZED"
        ),
    ),
    (
        RejectedError,
        (
            "INVALID.INPUT.EXCEPTION MIXED.MEASURING.UNITS.INCLUDED ACCOUNT.NUMBER.MISMATCH CURRENCYTYPE.PACKAGES.MUST"
            " TRACKING.TRACKINGNUMBER.EMPTY TRACKING.TRACKINGNUMBER.INVALID TRACKING.REFERENCETYPE.INVALID"
            " TRACKINGNUMBER.ENTERED.INVALID PICKUP.REQUESTED.PREVIOUS.DAY PICKUP.NUMBER.EXPIRED PICKUP.SOMETHING.ELSE"
            " AVAILABILITY.SHIP.DATE.INVALID WEIGHT.VALUE.REQUIRED SHIPPER.PHONE.EMPTY COMPANYNAME.TOO.LONG"
            " LABELSTOCKTYPE.INVALID PACKAGE.WEIGHT.MISSING RATEREQUESTTYPE.NOTALLOWED VALUE.NOT.ALLOWED SOME.THING.MISMATCH"
        ),
    ),
    (
        AddressRejectedError,
        (
            "RECIPIENTS.ADDRESSSTATEORPROVINCECODE.MISMATCH RECIPIENTS.POSTALCODE.INVALID"
            " COUNTRY.POSTALANDSTATEORPROVINCECODE.MISMATCH IMPORTEROFRECORD.POSTALSTATE.MISMATCH ADDRESS.DETAIL.INVALID"
            " STANDARDIZED.ADDRESS.NOTFOUND SHIPPER.POSTALCODE.REQUIRED RECIPIENT.CITY.TOO.LONG STREETLINE1.EMPTY"
            " SHIPPER.STATEORPROVINCECODE.INVALID RECIPIENTS.STREETLINES.TOO.LONG"
        ),
    ),
    (
        ServiceUnavailableForLaneError,
        (
            "ORIGIN.COUNTRY.NOTSERVED DESTINATION.COUNTRY.NOTSERVED SERVICE.PACKAGECOMBINATION.INVALID"
            " RATE.SERVICE.UNAVAILABLE SERVICETYPE.NOT.ALLOWED SERVICE.TYPE.INVALID"
        ),
    ),
    (
        NotFoundError,
        (
            "TRACKING.TRACKINGNUMBER.NOTFOUND TRACKING.REFERENCENUMBER.NOTFOUND TRACKING.TCN.NOTFOUND"
            " NOTIFICATION.TRACKINGNBR.NOTFOUND NOT.FOUND.ERROR SHIPMENT.JOBID.INVALID SOMETHING.NEW.NOTFOUND"
        ),
    ),
    (ConflictError, "SHIPMENT.ALREADY.CANCELLED PICKUP.ALREADY.CANCELLED"),
    (InsufficientFundsError, "ACCOUNT.CREDIT.HOLD"),
    (
        UnavailableError,
        "INTERNAL.SERVER.ERROR SYSTEM.UNEXPECTED.ERROR SYSTEM.GENERAL.ERROR SERVICE.UNAVAILABLE.ERROR",
    ),
]


@pytest.mark.parametrize(
    ("code", "kind"), [pytest.param(code, kind, id=code) for kind, codes in REFUSAL_TABLE for code in codes.split()]
)
def test_code_is_the_right_error(code: str, kind: type[ProviderError]) -> None:
    """What a caller does next hangs on the class: mend the address, ask again, call FedEx."""
    found = refusal_for(code)
    assert found is not None
    assert found.kind is kind


def test_every_code_of_the_table_is_checked() -> None:
    """A code that is added needs a row above."""
    checked = {code for _, codes in REFUSAL_TABLE for code in codes.split()}
    assert set(REFUSALS) - checked == {"TRACKING.DATA.NOTFOUND"}


def test_code_that_nobody_has_told_us_about_is_unknown() -> None:
    """It is left to the HTTP status, never guessed."""
    assert refusal_for("MOON.PHASE.WRONG") is None


@pytest.mark.parametrize(
    ("code", "taken"),
    [
        ("TRACKINGNUMBER.ENTERED.INVALID", True),
        ("TRACKING.TRACKINGNUMBER.NOTFOUND", True),
        ("SHIPMENT.NOT.FOUND", True),
        ("SHIPMENT.CANCEL.NOTALLOWED", True),
        ("NOT.FOUND.ERROR", True),
        ("ACCOUNT.NUMBER.MISMATCH", False),
        ("INVALID.INPUT.EXCEPTION", False),
    ],
)
def test_second_cancellation_is_recognised(code: str, taken: bool) -> None:
    """FedEx answers it as one of a number that it does not know (field guide fedex.md section 5)."""
    assert (NOT_CANCELLED.search(code) is not None) is taken


def test_credit_and_days_are_read_from_texts() -> None:
    """They have no code (field guide fedex.md sections 1.1 and 8)."""
    assert says_credit("The payor account is on credit hold")
    assert says_credit("Credit limit exceeded")
    assert not says_credit("The address is invalid")
    assert says_daily("You exceeded your daily quota")
    assert not says_daily("We have received too many requests in a short duration")


# --- services and numbers -------------------------------------------------------------------------------------------------


def test_service_is_called_what_fedex_calls_it() -> None:
    """New ones appear without notice: the code stands for a name that nobody has told us."""
    assert service_name("FEDEX_2_DAY", "FedEx 2Day®") == "FedEx 2Day"
    assert service_name("GROUND_HOME_DELIVERY") == "FedEx Home Delivery"
    assert service_name("FEDEX_BY_PIGEON") == "FEDEX_BY_PIGEON"


def test_freight_is_told_by_its_name() -> None:
    """Its parcels may be heavier."""
    assert is_freight("FEDEX_2_DAY_FREIGHT")
    assert not is_freight("FEDEX_2_DAY")


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("ONE_DAY", 1),
        ("TWO_DAYS", 2),
        ("TWENTY_DAYS", 20),
        ("UNKNOWN", None),
        ("SMARTPOST_TRANSIT_DAYS", None),
        (None, None),
    ],
)
def test_durations_are_read_from_words(words: str | None, days: int | None) -> None:
    """A duration that FedEx does not know is not known."""
    assert transit_days(words) == days


@pytest.mark.parametrize("number", ["123456789012", "612340987650", "986578788855", "477179081230"])
def test_check_digit_of_published_numbers_is_right(number: str) -> None:
    """By it the number in a longer barcode is told from chance."""
    assert express_check_digit(number[:11]) == int(number[11])


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("1234 5678 9012", "123456789012"),
        ("987654321012343", "987654321012343"),
        # 34 digits: the number stands in the last 12
        ("1001921334250001000300123456789012", "123456789012"),
        # of the right length, but the check digit is wrong
        ("1001921334250001000300123456789013", "1001921334250001000300123456789013"),
        ("9622001900000000000000612340987650", "612340987650"),
        # ASTRA: 32 digits, the number at 17 to 28
        ("3" + "0" * 15 + "123456789012" + "0000", "123456789012"),
        ("3" + "0" * 31, "3" + "0" * 31),
    ],
)
def test_number_is_taken_out_of_a_barcode(given: str, number: str) -> None:
    """Scanners read more than the number (field guide fedex.md section 10)."""
    assert plain_number(given) == number


# --- places and currencies ------------------------------------------------------------------------------------------------


def test_quebec_is_spelled_as_fedex_spells_it() -> None:
    """QC is refused (field guide fedex.md section 11, pitfall 10); nothing else changes."""
    assert to_fedex_region("CA", "QC") == "PQ"
    assert from_fedex_region("CA", "PQ") == "QC"
    assert to_fedex_region("CA", "ON") == "ON"
    assert to_fedex_region("US", "QC") == "QC"


@pytest.mark.parametrize(
    ("iso", "fedex"), [("GBP", "UKL"), ("CHF", "SFR"), ("MXN", "NMP"), ("JPY", "JYE"), ("USD", "USD"), ("EUR", "EUR")]
)
def test_currencies_have_fedex_codes(iso: str, fedex: str) -> None:
    """A price in UKL is one in pounds."""
    assert to_fedex_currency(iso) == fedex
    assert from_fedex_currency(fedex) == iso


def test_no_currency_stays_none() -> None:
    """It must not become a text."""
    assert from_fedex_currency(None) is None


@pytest.mark.parametrize(
    ("country", "region", "hours"),
    [("US", "ca", -8), ("US", "TN", -6), ("CA", "BC", -8), ("US", None, None), ("US", "XX", None), ("DE", None, None)],
)
def test_standard_time_is_known_in_america(country: str, region: str | None, hours: int | None) -> None:
    """Where Ground closes its days; elsewhere nothing is made up."""
    assert standard_offset(country, region) == (None if hours is None else timedelta(hours=hours))


# --- tracking -------------------------------------------------------------------------------------------------------------

STATUS_TABLE: list[tuple[TrackingStatus | None, str]] = [
    (TrackingStatus.PRE_TRANSIT, "OC OX EP AP MD DS DR PD PY SH RP RG"),
    (
        TrackingStatus.IN_TRANSIT,
        "PU PX OF IT IX AA AC AD AF AX AR AO CH CC CP DP EA ED EO FD LO Ow OW PF PL PM SF SP TP TR CU BR DO IP",
    ),
    (TrackingStatus.OUT_FOR_DELIVERY, "OD"),
    (TrackingStatus.AVAILABLE_FOR_PICKUP, "HL HP"),
    (TrackingStatus.DELIVERED, "DL"),
    (TrackingStatus.EXCEPTION, "DE SE CD DY DD HA"),
    (TrackingStatus.RETURN_TO_SENDER, "RS RT"),
    (TrackingStatus.CANCELLED, "CA LP RD LC"),
    (None, "RR RM RC US AE IN RA PR AS"),
    (TrackingStatus.UNKNOWN, "ZZ 99"),
]


@pytest.mark.parametrize(
    ("code", "status"),
    [pytest.param(code, status, id=code) for status, codes in STATUS_TABLE for code in codes.split()],
)
def test_code_means_its_status(code: str, status: TrackingStatus | None) -> None:
    """One vocabulary for all carriers; what is in no table is unknown, and never guessed."""
    assert event_status(code) is status


def test_every_tracking_code_is_checked() -> None:
    """A code that is added needs a row above."""
    assert set(STATUS_CODES) == {
        code.upper() for status, codes in STATUS_TABLE if status is not TrackingStatus.UNKNOWN for code in codes.split()
    }


def test_no_code_is_unknown() -> None:
    """Silence says nothing."""
    assert event_status(None) is TrackingStatus.UNKNOWN


@pytest.mark.parametrize(
    ("number", "words", "tried", "status", "reason"),
    [
        ("08", None, False, TrackingStatus.DELIVERY_ATTEMPTED, TrackingReason.RECIPIENT_ABSENT),
        ("8", None, False, TrackingStatus.DELIVERY_ATTEMPTED, TrackingReason.RECIPIENT_ABSENT),
        ("15", "whatever", False, TrackingStatus.DELIVERY_ATTEMPTED, TrackingReason.RECIPIENT_ABSENT),
        ("07", "refused by recipient", False, TrackingStatus.EXCEPTION, TrackingReason.REFUSED),
        ("07", None, True, TrackingStatus.EXCEPTION, TrackingReason.REFUSED),
        ("03", None, False, TrackingStatus.EXCEPTION, TrackingReason.ADDRESS),
        ("84", None, False, TrackingStatus.EXCEPTION, TrackingReason.DELAYED),
        ("A25", None, False, TrackingStatus.EXCEPTION, TrackingReason.CUSTOMS),
        (
            None,
            "Customer not available or business closed",
            False,
            TrackingStatus.DELIVERY_ATTEMPTED,
            TrackingReason.RECIPIENT_ABSENT,
        ),
        (None, None, True, TrackingStatus.DELIVERY_ATTEMPTED, TrackingReason.RECIPIENT_ABSENT),
        ("77", "Something else", False, TrackingStatus.EXCEPTION, TrackingReason.OTHER),
    ],
)
def test_delivery_exception_goes_by_its_number(
    number: str | None, words: str | None, tried: bool, status: TrackingStatus, reason: TrackingReason
) -> None:
    """Nobody at home is an attempt, a refusal is not (field guide fedex.md section 7.3)."""
    assert event_status("DE", number, words, tried=tried) is status
    assert event_reason("DE", status, number) is reason


@pytest.mark.parametrize(
    ("code", "number", "delay", "reason"),
    [
        ("SE", "84", (None, None), TrackingReason.DELAYED),
        ("SE", None, (None, None), TrackingReason.OTHER),
        ("SE", None, ("WEATHER", "DELAYED"), TrackingReason.WEATHER),
        ("DY", None, ("OPERATIONAL", "DELAYED"), TrackingReason.CARRIER),
        ("DY", None, ("OPERATIONAL", "ON_TIME"), TrackingReason.DELAYED),
        ("DD", None, (None, None), TrackingReason.DELAYED),
        ("CD", None, (None, None), TrackingReason.CUSTOMS),
        ("PD", None, (None, None), TrackingReason.DELAYED),
        ("IT", None, ("CLEARANCE", "DELAYED"), TrackingReason.CUSTOMS),
        ("IT", None, ("MOON", "DELAYED"), TrackingReason.DELAYED),
        ("IT", "84", (None, None), None),
        ("HA", None, (None, None), TrackingReason.OTHER),
        ("DL", None, (None, None), None),
        (None, None, (None, None), None),
    ],
)
def test_reason_is_read_from_codes(
    code: str | None, number: str | None, delay: tuple[str | None, str | None], reason: TrackingReason | None
) -> None:
    """A buyer is told "weather" or "customs", not a number."""
    assert event_reason(code, event_status(code, number), number, delay=delay) is reason
