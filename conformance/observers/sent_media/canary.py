"""Sends a known picture and known sound from a page, as the observer of media must find them.

The picture is a JPEG of a mark, once as a file and once as a data URL in JSON; the sound is a WAV
file of the mark's tones. The requests are answered by the route of outgoing_canary.py.
"""

from __future__ import annotations

import base64
import io
import wave
from typing import Final

import numpy as np
from PIL import Image
from playwright.async_api import Page

from conformance.observers.marks import tones
from conformance.observers.marks.code import Reading, encode_luma
from conformance.observers.page.outgoing_canary import MILLISECONDS, PATH

_SECONDS: Final = 0.6
_SIZE: Final = (320, 180)


def jpeg(identity: int) -> bytes:
    """A JPEG of the mark of this identity, 320 x 180."""
    out = io.BytesIO()
    luma = encode_luma(Reading(identity, "camera", 1), *_SIZE)
    Image.fromarray(luma).convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()


def wav(identity: int) -> bytes:
    """A WAV file of the tones of this identity, 16 kHz mono."""
    n = np.arange(int(_SECONDS * tones.SAMPLE_RATE)) / tones.SAMPLE_RATE
    low, high = tones.pair_of(identity)
    sound = 0.3 * np.sin(2 * np.pi * low * n) + 0.3 * np.sin(2 * np.pi * high * n)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(tones.SAMPLE_RATE)
        file.writeframes((sound * 32767).astype("<i2").tobytes())
    return out.getvalue()


async def send(page: Page, identity: int) -> list[str]:
    """Send them from `page`; return what this page refuses, with the reason.

    Raises:
        playwright.async_api.Error: the page is closed.
    """
    files = [base64.b64encode(data).decode() for data in (jpeg(identity), wav(identity))]
    refused: list[str] = await page.evaluate(_SEND, [*files, PATH, MILLISECONDS])
    return refused


_SEND: Final = """
async ([picture, sound, path, milliseconds]) => {
  const refused = [];
  const address = `${location.origin}/${path}`;
  const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const bodies = {
    picture: new Blob([bytes(picture)], { type: 'image/jpeg' }),
    'data URL': JSON.stringify({ picture: `data:image/jpeg;base64,${picture}` }),
    sound: bytes(sound).buffer,
  };
  for (const [name, body] of Object.entries(bodies)) {
    try {
      await fetch(address, { method: 'POST', body, signal: AbortSignal.timeout(milliseconds) });
    } catch (error) {
      refused.push(`${name}: ${error?.message ?? error}`);
    }
  }
  return refused;
}
"""
