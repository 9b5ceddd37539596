"""Which values of a package could be changed by whoever is handed one."""

import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType

from pydantic import BaseModel


def changeable(package: ModuleType) -> list[str]:
    """Return the dataclasses and models of a package, and of those in it, that are not frozen."""
    return sorted(
        f"{one.__module__}.{one.__qualname__}"
        for one in _classes(package)
        if (dataclasses.is_dataclass(one) and not one.__dataclass_params__.frozen)  # type: ignore[attr-defined]
        or (issubclass(one, BaseModel) and not one.model_config.get("frozen"))
    )


def _classes(package: ModuleType) -> Iterator[type]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(found.name)
        for _, one in inspect.getmembers(module, inspect.isclass):
            if one.__module__ == module.__name__:
                yield one
