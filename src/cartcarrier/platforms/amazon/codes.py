"""What Amazon's error codes and texts mean (field guide amazon.md §1.3, §1.5, §2.6)."""

from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What a refusal is, for the caller."""

    AUTHENTICATION = "authentication"
    PERMISSION = "permission"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    RATE_LIMIT = "rate_limit"
    UNAVAILABLE = "unavailable"


KIND_BY_STATUS: Final = {
    400: Kind.REJECTED,
    401: Kind.AUTHENTICATION,
    403: Kind.PERMISSION,
    404: Kind.NOT_FOUND,
    409: Kind.CONFLICT,
    413: Kind.REJECTED,
    415: Kind.REJECTED,
    422: Kind.REJECTED,
    429: Kind.RATE_LIMIT,
}
"""The status decides first (§1.5); 5xx is ``UNAVAILABLE``."""

# Amazon spells the same code in several ways: compare without case, spaces and underscores.
_KIND_BY_CODE: Final = {
    "quotaexceeded": Kind.RATE_LIMIT,
    "toomanyrequests": Kind.RATE_LIMIT,
    "notfound": Kind.NOT_FOUND,
    "resourcenotfound": Kind.NOT_FOUND,
    "unauthorized": Kind.PERMISSION,
    "accessdenied": Kind.PERMISSION,
    "accessdeniedexception": Kind.PERMISSION,
    "internalfailure": Kind.UNAVAILABLE,
    "internalerror": Kind.UNAVAILABLE,
    "internalservererror": Kind.UNAVAILABLE,
    "serviceunavailable": Kind.UNAVAILABLE,
    "conflict": Kind.CONFLICT,
}


def kind_of_code(code: str) -> Kind | None:
    """Return what a code says beyond the status; ``None`` where it says nothing more."""
    return _KIND_BY_CODE.get("".join(letter for letter in code.lower() if letter.isalnum()))


MARKERS: Final = {
    "packagetoupdatenotfound": "PackageToUpdateNotFound",
    "order already fulfilled": "PackageToUpdateNotFound",
    "invalidpackageversion": "InvalidPackageVersion",
    "maximum number of allowed updates": "TooManyUpdates",
    "nonexistentorderitem": "NonexistentOrderItem",
    "does not have access to one or more requested data elements": "DataElementsDenied",
    "requested value added services are invalid": "InvalidValueAddedServices",
}
"""What Amazon says in its text only, and the word that we use as the code for it. The text itself is never repeated."""

PERMISSION_MARKERS: Final = frozenset({"DataElementsDenied"})
"""Refusals of any status that mean a missing role (§1.6)."""

FIELD_ROOTS: Final = frozenset(
    {
        "codCollectionMethod",
        "includedData",
        "marketplaceId",
        "marketplaceIds",
        "packageDetail",
        "patches",
        "processingDirective",
        "productType",
        "resourceSpecification",
        "restrictedResources",
    }
)
"""Where a field path in a text begins, so that nothing else in brackets is taken for one."""

# Field guide amazon.md §1.3. What is not here is left to the status.
LOGIN_ERRORS: Final = {
    "invalid_grant": "the seller's authorization was taken back or has lapsed: the seller must authorize again",
    "unauthorized_client": "the application may not act for this seller: the seller must authorize again",
    "access_denied": "the seller did not allow it: the seller must authorize again",
    "invalid_client": "the client id or secret is wrong; Amazon lets a secret expire 180 days after it was made: rotate it",
    "invalid_request": "the token request is malformed: check client id, secret and refresh token",
    "invalid_scope": "the application may not ask for this scope",
}
LOGIN_PASSING: Final = frozenset({"server_error", "temporarily_unavailable"})
"""The only two after which asking again helps."""
