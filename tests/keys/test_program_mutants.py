"""Each kind of vector notices a program that has the bug: `examples/full.py` with one change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.keys.changed_program import (
    BOUND,
    FOLDER,
    FRAMES,
    INJECTED,
    KEYS,
    MESSAGES,
    PACKETS,
    RATCHET,
    SESSIONS,
    changed,
    is_noticed,
    only,
    verify,
)

WRONG = [
    ("rounds", "100_000", "99_999", KEYS, "derive"),
    ("key size", "[: bits // 8]", "[:16]", KEYS, "derive"),
    ("info", "bytes(128)", 'b""', KEYS, "derive"),
    ("salt", 'if step["salt"] == "sessionId"', "if False", KEYS, None),
    ("session ignored", "ask, session):\n    match", 'ask, _):\n    session = b"one"\n    match',
     SESSIONS, "first session"),
    ("no associated data", "decrypt(iv, sealed, clear)", 'decrypt(iv, sealed, b"")',
     FRAMES, "associated data: nothing"),
    ("IV behind", 'ask["message"][:12], ask["message"][12:]',
     'ask["message"][-12:], ask["message"][:-12]',
     MESSAGES, "IV behind the ciphertext"),
    ("key index not looked at", 'ask.get("atIndex", rest[-1]) != rest[-1]', "False",
     FRAMES, "the key is at 1"),
    ("escapes", 'rest.replace(b"\\0\\0\\3", b"\\0\\0")', "rest", FRAMES, "begins with"),
    ("H.265 as H.264", "(63, 1, {*range(10), *range(16, 22)})", "(31, 0, {1, 5})",
     FRAMES, "slice of type"),
    ("reserved NAL types", "*range(16, 22)", "*range(10, 32)", FRAMES, "reserved type"),
    ("unencrypted passes", 'raise Refused("the tag does not fit") from None', "return sealed",
     MESSAGES, "another secret"),
    ("injection", "not hashlib.sha256(payload)", "False and hashlib.sha256(payload)",
     INJECTED, "an unencrypted frame of a participant"),
    ("window", 'range(ask["window"] + 1)', "range(9)", RATCHET, "four steps, window 3"),
    ("packet key index", 'ask.get("atIndex", ask["keyIndex"]) != ask["keyIndex"]', "False",
     PACKETS, "key index 16"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "file", "noticed"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG]
)
def test_a_wrong_implementation_is_noticed(
    old: str, new: str, file: str, noticed: str | None, tmp_path: Path
) -> None:
    program = changed(tmp_path, (old, new))
    if file == KEYS:  # fewer derivations
        only(tmp_path, file, lambda group: group["profile"] in ("livekit-hkdf", BOUND))
    path = tmp_path / file if file == KEYS else FOLDER / file
    if noticed is None:
        status, _, err = verify(program, path)
        assert status == 2
        assert "KeyError" in err
        return
    is_noticed(program, path, noticed)


TEXT = {
    "NFKC": ('unicodedata.normalize("NFKC", text)', "ligature, full-width letters"),
    "NFKC of kana": ('unicodedata.normalize("NFKC", text)', "half-width kana"),
    "NFC": ('unicodedata.normalize("NFC", text)', "decomposed letters"),
    "NFC of signs": ('unicodedata.normalize("NFC", text)', "signs for Ångström"),
    "NFD": ('unicodedata.normalize("NFD", text)', "composed letters (NFC)"),
    "BOM trimmed": ('text.removeprefix("\ufeff")', "byte order mark in front"),
    "BOM removed": ('text.replace("\ufeff", "")', "byte order mark inside"),
    "BOM trimmed behind": ('text.rstrip("\ufeff")', "byte order mark at the end"),
    "joiners removed": ('text.replace("\u200d", "")', "a family with zero width joiners"),
    "invisible removed": ('text.translate(dict.fromkeys((0xAD, 0x200B, 0x2060)))', "soft hyphen"),
    "no variations": ('text.replace("\ufe0f", "")', "variation selector"),
    "marks removed": ('re.sub("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", text)',
                      "right to left"),
    "spaces trimmed": ('text.strip(" ")', "trailing space"),
    "blanks trimmed": ("text.strip()", "other blanks around"),
    "line end trimmed": ('text.rstrip("\\r\\n")', "CR and LF at the end"),
    "line ends made one": ('text.replace("\\r\\n", "\\n")', "CR and LF at the end"),
    "spaces made one": ('re.sub(" +", " ", text)', "two spaces inside"),
    "blanks refused": ("text if text.strip() else 1 / 0", None),
    "case folded": ("text.casefold()", "letters that case folding changes"),
    "NUL ends it": ('text.split("\\0")[0]', "NUL in front"),
    "NUL removed": ('text.replace("\\0", "")', "NUL in front"),
    "percent decoded": ("urllib.parse.unquote_plus(text)", "percent and HTML escapes"),
    "HTML decoded": ("html.unescape(text)", "percent and HTML escapes"),
    "hex decoded": ('bytes.fromhex(text).decode("latin-1") if re.fullmatch("[0-9a-f]{32}", text)'
                    " else text", "hex digits"),
    "base64 decoded": ('base64.b64decode(text).decode() if text.endswith("==") else text',
                       "base64"),
    "JSON decoded": ('json.loads(text) if text[:1] == chr(34) else text', "JSON in quotes"),
    "noncharacters replaced": ('text.replace("\uffff", "\ufffd")', "noncharacters"),
    "Latin letters only": ('text.encode("ascii", "replace").decode()', "beyond the basic plane"),
}  # fmt: skip
"""What a program makes of a secret before it derives, and the test that notices it."""


def _hkdf(group: dict[str, Any]) -> bool:
    return bool(group["profile"] == "livekit-hkdf")


@pytest.mark.parametrize("bug", TEXT)
def test_a_program_that_changes_the_secret_is_noticed(bug: str, tmp_path: Path) -> None:
    change, noticed = TEXT[bug]
    lines = (
        "import html, unicodedata, urllib.parse\n"
        "def derive(steps, value, session):\n"
        '    text = value.decode("utf-8", "surrogateescape")\n'
        f'    value = str({change}).encode("utf-8", "surrogateescape")\n'
    )
    program = changed(tmp_path, ("def derive(steps, value, session):\n", lines))
    path = only(tmp_path, KEYS, _hkdf)
    if noticed is None:
        assert verify(program, path)[0] == 2
        return
    is_noticed(program, path, noticed)


SURROGATES = {
    "question mark": '.encode("utf-8", "replace")',
    "dropped": '.encode("utf-8", "ignore")',
    "three bytes of its own": '.encode("utf-8", "surrogatepass")',
    "UTF-16 itself": '.encode("utf-16-be", "surrogatepass")',
}


@pytest.mark.parametrize("bug", SURROGATES)
@pytest.mark.parametrize("name", ["secret", "session"])
def test_a_program_with_a_replacement_of_its_own_for_surrogates_is_noticed(
    bug: str, name: str, tmp_path: Path
) -> None:
    refusal = '        raise Refused("a lone surrogate has no UTF-8")\n'
    read = f'ask["{name}Utf16"].decode("utf-16-be", "surrogatepass"){SURROGATES[bug]}'
    session = '    session = ask.get("sessionId", "").encode()\n'
    if name == "secret":
        lines = f'        ask["secret"] = {read} if "secretUtf16" in ask else ask["secret"]\n'
        changes = [(refusal, lines)]
    else:
        otherwise = 'ask.get("sessionId", "").encode()'
        lines = f'    session = {read} if "sessionUtf16" in ask else {otherwise}\n'
        changes = [
            (refusal, "        pass\n"), (session, lines),
            ('ask["secret"], session', 'ask.get("secret", b""), session'),
        ]  # fmt: skip
    wanted = "livekit-hkdf" if name == "secret" else BOUND
    path = only(tmp_path, KEYS, lambda group: bool(group["profile"] == wanted))
    noticed = "lone high surrogate" if name == "secret" else "session id with a lone surrogate"
    is_noticed(changed(tmp_path, *changes), path, noticed)


SESSION = {
    "lower case": ("session.lower()", "session id in capitals"),
    "trimmed": ("session.strip()", "session id with a space behind"),
    "line end trimmed": ('session.rstrip(b"\\n")', "session id with a line end behind"),
    "BOM trimmed": ('session.removeprefix(b"\\xef\\xbb\\xbf")',
                    "session id with a byte order mark in front"),
    "NUL trimmed": ('session.lstrip(b"\\0")', "session id with a NUL in front"),
    "joiner removed": ('session.replace("\\u200d".encode(), b"")',
                       "session id with a zero width joiner inside"),
    "mark removed": ('session.replace("\\u200e".encode(), b"")',
                     "session id with a left-to-right mark behind"),
    "NFKC": ('unicodedata.normalize("NFKC", session.decode()).encode()',
             "session id in full-width digits"),
}  # fmt: skip


@pytest.mark.parametrize("name", [KEYS, SESSIONS])
@pytest.mark.parametrize("bug", SESSION)
def test_a_program_that_takes_two_session_ids_for_one_is_noticed(
    bug: str, name: str, tmp_path: Path
) -> None:
    change, noticed = SESSION[bug]
    lines = (
        "import unicodedata\n"
        "def derive(steps, value, session):\n"
        f"    session = {change}\n"
    )  # fmt: skip
    program = changed(tmp_path, ("def derive(steps, value, session):\n", lines))
    path = only(tmp_path, name, lambda group: bool(group["profile"] == BOUND))
    is_noticed(program, path, noticed)
