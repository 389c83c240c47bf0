"""Street-level address validation, v2."""

from cartcarrier.carriers.ups.schemas._base import Coded, ResponseHead, Schema


class AddressKeyFormat(Schema, frozen=True, kw_only=True):
    """An address in this interface's words: ``PoliticalDivision2`` is the city, ``PoliticalDivision1`` the state."""

    consignee_name: str | None = None
    address_line: list[str] | str | None = None
    political_division2: str | None = None
    political_division1: str | None = None
    postcode_primary_low: str | None = None
    postcode_extended_low: str | None = None
    urbanization: str | None = None
    country_code: str | None = None


class XAVRequest(Schema, frozen=True, kw_only=True):
    """The question."""

    address_key_format: AddressKeyFormat


class XAVRequestEnvelope(Schema, rename={"xav_request": "XAVRequest"}, frozen=True, kw_only=True):
    """The question, as it is sent."""

    xav_request: XAVRequest


class Candidate(Schema, frozen=True, kw_only=True):
    """An address that may be meant."""

    address_classification: Coded | None = None
    address_key_format: AddressKeyFormat | None = None


class XAVResponse(Schema, frozen=True, kw_only=True):
    """The answer. One of the indicators is there; what stands in it means nothing."""

    response: ResponseHead | None = None
    valid_address_indicator: str | None = None
    ambiguous_address_indicator: str | None = None
    no_candidates_indicator: str | None = None
    address_classification: Coded | None = None
    candidate: list[Candidate] | Candidate | None = None


class XAVResponseEnvelope(Schema, rename={"xav_response": "XAVResponse"}, frozen=True, kw_only=True):
    """The answer, as it comes."""

    xav_response: XAVResponse
