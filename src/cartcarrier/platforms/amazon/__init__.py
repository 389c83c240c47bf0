"""What Amazon's drivers share: accounts and marketplaces, Login with Amazon, usage plans, error bodies, notifications."""

from cartcarrier.platforms.amazon.account import AmazonAccount
from cartcarrier.platforms.amazon.api import AmazonApi
from cartcarrier.platforms.amazon.carriers import OWN_FLEET, carrier_name
from cartcarrier.platforms.amazon.codes import Kind
from cartcarrier.platforms.amazon.errors import ApiProblem, amazon_error, read_problems
from cartcarrier.platforms.amazon.login import AmazonAuth, LoginWithAmazon, check_consent, consent_address
from cartcarrier.platforms.amazon.marketplaces import MARKETPLACES, REGIONS, Marketplace, find_marketplace
from cartcarrier.platforms.amazon.notifications import REMOVED_TYPES, Notification, find, moment, read_notification
from cartcarrier.platforms.amazon.operations import SHARED, Grant, LimitTable, Operation

__all__ = [
    "MARKETPLACES",
    "OWN_FLEET",
    "REGIONS",
    "REMOVED_TYPES",
    "SHARED",
    "AmazonAccount",
    "AmazonApi",
    "AmazonAuth",
    "ApiProblem",
    "Grant",
    "Kind",
    "LimitTable",
    "LoginWithAmazon",
    "Marketplace",
    "Notification",
    "Operation",
    "amazon_error",
    "carrier_name",
    "check_consent",
    "consent_address",
    "find",
    "find_marketplace",
    "moment",
    "read_notification",
    "read_problems",
]
