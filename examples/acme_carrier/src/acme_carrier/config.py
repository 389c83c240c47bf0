"""What an application must say to use its Acme account."""

import attrs


@attrs.frozen(kw_only=True)
class AcmeConfig:
    """The settings of one Acme account.

    Attributes:
        client_id: Of the application.
        client_secret: Its secret.
    """

    client_id: str = attrs.field(repr=False)
    client_secret: str = attrs.field(repr=False)
