"""What all of Amazon's objects have in common: everything may be missing but ids, and nothing is an enum (pitfall 17)."""

import msgspec


class Base(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, rename="camel"):
    """An object with members in camel case; what is not set is not sent."""
