"""Acme's driver against all the rules of the house."""

import json

import attrs
import pytest
from cartcarrier.models import Shipment, ShipmentRequest
from cartcarrier.testing import (
    Answered,
    CarrierConformance,
    CarrierPlatform,
    Failure,
    ManualClock,
    handler_transport,
    make_request,
    personal_data,
)
from typing_extensions import override

from acme_carrier import AcmeCarrier, AcmeConfig
from fake_acme import JSON, FakeAcme


class AcmePlatform(CarrierPlatform):
    """What the suite must know of Acme."""

    token_path = "/token"
    unknown_number = "ACME9999999999"
    unknown_service = "rocket"

    def __init__(self, acme: FakeAcme) -> None:
        super().__init__()
        self.acme = acme

    @override
    def make_request(self) -> ShipmentRequest:
        return make_request(service="ground")

    @override
    def bought(self) -> int:
        return len(self.acme.labels) - len(self.acme.voided)

    @override
    def unknown_shipment(self, shipment: Shipment) -> Shipment:
        return attrs.evolve(shipment, id="label-999")

    @override
    def answer(self, failure: Failure) -> Answered:
        if failure is Failure.QUOTED:
            fault = {"code": "BAD_ADDRESS", "message": f"nobody lives at {personal_data()}", "field": "recipient"}
            return 422, JSON, json.dumps(fault).encode()
        return super().answer(failure)


class TestAcme(CarrierConformance):
    """The rules of the house."""

    @pytest.fixture
    @override
    def platform(self) -> AcmePlatform:
        return AcmePlatform(FakeAcme(ManualClock()))

    @pytest.fixture
    @override
    def carrier(self, platform: AcmePlatform) -> AcmeCarrier:
        config = AcmeConfig(client_id="acme-app", client_secret="acme-not-a-real-secret")
        return AcmeCarrier(config, transport=handler_transport(platform.acme), clock=platform.acme.clock)
