"""What the reference server understands beside the product's contract."""

from typing import Final

BREAK: Final = "/auth/reference/break"
"""Signed like the operator's other requests. The body is {"break": [rule, …]}: just these promises
are broken from now on (conformance/reference/rules/server.toml). With a "room_id" beside it they
are broken in this room alone, until its session ends, and kept in all others."""
