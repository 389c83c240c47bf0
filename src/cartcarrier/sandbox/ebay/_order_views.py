"""Orders as the Fulfillment API shows them: in a list, alone, with and without the tax breakdown (field guide §5)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from cartcarrier.sandbox.ebay._orders import (
    collected_tax,
    days_after,
    line_status,
    payment_state,
    shipped,
    total,
)
from cartcarrier.sandbox.ebay._routes import FULFILLMENT
from cartcarrier.sandbox.ebay._shape import CENT, INSTRUCTIONS, NO_ADDRESS, cents
from cartcarrier.sandbox.ebay._world import Document, Json, from_stamp

EMAIL_DAYS, PERSONAL_DAYS = 14, 90
PLACE = ("city", "stateOrProvince", "postalCode", "countryCode")


class OrderView:
    """Writes one order.

    Args:
        order: The order.
        now: The present: personal data fade with time.
        base_url: Where this API is found, for links.
        breakdown: Whether ``fieldGroups=TAX_BREAKDOWN`` was asked for.
        alone: Whether it is ``getOrder``, which tells more than the list does.
        hide_cancel: Whether a list keeps quiet about an open cancellation, as one that lags behind does.
        hidden: Ids of fulfillments that cannot be read yet.
    """

    def __init__(
        self,
        order: Mapping[str, Json],
        *,
        now: datetime,
        base_url: str,
        breakdown: bool,
        alone: bool,
        hide_cancel: bool = False,
        hidden: frozenset[int] = frozenset(),
    ) -> None:
        self._order = order
        self._base = base_url
        self._breakdown = breakdown
        self._alone = alone
        self._hide_cancel = hide_cancel
        self._hidden = hidden
        age = now - from_stamp(order["created"])
        self._has_email = age <= timedelta(days=EMAIL_DAYS)
        self._has_person = age <= timedelta(days=PERSONAL_DAYS)

    def write(self) -> Document:
        """Return the order's JSON."""
        order = self._order
        made: Document = {
            "orderId": order["id"],
            "creationDate": order["created"],
            "lastModifiedDate": order["modified"],
            "orderFulfillmentStatus": order["status"],
            "orderPaymentStatus": payment_state(order),
            "sellerId": order["seller"],
            "buyer": self._buyer(),
            "pricingSummary": self._pricing(),
            "cancelStatus": self._cancel(),
            "paymentSummary": self._payments(),
            "fulfillmentStartInstructions": [self._instruction()],
            "fulfillmentHrefs": [
                f"{self._base}{FULFILLMENT}/order/{order['id']}/shipping_fulfillment/{row['id']}"
                for index, row in enumerate(order["fulfillments"])
                if index not in self._hidden
            ],
            "lineItems": [self._line(line) for line in order["lines"]],
            "totalFeeBasisAmount": self._money(total(order, with_collected=True)),
            "totalMarketplaceFee": self._money(total(order, with_collected=True) * Decimal("0.1325")),
        }
        if order["record"]:
            made["salesRecordReference"] = order["record"]
        if order["note"]:
            made["buyerCheckoutNotes"] = order["note"]
        if collected_tax(order):
            made["ebayCollectAndRemitTax"] = True
        if program := self._program():
            made["program"] = program
        return made

    # --- parts --------------------------------------------------------------------------------------------------------

    def _money(self, amount: Decimal | str) -> Document:
        value = Decimal(amount)
        made: Document = {"value": cents(value), "currency": self._order["currency"]}
        if self._order["converted_from"]:
            currency, rate = self._order["converted_from"]
            made["convertedFromValue"] = str((value / Decimal(rate)).quantize(CENT))
            made["convertedFromCurrency"] = currency
        return made

    def _buyer(self) -> Document:
        address = self._order["final_address"] or self._order["address"]
        made: Document = {
            "username": self._order["buyer"],
            "taxAddress": {name: address[name] for name in PLACE if name in address},
        }
        if self._alone and self._order["tax_identifier"]:
            made["taxIdentifier"] = self._order["tax_identifier"]
        return made

    def _pricing(self) -> Document:
        order = self._order
        discount = sum((Decimal(line["discount"]) for line in order["lines"]), Decimal(0))
        tax = sum(
            (Decimal(line["tax"]) for line in order["lines"] if self._breakdown or not line["collected"]), Decimal(0)
        )
        made: Document = {
            "priceSubtotal": self._money(sum((Decimal(line["cost"]) for line in order["lines"]), Decimal(0))),
            "deliveryCost": self._money(order["delivery_cost"]),
            "total": self._money(total(order, with_collected=self._breakdown)),
        }
        if discount:
            made["priceDiscount"] = self._money(-discount)
        if Decimal(order["delivery_discount"]):
            made["deliveryDiscount"] = self._money(-Decimal(order["delivery_discount"]))
        if tax:
            made["tax"] = self._money(tax)
        return made

    def _cancel(self) -> Document:
        order = self._order
        state = order["cancel_state"]
        if self._hide_cancel and not self._alone and state == "IN_PROGRESS":
            state = "NONE_REQUESTED"
        made: Document = {"cancelState": state, "cancelRequests": []}
        if order["cancelled_at"]:
            made["cancelledDate"] = order["cancelled_at"]
        if self._alone:
            made["cancelRequests"] = [
                {
                    "cancelRequestId": row["id"],
                    "cancelRequestState": row["state"],
                    "cancelInitiator": row["initiator"],
                    "cancelReason": row["reason"],
                    "cancelRequestedDate": row["requested"],
                    **({"cancelCompletedDate": row["completed"]} if row["completed"] else {}),
                }
                for row in order["cancel_requests"]
            ]
        return made

    def _payments(self) -> Document:
        order = self._order
        amount = self._money(total(order, with_collected=True))
        payment: Document = {"paymentMethod": "EBAY", "amount": amount, "paymentStatus": order["payment_status"]}
        if order["paid_at"]:
            payment["paymentDate"] = order["paid_at"]
        if order["payout_hold"]:
            payment["paymentHolds"] = [
                {"holdReason": "Funds are held", "holdAmount": amount, "holdState": "HELD"},
            ]
        refunds = [
            {
                "refundId": row["id"],
                "refundStatus": row["status"],
                "amount": self._money(row["amount"]),
                **({"refundDate": row["date"], "refundReferenceId": row["reference"]} if row["date"] else {}),
            }
            for row in order["refunds"]
            if row["line_id"] is None
        ]
        return {"totalDueSeller": amount, "refunds": refunds, "payments": [payment]}

    def _instruction(self) -> Document:
        order = self._order
        kind = order["kind"]
        made: Document = {"fulfillmentInstructionsType": INSTRUCTIONS.get(kind, "SHIP_TO")}
        if kind not in {"digital", "pickup"}:
            made["minEstimatedDeliveryDate"] = days_after(order["created"], order["ship_by_days"] + 2)
            made["maxEstimatedDeliveryDate"] = days_after(order["created"], order["ship_by_days"] + 5)
        if kind in {"international", "gsp", "authenticity"}:
            made["ebaySupportedFulfillment"] = True
        if order["final_address"]:
            made["finalDestinationAddress"] = self._address(order["final_address"])
        if kind == "pickup":
            made["pickupStep"] = {"merchantLocationKey": "main"}
        if kind not in NO_ADDRESS:
            step: Document = {"shipTo": self._contact(), "shippingServiceCode": order["service"]}
            if order["carrier"]:
                step["shippingCarrierCode"] = order["carrier"]
            if order["reference"]:
                step["shipToReferenceId"] = order["reference"]
            made["shippingStep"] = step
        return made

    def _contact(self) -> Document:
        order = self._order
        made: Document = {"contactAddress": self._address(order["address"])}
        if self._has_person and order["full_name"]:
            made["fullName"] = order["full_name"]
        if self._has_person and order["company"]:
            made["companyName"] = order["company"]
        if self._has_person and order["phone"]:
            made["primaryPhone"] = {"phoneNumber": order["phone"]}
        if self._has_email and order["email"]:
            made["email"] = order["email"]
        return made

    def _address(self, address: Mapping[str, str]) -> Document:
        return {
            name: value
            for name, value in address.items()
            if self._has_person or name not in {"addressLine1", "addressLine2"}
        }

    def _program(self) -> Document:
        match self._order["kind"]:
            case "international":
                return {"ebayInternationalShipping": {"returnsManagedBy": "EBAY"}}
            case "authenticity":
                return {"authenticityVerification": {"status": "PENDING"}}
            case "vault":
                return {"ebayVault": {"fulfillmentType": self._order["vault"]}}
            case "ebay_shipping":
                return {"ebayShipping": {"shippingLabelProvidedBy": "EBAY"}}
            case "fulfilled_by_ebay":
                return {"fulfillmentProgram": {"fulfilledBy": "EBAY"}}
            case _:
                return {}

    def _line(self, line: Mapping[str, Json]) -> Document:
        order = self._order
        # The delivery is the first line's; which share eBay gives each line is nobody's documented rule.
        delivery = Decimal(order["delivery_cost"]) - Decimal(order["delivery_discount"])
        delivery = delivery if line is order["lines"][0] else Decimal(0)
        tax = Decimal(line["tax"])
        amount = Decimal(line["cost"]) - Decimal(line["discount"]) + delivery
        amount += tax if self._breakdown or not line["collected"] else 0
        made: Document = {
            "lineItemId": line["id"],
            "legacyItemId": line["item_id"],
            "title": line["title"],
            "quantity": line["quantity"],
            "soldFormat": "FIXED_PRICE",
            "listingMarketplaceId": order["marketplace"],
            "purchaseMarketplaceId": order["marketplace"],
            "lineItemCost": self._money(line["cost"]),
            "total": self._money(amount),
            "deliveryCost": {"shippingCost": self._money(delivery)},
            "appliedPromotions": [],
            "taxes": self._taxes(line, tax),
            "lineItemFulfillmentStatus": line_status(line, shipped(order)),
            "lineItemFulfillmentInstructions": {
                "shipByDate": days_after(order["created"], order["ship_by_days"]),
                "minEstimatedDeliveryDate": days_after(order["created"], order["ship_by_days"] + 2),
                "maxEstimatedDeliveryDate": days_after(order["created"], order["ship_by_days"] + 5),
                "guaranteedDelivery": False,
            },
            "properties": {"buyerProtection": True},
        }
        made.update(self._line_extras(line, tax))
        return made

    def _taxes(self, line: Mapping[str, Json], tax: Decimal) -> list[Document]:
        if not tax or (line["collected"] and not self._breakdown):
            return []
        return [{"amount": self._money(tax), **({"taxType": line["tax_type"]} if self._breakdown else {})}]

    def _line_extras(self, line: Mapping[str, Json], tax: Decimal) -> Document:
        made: Document = {}
        if line["sku"]:
            made["sku"] = line["sku"]
        if line["variation_id"]:
            made["legacyVariationId"] = line["variation_id"]
        if line["aspects"]:
            made["variationAspects"] = [{"name": name, "value": value} for name, value in line["aspects"].items()]
        if Decimal(line["discount"]):
            made["discountedLineItemCost"] = self._money(Decimal(line["cost"]) - Decimal(line["discount"]))
            made["appliedPromotions"] = [
                {"promotionId": "1", "discountAmount": self._money(line["discount"]), "description": "Sale"}
            ]
        if tax and line["collected"]:
            shown: Document = {
                "taxType": line["tax_type"],
                "amount": self._money(tax),
                "collectionMethod": "NET",
            }
            if self._order["tax_reference"]:
                shown["ebayReference"] = self._order["tax_reference"]
            made["ebayCollectAndRemitTaxes"] = [shown]
        if line["recipient_email"] and self._has_person:
            made["giftDetails"] = {"recipientEmail": line["recipient_email"]}
        if refunds := [row for row in self._order["refunds"] if row["line_id"] == line["id"]]:
            made["refunds"] = [
                {
                    "refundId": row["id"],
                    "amount": self._money(row["amount"]),
                    **({"refundDate": row["date"]} if row["date"] else {}),
                }
                for row in refunds
            ]
        return made
