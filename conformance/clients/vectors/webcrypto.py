"""Runs the vectors in a browser's WebCrypto, with code that is independent of ours."""

from __future__ import annotations

import time
from importlib.resources import files
from pathlib import Path

from playwright.async_api import Page, Route

from conformance.keys.published.vectors import VectorReport, load_vectors

_ORIGIN = "http://localhost/vectors"
"""WebCrypto needs a secure context, which localhost is. No network request leaves the browser."""


async def verify_in_browser(page: Page, path: Path) -> VectorReport:
    """Test the browser of `page` with the vector file or folder `path`.

    The page navigates to an empty document first.

    Raises:
        VectorsUnreadable: see `load_vectors`.
    """
    started = time.monotonic()
    loaded = load_vectors(path)
    await page.route(_ORIGIN, _empty)
    await page.goto(_ORIGIN)
    script = (
        files("conformance.keys.published").joinpath("webcrypto.js").read_text(encoding="utf-8")
    )
    await page.evaluate(script)
    browser = page.context.browser
    name = f"{browser.browser_type.name} {browser.version}" if browser else "browser"
    report = VectorReport(f"WebCrypto of {name}")
    for one, vectors in loaded.items():
        got = await page.evaluate(
            "(file) => plugnmeetVectors(file)", vectors.model_dump(mode="json", by_alias=True)
        )
        report.judge(one, vectors, dict(got))
    report.seconds = time.monotonic() - started
    return report


async def _empty(route: Route) -> None:
    await route.fulfill(content_type="text/html", body="<!doctype html><title>vectors</title>")
