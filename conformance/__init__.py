"""Conformance test suite for the end-to-end encryption of Plug-N-Meet."""

__version__ = "0.1.0"
