"""What all abilities of the driver share: the client, the ids, the scopes."""

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

import anyio
from typing_extensions import override

from cartcarrier.channels import Channel
from cartcarrier.channels.shopify import codes, mapping
from cartcarrier.channels.shopify.client import ShopifyClient, documents
from cartcarrier.channels.shopify.config import ShopifyConfig
from cartcarrier.errors import ConfigurationError, NotFoundError, PermissionDeniedError
from cartcarrier.http import Clock, Lane, LimitStore, TokenStore


class ShopifyAccount(Channel):
    """One shop, and what the app may do there."""

    driver: ClassVar[str] = "shopify"
    config_class: ClassVar[type[ShopifyConfig]] = ShopifyConfig
    config: ShopifyConfig

    def __init__(
        self,
        config: ShopifyConfig,
        *,
        account: str = "default",
        transport: object | None = None,
        hosts: Mapping[str, str] | None = None,
        tokens: TokenStore | None = None,
        limits: LimitStore | None = None,
        keep_raw: bool = False,
        clock: Clock | None = None,
        max_wait: timedelta | None = None,
    ) -> None:
        super().__init__(
            config,
            account=account,
            transport=transport,
            hosts=hosts,
            tokens=tokens,
            limits=limits,
            keep_raw=keep_raw,
            clock=clock,
            max_wait=max_wait,
        )
        self._opened: ShopifyClient | None = None
        self._closed = False
        self._scopes: frozenset[str] | None = None
        self._scopes_lock: anyio.Lock | None = None

    @property
    def _client(self) -> ShopifyClient:
        # Made at first use: a Fulfiller may still bind its stores and clock after the driver was made.
        if self._opened is None:
            if self._closed:
                raise ConfigurationError("shopify: the driver is closed; nothing was sent")
            self._opened = ShopifyClient(self, self.config)
        return self._opened

    @property
    def version_warning(self) -> str | None:
        """What to know when Shopify ran another version of its API than was asked for; ``None`` while it did not."""
        return self._opened.version_warning if self._opened is not None else None

    @override
    async def aclose(self) -> None:
        """Close the connections. Calling it again does nothing."""
        self._closed = True
        if self._opened is not None:
            await self._opened.aclose()

    def _order_gid(self, order_id: str, operation: str) -> str:
        gid = mapping.to_gid("Order", order_id)
        if gid is None:
            # Shopify would not know it either, and would say so in words that mean "malformed".
            msg = f"shopify does not know the order of {operation}: that is not the form of its ids"
            raise NotFoundError(msg, provider=self.driver, account=self.account, operation=operation)
        return gid

    async def _require(self, ability: str, operation: str) -> frozenset[str]:
        """Return the app's scopes, or refuse: without the right one Shopify gives empty lists, not errors (§4)."""
        scopes = await self._granted(operation)
        for group in codes.ABILITY_SCOPES[ability]:
            if not scopes.intersection(group):
                msg = f"shopify has not granted this app what {operation} needs: one of the scopes {', '.join(group)}"
                raise PermissionDeniedError(
                    msg, code="missing_scope", provider=self.driver, account=self.account, operation=operation
                )
        return scopes

    async def _granted(self, operation: str) -> frozenset[str]:
        if self._scopes is not None:
            return self._scopes
        if self._scopes_lock is None:
            self._scopes_lock = anyio.Lock()
        async with self._scopes_lock:
            if self._scopes is None:
                data, _ = await self._client.read(documents.SCOPES, operation=operation, lane=Lane.CONFIRM)
                granted = frozenset(scope.handle for scope in data.current_app_installation.access_scopes)
                self._scopes = codes.with_implied(granted)
            return self._scopes
