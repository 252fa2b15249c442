"""The reference server's additions to the product's contract."""

from typing import Final

BREAK: Final = "/auth/reference/break"
"""Signed like the operator's other requests. The body is {"break": [rule, …]}: from now on the
server breaks exactly these rules (conformance/reference/rules/server.toml). With a "room_id" it
breaks them in this room only, until the room's session ends, and keeps them in all other rooms."""
