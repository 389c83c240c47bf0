"""How UPS's requests get their token."""

from datetime import timedelta
from typing import Final

from cartcarrier.carriers.ups.config import TOKEN_PATH, UPSConfig
from cartcarrier.http import OAuth2Auth

# Longer than a tenth of any token's life, so that the session renews it when nine tenths are over (field guide ups.md §1.2).
_EARLY: Final = timedelta(days=365)


def ups_auth(config: UPSConfig) -> OAuth2Auth:
    """Return client credentials by HTTP Basic, for the path that is not below ``/api`` (field guide ups.md §1)."""
    return OAuth2Auth(
        token_path=TOKEN_PATH,
        client_id=config.client_id,
        client_secret=config.client_secret,
        client_authentication="basic",
        leeway=_EARLY,
        token_headers={"x-merchant-id": config.account_number},
    )
