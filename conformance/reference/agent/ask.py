"""A client of the AI provider's OpenAI API: one realtime session per person, one file per summary.

Source: plugNmeet-server v2.4.0, pkg/insights/providers/openai/*.go.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import wave
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import aiohttp

REALTIME_RATE: Final = 24_000
FILE_RATE: Final = 16_000
TOTAL_S: Final = 20.0
"""The deadline for one answer, in seconds."""


class Provider:
    """One account at one provider."""

    def __init__(self, http: aiohttp.ClientSession, url: str, key: str) -> None:
        self._http, self._url = http, url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {key}"}

    async def transcribe(
        self,
        sound: Any,
        lang: str,
        said: Callable[[str, bool], Awaitable[None]],
    ) -> None:
        """Send `sound`, an async iterator of PCM pieces. `said` gets each text and its finality."""
        url = f"{self._url.replace('http', 'ws', 1)}/realtime?intent=transcription"
        async with self._http.ws_connect(url, headers=self._headers) as socket:
            audio = {
                "format": {"type": "audio/pcm", "rate": REALTIME_RATE},
                "transcription": {"model": "whisper-1", "language": lang},
                "turn_detection": {"type": "server_vad"},
            }
            session = {"type": "transcription", "audio": {"input": audio}}
            await socket.send_json({"type": "session.update", "session": session})

            async def send() -> None:
                async for pcm in sound:
                    encoded = base64.b64encode(pcm).decode()
                    await socket.send_json({"type": "input_audio_buffer.append", "audio": encoded})
                await socket.close()

            async def read() -> None:
                async for message in socket:
                    if message.type is not aiohttp.WSMsgType.TEXT:
                        continue
                    event = json.loads(message.data)
                    kind = str(event.get("type")).rpartition(".")[2]
                    if kind == "delta":
                        await said(str(event["delta"]), False)
                    elif kind == "completed":
                        await said(str(event["transcript"]), True)

            await first_to_end(send(), read())

    async def translate(self, text: str, source: str, langs: Sequence[str]) -> dict[str, str]:
        """The text in each of these languages, by language code."""
        prompt = (
            f"Translate from {source} to: {','.join(langs)}.\n"
            "Return only a JSON object where each key is one requested language code and each "
            f"value is the translated text.\nText:\n{text}"
        )
        system = "You are a helpful translation assistant that only responds with valid JSON."
        said = json.loads(await self._complete(system, prompt))
        return {lang: str(said[lang]) for lang in langs if lang in said}

    async def summarise(self, pcm: bytes, prompt: str) -> str:
        """A summary of a meeting. `pcm`: mono, 16 bits, FILE_RATE samples per second."""
        file = io.BytesIO()
        with wave.open(file, "wb") as writer:
            writer.setnchannels(1)
            writer.setsampwidth(2)
            writer.setframerate(FILE_RATE)
            writer.writeframes(pcm)
        form = aiohttp.FormData()
        form.add_field("model", "whisper-1")
        form.add_field("response_format", "json")
        form.add_field("file", file.getvalue(), filename="meeting.wav", content_type="audio/wav")
        heard = await self._post("audio/transcriptions", data=form)
        system = f"Respond with a JSON object with one key: 'summary'. {prompt}"
        said = json.loads(await self._complete(system, str(heard["text"])))
        return str(said["summary"])

    async def _complete(self, system: str, user: str) -> str:
        messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
        request = {"model": "gpt-4o-mini", "messages": messages}
        answer = await self._post("chat/completions", json=request)
        return str(answer["choices"][0]["message"]["content"])

    async def _post(self, path: str, **body: Any) -> dict[str, Any]:
        async with self._http.post(
            f"{self._url}/{path}",
            headers=self._headers,
            timeout=aiohttp.ClientTimeout(total=TOTAL_S),
            raise_for_status=True,
            **body,
        ) as response:
            answer: dict[str, Any] = await response.json()
            return answer


async def first_to_end(*works: Awaitable[None]) -> None:
    """Run all until one ends. Then cancel the others, and raise the error of the first, if any."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
