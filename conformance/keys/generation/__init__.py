"""Generates the published vectors: `python -m conformance.keys.generation [FOLDER]`."""
