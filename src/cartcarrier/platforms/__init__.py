"""What several drivers of one platform share: hosts, credentials, limits, error bodies."""

__all__: list[str] = []
