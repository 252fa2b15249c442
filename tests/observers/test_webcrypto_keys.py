"""Keys that WebCrypto creates in a page or its workers are observed, and still work."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser

from conformance.clients.browser import open_page
from conformance.keys.profiles import PROFILES
from conformance.observers.page.made_keys import MadeKeys

WORKER = """
onmessage = async ({data}) => {
  const usages = ['deriveKey', 'deriveBits'];
  const secret = new TextEncoder().encode(data);
  const material = await crypto.subtle.importKey('raw', secret, 'PBKDF2', false, usages);
  const salt = new TextEncoder().encode('LKFrameEncryptionKey');
  const how = {name: 'PBKDF2', hash: 'SHA-256', salt, iterations: 100000};
  const aes = {name: 'AES-GCM', length: 128};
  const key = await crypto.subtle.deriveKey(how, material, aes, false, ['encrypt']);
  const iv = new Uint8Array(12);
  const sealed = await crypto.subtle.encrypt({name: 'AES-GCM', iv}, key, new Uint8Array(3));
  postMessage({extractable: key.extractable, size: sealed.byteLength});
};
"""
ASK = """
async ([text, type]) => {
  const url = URL.createObjectURL(new Blob([text], {type: 'text/javascript'}));
  const worker = new Worker(url, {type});
  URL.revokeObjectURL(url);
  const answer = new Promise((resolve) => { worker.onmessage = (e) => resolve(e.data); });
  worker.postMessage('the secret');
  return answer;
}
"""


@pytest.mark.parametrize(
    "told", [None, 5, "", "zz" * 16, "00" * 15, "00" * 10_000, {"key": "00" * 16}]
)
def test_messages_without_a_key_are_ignored(told: Any) -> None:
    made = MadeKeys()
    made.take(told)
    assert made.keys == []


def test_each_key_is_kept_once_and_the_list_is_bounded() -> None:
    made = MadeKeys()
    for n in range(10_000):
        made.take(n.to_bytes(16, "big").hex())
        made.take(n.to_bytes(16, "big").hex())
    assert len(made.keys) == len(set(made.keys)) == 100


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["module", "classic"])
async def test_keys_of_a_worker_are_observed_and_stay_unextractable(
    chromium: Browser, kind: str
) -> None:
    opened = await open_page(chromium, "someone")
    made = MadeKeys()
    await made.attach(opened.context)

    async def serve(route: Any) -> None:
        await route.fulfill(body="<!doctype html>", content_type="text/html")

    await opened.context.route("http://localhost/**", serve)
    await opened.page.goto("http://localhost/")
    answer = await opened.page.evaluate(ASK, [WORKER, kind])
    assert answer == {"extractable": False, "size": 19}
    wanted = PROFILES["livekit-pbkdf2-raw"].derive("the secret", "")
    assert await made.wait_for(lambda: wanted in made.keys, 5.0)
    await opened.close()
