"""The reference server: it follows Plug-N-Meet's API and keeps the requirements.

Where to look:

- `access.py`: who may know a room's secret.
- `api/`: what a client or an operator can ask, over HTTP and over the bus.
- `sessions/`: a room's session from its creation to its end, and the people in it.
- `rooms/`: the data of rooms and users, and their copy in NATS.
- `messages/`: what the server sends: events on the bus, webhooks.
- `features/`: recording, broadcasting and artificial intelligence.
- `extension_points.py`: every place where a seeded fault can change the behaviour.
- `faults/`: the seeded faults, one for each rule of `reference/rules/server.toml`.

The code outside `faults/` is the honest server. It mentions no rule.
"""
