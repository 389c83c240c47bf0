"""The odd corners: each was a line that no other test went through."""

from collections.abc import Callable

import pytest

from tests.sandbox.usps.samples import (
    VENDOR,
    Json,
    USPSClient,
    base_rate_request,
    code_of,
    domestic,
    home,
    international,
    message_of,
    military,
    options_abroad,
    options_request,
    put,
    rates_abroad,
    rates_request,
    returning,
)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/prices/v3/letters/search", {}),
        ("POST", "/international-prices/v3/letters/search", {}),
        ("GET", "/service-standards/v3/days", None),
        ("GET", "/locations/v3/mailboxes", None),
        ("POST", "/tracking/v3r2/tracking/1/photographs", {}),
        ("GET", "/adjustments/v3/adjustments/12345678/1/WHIMS", None),
    ],
)
async def test_paths_that_are_nearly_right_are_404(usps: USPSClient, method: str, path: str, body: object) -> None:
    """Not a crash, and not another product's answer."""
    assert (await usps.call(method, path, body)).status_code == 404


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"text"'])
async def test_bodies_that_are_no_objects_are_refused(usps: USPSClient, content: bytes) -> None:
    """By the gateway, whatever they are."""
    await usps.sign_in()
    headers = {"Authorization": f"Bearer {usps.token}"}
    answer = await usps.http.post("/prices/v3/base-rates/search", content=content, headers=headers)
    assert answer.status_code == 400
    assert code_of(answer) == "steps.oasvalidation.Failed"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("packageDescription.mailClass", 7),
        ("packageDescription.packageOptions", {"packageValue": -1}),
        ("packageDescription.mailingDate", 20260105),
        ("packageDescription.customerReference", {}),
        ("packageDescription.packageOptions", []),
        ("toAddress.ignoreBadAddress", "false"),
        ("imageInfo.packageNumber", 10_000),
    ],
)
async def test_values_of_the_wrong_kind_are_refused(usps: USPSClient, path: str, value: object) -> None:
    """Numbers for words, text for truth, objects for lists."""
    assert code_of(await usps.ship(put(domestic(), path, value))) == "steps.oasvalidation.Failed"


async def test_dates_of_prices_are_days(usps: USPSClient) -> None:
    """A moment will not do there."""
    body = rates_request() | {"mailingDate": "2026-01-05T10:00:00Z"}
    assert code_of(await usps.call("POST", "/prices/v3/total-rates/search", body)) == "steps.oasvalidation.Failed"


async def test_values_of_goods_have_limits_abroad(usps: USPSClient) -> None:
    """Of the description's own."""
    body = put(international(), "customsForm.contents.0.itemTotalValue", 1_000_000)
    assert code_of(await usps.ship(body)) == "steps.oasvalidation.Failed"


async def test_only_apps_are_served_at_the_token_endpoint(usps: USPSClient) -> None:
    """There are no users who could consent."""
    settings = usps.simulator.settings()
    body = {
        "client_id": settings["client_id"],
        "client_secret": settings["client_secret"],
        "grant_type": "refresh_token",
    }
    answer = await usps.http.post("/oauth2/v3/token", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"] == "unsupported_grant_type"
    assert (await usps.http.post("/oauth2/v3/revoke", json={"tokens": "x"})).status_code == 400


async def test_funds_of_what_is_not_there(usps: USPSClient) -> None:
    """A permit with another ZIP code, an amount that is none."""
    path = "/payments/v3/payment-account"
    assert (await usps.call("GET", f"{path}/4321?accountType=PERMIT&permitZIPCode=10018")).status_code == 404
    assert (await usps.call("GET", f"{path}/1000000001?accountType=EPS&amount=much")).status_code == 400


async def test_the_payer_is_needed_in_the_token(usps: USPSClient) -> None:
    """A token whose roles were stored by hand: no call gives one without a payer."""
    await usps.authorize()
    kept = usps.simulator.store.get("payment-tokens", usps.payment)
    assert kept is not None
    del kept["roles"]["PAYER"]
    usps.simulator.store.put("payment-tokens", usps.payment, kept)
    assert code_of(await usps.ship(domestic())) == "160369"


REFUSED: list[tuple[Callable[[], Json], str]] = [
    (lambda: put(military(), "packageDescription.packageOptions", {"contentType": "HAZMAT"}) | {}, "160279"),
    (
        lambda: put(
            put(domestic(), "packageDescription.rateIndicator", ...), "packageDescription.shape", "RECTANGULAR"
        ),
        "160285",
    ),
    (
        lambda: put(
            put(put(domestic(), "packageDescription.rateIndicator", ...), "packageDescription.shape", "RECTANGULAR"),
            "packageDescription.packagingType",
            "BASIC_PRESORT",
        ),
        "030002",
    ),
    (lambda: put(domestic(), "packageDescription.rateIndicator", "DR"), "030002"),
    (lambda: put(put(domestic(), "packageDescription.rateIndicator", "CP"), "packageDescription.height", 17), "030002"),
    (
        lambda: put(
            put(domestic(), "packageDescription.mailClass", "MEDIA_MAIL"), "packageDescription.rateIndicator", "CP"
        ),
        "030002",
    ),
    (lambda: put(military(), "toAddress.holdForPickup", value=True), "160067"),
    (
        lambda: put(
            put(military(), "packageDescription.customerReference", [{"referenceNumber": "x"}] * 3),
            "imageInfo.imageType",
            "PDF",
        ),
        "160315",
    ),
]


@pytest.mark.parametrize(("make", "code"), REFUSED, ids=[f"{code}-{at}" for at, (_, code) in enumerate(REFUSED)])
async def test_rarer_rules(usps: USPSClient, make: Callable[[], Json], code: str) -> None:
    """With USPS's own code."""
    body = make()
    if code == "160279":
        body = put(body, "packageDescription.rateIndicator", "FB")
    answer = await usps.ship(body)
    assert code_of(answer) == code, message_of(answer)


async def test_territories_hold_nothing_and_are_far(usps: USPSClient) -> None:
    """Guam: customs form, the farthest zone, no hold for pickup."""
    body = military()
    body["toAddress"] |= {"streetAddress": "1 Marine Dr", "city": "Hagatna", "state": "GU", "ZIPCode": "96910"}
    assert (await usps.buy(body))["zone"] == "09"
    assert code_of(await usps.ship(put(body, "toAddress.holdForPickup", value=True))) == "160127"


async def test_a_signature_is_told_when_it_was_paid_for(usps: USPSClient) -> None:
    """By name; without the service nobody signs."""
    signed = (await usps.buy(put(domestic(), "packageDescription.extraServices", [921])))["trackingNumber"]
    plain = (await usps.buy(domestic()))["trackingNumber"]
    usps.pass_time(days=10)
    assert (await usps.parcel(signed))["trackingEvents"][0]["recipientName"] == "Jo Doe"
    assert "recipientName" not in (await usps.parcel(plain))["trackingEvents"][0]


async def test_express_parcels_have_a_guaranteed_day(usps: USPSClient) -> None:
    """And are insured by the express services."""
    body = put(
        put(domestic(), "packageDescription.mailClass", "PRIORITY_MAIL_EXPRESS"),
        "packageDescription.rateIndicator",
        "PA",
    )
    number = (await usps.buy(put(body, "packageDescription.extraServices", [981])))["trackingNumber"]
    usps.pass_time(days=1)
    expectation = (await usps.parcel(number))["deliveryDateExpectation"]
    assert expectation["guaranteedDeliveryDate"] == expectation["expectedDeliveryDate"]


async def test_return_labels_are_manifested_the_day_after(usps: USPSClient) -> None:
    """They stay what they are for whoever looks."""
    label = (await usps.ship(returning(), path="/labels/v3/return-label")).json()
    assert (await usps.parcel(label["trackingNumber"]))["statusCategory"] == "Pre-Shipment"
    answer = await usps.reprint(label["trackingNumber"])
    assert answer.json()["returnLabelMetadata"]["trackingNumber"] == label["trackingNumber"]


async def test_oversized_parcels_are_named_so(usps: USPSClient) -> None:
    """Ground Advantage takes them up to 130 inches."""
    found = (await usps.call("POST", "/prices/v3/total-rates/search", rates_request() | {"length": 101})).json()
    assert {option["rates"][0]["rateIndicator"] for option in found["rateOptions"]} == {"OS", *FLAT}
    exact = base_rate_request() | {"length": 101, "rateIndicator": "OS", "processingCategory": "NONSTANDARD"}
    assert (await usps.call("POST", "/prices/v3/base-rates/search", exact)).status_code == 200


FLAT = {"FE", "FA", "FP", "FS", "FB", "PL", "PM"}


async def test_voluminous_parcels_cost_a_fee(usps: USPSClient) -> None:
    """More than two cubic feet."""
    body = rates_request() | {"length": 30, "width": 18, "height": 9, "weight": 30}
    found = (await usps.call("POST", "/prices/v3/total-rates/search", body)).json()
    fees = {fee["name"] for option in found["rateOptions"] for fee in option["rates"][0]["fees"]}
    assert any("Volume" in fee for fee in fees)


async def test_extra_services_alone(usps: USPSClient) -> None:
    """What a class offers, and its insurance when there is a value; some it does not have."""
    path = "/prices/v3/extra-service-rates/search"
    body = {"mailClass": "PRIORITY_MAIL", "priceType": "COMMERCIAL"}
    assert "930" not in {one["extraService"] for one in (await usps.call("POST", path, body)).json()}
    valued = (await usps.call("POST", path, body | {"itemValue": 20})).json()
    assert "930" in {one["extraService"] for one in valued}
    assert code_of(await usps.call("POST", path, body | {"extraServices": [991]})) == "160010"
    assert (await usps.call("POST", path, body | {"extraServices": [940, 910]})).status_code == 200
    assert code_of(await usps.call("POST", path, body | {"extraServices": [452]})) == "030021"


async def test_prices_abroad_that_do_not_exist(usps: USPSClient) -> None:
    """Too heavy for all; no contract asked for by its price type."""
    path = "/international-prices/v3/total-rates/search"
    assert code_of(await usps.call("POST", path, rates_abroad() | {"weight": 71})) == "030020"
    with_service = rates_abroad() | {
        "extraServices": [930],
        "itemValue": 50,
        "mailClass": "PRIORITY_MAIL_INTERNATIONAL",
    }
    found = (await usps.call("POST", path, with_service)).json()["rateOptions"][0]
    assert found["totalPrice"] > found["totalBasePrice"]


async def test_contracts_want_to_know_whose_they_are(usps: USPSClient) -> None:
    """The CRID at home, not abroad; an account without a contract changes nothing."""
    pricing = [{"priceType": "CONTRACT", "paymentAccount": {"accountType": "EPS", "accountNumber": "1000000001"}}]
    path = "/shipments/v3/options/search"
    assert code_of(await usps.call("POST", path, options_request() | {"pricingOptions": pricing})) == "160154"
    assert (await usps.call("POST", path, options_abroad() | {"pricingOptions": pricing})).status_code == 200
    usps.simulator.set_switches(contract=False)
    body = rates_request() | {"accountType": "EPS", "accountNumber": "1000000001"}
    rate = (await usps.call("POST", "/prices/v3/total-rates/search", body)).json()["rateOptions"][0]["rates"][0]
    assert rate["priceType"] == "COMMERCIAL"


async def test_prices_need_no_date(usps: USPSClient) -> None:
    """Today is meant then; in options too."""
    assert (
        await usps.call("POST", "/prices/v3/total-rates/search", put(rates_request(), "mailingDate", ...))
    ).status_code == 200
    body = put(options_request(), "packageDescription.mailingDate", ...)
    assert (await usps.call("POST", "/shipments/v3/options/search", body)).status_code == 200


async def test_soft_packs_are_edited_in_their_containers_only(usps: USPSClient) -> None:
    """Nothing else of them can change."""
    label = await usps.buy(put(domestic(), "packageDescription.rateIndicator", "P5"))
    patch = [{"op": "replace", "path": "/packageDescription/weight", "value": 2}]
    answer = await usps.paid("PATCH", f"/labels/v3/label/{label['trackingNumber']}", patch)
    assert code_of(answer) == "160251"


async def test_scan_forms_know_the_older_way_to_ask_for_a_picture(usps: USPSClient) -> None:
    """``imageType`` beside the rest; the vendor's media type gives flat JSON."""
    number = (await usps.buy(domestic()))["trackingNumber"]
    body = {
        "imageType": "NONE",
        "mailingDate": "2026-01-05",
        "entryFacilityZIPCode": "30005",
        "destinationEntryFacilityType": "NONE",
        "shipment": {"trackingNumbers": [number]},
        "fromAddress": home(),
    }
    made = (await usps.call("POST", "/scan-forms/v3/scan-form", body, Accept=VENDOR)).json()
    assert made["trackingNumbers"] == [number]
    assert "SCANFormImage" not in made


async def test_places_by_coordinates_and_by_type(usps: USPSClient) -> None:
    """The simulator knows one point only; a type leaves one kind."""
    path = "/locations/v3/post-office-locations"
    assert (await usps.call("GET", f"{path}?LAT=40.7&LONG=-74")).json()["locations"]
    kiosks = (await usps.call("GET", f"{path}?ZIPCode=80012&postOfficeType=SELF_SERVICE_KIOSK")).json()["locations"]
    assert {one["postOfficeType"] for one in kiosks} == {"SELF_SERVICE_KIOSK"}
    assert code_of(await usps.call("GET", "/locations/v3/dropoff-locations?destinationZIPCode=00000")) == "160033"


async def test_a_pickup_address_lies_in_its_state(usps: USPSClient) -> None:
    """Otherwise the carrier would not find it."""
    path = "/pickup/v3/carrier-pickup/eligibility?streetAddress=1 Dock Rd&state=GA&ZIPCode=80012"
    assert code_of(await usps.call("GET", path)) == "020003"


async def test_disputes_are_about_something(usps: USPSClient) -> None:
    """A parcel without adjustments has nothing to dispute."""
    number = (await usps.buy(domestic()))["trackingNumber"]
    body = {"CRID": "12345678", "trackingNumber": number, "reason": "WEIGHT"}
    assert (await usps.call("POST", "/disputes/v3/dispute", body)).status_code == 404


async def test_suspended_listeners_and_denied_parcels_are_not_told_of(usps: USPSClient) -> None:
    """Nothing is queued for them."""
    denied = (await usps.buy(domestic()))["trackingNumber"]
    usps.simulator.set_journey(tracking_number=denied, kind="not_found")
    body = {"listenerURL": "https://a.example", "secret": "x" * 32, "adminNotification": [{"email": "a@b.test"}]}
    await usps.call("POST", "/subscriptions-tracking/v3r2/subscriptions", body | {"trackingNumber": denied})
    usps.pass_time(days=5)
    assert usps.simulator.deliveries() == []
