"""Values that are handed around: whoever gets one can rely on it that nobody changes it."""

import dataclasses
import pkgutil
from importlib import import_module
from types import ModuleType


def changeable(package: ModuleType) -> set[str]:
    """Return the data classes of a package whose values can be changed after they are made."""
    modules = (
        import_module(one.name)
        for one in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
    )
    return {
        name
        for module in modules
        for name, kind in vars(module).items()
        if dataclasses.is_dataclass(kind)
        and kind.__module__ == module.__name__
        and not vars(kind)["__dataclass_params__"].frozen
    }
