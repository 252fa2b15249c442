// An implementation of the vectors of its own, on nothing but WebCrypto: written from the formats,
// not from the Python beside it, so that the two can contradict each other. It judges nothing: it
// says what it got for each test. conformance/clients/webcrypto.py runs it in a page.
"use strict";

(() => {
  const utf8 = (text) => new TextEncoder().encode(text);
  const toHex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  const toBytes = (hex) =>
    Uint8Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));
  const join = (...parts) => {
    const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  };

  /** The bytes cannot be what they should be. */
  class Refused extends Error {}

  // --- keys ---------------------------------------------------------------------------------

  const derived = new Map();

  /** PBKDF2-HMAC-SHA256, 100000 rounds, 32 bytes; one derivation for all who ask the same. */
  function stretch(secret, salt) {
    const name = `${toHex(secret)} ${toHex(salt)}`;
    if (!derived.has(name)) {
      derived.set(
        name,
        crypto.subtle
          .importKey("raw", secret, "PBKDF2", false, ["deriveBits"])
          .then((base) =>
            crypto.subtle.deriveBits(
              { name: "PBKDF2", hash: "SHA-256", salt, iterations: 100000 },
              base,
              256,
            ),
          )
          .then((bits) => new Uint8Array(bits)),
      );
    }
    return derived.get(name);
  }

  /** HKDF-SHA256 with LiveKit's salt and 128 zero bytes of info, 16 bytes. */
  async function expand(material) {
    const base = await crypto.subtle.importKey("raw", material, "HKDF", false, ["deriveBits"]);
    const algorithm = { name: "HKDF", hash: "SHA-256", salt: LIVEKIT, info: new Uint8Array(128) };
    return new Uint8Array(await crypto.subtle.deriveBits(algorithm, base, 128));
  }

  const LIVEKIT = utf8("LKFrameEncryptionKey");
  const OLD_MESSAGES = utf8("plug-n-meet-e2ee-salt");
  const half = (key) => key.slice(0, 16);
  const asBase64 = (bytes) => utf8(btoa(String.fromCharCode(...bytes)));
  const asHex = (bytes) => utf8(toHex(bytes));

  const PROFILES = {
    "livekit-pbkdf2-raw": async (secret) => half(await stretch(secret, LIVEKIT)),
    "livekit-pbkdf2-raw-256": (secret) => stretch(secret, LIVEKIT),
    "livekit-hkdf": (secret) => expand(secret),
    "session-bound-pbkdf2": (secret, session) => stretch(secret, session),
    "session-bound-pbkdf2-128": async (secret, session) => half(await stretch(secret, session)),
    "session-bound-pbkdf2-then-livekit": async (secret, session) =>
      half(await stretch(asBase64(await stretch(secret, session)), LIVEKIT)),
    "session-bound-pbkdf2-then-livekit-hex": async (secret, session) =>
      half(await stretch(asHex(await stretch(secret, session)), LIVEKIT)),
    "session-bound-pbkdf2-then-livekit-hkdf": async (secret, session) =>
      expand(await stretch(secret, session)),
    "static-salt-pbkdf2": (secret) => stretch(secret, OLD_MESSAGES),
  };

  async function derive(profile, secret, session) {
    if (!(profile in PROFILES)) throw new Error(`webcrypto.js has no profile ${profile}`);
    return toHex(await PROFILES[profile](secret, utf8(session)));
  }

  // --- AES-GCM ------------------------------------------------------------------------------

  const gcm = (iv, aad) => ({ name: "AES-GCM", iv, additionalData: aad, tagLength: 128 });

  async function decrypt(key, iv, sealed, aad) {
    const imported = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
    try {
      return new Uint8Array(await crypto.subtle.decrypt(gcm(iv, aad), imported, sealed));
    } catch (error) {
      if (error.name !== "OperationError") throw error;
      throw new Refused(`WebCrypto does not decrypt: ${error.message || "the tag does not fit"}`);
    }
  }

  async function encrypt(key, iv, plain, aad) {
    const imported = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
    return new Uint8Array(await crypto.subtle.encrypt(gcm(iv, aad), imported, plain));
  }

  // --- media frames -------------------------------------------------------------------------

  /** How many bytes stay clear, and whether what follows is escaped. */
  function clearPart(data, codec, frameType) {
    if (codec === "opus") return [1, false];
    if (codec === "vp9") return [0, false];
    if (codec === "h264") {
      for (let i = 0; i + 3 < data.length; i++) {
        if (data[i] !== 0 || data[i + 1] !== 0 || data[i + 2] !== 1) continue;
        const type = data[i + 3] & 31;
        if (type === 1 || type === 5) return [i + 5, true];
      }
    }
    return [frameType === "key" ? 10 : 3, false];
  }

  function withEscapes(bytes) {
    const out = [];
    let zeros = 0;
    for (const byte of bytes) {
      if (zeros >= 2 && byte <= 3) {
        out.push(3);
        zeros = 0;
      }
      out.push(byte);
      zeros = byte === 0 ? zeros + 1 : 0;
    }
    return Uint8Array.from(out);
  }

  function withoutEscapes(bytes) {
    const out = [];
    let zeros = 0;
    for (const byte of bytes) {
      if (zeros >= 2 && byte === 3) {
        zeros = 0;
        continue;
      }
      out.push(byte);
      zeros = byte === 0 ? zeros + 1 : 0;
    }
    return Uint8Array.from(out);
  }

  async function frame(group, test) {
    const data = toBytes(test.frameHex);
    const key = toBytes(test.keyHex);
    const [length, escaped] = clearPart(data, group.codec, group.frameType);
    if (data.length < length + 2) throw new Refused("shorter than clear bytes and trailer");
    const clear = data.slice(0, length);
    const rest = escaped ? withoutEscapes(data.slice(length)) : data.slice(length);
    if (rest.length < 2) throw new Refused("no trailer");
    const [ivLength, keyIndex] = rest.slice(-2);
    const ivAt = rest.length - 2 - ivLength;
    if (ivLength === 0 || ivAt < 16) throw new Refused("IV and tag do not fit");
    const iv = rest.slice(ivAt, -2);
    const plain = await decrypt(key, iv, rest.slice(0, ivAt), clear);
    const trailer = Uint8Array.of(ivLength, keyIndex);
    const again = join(await encrypt(key, iv, plain, clear), iv, trailer);
    return {
      plainHex: toHex(join(clear, plain)),
      clearHex: toHex(clear),
      ivHex: toHex(iv),
      keyIndex,
      resealedHex: toHex(join(clear, escaped ? withEscapes(again) : again)),
    };
  }

  // --- data messages ------------------------------------------------------------------------

  async function message(group, test) {
    const blob = toBytes(test.messageHex);
    const fromText = Uint8Array.from(atob(test.messageB64), (c) => c.charCodeAt(0));
    if (toHex(fromText) !== test.messageHex) throw new Error("messageB64 is another message");
    const key = toBytes(test.keyHex);
    const iv = blob.slice(0, 12);
    if (blob.length < 12) throw new Refused("shorter than an IV");
    const none = new Uint8Array(0);
    const plain = await decrypt(key, iv, blob.slice(12), none);
    const again = join(iv, await encrypt(key, iv, plain, none));
    return { plainHex: toHex(plain), ivHex: toHex(iv), resealedHex: toHex(again) };
  }

  // --- the file -----------------------------------------------------------------------------

  const TYPES = {
    KeyDerivation: async (group, test) => ({
      keyHex: await derive(group.profile, toBytes(test.secretHex), test.sessionId),
    }),
    MediaFrame: frame,
    DataMessage: message,
  };

  async function outcome(group, test) {
    try {
      return await TYPES[group.type](group, test);
    } catch (error) {
      if (error instanceof Refused) return { refused: error.message };
      return { error: `${error.name}: ${error.message}` };
    }
  }

  /** Pairs of tcId and what was got; the key of group n (from 1) under -n. */
  globalThis.plugnmeetVectors = async (file) => {
    const got = [];
    file.testGroups.forEach((group, index) => {
      if (group.session) {
        const { secretUtf8, sessionId } = group.session;
        const key = derive(group.profile, utf8(secretUtf8), sessionId);
        got.push(key.then((keyHex) => [-(index + 1), { keyHex }]));
      }
      for (const test of group.tests) {
        got.push(outcome(group, test).then((result) => [test.tcId, result]));
      }
    });
    return Promise.all(got);
  };
})();
