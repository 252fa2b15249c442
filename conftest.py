"""Loads the suite's plugin, nothing else."""

pytest_plugins = ["conformance.pytest_plugin"]
