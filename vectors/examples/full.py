"""Every request of PROTOCOL.md in Python, with `cryptography`."""

import base64
import functools
import hashlib
import json
import re
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SLICES = {"h264": (31, 0, {1, 5}), "h265": (63, 1, {*range(10), *range(16, 22)})}
OF_THE_SERVER = ("ef0161653d8b2b23", "f0a0e09647d891d6", "61d9665eed71b6d4", "faffc26b68a2fc09",
                 "aad8d31fc56b2802")  # fmt: skip


class Refused(Exception):
    """It does not open."""


@functools.cache
def kdf(name, secret, salt, bits):
    if name.startswith("PBKDF2"):
        return hashlib.pbkdf2_hmac("sha256", secret, salt, 100_000, 32)[: bits // 8]
    return HKDF(SHA256(), bits // 8, salt, bytes(128)).derive(secret)


def derive(steps, value, session):
    for step in steps:
        if step["do"] == "base64":
            value = base64.b64encode(value)
        elif step["do"] == "hex":
            value = value.hex().encode()
        else:
            salt = session if step["salt"] == "sessionId" else bytes.fromhex(step["saltHex"])
            value = kdf(step["do"], value, salt, step["keyBits"])
    return value


def ratchet(ask, times):
    material, salt = ask["secret"], ask["salt"]
    for _ in range(times):
        material = kdf(ask["kdf"], material, salt, 256)
    return material, kdf(ask["kdf"], material, salt, ask["keySize"])


def clear_bytes(ask, data):
    mask, shift, slices = SLICES.get(ask["codec"], (0, 0, ()))
    for nal in re.finditer(rb"\x00\x00\x01(?=(.))", data, re.DOTALL) if slices else ():
        if nal[1][0] >> shift & mask in slices:
            return nal.end() + 2, True
    if ask["codec"] in ("opus", "red", "vp9"):
        return int(ask["codec"] != "vp9"), False
    if ask["codec"] == "av1":
        raise Refused("LiveKit's format has no AV1")
    return 10 if ask["frameType"] == "key" else 3, False


def open_frame(ask, data, key):
    length, escaped = clear_bytes(ask, data)
    clear, rest = data[:length], data[length:]
    if escaped:
        rest = rest.replace(b"\0\0\3", b"\0\0")
    if len(rest) < 30 or rest[-2] != 12 or ask.get("atIndex", rest[-1]) != rest[-1]:
        raise Refused("no trailer of ours, or another key")
    return clear + decrypt(key, rest[-14:-2], rest[:-14], clear)


def decrypt(key, iv, sealed, clear=b""):
    if len(iv) != 12 or len(sealed) < 16:
        raise Refused("too short, or an odd IV")
    try:
        return AESGCM(key).decrypt(iv, sealed, clear)
    except InvalidTag:
        raise Refused("the tag does not fit") from None


def answer(ask):
    ask |= {name[:-3]: bytes.fromhex(value) for name, value in ask.items() if name[-3:] == "Hex"}
    if "secretUtf16" in ask or "sessionUtf16" in ask:
        raise Refused("a lone surrogate has no UTF-8")
    session = ask.get("sessionId", "").encode()
    match ask["do"]:
        case "derive":
            return {"keyHex": derive(ask["steps"], ask["secret"], session).hex()}
        case "ratchet":
            material, key = ratchet(ask, ask["times"])
            return {"materialHex": material.hex(), "keyHex": key.hex()}
        case "seal-frame":
            length, escaped = clear_bytes(ask, ask["plain"])
            clear, rest = ask["plain"][:length], ask["plain"][length:]
            rest = AESGCM(ask["key"]).encrypt(ask["iv"], rest, clear)
            rest += ask["iv"] + bytes((12, ask["keyIndex"]))
            rest = re.sub(rb"\0\0(?=[\0-\3])", b"\0\0\3", rest) if escaped else rest
            return {"frameHex": (clear + rest).hex()}
        case "seal-message":
            sealed = AESGCM(ask["key"]).encrypt(ask["iv"], ask["plain"], None)
            return {"messageHex": (ask["iv"] + sealed).hex()}
        case "seal-packet":
            return {"valueHex": AESGCM(ask["key"]).encrypt(ask["iv"], ask["plain"], None).hex()}
    return {"plainHex": opened(ask, session).hex()}


def opened(ask, session):
    match ask["do"]:
        case "open-message":
            return decrypt(ask["key"], ask["message"][:12], ask["message"][12:])
        case "open-packet":
            if ask.get("atIndex", ask["keyIndex"]) != ask["keyIndex"]:
                raise Refused("another key")
            return decrypt(ask["key"], ask["iv"], ask["value"])
        case "open-in-session":
            key, sealed = derive(ask["steps"], ask["secret"], session), ask["sealed"]
            if ask["layout"] == "message":
                return decrypt(key, sealed[:12], sealed[12:])
            return open_frame({"codec": "opus"}, sealed, key)
        case "open-ratcheted":
            for times in range(ask["window"] + 1):
                try:
                    return open_frame(ask, ask["frame"], ratchet(ask, times)[1])
                except Refused:
                    continue
            raise Refused("no key of the window")
    if ask.get("sifTrailer") and ask["frame"].endswith(ask["sifTrailer"]):
        payload = ask["frame"][: -len(ask["sifTrailer"])]
        if not hashlib.sha256(payload).hexdigest().startswith(OF_THE_SERVER):
            raise Refused("the server sends no such frame")
        return payload
    return open_frame(ask, ask["frame"], ask["key"])


for line in sys.stdin:
    request = json.loads(line)
    try:
        result = answer(request)
    except Refused as refusal:
        result = {"refused": str(refusal)}
    print(json.dumps({"id": request["id"], **result}), flush=True)
