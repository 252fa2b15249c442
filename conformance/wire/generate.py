"""Regenerates plugnmeet_pb2.py and its stub from plugnmeet.proto (needs grpcio-tools)."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
PROTO = HERE / "plugnmeet.proto"


class GenerationFailed(Exception):
    """protoc refused plugnmeet.proto; its own message is on stderr."""


def generate(target: Path) -> None:
    """Write plugnmeet_pb2.py and plugnmeet_pb2.pyi into `target`."""
    from grpc_tools import protoc

    arguments = ["protoc", f"-I{HERE}", f"--python_out={target}", f"--pyi_out={target}", str(PROTO)]
    if protoc.main(arguments) != 0:
        raise GenerationFailed(f"protoc refused {PROTO.name}; fix the error in its message above")


if __name__ == "__main__":
    generate(HERE)
    sys.stdout.write("generated plugnmeet_pb2.py and plugnmeet_pb2.pyi\n")
