// A separate implementation of the vectors that uses only WebCrypto. It is written from the
// formats and not from the Python beside it, so that an error in one of the two is noticed. It
// judges nothing: it returns its outcome of each test. conformance/clients/vectors/webcrypto.py
// runs it in a page.
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

  /** The bytes do not have the expected form. */
  class Refused extends Error {}

  // --- keys ---------------------------------------------------------------------------------

  const derived = new Map();

  /** PBKDF2-HMAC-SHA256, 100000 rounds, 32 bytes; equal calls share one derivation. */
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

  /** A string of UTF-16 code units, lone surrogates included: TextEncoder makes U+FFFD of those. */
  const fromUnits = (hex) =>
    String.fromCharCode(...(hex.match(/..../g) ?? []).map((unit) => parseInt(unit, 16)));

  async function derivation(group, test) {
    const { secretUtf16Hex: secret, sessionUtf16Hex: session } = test;
    const bytes = secret == null ? toBytes(test.secretHex) : utf8(fromUnits(secret));
    const id = session == null ? test.sessionId : fromUnits(session);
    return { keyHex: await derive(group.profile, bytes, id) };
  }

  // --- AES-GCM ------------------------------------------------------------------------------

  const gcm = (iv, aad) => ({ name: "AES-GCM", iv, additionalData: aad, tagLength: 128 });

  async function decrypt(key, iv, sealed, aad) {
    const imported = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
    try {
      return new Uint8Array(await crypto.subtle.decrypt(gcm(iv, aad), imported, sealed));
    } catch (error) {
      if (error.name !== "OperationError") throw error;
      throw new Refused(`WebCrypto does not decrypt: ${error.message || "the tag does not match"}`);
    }
  }

  async function encrypt(key, iv, plain, aad) {
    const imported = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
    return new Uint8Array(await crypto.subtle.encrypt(gcm(iv, aad), imported, plain));
  }

  // --- media frames -------------------------------------------------------------------------

  const isSlice = {
    h264: (header) => [1, 5].includes(header & 31),
    h265: (header) => {
      const type = (header >> 1) & 63;
      return type <= 9 || (type >= 16 && type <= 21);
    },
  };

  /** The number of clear bytes, and whether the rest is escaped. */
  function clearPart(data, codec, frameType) {
    if (codec === "opus" || codec === "red") return [1, false];
    if (codec === "vp9" || codec === "av1") return [0, false];
    if (codec in isSlice) {
      for (let i = 0; i + 3 < data.length; i++) {
        if (data[i] !== 0 || data[i + 1] !== 0 || data[i + 2] !== 1) continue;
        if (isSlice[codec](data[i + 3])) return [i + 5, true];
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
    return openFrame(group, toBytes(test.frameHex), toBytes(test.keyHex), test.atIndex);
  }

  async function openFrame(group, data, key, atIndex) {
    const [length, escaped] = clearPart(data, group.codec, group.frameType);
    if (data.length < length + 2) throw new Refused("shorter than clear bytes and trailer");
    const clear = data.slice(0, length);
    const rest = escaped ? withoutEscapes(data.slice(length)) : data.slice(length);
    if (rest.length < 2) throw new Refused("no trailer");
    const [ivLength, keyIndex] = rest.slice(-2);
    if ((atIndex ?? keyIndex) !== keyIndex) throw new Refused(`no key at index ${keyIndex}`);
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
    if (toHex(fromText) !== test.messageHex) throw new Error("messageB64 differs from messageHex");
    const key = toBytes(test.keyHex);
    const iv = blob.slice(0, 12);
    if (blob.length < 12) throw new Refused("shorter than an IV");
    const none = new Uint8Array(0);
    const plain = await decrypt(key, iv, blob.slice(12), none);
    const again = join(iv, await encrypt(key, iv, plain, none));
    return { plainHex: toHex(plain), ivHex: toHex(iv), resealedHex: toHex(again) };
  }

  // --- data packets -------------------------------------------------------------------------

  /** The fields of LiveKit's EncryptedPacket: numbers are varints, bytes have a length prefix. */
  function protobuf(data) {
    const fields = { 2: new Uint8Array(0), 3: 0, 4: new Uint8Array(0) };
    let at = 0;
    const varint = () => {
      let value = 0;
      for (let shift = 0; ; shift += 7) {
        if (at >= data.length || shift > 28) throw new Refused("not a protobuf message");
        value |= (data[at] & 127) << shift;
        if (data[at++] < 128) return value;
      }
    };
    while (at < data.length) {
      const tag = varint();
      const value = varint();
      if ((tag & 7) === 0) fields[tag >> 3] = value;
      else if ((tag & 7) === 2 && at + value <= data.length) {
        fields[tag >> 3] = data.slice(at, (at += value));
      } else throw new Refused("not an EncryptedPacket");
    }
    return { iv: fields[2], keyIndex: fields[3], value: fields[4] };
  }

  function varintOf(value) {
    return value < 128 ? [value] : [(value & 127) | 128, ...varintOf(value >> 7)];
  }

  /** The shortest form: proto3 omits fields that are zero or empty. */
  function protobufOf(iv, keyIndex, value) {
    const bytes = (tag, part) =>
      part.length ? join(Uint8Array.from([tag, ...varintOf(part.length)]), part) : part;
    const index = Uint8Array.from(keyIndex ? [0x18, ...varintOf(keyIndex)] : []);
    return join(bytes(0x12, iv), index, bytes(0x22, value));
  }

  async function packet(group, test) {
    const { iv, keyIndex, value } = protobuf(toBytes(test.packetHex));
    if (toHex(iv) !== test.ivHex || keyIndex !== test.keyIndex || toHex(value) !== test.valueHex) {
      throw new Error("packetHex differs from the fields beside it");
    }
    if ((test.atIndex ?? keyIndex) !== keyIndex) throw new Refused(`no key at index ${keyIndex}`);
    if (iv.length === 0) throw new Refused("no IV");
    const key = toBytes(test.keyHex);
    const none = new Uint8Array(0);
    const plain = await decrypt(key, iv, value, none);
    const again = protobufOf(iv, keyIndex, await encrypt(key, iv, plain, none));
    return { plainHex: toHex(plain), resealedHex: toHex(again) };
  }

  // --- ratchet ------------------------------------------------------------------------------

  const steps = new Map();

  /** `bits` from `material`, 100000 rounds of PBKDF2 or HKDF with 128 zero bytes of info. */
  function step(kdf, material, salt, bits) {
    const name = [kdf, toHex(material), toHex(salt), bits].join(" ");
    const algorithm = kdf.startsWith("PBKDF2")
      ? { name: "PBKDF2", hash: "SHA-256", salt, iterations: 100000 }
      : { name: "HKDF", hash: "SHA-256", salt, info: new Uint8Array(128) };
    if (!steps.has(name)) {
      const base = crypto.subtle.importKey("raw", material, algorithm.name, false, ["deriveBits"]);
      const bytes = base.then((key) => crypto.subtle.deriveBits(algorithm, key, bits));
      steps.set(name, bytes.then((got) => new Uint8Array(got)));
    }
    return steps.get(name);
  }

  async function materialOf(group, secret, times) {
    let material = secret;
    for (let i = 0; i < times; i++) material = await step(group.kdf, material, toBytes(group.saltHex), 256);
    return material;
  }

  async function ratchet(group, test) {
    const material = await materialOf(group, toBytes(test.secretHex), test.times);
    const key = await step(group.kdf, material, toBytes(group.saltHex), group.keySize);
    return { keyHex: toHex(key), materialHex: toHex(material) };
  }

  async function catchUp(group, test) {
    for (let times = 0; times <= test.window; times++) {
      const material = await materialOf(group, toBytes(test.secretHex), times);
      const key = await step(group.kdf, material, toBytes(group.saltHex), group.keySize);
      try {
        const { plainHex } = await openFrame(group, toBytes(test.frameHex), key);
        return { plainHex };
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
      }
    }
    throw new Refused("no key of the window opens the frame");
  }

  // --- frames of the server -----------------------------------------------------------------

  const OF_THE_SERVER = new Set([
    "ef0161653d8b2b23aad46624b420af1d03ce48950e9fc85718028f91b50f9219",
    "f0a0e09647d891d6d50aa898bce7108090375d0d55e50a2bb21147afee558e44",
    "61d9665eed71b6d424ae9539330a3bdd5cb386d4d781c808219a6e36750493a7",
    "faffc26b68a2fc09096fa20f3351e706398b6f838a7500c8063472c2e476e90d",
    "aad8d31fc56b2802ca500e58c2fb9d0b29ad71bb7cb52cd6530251eade188988",
  ]);

  async function injected(group, test) {
    if (group.sifTrailerHex === "" || !test.frameHex.endsWith(group.sifTrailerHex)) {
      return { plainHex: (await frame(group, test)).plainHex };
    }
    const plainHex = test.frameHex.slice(0, -group.sifTrailerHex.length);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", toBytes(plainHex)));
    if (!OF_THE_SERVER.has(toHex(digest))) throw new Refused("no LiveKit server sends this frame");
    return { plainHex };
  }

  // --- sessions -----------------------------------------------------------------------------

  async function inSession(group, test) {
    const key = toBytes(await derive(group.profile, toBytes(test.secretHex), test.sessionId));
    const sealed = toBytes(test.sealedHex);
    if (group.layout === "message") {
      const none = new Uint8Array(0);
      return { plainHex: toHex(await decrypt(key, sealed.slice(0, 12), sealed.slice(12), none)) };
    }
    const opus = { codec: "opus", frameType: "key" };
    return { plainHex: (await openFrame(opus, sealed, key)).plainHex };
  }

  // --- the file -----------------------------------------------------------------------------

  const TYPES = {
    KeyDerivation: derivation,
    MediaFrame: frame,
    DataMessage: message,
    EncryptedPacket: packet,
    Ratchet: ratchet,
    RatchetWindow: catchUp,
    ServerInjectedFrame: injected,
    SessionIsolation: inSession,
  };

  async function outcome(group, test) {
    try {
      return await TYPES[group.type](group, test);
    } catch (error) {
      if (error instanceof Refused) return { refused: error.message };
      return { error: `${error.name}: ${error.message}` };
    }
  }

  /** Pairs of tcId and outcome; the key of group n (from 1) has the number -n. */
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
