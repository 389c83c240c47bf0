"""The error tree: pickles, carries its facts, and every class has its place."""

import pickle
from datetime import timedelta

import pytest

from cartcarrier import errors

FACTS: dict[str, object] = {
    "provider": "acme",
    "account": "eu",
    "operation": "ship",
    "code": "42",
    "request_id": "r",
    "http_status": 400,
}


@pytest.mark.parametrize("name", [name for name in errors.__all__ if name.endswith("Error")])
def test_error_survives_pickling(name: str) -> None:
    """Errors cross process borders: workers, queues, test runners."""
    cls = getattr(errors, name)
    facts: dict[str, object] = {}
    if issubclass(cls, errors.ProviderError):
        facts = FACTS
    elif issubclass(cls, errors.OperationError):
        facts = {"provider": "acme", "operation": "ship", "outcome_unknown": True}
    elif cls is errors.OrderChangedError:
        facts = {"changes": ["address"], "label_bought": True}
    elif cls is errors.PurchaseUncertainError:
        facts = {"step": "a/b/1/purchase/0", "reference": "cc-1"}
    error = cls("refused", **facts)
    error.add_note("a note")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(copy) is cls
    assert str(copy) == "refused"
    assert copy.__notes__ == ["a note"]
    assert vars(copy) == vars(error)
    assert isinstance(copy, errors.CartCarrierError)


def test_replace_changes_one_fact() -> None:
    """A driver learns later that the outcome is unknown."""
    error = errors.RateLimitError("slow down", retry_after=timedelta(seconds=3), provider="acme", operation="track")
    changed = error.replace(outcome_unknown=True)
    assert changed.outcome_unknown
    assert not error.outcome_unknown
    assert changed.retry_after == timedelta(seconds=3)
    assert type(changed) is errors.RateLimitError


def test_problems_become_a_tuple() -> None:
    """What was refused cannot be changed by whoever handles it."""
    error = errors.RejectedError(
        "no", problems=[errors.Problem(message="too heavy", field="a.b")], provider="acme", operation="ship"
    )
    assert error.problems == (errors.Problem(message="too heavy", field="a.b"),)


@pytest.mark.parametrize(("length", "kept"), [(64, "x" * 64), (65, "x" * 63 + "…"), (100_000, "x" * 63 + "…")])
def test_code_is_cut(length: int, kept: str) -> None:
    """Whatever a platform puts where a code belongs goes into logs and the ledger."""
    error = errors.ProviderError("refused", provider="acme", operation="ship", code="x" * length)
    assert error.code == kept
    assert error.replace(code="y" * length).code == kept.replace("x", "y")
    assert errors.Problem(message="no", code="x" * length).code == kept


def test_error_without_a_code_has_none() -> None:
    """An empty answer is not a code."""
    assert errors.ProviderError("refused", provider="acme", operation="ship").code is None
    assert errors.Problem(message="no").code is None
