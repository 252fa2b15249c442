"""The text form of messages: protobuf-JSON as the product's Go server writes it.

Source: plugnmeet-protocol v1.5.0, utils/common.go. Names are in snake_case. Unset scalars are
written, unset messages are null, unset `optional` fields are left out. 64-bit integers are strings,
enums are names.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message

M = TypeVar("M", bound=Message)


class MessageUnreadable(Exception):
    """The bytes are not the expected message; the error says where."""


def to_json(message: Message) -> str:
    """The message as the product's JSON text."""
    return json.dumps(to_object(message), ensure_ascii=False, separators=(",", ":"))


def to_object(message: Message) -> dict[str, Any]:
    """The message as a JSON object."""
    written: dict[str, Any] = json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    _write_nulls(message, written)
    return written


def _write_nulls(message: Message, written: dict[str, Any]) -> None:
    for field in message.DESCRIPTOR.fields:
        kind = field.message_type
        if field.type != FieldDescriptor.TYPE_MESSAGE or kind is None:
            continue
        if kind.GetOptions().map_entry:
            continue
        value = getattr(message, field.name)
        if field.is_repeated:
            for item, item_written in zip(value, written[field.name], strict=True):
                _write_nulls(item, item_written)
        elif message.HasField(field.name):
            _write_nulls(value, written[field.name])
        elif field.containing_oneof is None:
            written[field.name] = None


def from_json(text: bytes | str, kind: type[M]) -> M:
    """Read a message. Unknown names are dropped; snake_case and camelCase are both accepted.

    Raises:
        MessageUnreadable: the text is not JSON or not UTF-8, or has a value of the wrong type.
    """
    message = kind()
    try:
        read = json.loads(text)
        if not isinstance(read, dict):
            raise MessageUnreadable("the message is not a JSON object")
        json_format.ParseDict(read, message, ignore_unknown_fields=True)
    except (json_format.ParseError, ValueError, RecursionError) as error:
        raise MessageUnreadable(str(error).partition("\n")[0]) from error
    return message


def from_bytes(data: bytes, kind: type[M]) -> M:
    """Read a binary message.

    Raises:
        MessageUnreadable: the bytes are not a protobuf message of this type.
    """
    message = kind()
    try:
        message.ParseFromString(data)
    except DecodeError as error:
        raise MessageUnreadable(f"not a {kind.DESCRIPTOR.name}: {error}") from error
    return message
