"""The part of the control surface that is not about orders: the keyset, its limits, and what is pushed."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cartcarrier.errors import InvalidValueError
from cartcarrier.sandbox import Simulator, command
from cartcarrier.sandbox.ebay._errors import OAuthError
from cartcarrier.sandbox.ebay._notifications import TOPICS
from cartcarrier.sandbox.ebay._platform import Platform, Receiver
from cartcarrier.sandbox.ebay._world import SWITCHES, Json

DELETION_URL = "https://app.example.com/ebay/notifications"


class Desk(Simulator):
    """Commands about the keyset and its notifications.

    Wherever a command takes ``seller``, the first one is meant when none is named.
    """

    @property
    @abstractmethod
    def platform(self) -> Platform:
        """The platform behind it."""

    # --- the keyset ---------------------------------------------------------------------------------------------------

    def _settings(self, seller: str) -> dict[str, object]:
        app = self.platform.tokens.app
        return {
            "client_id": app["client_id"],
            "client_secret": app["client_secret"],
            "refresh_token": self.platform.tokens.refresh_token(seller),
            "marketplace_id": self.platform.seller(seller)["marketplace"],
            "sandbox": False,
            "ru_name": app["ru_name"],
            "verification_token": app["verification_token"],
        }

    @command
    def credentials(self, seller: str | None = None) -> dict[str, Any]:
        """Return a seller's driver settings, and apart from them a new signing key as Key Management tells it."""
        name = self.platform.seller(seller)["key"]
        return {"settings": self._settings(name), "signing_key": self.platform.keys.create("ED25519")}

    @command
    def add_seller(self, name: str, country: str = "DE", marketplace: str = "EBAY_DE") -> dict[str, object]:
        """Let another seller come and agree to everything; return their driver settings."""
        with self.platform.world.transaction():
            self.platform.add_seller(name, country, marketplace)
        return self._settings(name)

    @command
    def consent(self, url: str, *, agree: bool = True, seller: str | None = None) -> str:
        """Be the seller in front of the consent page, and return where the browser goes.

        Raises:
            InvalidValueError: eBay shows an error instead of the page.
        """
        query = dict(parse_qsl(urlsplit(url).query))
        try:
            self.platform.tokens.consent_page(query)
            return self.platform.tokens.decide(query, self.platform.seller(seller)["key"], agree=agree)
        except OAuthError as exc:
            raise InvalidValueError(f"the sandbox's eBay refuses: {exc.description}", field="url") from exc

    @command
    def set_scopes(self, scopes: Sequence[str], seller: str | None = None) -> None:
        """Let a seller's consent, and the tokens that came from it, reach these scopes and no others."""
        owner = self.platform.seller(seller)["key"]
        world = self.platform.world
        with world.transaction():
            for kind in ("refresh", "token"):
                for row in world.rows(kind):
                    if row["seller"] == owner:
                        world.put(kind, row["key"], {**row, "scopes": list(scopes)})

    @command
    def revoke(self, seller: str | None = None) -> None:
        """Withdraw a seller's consent, as a changed password does: ``invalid_grant`` from now on."""
        self.platform.tokens.revoke(self.platform.seller(seller)["key"])

    @command
    def expire_tokens(self) -> None:
        """Let every access token be over now; refresh tokens stay good."""
        self.platform.tokens.expire()

    @command
    def quotas(self) -> dict[str, dict[str, Any]]:
        """Return each daily quota's ``limit``, ``used``, ``remaining`` and ``reset``."""
        return self.platform.quotas.state()

    @command
    def use_quota(self, resource: str, remaining: int = 0) -> None:
        """Let other users of the keyset have used all but so many of today's calls."""
        self.platform.quotas.leave(resource, remaining)

    @command
    def set_switches(self, **switches: Json) -> dict[str, Any]:
        """Turn switches, and return all of them.

        Args:
            switches: ``list_lag`` and ``fulfillment_lag`` (seconds until lists of orders, and reads of fulfillments, see
                a change), ``cancel_seconds`` and ``refund_seconds`` (how long those take), ``hide_cancel_state`` (lists
                keep quiet about open cancellations), ``signature_required`` (``None``: as the law says), ``suspended``,
                ``omit_carrier`` (fulfillments are told without it), ``strict_carriers`` (unknown codes are refused),
                ``one_sku_per_call`` (bulk updates take one SKU).
        """
        self.platform.world.set_switches(switches)
        return {name: self.platform.world.switch(name) for name in SWITCHES}

    # --- notifications ------------------------------------------------------------------------------------------------

    def attach_receiver(self, endpoint: str, receiver: Receiver) -> None:
        """Let an endpoint be answered by code in this process: it gets method, address, headers and body."""
        self.platform.receivers[endpoint] = receiver

    @command
    def answer_challenges(self, endpoint: str, verification_token: str | None = None) -> None:
        """Say which token the application at an endpoint holds; ``None``: nobody is there."""
        self.platform.world.put("endpoint", endpoint, {"token": verification_token})

    @command
    def challenges(self) -> list[dict[str, Any]]:
        """Return every challenge so far: ``endpoint``, ``challenge_code``, and whether it was ``answered`` rightly."""
        names = ("endpoint", "challenge_code", "answered")
        return [{name: row[name] for name in names} for row in self.platform.world.rows("challenge")]

    @command
    def deliveries(
        self, *, limit: int | None = None, duplicates: int = 0, shuffle: bool = False, keep: bool = False
    ) -> list[dict[str, Any]]:
        """Return the queued notifications as signed requests: ``url``, ``headers``, ``body``.

        Args:
            limit: At most so many.
            duplicates: How often each comes again.
            shuffle: Whether they come in another order.
            keep: Whether they stay in the queue.
        """
        self.platform.tick()
        return self.platform.deliveries.take(limit=limit, duplicates=duplicates, shuffle=shuffle, keep=keep)

    @command
    def report_delivery(self, notification_id: str, status: int) -> str:
        """Say how a delivery went: not 2xx, and it comes again; too often, and its destination is marked down."""
        return self.platform.deliveries.report(notification_id, status)

    @command
    def push_notification(self, topic: str, data: Mapping[str, Any], url: str = DELETION_URL) -> str:
        """Queue a message that nobody subscribed to, and return its id.

        Raises:
            InvalidValueError: There is no such topic.
        """
        if topic not in TOPICS:
            raise InvalidValueError(f"no topic {topic}; there are {', '.join(TOPICS)}", field="topic")
        return self.platform.deliveries.push(topic, dict(data), url)

    @command
    def delete_account(self, username: str, url: str = DELETION_URL) -> str:
        """Let a buyer close the account: the notice goes to the endpoint that the developer portal knows."""
        secret = self.platform.world.mint(f"account {username}")
        data = {"username": username, "userId": secret[:11], "eiasToken": f"{secret[:30]}=="}
        return self.push_notification("MARKETPLACE_ACCOUNT_DELETION", data, url)

    @command
    def rotate_notification_key(self) -> str:
        """Sign notifications with a new key from now on, and return its id."""
        return self.platform.deliveries.rotate()
