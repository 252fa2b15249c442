"""The committed code is protoc's output for plugnmeet.proto."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from conformance.wire import plugnmeet_pb2
from conformance.wire.generate import HERE, generate

pytest.importorskip("grpc_tools", reason="grpcio-tools comes with the development set-up")


def test_the_stub_is_what_protoc_makes(tmp_path: Path) -> None:
    generate(tmp_path)
    made, kept = (folder / "plugnmeet_pb2.pyi" for folder in (tmp_path, HERE))
    assert made.read_text() == kept.read_text()


def test_the_messages_are_those_of_the_proto_file(tmp_path: Path) -> None:
    generate(tmp_path)
    made = (tmp_path / "plugnmeet_pb2.py").read_text()
    kept = FileDescriptorProto.FromString(plugnmeet_pb2.DESCRIPTOR.serialized_pb)
    line = next(one for one in made.splitlines() if "AddSerializedFile(" in one)
    literal = line.partition("AddSerializedFile(")[2].rpartition(")")[0]
    import ast

    assert FileDescriptorProto.FromString(ast.literal_eval(literal)) == kept
