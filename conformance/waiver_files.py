"""Reads waiver files. An error names the file, the line, the problem and how to fix it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from conformance.catalogue import catalogue
from conformance.waivers import Waiver, WaiverFile

_EXAMPLE: Final = (
    '[[waiver]] id = "WRONG-6", room_kind = "zero-knowledge", checks = ["test_…"], '
    'claims = ["…"], reason = "why it fails", '
    'source = "https://…", expiry = 2027-06-30'
)

_FOLDERS: Final = (
    Path(__file__).with_name("data") / "waivers",
    Path(__file__).resolve().parents[1] / "waivers",
)

_OLD_NAMES: Final = {"channel": "room_kind", "link": "source"}
"""Fields that had another name once, and their current name."""

_FIXES: Final = {
    "extra_forbidden": f"Remove it; the fields are {', '.join(Waiver.model_fields)}.",
    "missing": f"Add it, as in {_EXAMPLE}.",
    "url_parsing": "Give the address of the upstream issue.",
    "date_from_datetime_parsing": "Write a date, as in expiry = 2027-06-30.",
    "date_type": "Write a date, as in expiry = 2027-06-30.",
    "string_too_short": "Say why it fails and why that is accepted.",
}
"""How to fix an error, by pydantic's error type."""

_NAMES_NEEDED: Final = (
    "Name the checks that fail and the claims that do not hold in them; a waiver without them "
    "waived too much. `conform waive RUN` writes both for the failures of a run."
)
"""What to add to a waiver of earlier versions."""

_CHOICES: Final = {
    "subject": 'Write subject = "server" or subject = "client", or leave it out.',
    "beside": 'Write beside = "reference" or beside = "product", or leave it out.',
    "status": 'Write status = "undisclosed", "reported" or "public", or leave it out (public).',
}
"""How to fix a value that is not among the choices, by field."""


class WaiversInvalid(ValueError):
    """A waiver file that cannot be used; one line with file, line, problem and fix."""

    def __init__(self, path: Path, line: int | None, problem: str, fix: str) -> None:
        self.path, self.line, self.problem, self.fix = path, line, problem, fix
        where = f"{path}:{line}" if line else str(path)
        super().__init__(f"{where}: {problem}. {fix}")


def waivers_path(given: str) -> Path:
    """The file that `given` names: a path, or a product version with waivers in this suite.

    Raises:
        WaiversInvalid: the suite has no waivers for that version.
    """
    path = Path(given)
    if not re.fullmatch(r"v?\d+\.\d+(\.\d+)?", given) or path.exists():
        return path
    name = f"plugnmeet-{given.removeprefix('v')}.toml"
    for folder in _FOLDERS:
        if (folder / name).is_file():
            return folder / name
    known = sorted(
        file.stem.removeprefix("plugnmeet-")
        for folder in _FOLDERS
        for file in folder.glob("plugnmeet-*.toml")
    )
    raise WaiversInvalid(
        Path(name),
        None,
        f"there are no waivers for version {given}",
        f"Known versions: {', '.join(known) or 'none'}; or give the path of a file.",
    )


def load_waivers(path: Path) -> WaiverFile:
    """Read the waivers of a TOML file.

    Raises:
        WaiversInvalid: the file cannot be read, or its content is not valid.
    """
    text = _read(path)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        raise WaiversInvalid(
            path, int(found[1]) if found else None, f"not TOML: {error}", f"Write {_EXAMPLE}."
        ) from error
    for key in data:
        if key not in ("waiver", "product"):
            line = _line_of(text, rf"^\s*\[*\s*{re.escape(key)}\b")
            raise WaiversInvalid(path, line, f"unknown key {key!r}", "Name each table [[waiver]].")
    product = data.get("product")
    if product is not None and not isinstance(product, str):
        line = _line_of(text, r"^\s*product")
        raise WaiversInvalid(path, line, "product is not a string", 'Write product = "2.4.0".')
    entries = data.get("waiver", [])
    if not isinstance(entries, list):
        line = _line_of(text, r"^\s*\[\s*waiver")
        raise WaiversInvalid(
            path, line, "waiver is not a list", "Write [[waiver]] with double brackets."
        )
    lines = [n for n, line in enumerate(text.splitlines(), 1) if re.match(r"\s*\[\[", line)]
    waivers: list[Waiver] = []
    for index, entry in enumerate(entries):
        start = lines[index] if index < len(lines) else None
        waiver = _waiver(path, text, start, index, entry)
        if any(waiver.is_twice(one) for one in waivers):
            raise WaiversInvalid(
                path,
                start,
                f"a check of {waiver.id} is waived twice in room_kind {waiver.room_kind!r}",
                "Remove one of the two.",
            )
        waivers.append(waiver)
    return WaiverFile(waivers, product)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise WaiversInvalid(path, line, "not UTF-8", "Save the file as UTF-8.") from error
    except OSError as error:
        raise WaiversInvalid(
            path, None, f"cannot be read ({error.strerror})", "Give the path of a TOML file."
        ) from error


def _waiver(path: Path, text: str, start: int | None, index: int, entry: object) -> Waiver:
    def invalid(field: str, problem: str, fix: str) -> WaiversInvalid:
        line = _line_of(text, rf"^\s*{re.escape(field)}\s*=", start) if field else start
        where = f"waiver {index + 1}, {field or 'entry'}"
        return WaiversInvalid(path, line or start, f"{where}: {problem}", fix)

    if isinstance(entry, dict):
        for old, new in _OLD_NAMES.items():
            if old in entry:
                raise invalid(old, f"the field is now called {new}", f"Rename {old} to {new}.")
    try:
        waiver = Waiver.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        fix = _CHOICES.get(field) if first["type"] == "literal_error" else None
        if field in ("checks", "claims") and first["type"] in ("missing", "too_short"):
            fix = _NAMES_NEEDED
        raise invalid(
            field,
            first["msg"].removeprefix("Value error, ").rstrip("."),
            fix or _FIXES.get(first["type"], f"Write {_EXAMPLE}."),
        ) from error
    room_kinds = catalogue()[waiver.id].room_kinds
    if waiver.room_kind not in room_kinds:
        raise invalid(
            "room_kind",
            f"{waiver.id} is not judged in {waiver.room_kind!r}",
            f"Choose one of {', '.join(room_kinds)}.",
        )
    return waiver


def _line_of(text: str, pattern: str, start: int | None = None) -> int | None:
    """The first line from `start` on, within the same table, that matches; counted from 1."""
    for number, line in enumerate(text.splitlines(), 1):
        if start is not None and number < start:
            continue
        if start is not None and number > start and re.match(r"\s*\[\[", line):
            return None
        if re.match(pattern, line):
            return number
    return None
