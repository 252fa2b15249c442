"""Access tokens: they allow a user to enter a room and are signed with the API secret.

Source: plugnmeet-protocol v1.5.0, auth/access_token.go and auth/verify_token.go. The algorithm is
HS256; `iss` is the API key, `sub` the user id. Claims with a zero value are left out.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import jwt
from pydantic import BaseModel, ConfigDict

LEEWAY_S = 60
"""The accepted difference of clocks, in seconds (the default of the product's JOSE library)."""
RENEWAL_GRACE_S = 3 * 3600
"""The time after its expiry in which a token can be renewed over the bus (nats_user_event.go)."""
RECORDER_NAME = "PLUGNMEET_RECORDER_AUTH"
"""The name in a recorder program's own token; no participant may use it."""


class TokenRefused(Exception):
    """The token is invalid or has another issuer; get a new one from getJoinToken."""


class TokenExpired(TokenRefused):
    """The token has expired; get a new one from getJoinToken."""


class Claims(BaseModel):
    """The content of a token. `client_type`: 0 web, 1 web inside a native app."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = ""
    user_id: str
    room_id: str = ""
    is_admin: bool = False
    is_hidden: bool = False
    client_type: int = 0


def mint_access_token(
    claims: Claims,
    *,
    api_key: str,
    api_secret: str,
    validity: int,
    now: float | None = None,
    more: Mapping[str, Any] | None = None,
) -> str:
    """A token that is valid for `validity` seconds from `now` (seconds since 1970).

    `more`: further claims, which no product has.
    """
    begin = int(time.time() if now is None else now)
    payload: dict[str, Any] = {
        "iss": api_key,
        "sub": claims.user_id,
        "nbf": begin,
        "exp": begin + validity,
        **{name: value for name, value in claims.model_dump().items() if value},
        **(more or {}),
    }
    return jwt.encode(payload, api_secret, algorithm="HS256")


def verify_access_token(
    token: str, *, api_key: str, api_secret: str, grace: int = LEEWAY_S
) -> Claims:
    """The claims of a valid token; it is accepted until `grace` seconds after its expiry.

    Raises:
        TokenExpired: it expired more than `grace` seconds ago.
        TokenRefused: it is invalid for any other reason.
    """
    try:
        payload = jwt.decode(
            token,
            api_secret,
            algorithms=["HS256"],
            issuer=api_key,
            leeway=grace,
            options={"require": ["iss", "sub", "exp"], "verify_aud": False},
        )
        claims = Claims.model_validate({**payload, "user_id": payload.get("user_id", "")})
    except jwt.ExpiredSignatureError as error:
        raise TokenExpired("the access token has expired; ask for a new one") from error
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
        # The last four result from claims and headers that no honest server signs.
        raise TokenRefused(f"the access token is refused: {type(error).__name__}") from error
    if claims.user_id != payload["sub"]:
        raise TokenRefused("the access token names two different users")
    return claims
