"""The browser fixture of the observers' tests."""

from tests.observers.conftest import chromium

__all__ = ["chromium"]
