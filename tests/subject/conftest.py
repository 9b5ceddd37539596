"""A working folder and settings that most tests here need."""

from tests.one_site import home, settings

__all__ = ["home", "settings"]
