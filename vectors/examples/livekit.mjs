// Every request of PROTOCOL.md, answered by livekit-client's own worker and key provider in Node:
// node livekit.mjs PATH/TO/node_modules/livekit-client. Data messages are not LiveKit's: WebCrypto.
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const SALT = "LKFrameEncryptionKey";
const bytes = (hex) => Uint8Array.from(Buffer.from(hex ?? "", "hex"));
const hex = (data) => Buffer.from(data).toString("hex");
const { subtle } = globalThis.crypto;
const real = Object.fromEntries(
  ["deriveKey", "encrypt", "importKey"].map((name) => [name, subtle[name].bind(subtle)]),
);

class Refused extends Error {}

// --- the worker: its globals, its messages, and the values that it keeps to itself ------------

let given; // the AES key that is used in place of what the worker derives
let derived; // the AES key that the worker derived last
let iv; // the IV that is used in place of the one that the sender counts
subtle.deriveKey = async (algorithm, material, kind, _, usages) => {
  if (given) return real.importKey("raw", given, "AES-GCM", false, usages);
  return (derived = await real.deriveKey(algorithm, material, kind, true, usages));
};
subtle.encrypt = (algorithm, key, data) => {
  if (iv) new Uint8Array(algorithm.iv).set(iv);
  return real.encrypt(algorithm, key, data);
};

const waiting = [];
const say = console.log; // the worker logs to stdout, which is for answers only
for (const name of ["log", "info", "warn", "error", "debug", "trace"]) console[name] = () => {};
globalThis.self = globalThis;
globalThis.onmessage = null;
globalThis.RTCEncodedAudioFrame = class {};
globalThis.postMessage = (message) => {
  const at = waiting.findIndex(({ kinds }) => kinds.includes(message.kind));
  if (at >= 0) waiting.splice(at, 1)[0].resolve(message);
};

const folder = pathToFileURL(resolve(process.argv[2]));
await import(`${folder}/dist/livekit-client.e2ee.worker.mjs`);
const { ExternalE2EEKeyProvider } = await import(`${folder}/dist/livekit-client.esm.mjs`);

function post(kind, data, ...kinds) {
  const answer = new Promise((resolve) => kinds.length && waiting.push({ kinds, resolve }));
  globalThis.onmessage({ data: { kind, data } });
  return answer;
}

let number = 0;

/** A participant of whom nothing is known yet; the worker keeps what it learns by name. */
async function participant({ salt = SALT, ring = 256, window = 0, keySize = 128, sif = "" } = {}) {
  const keyProviderOptions = {
    sharedKey: false,
    ratchetSalt: salt,
    ratchetWindowSize: window,
    failureTolerance: -1,
    keyringSize: ring,
    keySize,
  };
  const participantIdentity = `participant ${++number}`;
  await post("init", { keyProviderOptions, loglevel: "silent" }, "initAck");
  post("setSifTrailer", { trailer: bytes(sif) });
  await post("enable", { enabled: true, participantIdentity }, "enable");
  return participantIdentity;
}

async function setKey(participantIdentity, key, keyIndex = 0) {
  post("setKey", { key, participantIdentity, keyIndex });
  await post("enable", { enabled: true, participantIdentity }, "enable");
}

async function setGivenKey(participantIdentity, keyHex, keyIndex) {
  given = bytes(keyHex);
  const any = await real.importKey("raw", given, "PBKDF2", false, ["deriveKey", "deriveBits"]);
  await setKey(participantIdentity, any, keyIndex);
}

/** What comes out of the worker for one frame, null if nothing does. */
async function through(kind, participantIdentity, { codec, frameType }, data, words = []) {
  const [synchronizationSource, timestamp] = words;
  const audio = codec === "opus" || codec === "red";
  const mimeType = `${audio ? "audio" : "video"}/${codec}`;
  const frame = {
    data: data.slice().buffer,
    timestamp,
    getMetadata: () => ({ mimeType, payloadType: 96, synchronizationSource }),
    ...(audio ? {} : { type: frameType }),
  };
  let came = null;
  await new Promise((done) => {
    const readableStream = new ReadableStream({
      start(controller) {
        controller.enqueue(frame);
        controller.close();
      },
    });
    const write = (got) => (came = hex(got.data));
    const writableStream = new WritableStream({ write, close: done, abort: done });
    const trackId = `track of ${participantIdentity}`;
    post(kind, { participantIdentity, trackId, readableStream, writableStream, isReuse: false });
  });
  return came;
}

const openedFrame = (plainHex) => {
  if (plainHex === null) throw new Refused("the worker drops it");
  return { plainHex };
};

// --- requests ------------------------------------------------------------------------------------

/** The secret or session id as a JavaScript string. */
function text(ask, name) {
  if (ask[`${name}Utf16Hex`] !== undefined) {
    const units = ask[`${name}Utf16Hex`].match(/..../g) ?? [];
    return String.fromCharCode(...units.map((unit) => parseInt(unit, 16)));
  }
  if (name === "session") return ask.sessionId;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes(ask.secretHex));
  } catch {
    throw new Refused("the key provider takes a string");
  }
}

/** LiveKit's key of a string (PBKDF2) or of bytes (HKDF). */
async function livekitKey(secret, keySize) {
  const provider = new ExternalE2EEKeyProvider({ keySize });
  const material = new Promise((resolve) => provider.on("setKey", ({ key }) => resolve(key)));
  await provider.setKey(typeof secret === "string" ? secret : Uint8Array.from(secret).buffer);
  await setKey(await participant(provider.getOptions()), await material);
  return new Uint8Array(await subtle.exportKey("raw", derived));
}

async function derive(ask) {
  given = undefined;
  const encoder = new TextEncoder();
  const takesBytes = ask.steps[0].do === "HKDF-SHA256" && ask.secretHex !== undefined;
  let value = takesBytes ? bytes(ask.secretHex) : text(ask, "secret");
  for (const step of ask.steps) {
    if (step.do === "base64" || step.do === "hex") value = Buffer.from(value).toString(step.do);
    else if (step.saltHex === hex(Buffer.from(SALT))) {
      if (step.do === "HKDF-SHA256" && typeof value === "string") value = encoder.encode(value);
      value = await livekitKey(value, step.keyBits);
    } else {
      const salt = step.saltHex ? bytes(step.saltHex) : encoder.encode(text(ask, "session"));
      const base = await real.importKey("raw", encoder.encode(value), "PBKDF2", false, ["deriveBits"]);
      const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: step.iterations };
      value = new Uint8Array(await subtle.deriveBits(how, base, step.keyBits));
    }
  }
  return value;
}

const material = (ask) =>
  real.importKey("raw", bytes(ask.secretHex), ask.kdf.split("-")[0], false, ["deriveKey", "deriveBits"]);
const settings = (ask) => ({
  salt: Buffer.from(ask.saltHex, "hex").toString(),
  keySize: ask.keySize,
  window: ask.window,
});

async function ratchet(ask) {
  given = undefined;
  const name = await participant(settings(ask));
  await setKey(name, await material(ask));
  let materialHex = ask.secretHex;
  for (let times = 0; times < ask.times; times++) {
    const message = await post("ratchetRequest", { participantIdentity: name, keyIndex: 0 }, "ratchetKey");
    materialHex = hex(message.data.ratchetResult.chainKey);
    await new Promise(setImmediate); // the worker forgets the request only after it has answered
  }
  return { materialHex, keyHex: hex(await subtle.exportKey("raw", derived)) };
}

async function openFrame(ask) {
  const data = bytes(ask.frameHex);
  const ring = ask.atIndex === undefined ? 256 : (ask.ringSize ?? 16);
  const name = await participant({ ring, sif: ask.sifTrailerHex });
  await setGivenKey(name, ask.keyHex, ask.atIndex ?? data.at(-1));
  return openedFrame(await through("decode", name, ask, data));
}

async function openRatcheted(ask) {
  given = undefined;
  const name = await participant(settings(ask));
  await setKey(name, await material(ask));
  return openedFrame(await through("decode", name, ask, bytes(ask.frameHex)));
}

async function sealFrame(ask) {
  const name = await participant();
  await setGivenKey(name, ask.keyHex, ask.keyIndex);
  const view = new DataView(bytes(ask.ivHex).buffer);
  const words = [0, 4, 8].map((at) => view.getUint32(at));
  const count = (words[1] - words[2]) >>> 0; // as the sender counts, from a random start
  const { random } = Math;
  if (count < 0xffff) Math.random = () => (count + 0.5) / 0xffff;
  else iv = bytes(ask.ivHex);
  const frameHex = await through("encode", name, ask, bytes(ask.plainHex), words);
  [iv, Math.random] = [undefined, random];
  if (frameHex === null) throw new Refused("the worker sends nothing");
  return { frameHex };
}

async function openPacket(ask) {
  const ring = ask.atIndex === undefined ? 256 : (ask.ringSize ?? 16);
  const participantIdentity = await participant({ ring });
  await setGivenKey(participantIdentity, ask.keyHex, ask.atIndex ?? ask.keyIndex);
  const [payload, packetIv] = [bytes(ask.valueHex), bytes(ask.ivHex)];
  const data = { payload, iv: packetIv, keyIndex: ask.keyIndex, participantIdentity, uuid: "" };
  const got = await post("decryptDataRequest", data, "decryptDataResponse", "error");
  if (got.kind === "error") throw new Refused(got.data.error.message);
  return { plainHex: hex(got.data.payload) };
}

async function sealPacket(ask) {
  const participantIdentity = await participant();
  await setGivenKey(participantIdentity, ask.keyHex);
  iv = bytes(ask.ivHex);
  const data = { payload: bytes(ask.plainHex), participantIdentity, uuid: "" };
  const got = await post("encryptDataRequest", data, "encryptDataResponse");
  iv = undefined;
  return { valueHex: hex(got.data.payload) };
}

async function message(key, start, data) {
  const aes = await real.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"]);
  const algorithm = { name: "AES-GCM", iv: start };
  if (start === undefined) {
    algorithm.iv = data.slice(0, 12);
    try {
      return hex(await subtle.decrypt(algorithm, aes, data.slice(12)));
    } catch {
      throw new Refused("WebCrypto does not decrypt it");
    }
  }
  return hex(start) + hex(await real.encrypt(algorithm, aes, data));
}

const openMessage = async (key, data) => ({ plainHex: await message(key, undefined, data) });

const REQUESTS = {
  derive: async (ask) => ({ keyHex: hex(await derive(ask)) }),
  ratchet,
  "open-frame": openFrame,
  "open-ratcheted": openRatcheted,
  "open-packet": openPacket,
  "open-message": (ask) => openMessage(bytes(ask.keyHex), bytes(ask.messageHex)),
  "open-in-session": async (ask) => {
    const key = await derive(ask);
    if (ask.layout === "message") return openMessage(key, bytes(ask.sealedHex));
    return openFrame({ codec: "opus", keyHex: hex(key), frameHex: ask.sealedHex });
  },
  "seal-frame": sealFrame,
  "seal-packet": sealPacket,
  "seal-message": async (ask) => ({
    messageHex: await message(bytes(ask.keyHex), bytes(ask.ivHex), bytes(ask.plainHex)),
  }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const ask = JSON.parse(line);
  let answer;
  try {
    answer = await REQUESTS[ask.do](ask);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    answer = { refused: error.message };
  }
  say(JSON.stringify({ id: ask.id, ...answer }));
}
process.exit(0);
