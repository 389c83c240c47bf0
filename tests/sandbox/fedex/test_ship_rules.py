"""Each rule of buying, and a request that breaks it: FedEx's own code where the field guide knows it."""

from typing import Any

import pytest

from tests.sandbox.fedex.samples import FedExClient, Json, domestic, express, put, refusal
from tests.sandbox.fedex.shop import signed

PIECE = "requestedPackageLineItems.0"
SPECIAL = "shipmentSpecialServices"
NO_SERVICE = (400, "SERVICE.PACKAGECOMBINATION.INVALID")
INPUT = (422, "INVALID.INPUT.EXCEPTION")


async def check(fedex: FedExClient, body: Json, expected: tuple[int, str] | str) -> None:
    """Send a request that must be refused, for that reason and no other; nothing may be bought."""
    answer = await fedex.ship(body)

    assert refusal(answer) == ((400, expected) if isinstance(expected, str) else expected), answer.text
    assert fedex.simulator.labels() == []
    assert fedex.simulator.spent()["bought"] == {}


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        pytest.param("/accountNumber", ..., "ACCOUNTNUMBER.REGISTRATION.REQUIRED", id="no account"),
        pytest.param("/accountNumber.value", "12345", "ACCOUNTNUMBER.REGISTRATION.REQUIRED", id="short account"),
        pytest.param("/labelResponseOptions", ..., "LABELRESPONSEOPTIONS.REQUIRED", id="no response option"),
        pytest.param("/labelResponseOptions", "FAX", INPUT, id="unknown response option"),
        pytest.param("/processingOptionType", "LATER", INPUT, id="unknown processing"),
        pytest.param("/mergeLabelDocOption", "ALL", INPUT, id="unknown merge"),
        pytest.param("/requestedShipment", {}, "REQUESTEDSHIPMENT.REQUIRED", id="no shipment"),
        pytest.param("/requestedShipment", [], INPUT, id="a list in place of an object"),
        pytest.param("pickupType", ..., "PICKUPTYPE.REQUIRED", id="no pickup type"),
        pytest.param("pickupType", "SOMETIME", INPUT, id="unknown pickup type"),
        pytest.param("serviceType", ..., "SERVICETYPE.REQUIRED", id="no service"),
        pytest.param("serviceType", "INTERNATIONAL_PRIORITY", NO_SERVICE, id="old spelling of a service"),
        pytest.param("serviceType", "FEDEX_INTERNATIONAL_PRIORITY", NO_SERVICE, id="service of another lane"),
        pytest.param("packagingType", ..., "PACKAGINGTYPE.REQUIRED", id="no packaging"),
        pytest.param("packagingType", "CRATE", INPUT, id="unknown packaging"),
        pytest.param("packagingType", "FEDEX_PAK", NO_SERVICE, id="FedEx's packaging by Ground"),
        pytest.param("shipDatestamp", "2026-01-04", "AVAILABILITY.SHIP.DATE.INVALID", id="yesterday"),
        pytest.param("shipDatestamp", "2026-01-16", "AVAILABILITY.SHIP.DATE.INVALID", id="eleven days ahead"),
        pytest.param("shipDatestamp", "05.01.2026", "AVAILABILITY.SHIP.DATE.INVALID", id="no date"),
        pytest.param("recipients", [], "RECIPIENTS.REQUIRED", id="no recipient"),
        pytest.param("recipients.0.address.residential", "true", INPUT, id="a word in place of a boolean"),
        pytest.param("recipients.0.address.residential", False, NO_SERVICE, id="Home Delivery to a business"),
    ],
)  # fmt: skip
async def test_a_wrong_shipment_is_refused(
    fedex: FedExClient, path: str, value: Any, expected: tuple[int, str] | str
) -> None:
    """The outline: account, service, dates."""
    await check(fedex, put(domestic(), path, value), expected)


async def test_one_recipient_split_in_two_is_refused(fedex: FedExClient) -> None:
    """FedEx's own minimal sample does it, and it does not work (field guide, section 4.1)."""
    body = domestic()
    (recipient,) = body["requestedShipment"]["recipients"]
    split = [{"contact": recipient["contact"]}, {"address": recipient["address"]}]
    await check(fedex, put(body, "recipients", split), "RECIPIENTS.SIZE.INVALID")


@pytest.mark.parametrize("who", ["shipper", "recipients.0"])
@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        pytest.param("contact.phoneNumber", ..., "{who}.PHONENUMBER.REQUIRED", id="no phone"),
        pytest.param("contact.phoneNumber", "303555010", "{who}.PHONENUMBER.INVALID", id="nine digits"),
        pytest.param("contact.phoneNumber", "30355501012", "{who}.PHONENUMBER.INVALID", id="eleven digits, not a 1"),
        pytest.param("contact.personName", "P" * 71, "PERSONNAME.TOO.LONG", id="long name"),
        pytest.param("contact.companyName", "C" * 36, "COMPANYNAME.TOO.LONG", id="long company"),
        pytest.param("contact.emailAddress", "e" * 81, "EMAILADDRESS.TOO.LONG", id="long email"),
        pytest.param("contact.phoneExtension", "1234567", "PHONEEXTENSION.TOO.LONG", id="long extension"),
        pytest.param("contact", {"phoneNumber": "3035550101"}, "{who}.PERSONNAME.REQUIRED", id="nobody"),
        pytest.param("tins", [{"number": "1" * 19, "tinType": "FEDERAL"}], "TINS.NUMBER.TOO.LONG", id="long tax id"),
        pytest.param("tins", [{"number": "1"}], "TINS.TINTYPE.REQUIRED", id="tax id of no kind"),
        pytest.param("address.streetLines", [], "STREETLINE1.EMPTY", id="no street"),
        pytest.param("address.streetLines", ["  "], "STREETLINE1.EMPTY", id="blank street"),
        pytest.param("address.streetLines", ["L" * 36], "STREETLINE1.TOO.LONG", id="long street"),
        pytest.param("address.streetLines", ["9 Elm St", "L" * 36], "STREETLINE2.TOO.LONG", id="long second line"),
        pytest.param("address.city", ..., "{who}.CITY.REQUIRED", id="no city"),
        pytest.param("address.city", "C" * 36, "{who}.CITY.TOO.LONG", id="long city"),
        pytest.param("address.countryCode", ..., "{who}.COUNTRYCODE.REQUIRED", id="no country"),
        pytest.param("address.countryCode", "USA", "{who}.COUNTRYCODE.INVALID", id="three letters"),
        pytest.param("address.countryCode", "KP", "{end}.COUNTRY.NOTSERVED", id="not served"),
        pytest.param("address.postalCode", ..., "{who}.POSTALCODE.REQUIRED", id="no postal code"),
        pytest.param("address.postalCode", "8001", "{who}.POSTALCODE.INVALID", id="four digits"),
        pytest.param("address.stateOrProvinceCode", ..., "{who}.STATEORPROVINCECODE.REQUIRED", id="no state"),
        pytest.param("address.stateOrProvinceCode", "Colorado", "{who}.ADDRESSSTATEORPROVINCECODE.MISMATCH", id="a full name"),
        pytest.param("address.stateOrProvinceCode", "NY", "COUNTRY.POSTALANDSTATEORPROVINCECODE.MISMATCH", id="other state"),
    ],
)  # fmt: skip
async def test_a_wrong_party_is_refused(fedex: FedExClient, who: str, path: str, value: Any, code: str) -> None:
    """Contacts and addresses, on both sides."""
    name, end = ("SHIPPER", "ORIGIN") if who == "shipper" else ("RECIPIENTS", "DESTINATION")
    await check(fedex, put(domestic(), f"{who}.{path}", value), code.format(who=name, end=end))


async def test_quebec_is_pq(fedex: FedExClient) -> None:
    """Another client learned it the hard way (field guide, sections 4.2 and 11-10)."""
    montreal = {
        "streetLines": ["1 Rue Y"],
        "city": "Montreal",
        "stateOrProvinceCode": "QC",
        "postalCode": "H2X 1Y4",
        "countryCode": "CA",
    }
    body = put(express("FEDEX_INTERNATIONAL_PRIORITY"), "recipients.0.address", montreal)
    await check(fedex, body, "RECIPIENTS.ADDRESSSTATEORPROVINCECODE.MISMATCH")
    await check(fedex, put(body, "recipients.0.address.stateOrProvinceCode", "PQ"), "CUSTOMSCLEARANCEDETAIL.REQUIRED")


async def test_lines_beyond_the_third_are_ignored(fedex: FedExClient) -> None:
    """Also one that would be too long (field guide, section 4.2)."""
    body = put(domestic(), "recipients.0.address.streetLines", ["9 Elm St", "Apt 4", "Rear", "L" * 60])

    assert (await fedex.ship(body)).status_code == 200


@pytest.mark.parametrize("phone", ["3035550101", "13035550101", "+1 303 555 0101", "303-555-0101"])
async def test_phones_of_ten_digits_are_taken(fedex: FedExClient, phone: str) -> None:
    """With or without the country's code."""
    assert (await fedex.ship(put(domestic(), "recipients.0.contact.phoneNumber", phone))).status_code == 200


@pytest.mark.parametrize(
    ("payment", "code"),
    [
        pytest.param({}, "SHIPPINGCHARGESPAYMENT.PAYMENTTYPE.REQUIRED", id="none"),
        pytest.param({"paymentType": "CASH"}, INPUT, id="unknown"),
        pytest.param({"paymentType": "RECIPIENT"}, "SHIPPINGCHARGESPAYMENT.PAYOR.ACCOUNTNUMBER.REQUIRED", id="no payor"),
        pytest.param(("THIRD_PARTY", "999999999"), "SHIPPINGCHARGESPAYMENT.PAYOR.ACCOUNTNUMBER.INVALID", id="unknown payor"),
        pytest.param(("SENDER", "802255209"), "ACCOUNT.NUMBER.MISMATCH", id="sender is another"),
    ],
)  # fmt: skip
async def test_a_wrong_payment_is_refused(fedex: FedExClient, payment: Any, code: tuple[int, str] | str) -> None:
    """Everything but SENDER needs an account; SENDER must be the shipper's."""
    if isinstance(payment, tuple):
        kind, number = payment
        payment = {"paymentType": kind, "payor": {"responsibleParty": {"accountNumber": {"value": number}}}}
    await check(fedex, put(domestic(), "shippingChargesPayment", payment), code)


async def test_collect_is_for_ground(fedex: FedExClient) -> None:
    """Express knows it not (field guide, section 4.3)."""
    payor = {"responsibleParty": {"accountNumber": {"value": "802255209"}}}
    payment = {"paymentType": "COLLECT", "payor": payor}
    code = "SHIPPINGCHARGESPAYMENT.PAYMENTTYPE.INVALID"
    await check(fedex, put(express(), "shippingChargesPayment", payment), code)

    assert (await fedex.ship(put(domestic(), "shippingChargesPayment", payment))).status_code == 200


@pytest.mark.parametrize(
    ("specification", "code"),
    [
        pytest.param({}, "LABELSPECIFICATION.IMAGETYPE.REQUIRED", id="none"),
        pytest.param({"imageType": "GIF", "labelStockType": "PAPER_4X6"}, INPUT, id="GIF"),
        pytest.param({"imageType": "ZPLII"}, "LABELSPECIFICATION.LABELSTOCKTYPE.REQUIRED", id="no stock"),
        pytest.param({"imageType": "ZPLII", "labelStockType": "STOCK_4X6.75"}, INPUT, id="stock with a dot"),
        pytest.param({"imageType": "ZPLII", "labelStockType": "PAPER_4X6"}, "LABELSPECIFICATION.LABELSTOCKTYPE.INVALID", id="thermal on paper"),
        pytest.param({"imageType": "PDF", "labelStockType": "STOCK_4X6"}, "LABELSPECIFICATION.LABELSTOCKTYPE.INVALID", id="paper on thermal"),
    ],
)  # fmt: skip
async def test_a_wrong_label_is_refused(fedex: FedExClient, specification: Json, code: tuple[int, str] | str) -> None:
    """Image and stock go together, and Ship spells the stock without a dot (field guide, sections 4.7 and 11-18)."""
    await check(fedex, put(domestic(), "labelSpecification", specification), code)


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        pytest.param("requestedPackageLineItems", [], "REQUESTEDPACKAGELINEITEMS.REQUIRED", id="no package"),
        pytest.param(f"{PIECE}.weight", ..., "PACKAGEWEIGHT.UNITS.REQUIRED", id="no weight"),
        pytest.param(f"{PIECE}.weight.value", ..., "PACKAGEWEIGHT.VALUE.REQUIRED", id="no value"),
        pytest.param(f"{PIECE}.weight.value", 0, "PACKAGEWEIGHT.VALUE.INVALID", id="weightless"),
        pytest.param(f"{PIECE}.weight.value", "3", INPUT, id="a string"),
        pytest.param(f"{PIECE}.weight.value", 151, "PACKAGEWEIGHT.VALUE.INVALID", id="too heavy"),
        pytest.param(f"{PIECE}.weight.units", "LBS", INPUT, id="unknown unit"),
        pytest.param(f"{PIECE}.weight.units", "KG", "MIXED.MEASURING.UNITS.INCLUDED", id="KG beside IN"),
        pytest.param(f"{PIECE}.dimensions.height", ..., "DIMENSIONS.REQUIRED", id="two sides"),
        pytest.param(f"{PIECE}.dimensions.height", 1000, "DIMENSIONS.INVALID", id="over 999"),
        pytest.param(f"{PIECE}.dimensions.length", 109, NO_SERVICE, id="too long for Ground"),
        pytest.param(f"{PIECE}.dimensions", {"length": 60, "width": 40, "height": 20, "units": "IN"}, NO_SERVICE, id="girth"),
        pytest.param(f"{PIECE}.groupPackageCount", 0, "GROUPPACKAGECOUNT.INVALID", id="none of it"),
        pytest.param(f"{PIECE}.itemDescription", "D" * 51, "ITEMDESCRIPTION.TOO.LONG", id="long description"),
        pytest.param(f"{PIECE}.declaredValue", {"amount": 100}, "DECLAREDVALUE.CURRENCY.REQUIRED", id="no currency"),
        pytest.param(f"{PIECE}.declaredValue", {"currency": "USD"}, "DECLAREDVALUE.AMOUNT.REQUIRED", id="no amount"),
        pytest.param(f"{PIECE}.declaredValue", {"amount": 100000, "currency": "USD"}, "DECLAREDVALUE.AMOUNT.INVALID", id="six digits"),
        pytest.param(f"{PIECE}.declaredValue", {"amount": 1, "currency": "DOLLAR"}, "DECLAREDVALUE.CURRENCY.INVALID", id="a word"),
        pytest.param("totalDeclaredValue", {"amount": 5, "currency": "USD"}, "TOTALDECLAREDVALUE.INVALID", id="not the sum"),
        pytest.param(f"{PIECE}.customerReferences", [{"customerReferenceType": "MINE", "value": "1"}], INPUT, id="unknown reference"),
        pytest.param(f"{PIECE}.customerReferences", [{"value": "1"}], "CUSTOMERREFERENCES.CUSTOMERREFERENCETYPE.REQUIRED", id="reference of no type"),
        pytest.param(f"{PIECE}.customerReferences", [{"customerReferenceType": "P_O_NUMBER"}], "CUSTOMERREFERENCES.VALUE.REQUIRED", id="empty reference"),
        pytest.param(f"{PIECE}.customerReferences", [{"customerReferenceType": "P_O_NUMBER", "value": "1" * 31}], "CUSTOMERREFERENCES.VALUE.TOO.LONG", id="31 characters by Ground"),
    ],
)  # fmt: skip
async def test_a_wrong_package_is_refused(
    fedex: FedExClient, path: str, value: Any, code: tuple[int, str] | str
) -> None:
    """Weights, sizes, values, references."""
    await check(fedex, put(domestic(), path, value), code)


async def test_express_takes_longer_references_and_sides(fedex: FedExClient) -> None:
    """40 characters and 119 inches, where Ground takes 30 and 108."""
    reference = {"customerReferenceType": "CUSTOMER_REFERENCE", "value": "1" * 40}
    body = put(express(), f"{PIECE}.customerReferences", [reference])

    assert (await fedex.ship(put(body, f"{PIECE}.dimensions.length", 119))).status_code == 200
    assert refusal(await fedex.ship(put(body, f"{PIECE}.dimensions.length", 120))) == NO_SERVICE


async def test_packages_of_two_kinds_are_refused(fedex: FedExClient) -> None:
    """One system of units and one currency a shipment."""
    body = express()
    lines = body["requestedShipment"]["requestedPackageLineItems"]
    lines.append({"weight": {"units": "KG", "value": 1}})
    await check(fedex, body, "MIXED.MEASURING.UNITS.INCLUDED")
    lines[1] = {**lines[0], "declaredValue": {"amount": 5, "currency": "EUR"}}
    lines[0] = {**lines[0], "declaredValue": {"amount": 5, "currency": "USD"}}
    await check(fedex, body, "CURRENCYTYPE.PACKAGES.MUST")
    lines[1]["declaredValue"]["currency"] = "USD"
    total = put(body, "totalDeclaredValue", {"amount": 10, "currency": "EUR"})
    await check(fedex, total, "CURRENCYTYPE.PACKAGES.MUST")


@pytest.mark.parametrize(
    ("lines", "group", "option", "code"),
    [
        (31, 1, "ALLOW_ASYNCHRONOUS", "REQUESTEDPACKAGELINEITEMS.SIZE.INVALID"),
        (1, 41, "SYNCHRONOUS_ONLY", "TOTALPACKAGECOUNT.INVALID"),
        (1, 201, "ALLOW_ASYNCHRONOUS", "TOTALPACKAGECOUNT.INVALID"),
    ],
)
async def test_too_many_packages_are_refused(
    fedex: FedExClient, lines: int, group: int, option: str, code: str
) -> None:
    """30 lines, 40 packages at once, 200 in all (field guide, section 4.5)."""
    body = put(domestic(), f"{PIECE}.groupPackageCount", group)
    (line,) = body["requestedShipment"]["requestedPackageLineItems"]
    put(body, "requestedPackageLineItems", [dict(line) for _ in range(lines)])
    await check(fedex, put(body, "/processingOptionType", option), code)


async def test_a_job_that_nobody_knows_is_refused(fedex: FedExClient) -> None:
    """FedEx has a code of its own for it."""
    answer = await fedex.call("/ship/v1/shipments/results", {"accountNumber": {"value": "740561073"}, "jobId": "x"})

    assert refusal(answer) == (400, "SHIPMENT.JOBID.INVALID")


async def test_only_one_package_can_be_checked(fedex: FedExClient) -> None:
    """The check without buying is for single pieces (field guide, section 4.8)."""
    path = "/ship/v1/shipments/packages/validate"
    several = await fedex.call(path, put(domestic(), f"{PIECE}.groupPackageCount", 2))
    wrong = await fedex.call(path, put(domestic(), "recipients.0.address.city", ...))

    assert refusal(several) == (400, "TOTALPACKAGECOUNT.INVALID")
    assert refusal(wrong) == (400, "RECIPIENTS.CITY.REQUIRED")


async def test_ground_to_homes_can_be_refused(fedex: FedExClient) -> None:
    """It is surcharged or refused, as FedEx likes (field guide, section 11-4)."""
    body = put(domestic(), "serviceType", "FEDEX_GROUND")
    fedex.simulator.set_switches(ground_to_homes="refused")
    await check(fedex, body, NO_SERVICE)
    fedex.simulator.set_switches(ground_to_homes="surcharged")

    assert (await fedex.ship(body)).status_code == 200


def smart_post(**detail: str) -> Json:
    """Return a request for Ground Economy."""
    return put(put(domestic(), "serviceType", "SMART_POST"), "smartPostInfoDetail", detail)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(smart_post(indicia="PARCEL_SELECT"), "SMARTPOSTINFODETAIL.HUBID.REQUIRED", id="no hub"),
        pytest.param(smart_post(hubId="5531"), "SMARTPOSTINFODETAIL.INDICIA.REQUIRED", id="no indicia"),
        pytest.param(smart_post(hubId="5531", indicia="PRESORTED_STANDARD"), "SMARTPOSTINFODETAIL.INDICIA.INVALID", id="light mail, heavy parcel"),
        pytest.param(put(smart_post(hubId="5531", indicia="PARCEL_SELECT"), f"{PIECE}.weight.value", 0.5), "SMARTPOSTINFODETAIL.INDICIA.INVALID", id="heavy mail, light parcel"),
        pytest.param(put(smart_post(hubId="5531", indicia="PARCEL_SELECT"), f"{PIECE}.weight.value", 71), NO_SERVICE, id="over 70 pounds"),
        pytest.param(put(smart_post(hubId="5531", indicia="PARCEL_SELECT"), f"{PIECE}.groupPackageCount", 2), NO_SERVICE, id="two pieces"),
    ],
)  # fmt: skip
async def test_ground_economy_has_rules_of_its_own(fedex: FedExClient, body: Json, code: tuple[int, str] | str) -> None:
    """A hub, an indicia, one light parcel to a home."""
    await check(fedex, body, code)


@pytest.mark.parametrize(
    ("packaging", "service", "expected"),
    [
        ("FEDEX_PAK", "FEDEX_2_DAY", 200),
        ("YOUR_PACKAGING", "FEDEX_2_DAY", 400),
        ("FEDEX_10KG_BOX", "FEDEX_2_DAY", 400),
        ("FEDEX_PAK", "GROUND_HOME_DELIVERY", 400),
    ],
)
async def test_one_rate_goes_with_fedexs_packaging_by_express(
    fedex: FedExClient, packaging: str, service: str, expected: int
) -> None:
    """And it needs no weight (field guide, section 2.3)."""
    body = put(express(service), SPECIAL, {"specialServiceTypes": ["FEDEX_ONE_RATE"]})
    put(put(body, "packagingType", packaging), f"{PIECE}.weight", ...)
    put(body, f"{PIECE}.dimensions", ...)

    assert (await fedex.ship(body)).status_code == expected


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"totalPackageCount": ...}, "TOTALPACKAGECOUNT.REQUIRED", id="of how many"),
        pytest.param({f"{PIECE}.groupPackageCount": 2}, "ONELABELATATIME.PACKAGECOUNT.INVALID", id="two at a time"),
        pytest.param({"masterTrackingId": {"trackingNumber": "1", "trackingIdType": "FEDEX"}}, "TRACKINGNUMBER.ENTERED.INVALID", id="unknown master"),
        pytest.param({"masterTrackingId": {"trackingIdType": "FEDEX"}}, "MASTERTRACKINGID.TRACKINGNUMBER.REQUIRED", id="no master"),
        pytest.param({"masterTrackingId": {"trackingNumber": "1"}}, "MASTERTRACKINGID.TRACKINGIDTYPE.REQUIRED", id="master of no type"),
    ],
)  # fmt: skip
async def test_labels_one_at_a_time_have_rules_of_their_own(
    fedex: FedExClient, changes: dict[str, Any], code: str
) -> None:
    """The parent says how many; the children name the parent."""
    body = put(put(express(), "/oneLabelAtATime", value=True), "totalPackageCount", 2)
    for path, value in changes.items():
        put(body, path, value)
    await check(fedex, body, code)


async def test_a_signature_counts_with_its_special_service_only(fedex: FedExClient) -> None:
    """The option alone is no request."""
    path = f"{PIECE}.packageSpecialServices"
    named = await fedex.buy(put(domestic(), path, signed("ADULT")))
    alone = await fedex.buy(put(domestic(), path, {"signatureOptionType": "ADULT"}))

    options = [
        each["completedShipmentDetail"]["completedPackageDetails"][0]["signatureOption"] for each in (named, alone)
    ]
    assert options == ["ADULT", "SERVICE_DEFAULT"]
