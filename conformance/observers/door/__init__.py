"""The door: the only way over which a participant's browser reaches HTTP(S) and WebSockets.

`proxy` carries and records, `dial` connects, and `sent` reads what was sent in plain text.
observers/page/exits/account.py compares it with what the observers inside the browser saw.
"""

from conformance.observers.door.proxy import Door

__all__ = ["Door"]
