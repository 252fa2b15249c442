"""Access tokens: the server signs them, and checks them over HTTP and on the bus."""

from __future__ import annotations

from typing import Any

from conformance.reference.server.config import ServerConfig
from conformance.reference.server.extension_points import ExtensionPoints
from conformance.wire import tokens


class AccessTokens:
    """Signs and checks access tokens with the API secret."""

    def __init__(self, config: ServerConfig, points: ExtensionPoints) -> None:
        self._config, self._points = config, points

    def sign(self, claims: tokens.Claims) -> str:
        """A token that is valid from now for `token_validity` seconds."""
        more: dict[str, Any] = {}
        self._points.on_claims(more, claims.room_id)
        return tokens.mint_access_token(
            claims,
            more=more,
            api_key=self._config.api_key,
            api_secret=self._config.api_secret.get_secret_value(),
            validity=self._config.token_validity,
        )

    def claims(self, token: str) -> tokens.Claims:
        """The claims of a token that is valid now.

        Raises:
            TokenExpired, TokenRefused: the token is not valid.
        """
        return self._verify(token, self._points.on_token(tokens.LEEWAY_S))

    def renewable_claims(self, token: str) -> tokens.Claims:
        """The claims of a token that is valid now, or that expired recently and can be renewed.

        Raises:
            TokenExpired, TokenRefused: the token is neither.
        """
        return self._verify(token, tokens.RENEWAL_GRACE_S)

    def _verify(self, token: str, grace_s: int) -> tokens.Claims:
        return tokens.verify_access_token(
            token,
            api_key=self._config.api_key,
            api_secret=self._config.api_secret.get_secret_value(),
            grace=grace_s,
        )
