"""MariaDB for a real Plug-N-Meet server: an empty database that is removed with the stack."""

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

# The database lives for minutes: use small files, and never wait for the disk.
_SMALL = (
    "--innodb-log-file-size=4M",
    "--innodb-buffer-pool-size=32M",
    "--innodb-flush-method=nosync",
    "--innodb-flush-log-at-trx-commit=0",
)


@dataclass(frozen=True)
class MariaDbSettings:
    """One MariaDB server with one database and one user, who has all rights in it."""

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
    """The SQL that MariaDB runs before it accepts connections, one statement per line.

    The product creates its own tables at its start (GORM AutoMigrate). `who`: the host from which
    the product's server connects.
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
    """The program that creates an empty data directory for this server, or None."""
    for name in INSTALL_NAMES:
        beside = server.parent.parent / "bin" / name
        if beside.is_file():
            return beside
        if found := shutil.which(name):
            return Path(found)
    return None


def command(program: Path, install: Path, folder: Path, settings: MariaDbSettings) -> Sequence[str]:
    """The command line: one service that first creates its data directory in `folder`.

    Also creates the folder for temporary tables.
    """
    data = folder / "mariadb"
    as_root = ["--user=root"] if os.geteuid() == 0 else []
    # A starting server removes all temporary tables in its tmpdir, also those of another server.
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
