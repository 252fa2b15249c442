// Every request of PROTOCOL.md in JavaScript, with Node's crypto.
import { createCipheriv, createDecipheriv, createHash, hkdfSync, pbkdf2Sync } from "node:crypto";
import { createInterface } from "node:readline";

const bytes = (hex) => Buffer.from(hex ?? "", "hex");
const OF_THE_SERVER = ["ef0161653d8b2b23", "f0a0e09647d891d6", "61d9665eed71b6d4", "faffc26b68a2fc09", "aad8d31fc56b2802"];
const IS_SLICE = {
  h264: (header) => [1, 5].includes(header & 31),
  h265: (header) => ((header >> 1) & 63) < 10 || [16, 17, 18, 19, 20, 21].includes((header >> 1) & 63),
};

class Refused extends Error {}

const known = new Map();

function kdf(name, secret, salt, bits) {
  const id = [name, secret.toString("hex"), salt.toString("hex"), bits].join(" ");
  if (!known.has(id)) {
    const size = bits / 8;
    const key = name.startsWith("PBKDF2")
      ? pbkdf2Sync(secret, salt, 100000, size, "sha256")
      : Buffer.from(hkdfSync("sha256", secret, salt, Buffer.alloc(128), size));
    known.set(id, key);
  }
  return known.get(id);
}

/** A string of UTF-16 code units; as UTF-8 each lone surrogate is U+FFFD. */
const units = (hex) => String.fromCharCode(...hex.match(/..../g).map((unit) => parseInt(unit, 16)));

function derive(ask) {
  const sessionId = ask.sessionUtf16Hex ? units(ask.sessionUtf16Hex) : ask.sessionId;
  let value = ask.secretUtf16Hex ? Buffer.from(units(ask.secretUtf16Hex)) : bytes(ask.secretHex);
  for (const step of ask.steps) {
    if (step.do === "base64" || step.do === "hex") value = Buffer.from(value.toString(step.do));
    else {
      const salt = step.salt === "sessionId" ? Buffer.from(sessionId) : bytes(step.saltHex);
      value = kdf(step.do, value, salt, step.keyBits);
    }
  }
  return value;
}

function ratchet(ask, times) {
  const salt = bytes(ask.saltHex);
  let material = bytes(ask.secretHex);
  for (let i = 0; i < times; i++) material = kdf(ask.kdf, material, salt, 256);
  return { material, key: kdf(ask.kdf, material, salt, ask.keySize) };
}

function clearBytes({ codec, frameType }, data) {
  for (let at = 0; codec in IS_SLICE && (at = data.indexOf("000001", at, "hex")) >= 0; at++) {
    if (at + 3 < data.length && IS_SLICE[codec](data[at + 3])) return [at + 5, true];
  }
  return [{ opus: 1, red: 1, vp9: 0, av1: 0 }[codec] ?? (frameType === "key" ? 10 : 3), false];
}

function unescaped(data) {
  return Buffer.from(data.toString("latin1").replaceAll("\0\0\x03", "\0\0"), "latin1");
}

function escaped(data) {
  return Buffer.from(data.toString("latin1").replace(/\0\0(?=[\0-\x03])/g, "\0\0\x03"), "latin1");
}

function encrypt(key, iv, plain, clear = bytes()) {
  const cipher = createCipheriv(`aes-${key.length * 8}-gcm`, key, iv).setAAD(clear);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key, iv, sealed, clear = bytes()) {
  if (iv.length !== 12 || sealed.length < 16) throw new Refused("too short, or an odd IV");
  const cipher = createDecipheriv(`aes-${key.length * 8}-gcm`, key, iv).setAAD(clear);
  cipher.setAuthTag(sealed.subarray(-16));
  try {
    return Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
  } catch {
    throw new Refused("the tag does not fit");
  }
}

function openFrame(ask, data, key) {
  const [length, escapes] = clearBytes(ask, data);
  const clear = data.subarray(0, length);
  const rest = escapes ? unescaped(data.subarray(length)) : data.subarray(length);
  const index = rest.at(-1);
  if (rest.length < 30 || rest.at(-2) !== 12) throw new Refused("no trailer of ours");
  if ((ask.atIndex ?? index) !== index) throw new Refused("no key at this index");
  return Buffer.concat([clear, decrypt(key, rest.subarray(-14, -2), rest.subarray(0, -14), clear)]);
}

const openMessage = (blob, key) => decrypt(key, blob.subarray(0, 12), blob.subarray(12));

function received(ask) {
  if (ask.sifTrailerHex && ask.frameHex.endsWith(ask.sifTrailerHex)) {
    const payload = bytes(ask.frameHex.slice(0, -ask.sifTrailerHex.length));
    const digest = createHash("sha256").update(payload).digest("hex");
    if (!OF_THE_SERVER.includes(digest.slice(0, 16))) throw new Refused("not a frame of the server");
    return payload;
  }
  return openFrame(ask, bytes(ask.frameHex), bytes(ask.keyHex));
}

function caughtUp(ask) {
  for (let times = 0; times <= ask.window; times++) {
    try {
      return openFrame(ask, bytes(ask.frameHex), ratchet(ask, times).key);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }
  throw new Refused("no key of the window opens it");
}

function sealedFrame(ask) {
  const plain = bytes(ask.plainHex);
  const [length, escapes] = clearBytes(ask, plain);
  const [clear, iv] = [plain.subarray(0, length), bytes(ask.ivHex)];
  const sealed = encrypt(bytes(ask.keyHex), iv, plain.subarray(length), clear);
  const rest = Buffer.concat([sealed, iv, Buffer.from([12, ask.keyIndex])]);
  return Buffer.concat([clear, escapes ? escaped(rest) : rest]);
}

const opened = {
  "open-frame": received,
  "open-ratcheted": caughtUp,
  "open-message": (ask) => openMessage(bytes(ask.messageHex), bytes(ask.keyHex)),
  "open-packet": (ask) => {
    if ((ask.atIndex ?? ask.keyIndex) !== ask.keyIndex) throw new Refused("no key at this index");
    return decrypt(bytes(ask.keyHex), bytes(ask.ivHex), bytes(ask.valueHex));
  },
  "open-in-session": (ask) => {
    const [key, sealed] = [derive(ask), bytes(ask.sealedHex)];
    return ask.layout === "opus" ? openFrame({ codec: "opus" }, sealed, key) : openMessage(sealed, key);
  },
};

function answer(ask) {
  if (ask.do in opened) return { plainHex: opened[ask.do](ask).toString("hex") };
  if (ask.do === "derive") return { keyHex: derive(ask).toString("hex") };
  if (ask.do === "seal-frame") return { frameHex: sealedFrame(ask).toString("hex") };
  if (ask.do === "ratchet") {
    const { material, key } = ratchet(ask, ask.times);
    return { materialHex: material.toString("hex"), keyHex: key.toString("hex") };
  }
  const valueHex = encrypt(bytes(ask.keyHex), bytes(ask.ivHex), bytes(ask.plainHex)).toString("hex");
  return ask.do === "seal-packet" ? { valueHex } : { messageHex: ask.ivHex + valueHex };
}

for await (const line of createInterface({ input: process.stdin })) {
  const ask = JSON.parse(line);
  let result;
  try {
    result = answer(ask);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    result = { refused: error.message };
  }
  console.log(JSON.stringify({ id: ask.id, ...result }));
}
