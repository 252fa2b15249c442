"""Session isolation tests of the published vectors: sealed in one session, opened in another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Literal

from conformance.keys.frames import Codec, seal_frame
from conformance.keys.generation.deterministic import flipped, stream
from conformance.keys.generation.texts import SPELLINGS
from conformance.keys.messages import seal_message
from conformance.keys.profiles import PROFILES, Profile
from conformance.keys.published.schema import DerivationStep, SessionIsolationGroup
from conformance.keys.published.schema_tests import Result, SessionIsolationTest


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

    def add(comment: str, flags: str, blob: bytes, *, of: str, to: str,
            result: Result, having: str = secret) -> None:  # fmt: skip
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
                plain_hex=None if result == "invalid" else plain.hex(),
            )
        )

    # who opens follows the profile, who refuses keeps the promise: both are right
    cross: Result = "invalid" if profile.session_bound else "acceptable"
    why = "" if profile.session_bound else " NotSessionBound"
    first, second = sealed(session), sealed(other)
    add("first session", "SameSession", first, of=session, to=session, result="valid")
    add("second session", "SameSession", second, of=other, to=other, result="valid")
    add("first into second", f"OtherSession{why}", first, of=session, to=other, result=cross)
    add("second into first", f"OtherSession{why}", second, of=other, to=session, result=cross)
    for comment, (to, flags) in SPELLINGS.items():
        spelled = " ".join(("SessionSpelling", *flags))
        add(f"session id {comment}", f"{spelled}{why}", first, of=session, to=to, result=cross)
    for comment, having, flag in (
        ("another secret", f"{secret}!", ""),
        ("the secret with a space behind", f"{secret} ", "BlankSignificant"),
        ("the secret with a byte order mark in front", f"\ufeff{secret}", "ByteOrderMark"),
        ("the secret with a NUL in front", f"\0{secret}", "LeadingNul"),
        ("the secret with a zero width space", secret.replace(" ", "\u200b "), "Invisible"),
        ("the secret with a full-width letter", f"\uff43{secret[1:]}", "CompatibilityForm"),
        ("the secret in capitals", secret.upper(), "CaseSignificant"),
    ):
        add(comment, f"WrongKey {flag}", first, of=session, to=session, result="invalid",
            having=having)  # fmt: skip
    add("one bit flipped", "Modified", flipped(first, 14), of=session, to=session,
        result="invalid")  # fmt: skip
    add("last byte missing", "Truncated", first[:-1], of=session, to=session, result="invalid")
    return SessionIsolationGroup(
        description=f"Two sessions, one secret, keys of {profile.id}.",
        profile=profile.id,
        key_size=profile.bits,
        session_bound=profile.session_bound,
        steps=steps,
        layout=layout,
        tests=tuple(tests),
    )
