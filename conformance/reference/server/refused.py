"""The one error that means: the server refuses a request."""

from __future__ import annotations

from conformance.wire import plugnmeet_pb2 as pb


class Refused(Exception):
    """The server refuses a request. `msg` is the product's text, `code` its status code."""

    def __init__(self, msg: str, code: pb.StatusCode = pb.StatusCode.INTERNAL_SERVER_ERROR) -> None:
        super().__init__(msg)
        self.msg, self.code = msg, code
