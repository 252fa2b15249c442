"""The suite's AI provider recognises tones, repeats them, and survives any input."""

from __future__ import annotations

import base64
import io
import json
import wave
from collections.abc import AsyncIterator
from itertools import pairwise

import aiohttp
import numpy as np
import pytest

from conformance.observers.marks import tones
from conformance.observers.provider import Provider, Recogniser, word_of
from conformance.observers.provider.words import NoSound, words_in_wav

PAIR = tones.PAIRS[17]


def sound(rate: int, seconds: float, pair: tones.Pair = PAIR) -> bytes:
    at = np.arange(int(rate * seconds)) / rate
    mixed = sum(np.sin(2 * np.pi * hertz * at) for hertz in pair)
    return (mixed * 8_000).astype("<i2").tobytes()


def wav(pcm: bytes, rate: int = 16_000, channels: int = 1) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(pcm)
    return file.getvalue()


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with Provider() as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000, 48_000])
def test_a_pair_of_tones_is_a_word_at_every_rate(rate: int) -> None:
    pcm, ear = sound(rate, 2.0), Recogniser(rate)
    odd = [ear.feed(pcm[a:b]) for a, b in pairwise([*range(0, len(pcm), 777), len(pcm)])]
    words = [word for part in odd for word in part]
    assert set(words) == {word_of(PAIR)}
    assert 6 <= len(words) <= 8  # one for every 256 ms
    assert ear.seconds == pytest.approx(2.0)


@pytest.mark.parametrize("lost", [0.05, 0.15])
def test_words_are_recognised_with_lost_frames(lost: float) -> None:
    pcm, chance = sound(16_000, 10.0), np.random.default_rng(7)
    frames = [pcm[at : at + 640] for at in range(0, len(pcm), 640)]
    words = Recogniser(16_000).feed(b"".join(f for f in frames if chance.random() >= lost))
    assert set(words) == {word_of(PAIR)}
    assert len(words) >= 15


def test_noise_silence_and_a_single_tone_are_no_words() -> None:
    noise = np.random.default_rng(1).normal(0, 6_000, 64_000).astype("<i2").tobytes()
    single = sound(16_000, 2.0, (PAIR[0], PAIR[0]))
    for pcm in (noise, bytes(64_000), single):
        assert Recogniser(16_000).feed(pcm) == []


@pytest.mark.parametrize("data", [b"", b"RIFF", b"x" * 100, wav(bytes(8), channels=2)])
def test_an_invalid_wav_file_is_reported(data: bytes) -> None:
    with pytest.raises(NoSound):
        words_in_wav(data)


async def test_a_file_is_transcribed(provider: Provider, http: aiohttp.ClientSession) -> None:
    form = aiohttp.FormData()
    form.add_field("model", "m")
    form.add_field("file", wav(sound(16_000, 1.0)), filename="a.wav")
    async with http.post(f"{provider.url}/audio/transcriptions", data=form) as answer:
        assert word_of(PAIR) in (await answer.json())["text"]
    assert provider.count(word_of(PAIR), "transcriptions") >= 2
    assert provider.requests[0].seconds == pytest.approx(1.0)


async def test_a_realtime_session_says_what_it_hears(
    provider: Provider, http: aiohttp.ClientSession
) -> None:
    url = provider.url.replace("http", "ws")
    async with http.ws_connect(f"{url}/realtime?intent=transcription") as socket:
        audio = {"input": {"format": {"type": "audio/pcm", "rate": 24_000}}}
        await socket.send_json({"type": "session.update", "session": {"audio": audio}})
        pcm = sound(24_000, 3.0)
        for start in range(0, len(pcm), 4_800):
            piece = base64.b64encode(pcm[start : start + 4_800]).decode()
            await socket.send_json({"type": "input_audio_buffer.append", "audio": piece})
        first, second = await socket.receive_json(), await socket.receive_json()
    kind = "conversation.item.input_audio_transcription"
    assert (first["type"], first["delta"].strip()) == (f"{kind}.delta", word_of(PAIR))
    assert second["type"] == f"{kind}.completed"
    assert word_of(PAIR) in second["transcript"]
    assert await provider.wait_for(lambda: provider.count(word_of(PAIR), "realtime") > 8, 5)


async def test_it_translates_and_summarises_by_repeating(
    provider: Provider, http: aiohttp.ClientSession
) -> None:
    word = word_of(PAIR)
    translate = f"Translate from en-US to: es-ES,fr-FR.\nReturn only JSON.\nText:\n{word} {word}"
    for text, expected in (
        (translate, {"es-ES": f"{word} {word}", "fr-FR": f"{word} {word}"}),
        (word, {"summary": f"<p>heard: {word}</p>"}),
        ("nothing", {"summary": "<p>heard: nothing</p>"}),
    ):
        request = {"model": "m", "messages": [{"role": "user", "content": text}]}
        async with http.post(f"{provider.url}/chat/completions", json=request) as answer:
            content = (await answer.json())["choices"][0]["message"]["content"]
        assert json.loads(content) == expected
    async with http.post(f"{provider.url}/audio/speech", json={"input": word}) as answer:
        assert len(await answer.read()) > 0
    assert provider.count(word) == 4


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("chat/completions", b"["),
        ("chat/completions", b"[]"),
        ("chat/completions", b"[" * 100_000),
        ("chat/completions", b'{"messages": [1]}'),
        ("chat/completions", b'{"messages": 7}'),
        ("audio/transcriptions", b"no form"),
        ("audio/speech", b"\xff"),
        ("nowhere", b""),
    ],
)
async def test_bad_requests_are_answered_and_kept(
    provider: Provider, http: aiohttp.ClientSession, path: str, body: bytes
) -> None:
    async with http.post(f"{provider.url}/{path}", data=body) as answer:
        assert 400 <= answer.status < 500
    assert provider.requests[0].problem


async def test_bad_events_are_answered_and_the_session_goes_on(
    provider: Provider, http: aiohttp.ClientSession
) -> None:
    url = provider.url.replace("http", "ws")
    async with http.ws_connect(f"{url}/realtime") as socket:
        for text in (
            "{",
            "7",
            '{"type": "input_audio_buffer.append", "audio": "*"}',
            '{"type": "session.update", "session": 7}',
            '{"type": "session.update", "session":{"audio":{"input":{"format":{"rate":[]}}}}}',
            '{"type": "session.update", "session":{"audio":{"input":{"format":{"rate":1}}}}}',
        ):
            await socket.send_str(text)
            assert (await socket.receive_json())["type"] == "error"
        await socket.send_bytes(b"x")
        await socket.send_json({"type": "input_audio_buffer.append", "audio": ""})
        await socket.send_str("{")
        assert (await socket.receive_json())["type"] == "error"
