"""The connection to NATS, with the product's streams, consumers and buckets."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterable

import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    KeyValueConfig,
    RetentionPolicy,
    StreamConfig,
)
from nats.js.errors import Error as JetStreamError
from nats.js.kv import KeyValue

from conformance.reference.server.bus.accounts import Connection
from conformance.reference.server.config import NatsConfig
from conformance.wire import subjects

RECONNECT_WAIT_S = 0.1
RECONNECT_ATTEMPTS = 100
"""The bus is lost after this many attempts. The same limit holds at the start, since NATS and the
server may be started together."""
CONSUMER_ACK_WAIT_S = 30.0
KICK_DEADLINE_S = 2.0

log = logging.getLogger("plugnmeet.reference.bus")


class BusUnreachable(Exception):
    """NATS does not answer, or refuses the server. The text is one line: where, and why."""


class Bus:
    """A connection with JetStream. It calls `on_gone` once if the connection is lost for good."""

    def __init__(self, config: NatsConfig, on_gone: Callable[[], None]) -> None:
        self._config = config
        self._on_gone = on_gone
        self._closing = False
        self.nc: Client = Client()
        self.js: JetStreamContext = self.nc.jetstream()

    async def open(self) -> None:
        """Connect, and create the streams and buckets that must exist before the first client.

        Raises:
            BusUnreachable: there is no NATS with JetStream, or it refuses the server.
        """
        try:
            self.nc = await nats.connect(
                self._config.url,
                user=self._config.user,
                password=self._config.password.get_secret_value(),
                name="plugnmeet-reference-server",
                reconnect_time_wait=RECONNECT_WAIT_S,
                max_reconnect_attempts=RECONNECT_ATTEMPTS,
                error_cb=_report,
                closed_cb=self._closed,
            )
            self.js = self.nc.jetstream()
            await self._make_streams()
        except (OSError, NatsError, JetStreamError) as error:
            why = str(error) or type(error).__name__
            raise BusUnreachable(
                f"NATS at {self._config.url} cannot be used ({why}): check that it runs with "
                "JetStream and that its configuration has this user and password"
            ) from error

    async def _closed(self) -> None:
        if not self._closing:
            self._on_gone()

    async def _make_streams(self) -> None:
        await asyncio.gather(
            self.js.add_stream(
                StreamConfig(
                    name=subjects.ROOM_STREAM,
                    subjects=[f"{subjects.SYSTEM_PUBLIC}.>", f"{subjects.SYSTEM_PRIVATE}.>"],
                    retention=RetentionPolicy.INTEREST,
                )
            ),
            self.js.add_stream(
                StreamConfig(
                    name=subjects.WORKER_STREAM,
                    subjects=[f"{subjects.SYSTEM_JS_WORKER}.*.*"],
                    retention=RetentionPolicy.WORK_QUEUE,
                )
            ),
            self.js.create_key_value(KeyValueConfig(bucket=subjects.RECORDER_BUCKET)),
        )

    async def close(self) -> None:
        """Close the connection."""
        self._closing = True
        if self.nc.is_connected:
            await self.nc.close()

    async def room_bucket(self, room_id: str) -> KeyValue:
        """An empty bucket for a new session of the room."""
        return await self.js.create_key_value(
            KeyValueConfig(
                bucket=subjects.room_bucket(room_id),
                history=1,
                ttl=subjects.SECONDS_OF_ROOM_BUCKET,
            )
        )

    async def drop_room_bucket(self, room_id: str) -> None:
        """Delete the room's bucket with its content."""
        try:
            await self.js.delete_key_value(subjects.room_bucket(room_id))
        except JetStreamError as error:
            log.warning("the bucket of room %s could not be deleted: %s", room_id, error)

    async def make_consumer(
        self, room_id: str, user_id: str, *, fresh: bool, waits: bool = False
    ) -> None:
        """Create the participant's durable consumer.

        `fresh` drops the messages that an earlier page left unread. A participant who `waits` in
        the waiting room gets only the messages that are addressed to them.
        """
        filters = subjects.waiting_filters if waits else subjects.consumer_filters
        name = subjects.consumer(room_id, user_id)
        if fresh:
            await self.drop_consumer(room_id, user_id)
        await self.js.add_consumer(
            subjects.ROOM_STREAM,
            ConsumerConfig(
                durable_name=name,
                filter_subjects=filters(room_id, user_id),
                deliver_policy=DeliverPolicy.NEW,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=CONSUMER_ACK_WAIT_S,
            ),
        )

    async def close_connections(self, connections: Iterable[Connection]) -> None:
        """Close connections of participants to the bus; log each that NATS does not close."""
        for connection in tuple(connections):
            subject = f"$SYS.REQ.SERVER.{connection.server}.KICK"
            try:
                await self.nc.request(
                    subject, json.dumps({"cid": connection.id}).encode(), timeout=KICK_DEADLINE_S
                )
            except (NatsError, TimeoutError) as error:
                log.warning("NATS did not close connection %s: %r", connection.id, error)

    async def drop_consumer(self, room_id: str, user_id: str) -> None:
        """Delete the participant's consumer, if it exists."""
        try:
            await self.js.delete_consumer(subjects.ROOM_STREAM, subjects.consumer(room_id, user_id))
        except JetStreamError:
            log.debug("no consumer of %s in %s", user_id, room_id)


async def _report(error: Exception) -> None:
    # A warning for each failed attempt to connect would fill the log.
    level = logging.DEBUG if isinstance(error, OSError) else logging.WARNING
    log.log(level, "bus: %s", str(error) or type(error).__name__)
