"""The settings of one account at USPS."""

import re
from typing import Any, Final

import attrs

from cartcarrier.errors import InvalidValueError

PRODUCTION: Final = "https://apis.usps.com"
SANDBOX: Final = "https://apis-tem.usps.com"
TOKEN_PATH: Final = "/oauth2/v3/token"  # noqa: S105 - a path, no secret: field guide usps.md §1
PAYMENT_PATH: Final = "/payments/v3/payment-authorization"
MOST_CALLS: Final = 10_000_000

_CRID: Final = re.compile(r"[0-9]{2,18}")
_MID: Final = re.compile(r"[0-9]{6}|[0-9]{9}")
_ZIP: Final = re.compile(r"[0-9]{5}")
_ACCOUNT_TYPES: Final = frozenset({"EPS", "PERMIT"})
_PRICE_TYPES: Final = frozenset({"COMMERCIAL", "CONTRACT", "RETAIL"})
_TRACKING: Final = frozenset({"v3r2", "v3"})
_ENCODINGS: Final = frozenset({"base64", "hex"})
_PLACES: Final = frozenset(
    [
        "FRONT_DOOR",
        "BACK_DOOR",
        "SIDE_DOOR",
        "KNOCK_ON_DOOR",
        "MAIL_ROOM",
        "OFFICE",
        "PORCH",
        "RECEPTION",
        "MAILBOX",
        "OTHER",
    ]
)
_SECRET: Final = 32


def _refuse(attribute: "attrs.Attribute[Any]", why: str) -> InvalidValueError:
    path = f"USPSConfig.{attribute.name}"
    return InvalidValueError(f"{path} {why}", field=path)


def _filled(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise _refuse(attribute, "must be a text that is not empty")


def _filled_or_none(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if value is not None:
        _filled(instance, attribute, value)


def _crid(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if not isinstance(value, str) or not _CRID.fullmatch(value):
        raise _refuse(attribute, "must be the Customer Registration ID: 2 to 18 digits")


def _mid(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if not isinstance(value, str) or not _MID.fullmatch(value):
        raise _refuse(attribute, "must be a Mailer ID: 6 or 9 digits")


def _zip_or_none(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if value is not None and (not isinstance(value, str) or not _ZIP.fullmatch(value)):
        raise _refuse(attribute, "must be a ZIP code of 5 digits")


def _one_of(choices: frozenset[str]) -> Any:  # noqa: ANN401 - an attrs validator
    def check(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
        if value not in choices:
            raise _refuse(attribute, f"must be one of {', '.join(sorted(choices))}")

    return check


def _flag(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    if not isinstance(value, bool):
        raise _refuse(attribute, f"must be true or false, not {type(value).__name__}")


def _between(least: int, most: int) -> Any:  # noqa: ANN401 - an attrs validator
    def check(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
        if type(value) is not int or not least <= value <= most:
            raise _refuse(attribute, f"must be a whole number from {least} to {most}")

    return check


def _secret(instance: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
    _filled_or_none(instance, attribute, value)
    if isinstance(value, str) and len(value) != _SECRET:
        # field guide usps.md §7.5: a subscription's secret has 32 characters
        raise _refuse(attribute, f"must have {_SECRET} characters, which is what USPS takes")


def _stripped(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _upper(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


@attrs.frozen(kw_only=True)
class USPSConfig:
    """The settings of one account at USPS.

    Attributes:
        client_id: The app's Consumer Key.
        client_secret: Its Consumer Secret.
        crid: Customer Registration ID: who ships and pays.
        mid: Mailer ID: whose barcode range labels take.
        manifest_mid: Mailer ID of the manifest; USPS's onboarding portal calls it "Label Mailer ID" (field guide usps.md §1.1).
        account_type: ``EPS`` or ``PERMIT``.
        account_number: Of that account: the EPS account, or the permit.
        permit_zip: Where the permit is held; for ``PERMIT`` only.
        sandbox: Talk to USPS's test environment (TEM). It needs credentials and accounts of its own.
        calls_per_hour: What USPS allows the app; 60 for a new one (field guide usps.md §1.2).
        quote_cache_minutes: How long a price is answered from memory; 0 asks USPS each time.
        address_cache_days: How long a checked address is answered from memory; 0 asks USPS each time.
        price_type: ``COMMERCIAL``, ``CONTRACT`` (the account's own, quoted and bought), or ``RETAIL``: the counter's prices, to show;
            labels are sold at commercial ones.
        contract_fallback: When USPS does not let the app see the contract, quote commercial prices, with a warning.
        tracking_api: ``v3r2`` (35 parcels a call), or ``v3`` where the app has only that.
        pickup_location: Where the carrier finds the parcels, in USPS's word: ``FRONT_DOOR``, ``MAIL_ROOM``, ``OFFICE`` …
        pickup_instructions: For the carrier; needed with ``OTHER``.
        webhook_secret: What pushes are signed with; 32 characters, handed to USPS with each subscription.
        webhook_header: The header that carries the signature; field reports name two (field guide usps.md §7.5).
        webhook_encoding: ``base64`` or ``hex``.
        admin_email: Whom USPS writes to about subscriptions; needed to subscribe.
    """

    client_id: str = attrs.field(validator=_filled, repr=False)
    client_secret: str = attrs.field(validator=_filled, repr=False)
    crid: str = attrs.field(converter=_stripped, validator=_crid, repr=False)
    mid: str = attrs.field(converter=_stripped, validator=_mid, repr=False)
    manifest_mid: str = attrs.field(converter=_stripped, validator=_mid, repr=False)
    account_type: str = attrs.field(default="EPS", converter=_upper, validator=_one_of(_ACCOUNT_TYPES))
    account_number: str = attrs.field(converter=_stripped, validator=_filled, repr=False)
    permit_zip: str | None = attrs.field(default=None, converter=_stripped, validator=_zip_or_none, repr=False)
    sandbox: bool = attrs.field(default=False, validator=_flag)
    calls_per_hour: int = attrs.field(default=60, validator=_between(1, MOST_CALLS))
    quote_cache_minutes: int = attrs.field(default=60, validator=_between(0, 1440))
    address_cache_days: int = attrs.field(default=14, validator=_between(0, 90))
    price_type: str = attrs.field(default="COMMERCIAL", converter=_upper, validator=_one_of(_PRICE_TYPES))
    contract_fallback: bool = attrs.field(default=False, validator=_flag)
    tracking_api: str = attrs.field(default="v3r2", converter=_stripped, validator=_one_of(_TRACKING))
    pickup_location: str = attrs.field(default="FRONT_DOOR", converter=_upper, validator=_one_of(_PLACES))
    pickup_instructions: str | None = attrs.field(default=None, validator=_filled_or_none, repr=False)
    webhook_secret: str | None = attrs.field(default=None, validator=_secret, repr=False)
    webhook_header: str = attrs.field(default="X-HMAC", validator=_filled)
    webhook_encoding: str = attrs.field(default="base64", converter=_stripped, validator=_one_of(_ENCODINGS))
    admin_email: str | None = attrs.field(default=None, validator=_filled_or_none, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.account_type == "PERMIT" and self.permit_zip is None:
            # 160215, 160226: USPS refuses a permit without its ZIP code
            raise InvalidValueError("USPSConfig.permit_zip must be given for a PERMIT", field="USPSConfig.permit_zip")
        if self.pickup_location == "OTHER" and self.pickup_instructions is None:
            field = "USPSConfig.pickup_instructions"
            raise InvalidValueError(f"{field} must say where, when pickup_location is OTHER", field=field)

    @property
    def host(self) -> str:
        """The base address of the host ``api``."""
        return SANDBOX if self.sandbox else PRODUCTION
