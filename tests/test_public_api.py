"""What is public is listed, sorted, documented and loadable."""

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

import cartcarrier

SOURCE = Path(cartcarrier.__file__).parent
PUBLIC = sorted(
    ".".join(("cartcarrier", *path.relative_to(SOURCE).with_suffix("").parts)).removesuffix(".__init__")
    for path in SOURCE.rglob("*.py")
    if not any(part.startswith("_") and part != "__init__.py" for part in path.relative_to(SOURCE).parts)
    # the rooms of a driver and of a simulator are read by authors, but only their package is public
    and not (len(path.relative_to(SOURCE).parts) > 2 and path.name != "__init__.py")
    and len(path.relative_to(SOURCE).parts) <= 3
)


@pytest.mark.parametrize("name", PUBLIC)
def test_all_is_sorted_and_there(name: str) -> None:
    """A name in ``__all__`` that is missing breaks a star import; an unsorted list hides one."""
    module = importlib.import_module(name)
    listed = module.__all__
    # constants first, then classes, then functions, as the linter's rule has it
    order = sorted(listed, key=lambda entry: (not entry.isupper(), not entry[:1].isupper(), entry))
    assert list(listed) == order, f"{name}.__all__ is not sorted"
    for entry in listed:
        assert getattr(module, entry) is not None or entry == "__version__"


@pytest.mark.parametrize("name", PUBLIC)
def test_public_things_are_documented(name: str) -> None:
    """Types are in annotations; shapes, units and errors are in docstrings."""
    module = importlib.import_module(name)
    assert module.__doc__, name
    for entry in module.__all__:
        thing = getattr(module, entry)
        if not (inspect.isclass(thing) or inspect.isfunction(thing)):
            continue
        assert inspect.getdoc(thing), f"{name}.{entry}"
        if inspect.isclass(thing) and thing.__module__.startswith("cartcarrier"):
            for method_name, method in vars(thing).items():
                if not method_name.startswith("_") and inspect.isfunction(method):
                    assert inspect.getdoc(getattr(thing, method_name)), f"{name}.{entry}.{method_name}"


@pytest.mark.parametrize("name", [n for n in cartcarrier.__all__ if attrs.has(getattr(cartcarrier, n))])
def test_every_field_of_a_model_is_described(name: str) -> None:
    """A field without a unit or meaning is a field used wrongly."""
    cls = getattr(cartcarrier, name)
    described = "\n".join(inspect.getdoc(base) or "" for base in cls.__mro__ if base is not object)
    for field in attrs.fields(cls):
        if field.name.startswith("_"):
            continue
        assert f"{field.name}:" in described, f"{name}.{field.name} is not under Attributes"


def test_lazy_names_are_those_of_the_type_checker() -> None:
    """The table that loads names and the imports that a type checker reads must agree."""
    tree = ast.parse((SOURCE / "__init__.py").read_text())
    guarded = next(node for node in tree.body if isinstance(node, ast.If))
    typed = {
        (node.module, alias.name) for node in guarded.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    lazy = {(home, name) for home, names in vars(cartcarrier)["_HOMES"].items() for name in names}
    assert typed == lazy
    assert {name for _, name in typed} == set(cartcarrier.__all__)


def test_unknown_name_is_an_attribute_error() -> None:
    """A misspelt name must say so, as in any module."""
    with pytest.raises(AttributeError, match="Shipmnt"):
        cartcarrier.Shipmnt  # type: ignore[attr-defined]  # noqa: B018 - the access is what is tested


def test_import_loads_no_heavy_part() -> None:
    """Drivers, decoders, Authlib, ledger, simulators and the HTTP library load when first used."""
    code = "import sys, cartcarrier; print(*sorted(m.split('.')[0] for m in sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert not loaded & {
        "httpx",
        "attrs",
        "attr",
        "cattrs",
        "msgspec",
        "authlib",
        "sqlite3",
        "starlette",
        "anyio",
        "graphql",
    }


def test_models_load_without_http_and_ledger() -> None:
    """An application that only handles orders pays for the models alone."""
    code = "import sys, cartcarrier; cartcarrier.Order; print(*sorted(m.split('.')[0] for m in sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(run.stdout.split()) & {"httpx", "msgspec", "authlib", "sqlite3", "starlette"}
