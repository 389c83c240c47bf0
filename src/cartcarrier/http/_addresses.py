"""Addresses and header fields that are safe to send secrets to and with."""

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import quote, urlencode, urlsplit

from cartcarrier.errors import ConfigurationError, InvalidValueError
from cartcarrier.http._messages import Request


def check_base_url(provider: str, name: str, address: str) -> str:
    """Return a base address without the slash at its end.

    Args:
        provider: The driver's name, for the error.
        name: The host's name, for the error.
        address: The address; https, or http on this machine.

    Raises:
        ConfigurationError: It would send secrets in the clear, or is no base address at all.
    """
    field = f"hosts.{name}"
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ConfigurationError(f"{provider}: {field} is not an address", field=field) from None
    if not host or parts.scheme not in {"https", "http"}:
        raise ConfigurationError(f"{provider}: {field} must begin with https:// and name a host", field=field)
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ConfigurationError(f"{provider}: {field} must be scheme, host and path only", field=field)
    if parts.scheme == "http" and not _is_loopback(host):
        msg = f"{provider}: {field} must be https; plain http is allowed on this machine only"
        raise ConfigurationError(msg, field=field)
    if not address.isascii() or any(character <= " " for character in address):
        raise ConfigurationError(f"{provider}: {field} has characters that an address cannot have", field=field)
    return address.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def build_url(base: str, request: Request) -> str:
    """Return the whole address of a request.

    Raises:
        InvalidValueError: The path could lead somewhere else than it seems to: a part was not percent-encoded.
    """
    path = request.path
    if (
        not path.startswith("/")
        or not path.isascii()
        or any(character in "?#\\" or character <= " " for character in path)
    ):
        raise InvalidValueError(f"the path of {request.operation} is not percent-encoded", field="path")
    if any(part in {".", ".."} for part in path.split("/")):
        raise InvalidValueError(f"the path of {request.operation} has a dot for a part", field="path")
    query = urlencode(request.params, doseq=True, quote_via=quote, safe="")
    return f"{base}{path}?{query}" if query else base + path


def check_headers(provider: str, headers: Mapping[str, str]) -> None:
    """Refuse header values that the HTTP library would quote in its own error.

    Raises:
        ConfigurationError: A value has characters that a header cannot have; a secret that was pasted with a line break, say.
    """
    for name, value in headers.items():
        if not value.isascii() or any(character < " " or character == "\x7f" for character in value):
            msg = (
                f"{provider}: the value for the header {name} has characters that cannot be sent; is a secret mistyped?"
            )
            raise ConfigurationError(msg, field=name)
