"""Tokens: ``POST /oauth/token`` (field guide fedex.md §1). Credentials stand in the body; two projects have their own."""

import hashlib
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from cartcarrier.sandbox.fedex.account import (
    CHILD_KEY,
    CHILD_SECRET,
    CLIENT_ID,
    CLIENT_SECRET,
    TRACK_CLIENT_ID,
    TRACK_CLIENT_SECRET,
    World,
)
from cartcarrier.sandbox.fedex.errors import BAD_REQUEST, FORBIDDEN, NOT_AUTHORIZED, FedExError
from cartcarrier.sandbox.fedex.fields import Node

LIFETIME_SECONDS = 3600
PROJECTS = {CLIENT_ID: (CLIENT_SECRET, "ship"), TRACK_CLIENT_ID: (TRACK_CLIENT_SECRET, "track")}
_CHILD_GRANTS = frozenset({"csp_credentials", "client_pc_credentials"})
_BAD_CLIENT = "The client credentials are wrong."


def issue_token(world: World, content_type: str, body: bytes) -> Node:
    """Answer a token request.

    Raises:
        FedExError: 400 for a request of the wrong form, 401 for credentials that are no project's.
    """
    form = parse_qs(body.decode("latin-1"), keep_blank_values=True)
    is_form = content_type.startswith("application/x-www-form-urlencoded")
    if not is_form or any(len(form.get(name, ())) != 1 for name in ("grant_type", "client_id", "client_secret")):
        raise FedExError(BAD_REQUEST, "A parameter of the form is missing or stands there twice.")
    (grant,), (client_id,), (secret,) = form["grant_type"], form["client_id"], form["client_secret"]
    if grant != "client_credentials" and grant not in _CHILD_GRANTS:
        raise FedExError(BAD_REQUEST, "The grant type is not supported.")
    known_secret, project = PROJECTS.get(client_id, ("", ""))
    if not project or secret != known_secret:
        raise FedExError(NOT_AUTHORIZED, _BAD_CLIENT, 401)
    if grant in _CHILD_GRANTS and (form.get("child_Key"), form.get("child_secret")) != ([CHILD_KEY], [CHILD_SECRET]):
        raise FedExError(NOT_AUTHORIZED, _BAD_CLIENT, 401)
    now = world.now()
    with world.store.transaction():
        number = world.next_number("tokens")
        token = "sandbox-" + hashlib.sha256(f"{world.seed}:{number}:{now.isoformat()}".encode()).hexdigest()
        expires_at = now + timedelta(seconds=LIFETIME_SECONDS)
        for old in world.store.all("tokens"):
            if datetime.fromisoformat(old["expires_at"]) < now - timedelta(days=1):
                world.store.delete("tokens", old["token"])
        world.store.put("tokens", token, {"token": token, "project": project, "expires_at": expires_at.isoformat()})
    return {"access_token": token, "token_type": "bearer", "expires_in": LIFETIME_SECONDS, "scope": "CXS"}


def project_of(world: World, authorization: str) -> str:
    """Return the project whose token a call bears.

    Raises:
        FedExError: 401 for a token that was never given, or has expired.
    """
    scheme, _, token = authorization.partition(" ")
    known = world.store.get("tokens", token) if scheme.lower() == "bearer" else None
    if known is None or datetime.fromisoformat(known["expires_at"]) <= world.now():
        raise FedExError(NOT_AUTHORIZED, status=401)
    return str(known["project"])


def check_capability(world: World, project: str, capability: str) -> None:
    """Let a project use a capability: tracking needs a project of its own, which can do nothing else (guide §0-5).

    Raises:
        FedExError: 403.
    """
    wanted = "track" if capability == "track" else "ship"
    if project != wanted and not world.switch("one_project"):
        raise FedExError(FORBIDDEN, status=403)
    if capability in world.switch("disabled_capabilities"):
        raise FedExError(FORBIDDEN, status=403)
