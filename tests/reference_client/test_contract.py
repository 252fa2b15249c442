"""The message descriptions that the client has at run time agree with the contract."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor

import conformance
from conformance.wire import plugnmeet_pb2

SOURCE = Path(conformance.__file__).parent / "reference/client/src/wire/messages.ts"

KINDS = {
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_BYTES: "bytes",
    FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_INT32: "int32",
    FieldDescriptor.TYPE_ENUM: "int32",  # on the wire an enum is an int32
    FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_MESSAGE: "message",
}

MESSAGE = re.compile(
    r"makeMessageType<\w+>\(\s*'plugnmeet\.(\w+)',\s*\(\) => \[(.*?)\],?\s*\)", re.DOTALL
)
SCALAR = re.compile(r"(scalar|optional|repeated)\((\d+), '(\w+)'(?:, '(\w+)')?\)")
NESTED = re.compile(r"\{ no: (\d+), name: '(\w+)', kind: 'message'")
ENUM = re.compile(r"export enum (\w+) \{(.*?)\}", re.S)

ENUMS = {
    "Ask": "NatsMsgClientToServerEvents",
    "Tell": "NatsMsgServerToClientEvents",
    "DataMessageType": "DataMsgBodyType",
    "RecordingTask": "RecordingTasks",
}


def described() -> dict[str, str]:
    return dict(MESSAGE.findall(SOURCE.read_text(encoding="utf-8")))


def field_of(message: Descriptor, number: int) -> FieldDescriptor:
    return message.fields_by_number[number]


def test_the_client_describes_every_message_that_it_needs() -> None:
    assert {"VerifyTokenRes", "NatsMsgServerToClient", "ChatMessage"} <= set(described())


@pytest.mark.parametrize("name", sorted(described()))
def test_each_field_has_the_name_number_and_kind_of_the_contract(name: str) -> None:
    contract = plugnmeet_pb2.DESCRIPTOR.message_types_by_name[name]
    fields = SCALAR.findall(described()[name])
    nested = NESTED.findall(described()[name])
    assert len(fields) + len(nested) == len(re.findall(r"\d+, '|no: ", described()[name]))
    for label, number, field, kind in fields:
        theirs = field_of(contract, int(number))
        assert (theirs.name, KINDS[theirs.type]) == (field, kind or "string")
        assert theirs.is_repeated == (label == "repeated")
    for number, field in nested:
        assert (field_of(contract, int(number)).name, field_of(contract, int(number)).type) == (
            field,
            FieldDescriptor.TYPE_MESSAGE,
        )


def test_each_event_and_task_has_the_number_of_the_contract() -> None:
    source = SOURCE.read_text(encoding="utf-8")
    ours = {name: re.findall(r"= (\d+)", body) for name, body in ENUM.findall(source)}
    assert set(ours) == set(ENUMS)
    for name, numbers in ours.items():
        contract = plugnmeet_pb2.DESCRIPTOR.enum_types_by_name[ENUMS[name]]
        assert all(int(number) in contract.values_by_number for number in numbers)


@pytest.mark.parametrize(
    ("ours", "enum", "theirs"),
    [
        ("InitialData = 0", "NatsMsgServerToClientEvents", "RES_INITIAL_DATA"),
        ("MediaServerData = 2", "NatsMsgServerToClientEvents", "RES_MEDIA_SERVER_DATA"),
        ("SessionEnded = 10", "NatsMsgServerToClientEvents", "SESSION_ENDED"),
        ("Pong = 20", "NatsMsgServerToClientEvents", "PONG"),
        ("MediaServerData = 1", "NatsMsgClientToServerEvents", "REQ_MEDIA_SERVER_DATA"),
        ("Ping = 4", "NatsMsgClientToServerEvents", "PING"),
        ("SceneUpdate = 10", "DataMsgBodyType", "SCENE_UPDATE"),
        ("StartRtmp = 2", "RecordingTasks", "START_RTMP"),
    ],
)
def test_important_numbers_agree_with_the_contract(ours: str, enum: str, theirs: str) -> None:
    assert ours in SOURCE.read_text(encoding="utf-8")
    values = plugnmeet_pb2.DESCRIPTOR.enum_types_by_name[enum].values_by_name
    assert values[theirs].number == int(ours.rpartition(" ")[2])
