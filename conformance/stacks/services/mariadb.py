"""MariaDB for a real Plug-N-Meet server: an empty database of its own, gone with the stack."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

INIT = "mariadb-init.sql"
READY = r"ready for connections"
INSTALL_NAMES = ("mariadb-install-db", "mysql_install_db")

# A database that lives for minutes: small files, and nothing is waited for until it is on disk.
_SMALL = (
    "--innodb-log-file-size=4M",
    "--innodb-buffer-pool-size=32M",
    "--innodb-flush-method=nosync",
    "--innodb-flush-log-at-trx-commit=0",
)


@dataclass(frozen=True)
class MariaDbSettings:
    """One MariaDB server with one database and one user, who may do all in it."""

    port: int
    user: str
    password: str
    root_password: str
    database: str = "plugnmeet"
    host: str = "127.0.0.1"

    @property
    def url(self) -> str:
        """`mysql://user:password@host:port/database`."""
        return (
            f"mysql://{quote(self.user, safe='')}:{quote(self.password, safe='')}"
            f"@{self.host}:{self.port}/{self.database}"
        )


def initial_sql(settings: MariaDbSettings, who: str = "127.0.0.1") -> str:
    """What the server runs before it lets anybody in, one statement a line.

    The product makes its own tables at its start (GORM AutoMigrate); `who` is the host that the
    product's server connects from.
    """
    user = f"'{settings.user}'@'{who}'"
    lines = [
        f"CREATE DATABASE `{settings.database}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;",
        f"CREATE USER {user} IDENTIFIED BY '{settings.password}';",
        f"GRANT ALL ON `{settings.database}`.* TO {user};",
        f"ALTER USER 'root'@'localhost' IDENTIFIED BY '{settings.root_password}';",
    ]
    return "\n".join(lines) + "\n"


def install_program(server: Path) -> Path | None:
    """The program that makes an empty data directory for this server, or None."""
    for name in INSTALL_NAMES:
        beside = server.parent.parent / "bin" / name
        if beside.is_file():
            return beside
        if found := shutil.which(name):
            return Path(found)
    return None


def command(program: Path, install: Path, folder: Path, settings: MariaDbSettings) -> Sequence[str]:
    """How it is started: as one service that first makes its data directory in `folder`.

    Makes the folder for its temporary tables.
    """
    data = folder / "mariadb"
    as_root = ["--user=root"] if os.geteuid() == 0 else []
    # A starting server removes every temporary table in its tmpdir, also those of another one.
    temporary = folder / "mariadb-tmp"
    temporary.mkdir()
    common = ["--no-defaults", f"--datadir={data}", f"--tmpdir={temporary}", *as_root, *_SMALL]
    make = [str(install), *common, "--auth-root-authentication-method=normal", "--skip-test-db"]
    serve = [
        str(program),
        *common,
        f"--bind-address={settings.host}",
        f"--port={settings.port}",
        f"--socket={folder / 'mariadb.sock'}",
        f"--pid-file={folder / 'mariadb.pid'}",
        f"--init-file={folder / INIT}",
        "--skip-name-resolve",
        "--skip-log-bin",
    ]
    return ["/bin/sh", "-c", f"{shlex.join(make)} && exec {shlex.join(serve)}"]
