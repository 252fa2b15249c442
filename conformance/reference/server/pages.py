"""A client's built files, served as the product serves them.

Source: plugNmeet-server v2.4.0, pkg/app/router.go: `/`, `/assets/*`, `/login*`.
"""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

OWN_CONFIG = "window.plugNmeetConfig = { serverUrl: window.location.origin };\n"
_FRESH = {"Cache-Control": "no-store"}


def routes(files: Path | None) -> list[BaseRoute]:
    """The page of the client in `files`; without one, a line that says so."""
    if files is None:
        return [Route("/", _no_page)]

    async def index(_: Request) -> Response:
        return FileResponse(files / "index.html", headers=_FRESH)

    async def login(_: Request) -> Response:
        page = files / "login.html"
        return FileResponse(page, headers=_FRESH) if page.is_file() else await _no_page(_)

    async def config(_: Request) -> Response:
        given = files / "assets" / "config.js"
        if given.is_file():
            return FileResponse(given, headers=_FRESH)
        return Response(OWN_CONFIG, media_type="text/javascript", headers=_FRESH)

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
