"""The first half of the authorization-code flow: the page to send a seller to."""

import secrets


def new_code_verifier() -> str:
    """Return a fresh PKCE verifier. Keep it with the ``state`` until the code comes back."""
    return secrets.token_urlsafe(48)


def authorization_url(
    endpoint: str,
    *,
    client_id: str,
    redirect_uri: str,
    state: str,
    scope: str | None = None,
    code_verifier: str | None = None,
    **parameters: str,
) -> str:
    """Return the address of the page on which a seller says yes.

    Args:
        endpoint: The platform's authorization page.
        client_id: The application.
        redirect_uri: Where the seller is sent afterwards.
        state: Unguessable; compare it with what comes back.
        scope: What is asked for, with spaces between.
        code_verifier: From ``new_code_verifier``, where the platform knows PKCE; its S256 challenge goes into the address.
        parameters: What else the platform wants.
    """
    from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # noqa: PLC0415 - Authlib loads when first used

    if code_verifier is not None:
        from authlib.oauth2.rfc7636 import create_s256_code_challenge  # noqa: PLC0415 - as above

        challenge = create_s256_code_challenge(code_verifier)
        parameters = {**parameters, "code_challenge": challenge, "code_challenge_method": "S256"}
    return str(
        prepare_grant_uri(
            endpoint, client_id, "code", redirect_uri=redirect_uri, scope=scope, state=state, **parameters
        )
    )
