"""Acme Parcel in memory: enough of it to be sold labels by, and to be asked about them."""

import base64
import json
from typing import Any
from urllib.parse import unquote

from cartcarrier.testing import Answered, ManualClock, ReceivedRequest

JSON = {"content-type": "application/json", "x-acme-request": "acme-1"}
LABELS = {"PDF": b"%PDF-1.4 SAMPLE", "ZPL": b"^XA^FDSAMPLE^FS^XZ"}
PRICES = {"ground": ("Acme Ground", "8.40", 4), "air": ("Acme Air", "21.90", 1)}


class FakeAcme:
    """The platform: call it with a request, get its answer."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.labels: list[dict[str, Any]] = []
        self.voided: set[str] = set()
        self.tokens: set[str] = set()

    def __call__(self, request: ReceivedRequest) -> Answered:
        """Answer a request."""
        if request.path == "/token":
            return self._token(request)
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return _refuse(401, "BAD_TOKEN")
        match request.method, request.path.strip("/").split("/"):
            case "POST", ["prices"]:
                return self._price(json.loads(request.content))
            case "POST", ["labels"]:
                return self._buy(json.loads(request.content))
            case "GET", ["labels"]:
                found = [label for label in self.labels if label["reference"] == request.params["reference"]]
                return _say({"labels": found})
            case "DELETE", ["labels", label_id]:
                return self._void(unquote(label_id))
            case "GET", ["parcels", number]:
                return self._track(unquote(number))
        return _refuse(404, "NO_SUCH_PATH")

    def _token(self, request: ReceivedRequest) -> Answered:
        expected = base64.b64encode(b"acme-app:acme-not-a-real-secret").decode()
        if request.headers.get("authorization") != f"Basic {expected}":
            return _refuse(401, "BAD_CLIENT")
        token = f"acme-token-{len(self.tokens) + 1:06}"
        self.tokens.add(token)
        return _say({"access_token": token, "expires_in": 3600})

    def _price(self, question: dict[str, Any]) -> Answered:
        wanted = question.get("service")
        prices = [
            {
                "service": code, "name": name, "amount": amount, "currency": "USD", "days": days,
                "quote": f"quote-{code}", "validUntil": "2026-12-31T00:00:00+00:00",
            }
            for code, (name, amount, days) in PRICES.items()
            if wanted in {None, code}
        ]  # fmt: skip
        return _say({"prices": prices}) if prices else _refuse(422, "NO_SERVICE", "service")

    def _buy(self, order: dict[str, Any]) -> Answered:
        if order["service"] not in PRICES:
            return _refuse(422, "NO_SERVICE", "service")
        name, amount, _ = PRICES[order["service"]]
        label = {
            "id": f"label-{len(self.labels) + 1}",
            "trackingNumber": f"ACME{len(self.labels) + 1:010}",
            "service": order["service"],
            "name": name,
            "amount": amount,
            "currency": "USD",
            "boughtAt": self.clock.now().isoformat(),
            "reference": order["reference"],
            "format": order["format"],
            "data": base64.b64encode(LABELS[order["format"]]).decode(),
        }
        self.labels.append(label)
        return _say(label)

    def _void(self, label_id: str) -> Answered:
        if label_id not in {label["id"] for label in self.labels}:
            return _refuse(404, "NOT_FOUND")
        if label_id in self.voided:
            return _refuse(409, "ALREADY_VOIDED")
        self.voided.add(label_id)
        return _say({"voided": True})

    def _track(self, number: str) -> Answered:
        if number not in {label["trackingNumber"] for label in self.labels}:
            return _refuse(404, "NOT_FOUND")
        scans = [
            {
                "id": "s2",
                "code": "PICKUP",
                "text": "Picked up",
                "at": "2026-01-05T09:30:00-08:00",
                "city": "Los Angeles",
            },
            {
                "id": "s1",
                "code": "LABEL",
                "text": "Label made",
                "at": "2026-01-05T16:00:00+00:00",
                "city": "Los Angeles",
            },
        ]
        return _say({"trackingNumber": number, "scans": scans})


def _say(answer: object) -> Answered:
    return 200, JSON, json.dumps(answer).encode()


def _refuse(status: int, code: str, field: str | None = None) -> Answered:
    return status, JSON, json.dumps({"code": code, "message": "refused", "field": field}).encode()
