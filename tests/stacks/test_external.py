"""A running deployment, and servers on loopback that are not a deployment."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from conformance.stacks.embedded import EmbeddedStack
from conformance.stacks.errors import StackError
from conformance.stacks.external import preflight
from conformance.stacks.external import stack as external
from conformance.stacks.external.deployment import Deployment
from conformance.stacks.external.stack import ExternalStack
from conformance.stacks.kinds import RoomKind
from conformance.verdicts import InsufficientEvidence

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
SECRET = "unlikely-words"
HTML = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n"
    b"Connection: close\r\n\r\n<html>"
)


def deployment(url: str, **more: object) -> Deployment:
    return Deployment.model_validate({"url": url, "api_key": "key", "api_secret": SECRET, **more})


def certificate(folder: Path, name: str, days: int) -> Path:
    """A self-signed certificate with its key, valid until `days` from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=30))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}{days}.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@asynccontextmanager
async def served(handler: Handler, pem: Path | None = None) -> AsyncIterator[str]:
    context = None
    if pem is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
    server = await asyncio.start_server(handler, "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield f"{'https' if pem else 'http'}://localhost:{port}"


async def html(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(10)
    writer.write(HTML)
    await writer.drain()
    writer.close()


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(-1)
    writer.close()


async def refused(given: Deployment, folder: Path) -> str:
    """The error line of a refused deployment."""
    with pytest.raises(StackError) as error:
        await ExternalStack(folder, given).preflight()
    line = str(error.value)
    assert "\n" not in line
    assert SECRET not in line
    return line


async def test_a_certificate_that_cannot_be_trusted_is_named(tmp_path: Path) -> None:
    expired = certificate(tmp_path, "localhost", -1)
    async with served(html, expired) as url:
        known = deployment(url, ca_file=expired)
        assert "its certificate has expired" in await refused(known, tmp_path)
    good = certificate(tmp_path, "localhost", 30)
    async with served(html, good) as url:
        assert "self-signed" in await refused(deployment(url), tmp_path)
        # with a known authority the handshake succeeds, and the answer is checked
        assert "web page" in await refused(deployment(url, ca_file=good), tmp_path)
        assert "web page" in await refused(deployment(url, insecure=True), tmp_path)
    other = certificate(tmp_path, "other.example", 30)
    async with served(html, other) as url:
        assert "another name" in await refused(deployment(url, ca_file=other), tmp_path)


async def test_a_slow_server_times_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "ANSWER_S", 0.3)
    async with served(silent) as url:
        assert "no complete answer within 0.3 s" in await refused(deployment(url), tmp_path)


async def test_a_web_page_is_no_server(tmp_path: Path) -> None:
    async with served(html) as url:
        assert "this is not a Plug-N-Meet server's root" in await refused(deployment(url), tmp_path)


async def test_no_server_is_reported(tmp_path: Path) -> None:
    async with served(html) as url:
        pass
    assert "no server answers" in await refused(deployment(url), tmp_path)


@pytest.mark.services
async def test_wrong_credentials_are_recognised_and_right_ones_leave_no_room(
    tmp_path: Path,
) -> None:
    async with EmbeddedStack(tmp_path / "up") as up:
        url, given = up.endpoints.server_url, up.endpoints
        wrong_key = deployment(url, api_key="nobody", api_secret=given.api_secret)
        assert "does not know this API key" in await refused(wrong_key, tmp_path)
        wrong_secret = deployment(url, api_key=given.api_key)
        assert "the secret is wrong" in await refused(wrong_secret, tmp_path)
        right = deployment(url, api_key=given.api_key, api_secret=given.api_secret)
        async with ExternalStack(tmp_path, right) as stack:
            assert stack.versions["plugnmeet-server"]
            await stack.api.create_room("conform-left-open", RoomKind.SIMPLE)
            assert await up.api.is_room_active("conform-left-open")
            with pytest.raises(InsufficientEvidence, match="PNM_CONFORM_NATS_URL"):
                stack.need("nats")
        assert not await up.api.is_room_active("conform-left-open"), "it was ended in the end"
        bus = {"url": given.nats_url, "user": given.nats_user, "password": "wrong"}
        wrong_bus = deployment(url, api_key=given.api_key, api_secret=given.api_secret, nats=bus)
        assert "[nats] table" in await refused(wrong_bus, tmp_path)


@pytest.mark.services
async def test_a_deployment_that_dies_is_noticed_and_its_rooms_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(external, "WATCH_S", 0.05)
    up = EmbeddedStack(tmp_path / "up")
    await up.start()
    given = up.endpoints
    stack = ExternalStack(
        tmp_path, deployment(given.server_url, api_key=given.api_key, api_secret=given.api_secret)
    )
    try:
        await stack.start()
        await stack.alive()
        await stack.api.create_room("conform-left-open", RoomKind.PLAIN)
    finally:
        await up.stop()
    with pytest.raises(StackError, match="stopped answering during the run"):
        await stack.alive()
    async with asyncio.timeout(10):
        assert "stopped answering" in str(await stack.first_death())
    with pytest.raises(StackError, match=r"left behind .*: conform-left-open; end these"):
        await stack.stop()
