"""The browser of the observers' tests, for those of the clients that need one."""

from tests.observers.conftest import chromium

__all__ = ["chromium"]
