"""The extra ``labels``: what is imported when it is used, and what is said when it is not there."""

from importlib import import_module
from typing import Any

from cartcarrier.errors import ConfigurationError


def use(module: str, what: str) -> Any:  # noqa: ANN401 - a module; each caller names what it takes from it
    """Return a module of the extra.

    Args:
        module: Its name.
        what: What needs it, as it begins the message.

    Raises:
        ConfigurationError: It is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as exc:
        msg = f"{what} needs the module {exc.name}: install cartcarrier[labels]"
        raise ConfigurationError(msg) from exc
