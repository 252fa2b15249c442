"""Access tokens and signatures have the product's format."""

from __future__ import annotations

import jwt
import pytest

from conformance.wire import signatures, tokens

KEY, SECRET = "key", "secret-of-at-least-thirty-two-bytes!"


def minted(now: float | None = None, **claims: object) -> str:
    return tokens.mint_access_token(
        tokens.Claims.model_validate({"user_id": "alice", "room_id": "room", **claims}),
        api_key=KEY,
        api_secret=SECRET,
        validity=600,
        now=now,
    )


def read(token: str, grace: int = tokens.LEEWAY_S) -> tokens.Claims:
    return tokens.verify_access_token(token, api_key=KEY, api_secret=SECRET, grace=grace)


def test_a_token_says_who_and_where_and_leaves_out_what_is_false() -> None:
    payload = jwt.decode(minted(name="Alice"), options={"verify_signature": False})
    assert {key: payload[key] for key in ("iss", "sub", "name", "user_id", "room_id")} == {
        "iss": KEY,
        "sub": "alice",
        "name": "Alice",
        "user_id": "alice",
        "room_id": "room",
    }
    assert not {"iat", "is_admin", "is_hidden", "client_type"} & set(payload)
    assert payload["exp"] - payload["nbf"] == 600


def test_a_good_token_is_read() -> None:
    assert read(minted(is_admin=True)).is_admin


def test_an_expired_token_is_refused_as_expired_and_renewable_for_three_hours() -> None:
    import time

    old = minted(now=time.time() - 3600)
    with pytest.raises(tokens.TokenExpired):
        read(old)
    assert read(old, tokens.RENEWAL_GRACE_S).user_id == "alice"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        "a.b.c",
        jwt.encode({"iss": KEY, "sub": "alice", "exp": 9999999999}, "x" * 32, algorithm="HS256"),
        jwt.encode(
            {"iss": "other", "sub": "alice", "user_id": "alice", "exp": 9999999999},
            SECRET,
            algorithm="HS256",
        ),
        jwt.encode(
            {"iss": KEY, "sub": "alice", "user_id": "bob", "exp": 9999999999},
            SECRET,
            algorithm="HS256",
        ),
        jwt.encode(
            {"iss": KEY, "sub": "alice", "user_id": "alice", "exp": 9999999999},
            SECRET,
            algorithm="HS384",
        ),
        jwt.encode({"iss": KEY, "sub": "alice", "exp": 9999999999}, None, algorithm="none"),
    ],
)
def test_a_token_that_is_not_ours_is_refused(token: str) -> None:
    with pytest.raises(tokens.TokenRefused):
        read(token)


def test_the_signature_is_hmac_sha256_in_lower_case_hex() -> None:
    made = signatures.sign(b"what do ya want for nothing?", "Jefe")  # RFC 4231, test case 2
    assert made == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert signatures.verify(b"what do ya want for nothing?", "Jefe", made)
    assert not signatures.verify(b"what do ya want for nothing?", "Jefe", made.upper())
    assert not signatures.verify(b"what do ya want for nothing!", "Jefe", made)
    assert not signatures.verify(b"", "Jefe", "ä")
