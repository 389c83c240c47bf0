"""Who pays: ``POST /payments/v3/payment-authorization`` and the account's funds (field guide usps.md §1.1)."""

from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.usps.account import ACCOUNT_NUMBER, CRID, PERMIT, World
from cartcarrier.sandbox.usps.answers import Node
from cartcarrier.sandbox.usps.errors import USPSError, unauthorized
from cartcarrier.sandbox.usps.shapes import check_query, choice, group, many, text

LIFETIME: Final = timedelta(hours=8)
ROLES: Final = (
    "PAYER RATE_HOLDER LABEL_OWNER SHIPPER MAIL_OWNER PLATFORM RETURN_LABEL_PAYER RETURN_LABEL_RATE_HOLDER"
    " RETURN_LABEL_OWNER LABEL_PROVIDER"
)
_PAYING: Final = frozenset({"PAYER", "RETURN_LABEL_PAYER", "RATE_HOLDER", "RETURN_LABEL_RATE_HOLDER", "LABEL_PROVIDER"})
_OWNING: Final = frozenset({"LABEL_OWNER", "RETURN_LABEL_OWNER"})
_MAILER_ID: Final = text(pattern=r"\d{6}|\d{9}")
REQUEST: Final = group(
    {
        "roles*": many(
            group(
                {
                    "roleName": choice(ROLES),
                    "CRID": text(least=2, most=18),
                    "MID": _MAILER_ID,
                    "manifestMID": _MAILER_ID,
                    "accountType": choice("EPS PERMIT METER OMAS"),
                    "accountNumber": text(),
                    "permitNumber": text(),
                    "permitZIP": text(most=5),
                }
            ),
            least=1,
        )
    }
)
_QUERY: Final = {
    "accountType*": choice("EPS PERMIT"),
    "permitZIPCode": text(pattern=r"\d{5}"),
    "amount": text(),
}

ACCOUNT_STATES: Final[dict[str, tuple[str, str] | None]] = {
    "active": None,
    "inactive": ("100002", "Your EPS Account is not Active, please check your account and try again."),
    "no_payment_method": ("100003", "Your EPS Account does not have a Primary Payment Method."),
    "method_inactive": ("100004", "EPS Primary Payment Method is not Active, please check your payment method."),
    "card_unverified": ("100005", "We are having trouble validating your credit card, please try again later."),
    "card_invalid": ("100006", "We are having trouble validating your credit card, please check its details."),
}
NO_FUNDS: Final = "Your Trust balance has insufficient funds. Please fund your Trust balance and try again."
NOT_ENROLLED: Final = "CRID isn't enrolled in USPS Ship Outbound"


def authorize(world: World, body: Node) -> Node:
    """Give a payment authorization token for the roles.

    A company that is not enrolled gets an answer that looks like a success, with a sentence and no token (guide §1.1).

    Raises:
        USPSError: 160215 to 160229, 160372, 160390 for roles; 100001 to 100007 for the account.
    """
    REQUEST(body, "")
    roles: list[Node] = body["roles"]
    names = [role.get("roleName") for role in roles]
    if None in names:
        raise USPSError("160219", "Cannot have a role without roleName", "roles")
    if len(set(names)) < len(names):
        raise USPSError("160227", "no duplicate roles allowed", "roles")
    for needed, code in (("PAYER", "160228"), ("LABEL_OWNER", "160229")):
        if needed not in names:
            raise USPSError(code, f"{needed} is required", "roles")
    for role in roles:
        _check_role(world, role)
    if not world.switch("ship_outbound") or any(
        role["CRID"] != CRID for role in roles if role["roleName"] != "SHIPPER"
    ):
        return {"body": NOT_ENROLLED, "roles": roles}
    with world.store.transaction():
        token = "pay." + world.mint("payment-tokens")
        document: Document = {
            "token": token,
            "roles": {role["roleName"]: role for role in roles},
            "expires_at": (world.now() + LIFETIME).isoformat(),
        }
        world.store.put("payment-tokens", token, document)
    funded = world.funds() > 0
    answered = [
        {**role, "nonProfitStatus": False, "sufficientFunds": funded} if "accountType" in role else role
        for role in roles
    ]
    return {"paymentAuthorizationToken": token, "roles": answered}


def read_account(world: World, number: str, query: dict[str, str]) -> Node:
    """Say whether an account has enough money.

    Raises:
        USPSError: 404 for an account that is not known; 160215 a permit without its ZIP code.
    """
    check_query(query, _QUERY, "/payment-account")
    kind = query["accountType"]
    try:
        amount = Decimal(query.get("amount", "0"))
    except InvalidOperation:
        raise USPSError("", "amount must be a number", "amount") from None
    if kind == "PERMIT":
        if "permitZIPCode" not in query:
            raise USPSError("160215", "permitZIPCode is required for an accountType of 'PERMIT'", "permitZIPCode")
        if (number, query["permitZIPCode"]) != PERMIT:
            raise USPSError("", "The permit could not be found.", status=404)
        made: Node = {"accountType": kind, "permitNumber": number, "permitZIP": query["permitZIPCode"]}
        return {**made, "nonProfitStatus": False, "sufficientFunds": world.funds() >= amount}
    if number != ACCOUNT_NUMBER:
        raise USPSError("", f"Could not find an EPS Account with number: {number}.", status=404)
    return {
        "accountType": kind,
        "accountNumber": number,
        "nonProfitStatus": False,
        "sufficientFunds": world.funds() > 0 and world.funds() >= amount,
    }


def check_payment_token(world: World, token: str | None) -> dict[str, Any]:
    """Return the roles behind a payment token.

    Raises:
        USPSError: 400 when the header is missing, 401 when the token is unknown or its eight hours are over.
    """
    if not token:
        raise USPSError(
            "steps.oasvalidation.Failed",
            "OASValidation failed with reason: \"[ERROR - Header parameter 'X-Payment-Authorization-Token' is required"
            ' but not found: []]"',
            "X-Payment-Authorization-Token",
        )
    known = world.store.get("payment-tokens", token)
    if known is None or datetime.fromisoformat(known["expires_at"]) <= world.now():
        raise unauthorized("The payment authorization token is invalid or expired.")
    roles: dict[str, Any] = known["roles"]
    return roles


def spend(world: World, amount: Decimal) -> None:
    """Pay for a label.

    Raises:
        USPSError: 100002 to 100007: the account cannot pay.
    """
    if refusal := ACCOUNT_STATES[world.switch("account_state")]:
        raise USPSError(*refusal, "roles")
    if world.funds() < amount:
        raise USPSError("100007", NO_FUNDS, "roles")
    world.pay(amount)


def _check_role(world: World, role: Node) -> None:
    name = role["roleName"]
    if "CRID" not in role:
        raise USPSError("160218", f"{name} requires CRID", "roles")
    if name in _OWNING:
        for member, code in (("MID", "160221"), ("manifestMID", "160222")):
            if member not in role:
                raise USPSError(code, f"{name} requires {member}", "roles")
    if name not in _PAYING:
        return
    kind = role.get("accountType")
    if kind is None:
        raise USPSError("160223", f"{name} requires accountType", "roles")
    if name == "LABEL_PROVIDER" and kind != "EPS":
        raise USPSError("160372", "LABEL_PROVIDER only supports the accountType of EPS", "accountType")
    if kind == "METER":
        raise USPSError("160290", "Meter pricing is only available to PC Postage Providers", "accountType")
    if kind == "EPS":
        _check_trust_account(world, role)
    if kind == "PERMIT":
        for member, code in (("permitNumber", "160225"), ("permitZIP", "160226")):
            if member not in role:
                raise USPSError(code, f"{name} requires {member} when accountType is PERMIT", "roles")


def _check_trust_account(world: World, role: Node) -> None:
    name = role["roleName"]
    if "accountNumber" not in role:
        raise USPSError("160224", f"{name} requires accountNumber when accountType is EPS", "roles")
    if role["accountNumber"] != ACCOUNT_NUMBER:
        raise USPSError("100001", f"Could not find an EPS Account with number: {role['accountNumber']}.", "roles")
    if refusal := ACCOUNT_STATES[world.switch("account_state")]:
        raise USPSError(*refusal, "roles")
