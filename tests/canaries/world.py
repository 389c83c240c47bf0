"""A whole route on one channel and one carrier, over a wire on which platforms quote what they were told."""

import json
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import attrs
import httpx
from typing_extensions import override

import cartcarrier as cc
from cartcarrier.http import ManualClock, asgi_transport
from cartcarrier.sandbox import Sandbox
from tests.attacks.senders import SECRET, SENDERS, STRANGERS, Sender
from tests.canaries.planted import SENTENCE, SKU, Canaries, Json, order_shape, secrets_of, tokens_in
from tests.canaries.watch import Watch
from tests.fuzz._mutations import Answered, mutate
from tests.routes.route import START, leave_from

WORDS: Final = (
    "message", "description", "detail", "details", "text", "title", "longmessage", "error_description", "reason",
    "faultstring", "comment", "instructions",
)  # fmt: skip
LISTS: Final = frozenset({"usererrors", "errors", "warnings", "alerts", "alert", "cxsalerts"})
DEEDS: Final = ("mutate", "mutate", "quote", "refuse", "lose", "page")
CREDENTIALS: Final = ("authorization", "x-shopify-access-token", "x-amz-access-token", "x-payment-authorization-token")


def quoting(answer: Answered, request: httpx.Request) -> Answered:
    """Return the answer with messages that quote who was written to; a refusal quotes the credential, too."""
    refused = answer.status >= 400
    credentials = " ".join(request.headers[name] for name in CREDENTIALS if name in request.headers)
    sentence = f"refused: {SENTENCE} {credentials}" if refused else f"note: {SENTENCE}"
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError):
        return attrs.evolve(answer, body=f"<html>{sentence}</html>".encode())
    _quote(value, sentence, everywhere=refused)
    return attrs.evolve(answer, body=json.dumps(value).encode("utf-8", "surrogatepass"))


def _quote(value: Json, sentence: str, *, everywhere: bool) -> None:
    for key, part in list(_parts(value)):
        name = str(key).lower()
        if isinstance(part, str) and (name in WORDS if everywhere else name == "message"):
            value[key] = sentence
        elif isinstance(part, list) and name in LISTS:
            part.append({"code": "X1", "errorId": 1, "message": sentence, "longMessage": sentence, "detail": sentence})
        _quote(part, sentence, everywhere=everywhere or name in LISTS)


def _parts(value: Json) -> Iterator[tuple[Any, Json]]:
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


class Meddler(httpx.AsyncBaseTransport):
    """Hands calls on to a simulator, notes every token that passes, and lets answers go wrong.

    Args:
        simulator: The platform.
        canaries: Where tokens are noted.
        draw: What chance is drawn from.
        share: How many of the answers go wrong.
    """

    def __init__(self, simulator: Json, canaries: Canaries, draw: random.Random, share: float) -> None:
        self._simulator = simulator
        self._inner = asgi_transport(simulator.app)
        self._canaries = canaries
        self._draw = draw
        self.share = share
        self.deeds: tuple[str, ...] = DEEDS

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for name in CREDENTIALS:
            self._canaries.hide(request.headers.get(name, "").rpartition(" ")[2])
        wrong = self._draw.random() < self.share and "token" not in request.url.path.lower()
        deed = self._draw.choice(self.deeds) if wrong else ""
        if deed == "refuse":
            status = self._draw.choice((400, 401, 403, 404, 409, 422, 429, 500))
            self._simulator.add_fault(operation="*", kind="status", status=status)
        answer = await self._inner.handle_async_request(request)
        body = await answer.aread()
        self._canaries.hide(*tokens_in(body))
        if deed == "lose":
            raise httpx.ReadError("lost", request=request)
        said = Answered(status=answer.status_code, headers=dict(answer.headers), body=body)
        if deed == "page":
            said = attrs.evolve(said, status=503, body=f"<html>{SENTENCE}</html>".encode())
        elif deed == "mutate":
            said = quoting(mutate(said, self._draw), request)
        elif deed:
            said = quoting(said, request)
        headers = {key: value for key, value in said.headers.items() if key.lower() not in _PACKED}
        return httpx.Response(said.status, headers=headers, stream=httpx.ByteStream(said.body), request=request)


_PACKED: Final = frozenset({"content-length", "content-encoding"})


class World:
    """One channel, one carrier, one warehouse, one ledger file.

    Args:
        channel: The channel's name.
        carrier: The carrier's.
        folder: Where the ledger's file is made.
        share: How many of the platforms' answers go wrong.
        deeds: In which ways.
    """

    def __init__(
        self, channel: str, carrier: str, folder: Path, *, share: float = 0, deeds: tuple[str, ...] = DEEDS
    ) -> None:
        self.clock = ManualClock(START)
        self.sandbox = Sandbox(clock=self.clock, limits=False)
        self.canaries = Canaries()
        self.canaries.hide(SECRET, STRANGERS)
        self.watch = Watch(self.canaries)
        self.path = folder / "ledger.db"
        self.draw = random.Random(f"{channel} {carrier}")  # noqa: S311 - reproducible, not secret
        self.share, self.deeds = share, deeds
        self.channel, self.carrier = channel, carrier
        self.wires: list[Meddler] = []
        self.labels: list[bytes] = []
        self.never_kept = {SECRET, STRANGERS}
        shop: Json = self.sandbox.simulator(channel)
        self.shop = shop
        if channel == "shopify":
            shop.add_item(SKU)
        elif channel == "ebay":
            shop.stock(SKU, 5)
        else:
            shop.add_listing(SKU)

    def open_driver(self, kind: str, name: str) -> Json:
        """Open a driver over a wire that is meddled with; all its secrets are canaries."""
        simulator: Json = self.sandbox.simulator(name if name in SENDERS else name.partition("-")[0])
        wire = Meddler(simulator, self.canaries, self.draw, 0)
        self.wires.append(wire)
        extra: dict[str, Json] = dict(SENDERS[name](self.sandbox).settings()) if name in SENDERS else {}
        if name == "ebay":
            key = simulator.credentials()["signing_key"]
            extra |= {"signing_key": json.dumps(key)}
            self.canaries.hide(key["privateKey"], key["jwe"])
            self.never_kept |= {key["privateKey"], key["jwe"]}
        elif name == "usps":
            extra |= {"calls_per_hour": 1_000_000, "admin_email": "it@shop.example"}
        opener = {"channel": self.sandbox.channel, "carrier": self.sandbox.carrier, "provider": self.sandbox.provider}
        settings = {**simulator.settings_for(name), **extra}
        for value in secrets_of(settings):
            self.canaries.hide(value)
        self.never_kept |= {str(settings[member]) for member in settings if member.endswith("client_secret")}
        driver: Json = opener[kind](name, transport=wire, **extra)
        self.watch.look(driver, f"driver {name}")
        self.watch.look(driver.config, f"config {name}")
        return driver

    @asynccontextmanager
    async def open(self) -> AsyncIterator[cc.Fulfiller]:
        """Open a Fulfiller on the ledger's file."""
        async with cc.Fulfiller(
            channels=[self.open_driver("channel", self.channel)],
            carriers=[self.open_driver("carrier", self.carrier)],
            providers=[self.open_driver("provider", "amazon-mcf")],
            ledger=f"sqlite:///{self.path}",
            ship_from=leave_from,
            clock=self.clock,
        ) as fulfiller:
            self.watch.look(fulfiller, "fulfiller")
            yield fulfiller

    def place(self) -> str:
        """Let a buyer place an order full of canaries."""
        order_id: str = self.shop.place_order(**order_shape(self.channel))
        self.clock.advance(600)
        return order_id

    def disturb(self, share: float) -> None:
        """Let so many of the answers go wrong from now on."""
        for wire in self.wires:
            wire.share, wire.deeds = share, self.deeds

    def pushes(self) -> list[tuple[str, cc.WebhookRequest]]:
        """Return genuine and forged pushes of everybody who pushes here."""
        found: list[tuple[str, cc.WebhookRequest]] = []
        for name in (self.channel, self.carrier):
            if name not in SENDERS:
                continue
            sender: Sender = SENDERS[name](self.sandbox)
            genuine = sender.send(sender.event().replace(b"Zyx-canary-of-a-body", SENTENCE.encode()))
            wrong = mutate(Answered(status=200, headers={}, body=sender.event()), self.draw).body
            found += [
                (sender.key, genuine),
                (sender.key, sender.send(secret=STRANGERS)),
                (sender.key, sender.send(wrong)),
                (sender.key, sender.send(SENTENCE.encode())),
                (sender.key, attrs.evolve(genuine, headers={})),
            ]
        return found
