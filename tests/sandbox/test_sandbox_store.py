"""Where simulators keep their state: written before the answer leaves, whole or not at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cartcarrier.sandbox import MemoryStore, SQLiteStore, Store
from cartcarrier.sandbox._store import ScopedStore


@pytest.fixture(params=["memory", "sqlite", "scoped"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Give one of the stores; all keep the same promises."""
    whole = MemoryStore() if request.param == "memory" else SQLiteStore(tmp_path / "state.sqlite3")
    given = ScopedStore(whole, "ups") if request.param == "scoped" else whole
    yield given
    given.close()


def test_documents_keep_their_order_when_they_change(store: Store) -> None:
    """Oldest first means by first write, not by last."""
    for key in "abc":
        store.put("label", key, {"key": key})
    store.put("label", "a", {"key": "a2"})

    assert [document["key"] for document in store.all("label")] == ["a2", "b", "c"]
    assert store.count("label") == 3


def test_a_document_that_was_read_is_a_copy(store: Store) -> None:
    """Changing it must not change the state behind the simulator's back."""
    store.put("label", "a", {"packages": [1]})
    read = store.get("label", "a")
    assert read is not None
    read["packages"].append(2)

    assert store.get("label", "a") == {"packages": [1]}


def test_deleting_forgets_and_tolerates_what_is_not_there(store: Store) -> None:
    """A void of nothing is no error for the store; the simulator decides."""
    store.put("label", "a", {})
    store.delete("label", "a")
    store.delete("label", "a")
    store.delete("nothing", "a")

    assert store.get("label", "a") is None
    assert store.all("label") == []


def test_a_transaction_is_undone_as_a_whole(store: Store) -> None:
    """Money spent without a label, or a label without money, would be a lie."""
    store.put("label", "a", {"n": 1})
    store.put("label", "b", {"n": 2})

    def fail() -> None:
        with store.transaction():
            store.put("label", "a", {"n": 9})
            store.delete("label", "b")
            store.put("money", "USD", {"n": 5})
            with store.transaction():
                store.put("label", "c", {"n": 3})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert store.all("label") == [{"n": 1}, {"n": 2}]
    assert store.get("money", "USD") is None
    store.put("label", "c", {"n": 4})
    assert store.all("label") == [{"n": 1}, {"n": 2}, {"n": 4}]


def test_clearing_takes_a_prefix(store: Store) -> None:
    """One simulator is reset, the other is not."""
    store.put("ups.label", "a", {})
    store.put("shopify.order", "a", {})
    store.clear("ups.")

    assert store.count("ups.label") == 0
    assert store.count("shopify.order") == 1


def test_what_was_put_survives_the_process(tmp_path: Path) -> None:
    """Even without closing: a killed process closes nothing."""
    path = tmp_path / "state.sqlite3"
    first = SQLiteStore(path)
    first.put("label", "b", {"n": 1})
    with first.transaction():
        first.put("label", "a", {"n": 2})
        first.put("label", "b", {"n": 3})
    first.put("label", "gone", {})
    first.delete("label", "gone")
    second = SQLiteStore(path)

    assert second.all("label") == [{"n": 3}, {"n": 2}]
    first.close()
    second.close()


def test_an_undone_transaction_does_not_survive(tmp_path: Path) -> None:
    """The file must say the same as the memory."""
    path = tmp_path / "state.sqlite3"
    first = SQLiteStore(path)

    def fail() -> None:
        with first.transaction():
            first.put("label", "a", {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    first.put("label", "b", {"n": 1})
    second = SQLiteStore(path)

    assert second.all("label") == [{"n": 1}]
    first.close()
    second.close()


def test_scopes_do_not_see_each_other() -> None:
    """Two simulators in one store."""
    whole = MemoryStore()
    ups, shopify = ScopedStore(whole, "ups"), ScopedStore(whole, "shopify")
    ups.put("calls", "x", {"n": 1})
    shopify.put("calls", "x", {"n": 2})
    ups.clear()

    assert ups.get("calls", "x") is None
    assert shopify.get("calls", "x") == {"n": 2}
