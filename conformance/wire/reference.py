"""What the reference server understands beside the product's contract."""

from typing import Final

BREAK: Final = "/auth/reference/break"
"""Signed like the operator's other requests. The body is {"break": [rule, …]}: just these promises
are broken from now on (conformance/reference/rules/server.toml)."""
