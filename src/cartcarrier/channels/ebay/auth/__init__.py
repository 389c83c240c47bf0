"""How requests get their token and, where the law asks for it, their signature."""

from cartcarrier.channels.ebay.auth.signatures import signature_headers
from cartcarrier.channels.ebay.auth.tokens import (
    TOKEN_PATH,
    SellerAuth,
    application_auth,
    consent_address,
    decoded_code,
    redirect_name,
)

__all__ = [
    "TOKEN_PATH",
    "SellerAuth",
    "application_auth",
    "consent_address",
    "decoded_code",
    "redirect_name",
    "signature_headers",
]
