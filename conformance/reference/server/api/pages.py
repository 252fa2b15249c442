"""The built files of a client, under the same paths as in the product.

Source: plugNmeet-server v2.4.0, pkg/app/router.go: `/`, `/assets/*`, `/login*`.
"""

from __future__ import annotations

import json
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

_SERVER = "window.plugNmeetConfig = {{ ...window.plugNmeetConfig, serverUrl: {url} }};\n"
_FRESH = {"Cache-Control": "no-store"}


def makers_config(files: Path) -> str:
    """The configuration that comes with the client; a release has it as a sample only."""
    for name in ("config.js", "config_sample.js"):
        given = files / "assets" / name
        if given.is_file():
            return given.read_text("utf-8") + "\n"
    return ""


def own_config(server_url: str | None = None) -> str:
    """The line of assets/config.js that names the server; None: the page's own origin."""
    return _SERVER.format(url=json.dumps(server_url) if server_url else "window.location.origin")


def routes(files: Path | None, server_url: str | None = None) -> list[BaseRoute]:
    """The routes for the client in `files`. Without files, `/` answers 404 with one line of text.

    The client's own assets/config.js is served with one line appended, which sets the server.
    """
    if files is None:
        return [Route("/", _no_page)]

    async def index(_: Request) -> Response:
        return FileResponse(files / "index.html", headers=_FRESH)

    async def login(_: Request) -> Response:
        page = files / "login.html"
        return FileResponse(page, headers=_FRESH) if page.is_file() else await _no_page(_)

    async def config(_: Request) -> Response:
        text = makers_config(files) + own_config(server_url)
        return Response(text, media_type="text/javascript", headers=_FRESH)

    pages: list[BaseRoute] = [
        Route("/", index),
        Route("/login{rest:path}", login),
        Route("/assets/config.js", config),
    ]
    assets = files / "assets"
    if assets.is_dir():
        pages.append(Mount("/assets", StaticFiles(directory=assets)))
    return pages


async def _no_page(_: Request) -> Response:
    return PlainTextResponse("No client is served here: set client_files.\n", 404)
