"""Each kind of frame, packet and message notices a program that has the bug.

`vectors/examples/full.py` with one change, judged by the groups that are about it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.keys.changed_program import (
    FRAMES,
    INJECTED,
    MESSAGES,
    PACKETS,
    RATCHET,
    changed,
    is_noticed,
    only,
)

OPEN = "    return clear + decrypt(key, rest[-14:-2], rest[:-14], clear)\n"
INDEX = 'ask.get("atIndex", rest[-1]) != rest[-1]'
PACKET_INDEX = 'ask.get("atIndex", ask["keyIndex"]) != ask["keyIndex"]'
SEAL_INDEX = 'bytes((12, ask["keyIndex"]))'
DECRYPT = "    if len(iv) != 12 or len(sealed) < 16:\n"
SEAL = '            length, escaped = clear_bytes(ask, ask["plain"])\n'
REFUSES_AV1 = '        raise Refused("LiveKit\'s format has no AV1")\n'
SIF = 'if ask.get("sifTrailer") and ask["frame"].endswith(ask["sifTrailer"]):'
PAYLOAD = 'payload = ask["frame"][: -len(ask["sifTrailer"])]'
WINDOW = 'for times in range(ask["window"] + 1):'
CATCHES_UP = 'return open_frame(ask, ask["frame"], ratchet(ask, times)[1])'

KEY_RING = [
    ("modulo 16", INDEX, f"{INDEX.replace('!=', '% 16 !=')} % 16", "the key is at 16, ring of 256"),
    ("modulo the ring, of 256 as of 16", INDEX,
     'ask.get("atIndex", rest[-1]) != rest[-1] % min(ask.get("ringSize", 16), 255)',
     "key index 255, the key is there, ring of 256"),
    ("modulo the ring", INDEX,
     'ask.get("atIndex", rest[-1]) != (rest[-1] % ask.get("ringSize", 16) if "atIndex" in ask'
     " else rest[-1])", "key index 17, the key is at 0, ring of 17"),
    ("four bits", INDEX, 'ask.get("atIndex", rest[-1]) & 15 != rest[-1] & 15',
     "key index 144, the key is at 16"),
    ("seven bits", INDEX, 'ask.get("atIndex", rest[-1]) & 127 != rest[-1] & 127',
     "key index 128, the key is at 0"),
    ("none above 15", INDEX, f"rest[-1] > 15 or {INDEX}", "key index 16, one key for all"),
    ("none above 127", INDEX, f"rest[-1] > 127 or {INDEX}", "key index 255, one key for all"),
    ("255 taken for none", INDEX, f"rest[-1] == 255 or {INDEX}", "key index 255"),
    ("the last key serves all", INDEX, f"{INDEX} and ask['atIndex'] != 254",
     "key index 255, the key is at 254"),
    ("sealed with four bits", SEAL_INDEX, 'bytes((12, ask["keyIndex"] & 15))',
     "key index 100, one key for all; seal-frame"),
]  # fmt: skip


@pytest.mark.parametrize("bug", KEY_RING, ids=lambda case: case[0])
def test_a_key_index_that_is_read_wrong_is_noticed(bug: tuple[str, ...], tmp_path: Path) -> None:
    _, old, new, noticed = bug
    path = only(tmp_path, FRAMES, lambda group: group["codec"] == "vp9")
    is_noticed(changed(tmp_path, (old, new)), path, noticed)


@pytest.mark.parametrize(
    ("new", "noticed"),
    [
        (PACKET_INDEX.replace("!=", "% 16 !=") + " % 16", "key index 0, the key is at 16"),
        (PACKET_INDEX.replace("!=", "% 128 !=") + " % 128", "key index 0, the key is at 128"),
        (f'ask["keyIndex"] > 15 or {PACKET_INDEX}', "key index 16, one key for all"),
    ],
)
def test_a_key_index_of_a_packet_that_is_read_wrong_is_noticed(
    new: str, noticed: str, tmp_path: Path
) -> None:
    path = only(tmp_path, PACKETS, lambda group: group["profile"] == "livekit-pbkdf2-raw")
    is_noticed(changed(tmp_path, (PACKET_INDEX, new)), path, noticed)


COUNTS_IN_128_BITS = """
    if len(iv) == 16:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
        AESGCM(key).decrypt(iv, sealed, clear)
        block = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
        h = int.from_bytes(block.update(bytes(16)))
        def times(a, b):
            product = 0
            for bit in range(127, -1, -1):
                product ^= a if b >> bit & 1 else 0
                a = a >> 1 ^ (0xE1 << 120 if a & 1 else 0)
            return product
        start = times(times(int.from_bytes(iv), h) ^ 128, h)
        counter = ((start + 1) % 2**128).to_bytes(16)
        counting = Cipher(algorithms.AES(key), modes.CTR(counter)).decryptor()
        return counting.update(sealed[:-16])
"""
LONG_IV = (
    ("rest[-2] != 12 or ", ""),
    ("rest[-14:-2], rest[:-14]", "rest[-2 - rest[-2] : -2], rest[: -2 - rest[-2]]"),
)
"""Changes of a program that follows the trailer's IV length."""


@pytest.mark.parametrize("codec", ["opus", "vp8", "h264"])
def test_a_block_counter_that_carries_into_the_iv_is_noticed(codec: str, tmp_path: Path) -> None:
    program = changed(tmp_path, *LONG_IV, (DECRYPT, f"{COUNTS_IN_128_BITS}{DECRYPT}"))
    path = only(tmp_path, FRAMES, lambda group: group["codec"] == codec)
    is_noticed(program, path, "IV of 16 bytes, the block counter wraps")


def test_a_block_counter_of_a_packet_that_carries_into_the_iv_is_noticed(tmp_path: Path) -> None:
    program = changed(tmp_path, (DECRYPT, f"{COUNTS_IN_128_BITS}{DECRYPT}"))
    path = only(tmp_path, PACKETS, lambda _: True)
    is_noticed(program, path, "IV of 16 bytes, the block counter wraps")


IVS = [
    ("ones refused", 'iv == b"\\xff" * 12', "(IV of ones; open"),
    ("almost ones refused", 'iv[:11] == b"\\xff" * 11', "IV of ones but the last bit"),
    ("zeros refused", "not any(iv)", "IV of zeros"),
    ("counter below zero refused", "iv[8:] > iv[4:8]", "the counter has passed zero"),
    ("no SSRC refused", 'iv[:4] == b"\\xff" * 4', "no SSRC"),
]


@pytest.mark.parametrize(
    ("bug", "file"),
    [
        pytest.param(bug, file, id=f"{bug[0]} {file}")
        for file in (FRAMES, PACKETS, MESSAGES)
        for bug in (IVS if file != MESSAGES else IVS[:3])  # messages have random IVs
    ],
)
def test_an_iv_that_is_taken_for_an_error_is_noticed(
    bug: tuple[str, ...], file: str, tmp_path: Path
) -> None:
    _, when, noticed = bug
    refuses = f'    if {when}:\n        raise Refused("no such IV")\n{DECRYPT}'
    profile = "session-bound-pbkdf2-then-livekit"
    path = only(
        tmp_path, file,
        lambda group: file == MESSAGES or (group["profile"] == profile
                                           and group.get("codec", "opus") == "opus"),
    )  # fmt: skip
    is_noticed(changed(tmp_path, (DECRYPT, refuses)), path, noticed)


@pytest.mark.parametrize(
    ("file", "most", "noticed"),
    [
        (FRAMES, 1200, "1201 bytes"),
        (FRAMES, 1500 + 30, "5000 bytes"),
        (FRAMES, 65_535, "65537 bytes"),
        (MESSAGES, 1000 + 16, "binary, 1001 bytes"),
        (MESSAGES, 4096, "65537 bytes"),
        (PACKETS, 16_384, "65537 bytes"),
    ],
)
def test_what_opens_only_up_to_a_length_is_noticed(
    file: str, most: int, noticed: str, tmp_path: Path
) -> None:
    cut = f"    sealed = sealed[:{most}]\n{DECRYPT}"
    bound = ("session-bound-pbkdf2-then-livekit", "session-bound-pbkdf2")
    path = only(
        tmp_path, file,
        lambda group: group["profile"] in bound and group.get("codec", "vp8") == "vp8",
    )  # fmt: skip
    is_noticed(changed(tmp_path, (DECRYPT, cut)), path, noticed)


def test_a_counter_of_one_byte_is_noticed(tmp_path: Path) -> None:
    """Behind 255 blocks of AES the plaintext is that of the first blocks again."""
    wraps = OPEN.replace("return clear + ", "opened = ").replace("\n", "") + (
        "\n    return clear + opened[:4064] + opened[: max(0, len(opened) - 4064)]\n"
    )
    path = only(tmp_path, FRAMES, lambda group: group["codec"] == "opus")
    is_noticed(changed(tmp_path, (OPEN, wraps)), path, "5000 bytes")


MARKER = 'last[-1:] and last[-1] & 0xE0 == 0xC0 and ask["codec"] == "vp9"'
OPENS_FIRST_LAYER = f"""
    last = decrypt(key, rest[-14:-2], rest[:-14], clear)
    if {MARKER}:
        return last[: last[-3 - 2 * (last[-1] & 7)] | last[-2 - 2 * (last[-1] & 7)] << 8]
    return clear + last
"""
INDEX_IN_CLEAR = f"""
            last, index = ask["plain"], b""
            if {MARKER}:
                size = 2 + 2 * ((last[-1] & 7) + 1)
                ask["plain"], index = last[:-size], last[-size:]
"""
LAYERS_ALONE = f"""
            last = ask["plain"]
            if {MARKER}:
                count = (last[-1] & 7) + 1
                sizes = last[-1 - 2 * count : -1]
                out, at = b"", 0
                for n in range(count):
                    size = int.from_bytes(sizes[2 * n : 2 * n + 2], "little")
                    out += AESGCM(ask["key"]).encrypt(ask["iv"], last[at : at + size], b"")
                    at += size
                return {{"frameHex": (out + ask["iv"] + bytes((12, 0))).hex()}}
"""
PARTS_IN_CLEAR = """
    try:
        return clear + decrypt(key, rest[-14:-2], rest[:-14], clear)
    except Refused:
        for at in range(len(data) - 30):
            try:
                return data[:at] + decrypt(key, rest[-14:-2], data[at:-14], b"")
            except Refused:
                continue
        raise
"""
LAYERS: list[tuple[str, str, list[tuple[str, str]], str]] = [
    ("only the first layer is opened", "vp9", [(OPEN, OPENS_FIRST_LAYER)],
     "superframe of 2 spatial layers"),
    ("the index is sealed in clear", "vp9",
     [(SEAL, INDEX_IN_CLEAR + SEAL), ("(clear + rest).hex()", "(clear + rest + index).hex()")],
     "superframe of 2 spatial layers; seal-frame"),
    ("the layers are sealed alone", "vp9", [(SEAL, LAYERS_ALONE + SEAL)],
     "superframe of 3 spatial layers; seal-frame"),
    ("a layer in clear is played", "vp9", [(OPEN, PARTS_IN_CLEAR)],
     "the first layer in clear, the second sealed"),
    ("AV1 is taken for VP8", "av1", [(REFUSES_AV1, "        pass\n")], "sealed as VP8"),
    ("AV1 is sealed as VP8", "av1", [(REFUSES_AV1, "        pass\n")],
     "one layer, sealed whole; seal-frame"),
    ("AV1 is sent in clear", "av1",
     [(SEAL, '            if ask["codec"] == "av1":\n'
       '                return {"frameHex": ask["plain"].hex()}\n' + SEAL)],
     "three spatial layers, sealed whole; seal-frame"),
    ("AV1 is received in clear", "av1",
     [(REFUSES_AV1, "        return len(data), False\n"),
      ("    if len(rest) < 30", '    if ask["codec"] == "av1":\n        return data\n'
       "    if len(rest) < 30")],
     "never encrypted"),
    ("AV1 with its delimiter in clear", "av1", [(REFUSES_AV1, "        return 2, False\n")],
     "temporal delimiter in clear"),
    ("redundant sound as VP9", "red",
     [('return int(ask["codec"] != "vp9"), False', 'return int(ask["codec"] == "opus"), False')],
     "one older block; seal-frame"),
    ("redundant sound in clear", "red",
     [(SEAL, '            if ask["codec"] == "red":\n'
       '                return {"frameHex": ask["plain"].hex()}\n' + SEAL)],
     "two older blocks; seal-frame"),
    ("the newest block of redundant sound", "red",
     [(OPEN, OPEN.replace("    return", "    opened =").replace("\n", "")
       + "\n    return opened[-60:]\n")],
     "two older blocks; open-frame"),
    ("block headers in clear", "red",
     [('return int(ask["codec"] != "vp9"), False',
       'return {"opus": 1, "red": 5, "vp9": 0}[ask["codec"]], False')],
     "all block headers in clear"),
    ("an older block in clear is played", "red", [(OPEN, PARTS_IN_CLEAR.replace(
        'data[at:-14], b""', 'data[at + 1 : -14], data[at : at + 1]'))],
     "older block in clear, newest one sealed"),
]  # fmt: skip


@pytest.mark.parametrize("bug", LAYERS, ids=lambda case: case[0])
def test_a_program_that_does_not_seal_a_frame_as_a_whole_is_noticed(
    bug: tuple[str, str, list[tuple[str, str]], str], tmp_path: Path
) -> None:
    _, codec, changes, noticed = bug
    path = only(tmp_path, FRAMES, lambda group: group["codec"] == codec)
    is_noticed(changed(tmp_path, *changes), path, noticed)


RATCHETS = [
    ("Opus only", WINDOW, 'for times in range(ask["window"] + 1 if ask["codec"] == "opus" else 1):',
     "vp8", "one step, window 1"),
    ("not H.264 and H.265", WINDOW,
     'for times in range(ask["window"] + 1 if ask["codec"][:2] != "h2" else 1):',
     "h265", "one step, window 3"),
    ("every frame a key frame", CATCHES_UP,
     CATCHES_UP.replace("ask, ", 'ask | {"frameType": "key"}, ', 1),
     "vp8", "no ratchet, no window"),
    ("the window is one longer", WINDOW, 'for times in range(ask["window"] + 2):',
     "vp9", "one step, no window"),
    ("the window has no end", WINDOW, 'for times in range(ask["window"] and 9 or 1):',
     "h264", "two steps, window 1"),
    ("H.264 as VP8", CATCHES_UP, CATCHES_UP.replace("ask, ", 'ask | {"codec": "vp8"}, ', 1),
     "h264", "no ratchet, window 3"),
    ("escapes stay after the first key", CATCHES_UP,
     CATCHES_UP.replace("ask, ", 'ask | ({"codec": "vp8"} if times else {}), ', 1),
     "h265", "ciphertext begins with 00000155"),
    ("what does not open is played", "raise Refused(\"no key of the window\")",
     'return ask["frame"]', "vp9", "never encrypted"),
]  # fmt: skip


@pytest.mark.parametrize("bug", RATCHETS, ids=lambda case: case[0])
def test_a_receiver_that_does_not_catch_up_with_a_codec_is_noticed(
    bug: tuple[str, ...], tmp_path: Path
) -> None:
    _, old, new, codec, noticed = bug
    path = only(
        tmp_path, RATCHET,
        lambda group: group.get("codec") == codec and group["kdf"] == "HKDF-SHA256",
    )  # fmt: skip
    is_noticed(changed(tmp_path, (old, new)), path, noticed)


ANY_TRAILER = SIF.replace('ask.get("sifTrailer")', '"sifTrailer" in ask')
INJECTIONS: list[tuple[str, list[tuple[str, str]], str]] = [
    ("an empty trailer ends every frame", [(SIF, ANY_TRAILER)], "an encrypted frame"),
    ("an empty trailer lets the server's frames in",
     [(SIF, ANY_TRAILER), (PAYLOAD, 'payload = ask["frame"].removesuffix(ask["sifTrailer"])'),
      ('raise Refused("the server sends no such frame")',
       'return open_frame(ask, ask["frame"], ask["key"])')], "silence, no trailer"),
    ("the last byte of the trailer is enough", [(SIF, SIF.replace(
        'endswith(ask["sifTrailer"])', 'endswith(ask["sifTrailer"][-1:])'))],
     "whose key index is the last byte of the trailer"),
    ("the first byte of the trailer is enough",
     [(SIF, 'if ask.get("sifTrailer") and ask["frame"].endswith(ask["sifTrailer"][:1]):'),
      (PAYLOAD, 'payload = ask["frame"][:-1]')], "first byte of the trailer"),
    ("VP9 and H.265 take every frame with the trailer",
     [("if not hashlib", 'if ask["codec"] in ("opus", "vp8", "h264") and not hashlib')],
     "an unencrypted frame of a participant"),
    ("the trailer stays on", [("        return payload\n", '        return ask["frame"]\n')],
     "from the server"),
    ("a trailer that is a key index opens the room", [
        ('raise Refused("the server sends no such frame")', "return payload")],
     "an encrypted frame whose key index is the trailer"),
]  # fmt: skip


@pytest.mark.parametrize("bug", INJECTIONS, ids=lambda case: case[0])
def test_a_program_that_misreads_a_trailer_is_noticed(
    bug: tuple[str, list[tuple[str, str]], str], tmp_path: Path
) -> None:
    _, changes, noticed = bug
    path = only(tmp_path, INJECTED, lambda _: True)
    is_noticed(changed(tmp_path, *changes), path, noticed)


PLAINTEXT = [
    ("BOM removed", 'decode("utf-8-sig", "surrogateescape")', "text with a byte order mark"),
    ("trimmed", 'decode("utf-8", "surrogateescape").strip()', "blanks and line ends around"),
    ("no UTF-8 replaced", 'decode("utf-8", "replace")', "no UTF-8"),
    ("NUL ends it", 'decode("utf-8", "surrogateescape").split(chr(0))[0]', "NUL in front"),
    ("normalised", 'decode("utf-8", "surrogateescape").replace("\\ufb01", "fi")', "full-width"),
    ("joiners removed", 'decode("utf-8", "surrogateescape").replace("\\u200d", "")', "zero width"),
    ("marks removed", 'decode("utf-8", "surrogateescape").replace("\\u202e", "")', "right to left"),
]


@pytest.mark.parametrize("bug", PLAINTEXT, ids=lambda case: case[0])
def test_a_program_that_changes_the_text_of_a_message_is_noticed(
    bug: tuple[str, ...], tmp_path: Path
) -> None:
    _, read, noticed = bug
    old = 'return decrypt(ask["key"], ask["message"][:12], ask["message"][12:])'
    new = f'{old}.{read}.encode("utf-8", "surrogateescape")'
    is_noticed(changed(tmp_path, (old, new)), only(tmp_path, MESSAGES, lambda _: True), noticed)
