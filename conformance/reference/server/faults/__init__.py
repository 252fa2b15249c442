"""Seeded faults: each breaks one rule of `reference/rules/server.toml`, at the extension points.

To add a fault:

1. Add the rule to `reference/rules/server.toml`.
2. Add a class here, in the module of its subject, and override one point:

       @fault("secret-long")
       class ShortSecrets(Fault):
           def on_secret(self, secret: str, room_id: str) -> str:
               return secret[:8]

A new module must be listed in `active.FAMILIES`. `grep -rn '"secret-long"' faults/` finds a fault
by the id of its rule.
"""
