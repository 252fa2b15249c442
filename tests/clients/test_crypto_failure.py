"""Encryption fails at each point; the rest of the client's page works as before."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser

from conformance.clients.browser import open_page
from conformance.clients.crypto_failure import FAILURE_POINTS, FailurePoint, InjectedCryptoFailure

WORKER = """
onmessage = async ({data}) => {
  try {
    const aes = {name: 'AES-GCM', length: 128};
    const key = await crypto.subtle.generateKey(aes, false, ['encrypt']);
    const iv = new Uint8Array(12);
    await crypto.subtle.encrypt({name: 'AES-GCM', iv}, key, new Uint8Array(3));
    postMessage('worker encrypts');
  } catch (error) {
    postMessage(`worker: ${error.name}`);
  }
};
"""
ASK = """
async () => {
  const secret = new TextEncoder().encode('secret');
  const page = await crypto.subtle.importKey('raw', secret, 'PBKDF2', false, ['deriveKey'])
    .then(() => 'page imports', (error) => `page: ${error.name}`);
  const worker = new Worker('/worker.js', {type: 'module'});
  const answer = new Promise((resolve) => {
    worker.onmessage = ({data}) => resolve(data);
    worker.onerror = () => resolve('no worker');
  });
  worker.postMessage('encrypt');
  return [page, await answer];
}
"""
WANTED: dict[FailurePoint, list[str]] = {
    "worker": ["page imports", "no worker"],
    "page": ["page: OperationError", "worker encrypts"],
    "frames": ["page imports", "worker: OperationError"],
}


@pytest.mark.browser
@pytest.mark.parametrize("point", FAILURE_POINTS)
async def test_one_thing_fails_and_is_counted(chromium: Browser, point: FailurePoint) -> None:
    opened = await open_page(chromium, "someone")

    async def serve(route: Any) -> None:
        script = route.request.url.endswith("worker.js")
        await route.fulfill(
            body=WORKER if script else "<!doctype html>",
            content_type="text/javascript" if script else "text/html",
        )

    await opened.context.route("http://localhost/**", serve)
    failure = InjectedCryptoFailure(point)
    await failure.attach(opened.context)
    await opened.page.goto("http://localhost/")
    assert failure.hits == 0
    assert await opened.page.evaluate(ASK) == WANTED[point]
    assert await failure.wait_for(lambda: failure.hits > 0, 5.0)
    await opened.close()


@pytest.mark.browser
async def test_a_client_that_tries_without_end_is_counted_and_not_followed(
    chromium: Browser,
) -> None:
    opened = await open_page(chromium, "someone")
    blank = {"body": "<!doctype html>", "content_type": "text/html"}
    await opened.context.route("http://localhost/**", lambda route: route.fulfill(**blank))
    notified: list[int] = []

    class Counted(InjectedCryptoFailure):
        def notify(self) -> None:
            notified.append(self.hits)
            super().notify()

    failure = Counted("page")
    await failure.attach(opened.context)
    await opened.page.goto("http://localhost/")
    await opened.page.evaluate(
        """async () => {
          for (let tries = 0; tries < 3000; tries++)
            await crypto.subtle.encrypt('AES-GCM', null, null).catch(() => {});
        }"""
    )
    assert await failure.wait_for(lambda: failure.hits == 3000, 10.0)
    assert len(notified) < 300
    await opened.close()
