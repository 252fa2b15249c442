"""The real Plug-N-Meet server, 2.0 to 2.4: its configuration, client files and command line.

Sources: mynaparrot/plugNmeet-server, config_sample.yaml and pkg/config/config.go of the tags
v2.0.0, v2.1.0, v2.2.0, v2.3.0 and v2.4.0. Keys that a version does not know are left out.
"""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from conformance.stacks.errors import StackError
from conformance.stacks.services.livekit import LiveKitSettings
from conformance.stacks.services.mariadb import MariaDbSettings
from conformance.stacks.services.nats import ACCOUNT, NatsSettings
from conformance.stacks.services.redis import RedisSettings

CONFIG: Final = "plugnmeet.yaml"
READY: Final = r"Starting plugNmeet server"
HEALTH: Final = "/healthCheck"
OLDEST: Final = (2, 0)
NEWEST: Final = (2, 4)
NEEDED_PROGRAMS: Final = ("mutool", "soffice", "img2pdf")
"""A server does not start without these in its PATH (pkg/models/file.go). It converts files with
them; no check uses that."""

_LOADED = "window.plugNmeetConfig = {{ ...window.plugNmeetConfig, serverUrl: '{url}' }};\n"


@dataclass(frozen=True)
class ProductSettings:
    """One real server. `folder`: where it stores its files. `client_path`: the page it serves."""

    port: int
    api_key: str
    api_secret: str
    client_path: str
    folder: str
    log_file: str
    version: tuple[int, ...] = NEWEST
    production: bool = True
    client_extra: Mapping[str, Any] = field(default_factory=dict)
    ai_endpoint: str | None = None

    @property
    def url(self) -> str:
        """The server's root. Of all plain-http names the official client accepts only localhost."""
        return f"http://localhost:{self.port}"


def parse_version(said: str) -> tuple[int, ...]:
    """ "2.4.0" or "v2.4.0-rc1" -> (2, 4, 0).

    Raises:
        StackError: this suite has no configuration for that version.
    """
    match = re.fullmatch(r"v?(\d+)\.(\d+)(?:\.(\d+))?(?:[-+].*)?", said.strip())
    if match is None:
        raise StackError(f"{said!r} is no version of plugnmeet-server: write for example 2.4.0")
    version = tuple(int(part) for part in match.groups(default="0"))
    if version[:2] < OLDEST:
        raise StackError(
            f"plugnmeet-server {said} is older than 2.0: the zero-knowledge model came with 2.0.0"
        )
    return version


def is_newer(version: tuple[int, ...]) -> bool:
    """Newer than any version that this suite was tested with? It gets the newest configuration."""
    return version[:2] > NEWEST


def configuration(
    server: ProductSettings,
    nats: NatsSettings,
    livekit: LiveKitSettings,
    database: MariaDbSettings,
    redis: RedisSettings,
) -> str:
    """The configuration file's text (YAML) for the server's version."""
    known = server.version
    nats_info: dict[str, Any] = {
        "nats_urls": [nats.url],
        "nats_ws_urls": [nats.ws_url],
        "account": ACCOUNT,
        "user": nats.user,
        "password": nats.password,
        "auth_callout_issuer_private": nats.issuer_seed,
        "num_replicas": 1,
        "subjects": {
            "system_api_worker": "sysApiWorker",
            "system_js_worker": "sysJsWorker",
            "system_core_worker": "sysCoreWorker",
            "system_public": "sysPublic",
            "system_private": "sysPrivate",
            "chat": "chat",
            "whiteboard": "whiteboard",
            "data_channel": "dataChannel",
        },
        "recorder": {
            "recorder_channel": "recorderChannel",
            "recorder_info_kv": "pnm-recorderInfo",
            "transcoding_jobs_subject": "pnm-RecorderTranscoderJobs",
        },
    }
    if known >= (2, 1, 9):
        nats_info["room_stream_name"] = "pnm-room-stream"
    # Without max_participants, every createRoom after the server's first one fails.
    rooms = {"max_duration": 0, "max_participants": 0, "max_num_breakout_rooms": 6}
    config: dict[str, Any] = {
        "client": {
            "port": server.port,
            "debug": not server.production,
            "path": server.client_path,
            "api_key": server.api_key,
            "secret": server.api_secret,
            "token_validity": "10m",
            "webhook_conf": {"enable": True, "url": "", "enable_for_per_meeting": True},
            "prometheus": {"enable": False, "metrics_path": "/metrics"},
            "copyright_conf": {"allow_override": False, "display": False, "text": ""},
            "bbb_join_host": server.url,
            **server.client_extra,
        },
        "room_default_settings": rooms,
        "log_settings": {
            "log_file": server.log_file,
            "maxsize": 20,
            "maxbackups": 1,
            "maxage": 1,
            "log_level": "info",
        },
        "livekit_info": {
            "host": livekit.url,
            "api_key": livekit.api_key,
            "secret": livekit.api_secret,
        },
        # A trunk that nobody calls: with it, the server offers dial-in as in deployments.
        "livekit_sip_info": {
            "enabled": True,
            "trunk_name": "conformance",
            "phone_numbers": ["+15550100"],
        },
        "redis_info": {
            "host": f"{redis.host}:{redis.port}",
            "username": "",
            "password": redis.password,
            "db": 0,
        },
        "database_info": {
            "driver_name": "mysql",
            "host": database.host,
            "port": database.port,
            "username": database.user,
            "password": database.password,
            "db": database.database,
            "prefix": "pnm_",
        },
        "nats_info": nats_info,
        "upload_file_settings": {
            "path": f"{server.folder}/upload",
            "max_size": 50,
            "max_size_whiteboard_file": 30,
            "keep_forever": False,
            "allowed_types": ["jpg", "png", "pdf", "txt"],
        },
        "recorder_info": {
            "recording_files_path": f"{server.folder}/recordings",
            "token_validity": "30m",
            "enable_del_recording_backup": False,
        },
        "shared_notepad": {"enabled": False, "etherpad_hosts": []},
        "analytics_settings": {"enabled": False},
        "artifacts_settings": {
            "storage_path": f"{server.folder}/artifacts",
            "token_validity": "10m",
            "enable_del_artifacts_backup": False,
        },
        "insights": _insights(server.ai_endpoint),
    }
    return str(yaml.safe_dump(config, sort_keys=False))


def _insights(endpoint: str | None) -> dict[str, Any]:
    """The AI section: one `openai` account for all services. Options are strings."""
    if endpoint is None:
        return {"enabled": False}
    options: dict[str, dict[str, str]] = {
        "transcription": {"transcription_turn_detection": "server_vad"},
        "translation": {"model": "gpt-4o-mini"},
        "speech-synthesis": {"model": "gpt-4o-mini-tts"},
        "ai_text_chat": {"chat_model": "gpt-4o-mini", "summarize_model": "gpt-4o-mini"},
        "meeting_summarizing": {"summarize_model": "gpt-4o-mini"},
    }
    account = {
        "id": "conformance",
        "credentials": {"api_key": secrets.token_urlsafe(24), "region": ""},
        "options": {"endpoint": endpoint},
    }
    services = {
        name: {"provider": "openai", "id": account["id"], "options": given}
        for name, given in options.items()
    }
    return {"enabled": True, "providers": {"openai": [account]}, "services": services}


def command(program: Path, folder: Path) -> list[str]:
    """The command line; the configuration is in `folder`."""
    return [str(program), "-config", str(folder / CONFIG)]


def lay_out_client(files: Path, target: Path, server_url: str, *, copy: bool = False) -> bool:
    """Copy or link the page in `files` to `target`; returns True if it is a production build.

    The user's files are never changed. assets/config.js is ours, because it names the server. A
    page without assets/css and assets/js needs `client.debug`.
    """
    assets = target / "assets"
    assets.mkdir(parents=True)

    def put(entry: Path, where: Path) -> None:
        if not copy:
            where.symlink_to(entry.resolve())
        elif entry.is_dir():
            shutil.copytree(entry, where)
        else:
            shutil.copyfile(entry, where)

    for entry in files.iterdir():
        if entry.name != "assets":
            put(entry, target / entry.name)
    given = files / "assets"
    for entry in given.iterdir() if given.is_dir() else ():
        if entry.name != "config.js":
            put(entry, assets / entry.name)
    makers = next(
        (given / name for name in ("config.js", "config_sample.js") if (given / name).is_file()),
        None,
    )
    text = makers.read_text("utf-8") + "\n" if makers else ""
    (assets / "config.js").write_text(text + _LOADED.format(url=server_url), "utf-8")
    # The official client has both files. Without the favicon a server does not start (v2.4.0);
    # without login.html it warns about a missing view.
    icon = assets / "imgs" / "favicon.ico"
    if not icon.is_file():
        icon.parent.mkdir(exist_ok=True)
        icon.write_bytes(b"")
    if not (target / "login.html").exists():
        (target / "login.html").write_text("<!doctype html><title>login</title>\n", "utf-8")
    return (assets / "css").is_dir() and (assets / "js").is_dir()


def stand_ins(folder: Path, missing: list[str]) -> None:
    """Create programs that do nothing, for those that the server only looks up at its start."""
    folder.mkdir(parents=True)
    for name in missing:
        program = folder / name
        program.write_text("#!/bin/sh\nexit 1\n", "utf-8")
        program.chmod(0o700)
