"""Claims about features that must fail in an encrypted room: recording, RTMP, AI, ingress, SIP."""

from conformance.bench.refusals.doors import Doors
from conformance.bench.refusals.ingress_sip import (
    MEDIA_ENTRIES,
    ingress_is_refused,
    request_ingress,
)
from conformance.bench.refusals.keyless_agent import keyless_agent_in
from conformance.bench.refusals.keyless_recorder import keyless_recorder, note_what_is_handed_out
from conformance.bench.refusals.recording import Task
from conformance.bench.refusals.target_room import requested
from conformance.bench.refusals.ui_features import offers_no_working_feature

__all__ = [
    "MEDIA_ENTRIES",
    "Doors",
    "Task",
    "ingress_is_refused",
    "keyless_agent_in",
    "keyless_recorder",
    "note_what_is_handed_out",
    "offers_no_working_feature",
    "request_ingress",
    "requested",
]
