"""Session isolation tests of the published vectors: sealed in one session, opened in another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Literal

from conformance.keys.frames import Codec, seal_frame
from conformance.keys.generation.deterministic import flipped, stream
from conformance.keys.messages import seal_message
from conformance.keys.profiles import PROFILES, Profile
from conformance.keys.published.schema import DerivationStep, SessionIsolationGroup
from conformance.keys.published.schema_tests import Result, SessionIsolationTest

NOTES = {
    "Modified": "One bit differs from what the session sealed.",
    "NotSessionBound": "This profile has one key for all sessions: it opens what it should not, "
    "and a product that follows it does not keep the promise.",
    "OtherSession": "Sealed in another session with the same secret.",
    "SameSession": "Sender and receiver are in the same session.",
    "SessionSpelling": "Session ids are compared byte for byte; nothing is trimmed or folded.",
    "Truncated": "Cut.",
    "WrongKey": "Same session, another secret.",
}


def session_groups(
    secret: str, session: str, other: str, step: Callable[[Profile], tuple[DerivationStep, ...]]
) -> Iterator[SessionIsolationGroup]:
    """One group for each profile; both sides have the same secret unless a test says otherwise."""
    ids = count(1)
    for profile in PROFILES.values():
        yield _sessions(ids, profile, secret, session, other, step(profile))


def _sessions(
    ids: Iterator[int], profile: Profile, secret: str, session: str, other: str,
    steps: tuple[DerivationStep, ...],
) -> SessionIsolationGroup:  # fmt: skip
    layout: Literal["message", "opus"] = "message" if profile.role == "data" else "opus"
    plain = b"\x78" + stream("session isolation", 30)
    tests: list[SessionIsolationTest] = []

    def sealed(session_id: str) -> bytes:
        key = profile.derive(secret, session_id)
        iv = stream(f"isolation {profile.id} {session_id}", 12)
        if layout == "message":
            return seal_message(plain, key, iv)
        return seal_frame(plain, key, iv, Codec.OPUS, True)

    def add(comment: str, flags: str, blob: bytes, *, of: str, to: str, opens: bool,
            having: str = secret) -> None:  # fmt: skip
        result: Result = "valid" if opens else "invalid"
        tests.append(
            SessionIsolationTest(
                tc_id=next(ids),
                comment=comment,
                result=result,
                flags=tuple(flags.split()),
                secret_hex=having.encode().hex(),
                session_id=to,
                sealed_in=of,
                sealed_hex=blob.hex(),
                plain_hex=plain.hex() if opens else None,
            )
        )

    bound = profile.session_bound
    first, second = sealed(session), sealed(other)
    cross = "OtherSession" if bound else "OtherSession NotSessionBound"
    add("first session", "SameSession", first, of=session, to=session, opens=True)
    add("second session", "SameSession", second, of=other, to=other, opens=True)
    add("first into second", cross, first, of=session, to=other, opens=not bound)
    add("second into first", cross, second, of=other, to=session, opens=not bound)
    spelling = "SessionSpelling" if bound else "SessionSpelling NotSessionBound"
    for comment, to in (("capitals", session.upper()), ("a space behind", f"{session} ")):
        add(f"session id with {comment}", spelling, first, of=session, to=to, opens=not bound)
    add("another secret", "WrongKey", first, of=session, to=session, opens=False,
        having=f"{secret}!")  # fmt: skip
    add("one bit flipped", "Modified", flipped(first, 14), of=session, to=session, opens=False)
    add("last byte missing", "Truncated", first[:-1], of=session, to=session, opens=False)
    return SessionIsolationGroup(
        description=f"Two sessions, one secret, keys of {profile.id}.",
        profile=profile.id,
        key_size=profile.bits,
        session_bound=bound,
        steps=steps,
        layout=layout,
        tests=tuple(tests),
    )
