"""Data messages, data packets, Opus, VP8 and VP9 in few lines; full.py has the rest."""

import json
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def parts(ask):  # IV, ciphertext and tag, clear bytes, whether there is such a key
    if "messageHex" in ask:
        blob = bytes.fromhex(ask["messageHex"])
        return blob[:12], blob[12:], b"", True
    if "packetHex" in ask:
        iv, value = bytes.fromhex(ask["ivHex"]), bytes.fromhex(ask["valueHex"])
        return iv, value, b"", ask.get("atIndex", ask["keyIndex"]) == ask["keyIndex"]
    blob = bytes.fromhex(ask.get("frameHex") or ask["plainHex"])
    vp8 = 10 if ask["frameType"] == "key" else 3
    clear = blob[: {"opus": 1, "red": 1, "vp9": 0}.get(ask["codec"], vp8)]
    rest = blob[len(clear) :]
    there = rest[-2:-1] == b"\x0c" and ask.get("atIndex", rest[-1]) == rest[-1]
    return rest[-14:-2], rest[:-14], clear, there


def answer(ask, key):
    if ask["do"].startswith("seal-"):
        iv, plain = bytes.fromhex(ask["ivHex"]), bytes.fromhex(ask["plainHex"])
        clear = parts(ask)[2] if ask["do"] == "seal-frame" else b""
        sealed = AESGCM(key).encrypt(iv, plain[len(clear) :], clear)
        frame = clear + sealed + iv + bytes((12, ask.get("keyIndex", 0)))
        return {
            "valueHex": sealed.hex(),
            "messageHex": (iv + sealed).hex(),
            "frameHex": frame.hex(),
        }
    iv, sealed, clear, there = parts(ask)
    try:
        if there and len(iv) == 12 and len(sealed) >= 16:
            return {"plainHex": (clear + AESGCM(key).decrypt(iv, sealed, clear)).hex()}
    except InvalidTag:
        pass
    return {"refused": "it does not open"}


for line in sys.stdin:
    request = json.loads(line)
    got = answer(request, bytes.fromhex(request["keyHex"]))
    print(json.dumps({"id": request["id"], **got}), flush=True)
