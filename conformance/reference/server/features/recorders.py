"""Recorder programs: the server finds one that is alive, and sends it orders over the bus.

Source: plugNmeet-server v2.4.0, pkg/models/recording_dispatch.go.
"""

from __future__ import annotations

import asyncio
import logging
import time

from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeout
from nats.js.errors import Error as JetStreamError
from nats.js.errors import KeyNotFoundError, NoKeysError
from nats.js.kv import KeyValue

from conformance.reference.server.bus.connection import Bus
from conformance.reference.server.refused import Refused
from conformance.wire import answers, subjects
from conformance.wire import plugnmeet_pb2 as pb

DISPATCH_DEADLINE_S = 3.0
RECORDER_ALIVE_MS = 8_000
"""A recorder that has not pinged for longer gets no order (recorder_info.ping_timeout)."""

log = logging.getLogger("plugnmeet.reference.recording")

_Field = pb.RecorderInfoKeys


class Recorders:
    """The recorders that have registered in the product's bucket."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def find(self) -> str | None:
        """The id of the least busy recorder that is alive; None if there is none."""
        try:
            bucket = await self._bus.js.key_value(subjects.RECORDER_BUCKET)
            # A value that is being replaced at this moment can be missing in the list of keys. So
            # the list only gives the names, and each recorder's fields are read one by one.
            names = sorted(
                {
                    key.removeprefix("recorder_").partition("-FIELD_")[0]
                    for key in await bucket.keys()
                }
            )
            registered = await asyncio.gather(*(_registered(bucket, name) for name in names))
        except NoKeysError:
            return None
        except (JetStreamError, NatsError) as error:
            log.warning("the recorders cannot be looked up: %s", error)
            return None
        known = dict(zip(names, registered, strict=True))
        oldest = time.time() * 1000 - RECORDER_ALIVE_MS
        alive = {
            name: _load(fields)
            for name, fields in known.items()
            if fields.get(_Field.RECORDER_INFO_LAST_PING, 0) > oldest
        }
        return min(alive, key=lambda name: alive[name]) if alive else None

    async def order(self, order: pb.PlugNmeetToRecorder) -> None:
        """Send an order to the recorders.

        Raises:
            Refused: no recorder answers in time, or the answer is a failure.
        """
        try:
            reply = await self._bus.nc.request(
                subjects.RECORDER_CHANNEL, order.SerializeToString(), timeout=DISPATCH_DEADLINE_S
            )
            done = answers.from_bytes(reply.data, pb.CommonResponse)
        except (NatsTimeout, NatsError) as error:
            raise Refused(
                "Timed out waiting for a response from the NATS recorder channel"
            ) from error
        except answers.MessageUnreadable as error:
            raise Refused("Recorder returned a non-successful response") from error
        if not done.status:
            raise Refused("Recorder returned a non-successful response")


async def _registered(bucket: KeyValue, name: str) -> dict[int, float]:
    """The numeric fields that a recorder has registered, by the number of the field."""
    fields: dict[int, float] = {}
    for number in _Field.values():
        try:
            entry = await bucket.get(f"recorder_{name}-FIELD_{number}")
            fields[number] = float(entry.value or b"0")
        except KeyNotFoundError:
            continue
        except ValueError:
            log.warning("recorder %s has registered a field that is not a number", name)
    return fields


def _load(fields: dict[int, float]) -> float:
    limit = fields.get(_Field.RECORDER_INFO_MAX_LIMIT, 0) or 1
    busy = fields.get(_Field.RECORDER_INFO_CURRENT_PROGRESS, 0) / limit
    cores = fields.get(_Field.RECORDER_INFO_TOTAL_CORES, 0) or 1
    return (0.6 * busy + 0.4 * fields.get(_Field.RECORDER_INFO_CPU_SCORE, 0)) * 2 / cores
