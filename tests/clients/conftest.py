"""The browser fixture of the observers' tests, for the clients' tests that need a browser."""

from tests.observers.conftest import chromium

__all__ = ["chromium"]
