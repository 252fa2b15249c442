"""What the stack keeps: every message of every JetStream stream, key-value buckets included.

Plug-N-Meet v2.4.0 keeps room and user state in NATS key-value buckets (`KV_pnm-room-<id>`), so
whoever reads the streams reads the server's memory.
"""

from __future__ import annotations

from typing import Final

import nats
from nats.js.errors import NotFoundError

from conformance.stacks.base import Endpoints

MESSAGES_PER_STREAM: Final = 5_000
"""Newest messages read of one stream; a conformance run leaves a few hundred."""


async def read_nats_streams(endpoints: Endpoints) -> dict[str, list[bytes]]:
    """Stream name to its messages (subject and payload joined), newest last.

    Raises:
        ValueError: the stack does not tell how to log in to its NATS.
    """
    if not endpoints.nats_url:
        raise ValueError("this stack gives no access to its NATS server")
    connection = await nats.connect(
        endpoints.nats_url,
        user=endpoints.nats_user,
        password=endpoints.nats_password,
        allow_reconnect=False,
    )
    try:
        js = connection.jetstream()
        streams: dict[str, list[bytes]] = {}
        for info in await js.streams_info():
            name, state = str(info.config.name), info.state
            messages = streams.setdefault(name, [])
            first = max(1, state.first_seq, state.last_seq - MESSAGES_PER_STREAM + 1)
            for sequence in range(first, state.last_seq + 1):
                try:
                    message = await js.get_msg(name, sequence)
                except NotFoundError:
                    continue
                messages.append(f"{message.subject}\n".encode() + (message.data or b""))
        return streams
    finally:
        await connection.close()
