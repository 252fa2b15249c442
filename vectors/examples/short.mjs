// Data messages, data packets, Opus, VP8 and VP9 in few lines; full.mjs has the rest.
import { createCipheriv, createDecipheriv } from "node:crypto";
import { createInterface } from "node:readline";

const bytes = (hex) => Buffer.from(hex, "hex");
const name = (key) => `aes-${key.length * 8}-gcm`;

function parts(ask) { // IV, ciphertext and tag, clear bytes, whether there is such a key
  const there = (index) => (ask.atIndex ?? index) === index;
  if (ask.packetHex) return [bytes(ask.ivHex), bytes(ask.valueHex), bytes(""), there(ask.keyIndex)];
  const blob = bytes(ask.messageHex ?? ask.frameHex ?? ask.plainHex);
  if (!ask.codec) return [blob.subarray(0, 12), blob.subarray(12), bytes(""), true];
  const length = { opus: 1, red: 1, vp9: 0, vp8: ask.frameType === "key" ? 10 : 3 }[ask.codec];
  const [clear, rest] = [blob.subarray(0, length), blob.subarray(length)];
  return [rest.subarray(-14, -2), rest.subarray(0, -14), clear, rest.at(-2) === 12 && there(rest.at(-1))];
}

function answer(ask, key) {
  const [iv, sealed, clear, there] = parts(ask);
  if (ask.do.startsWith("seal-")) {
    const cipher = createCipheriv(name(key), key, bytes(ask.ivHex)).setAAD(clear);
    const plain = bytes(ask.plainHex).subarray(clear.length);
    const valueHex = cipher.update(plain, null, "hex") + cipher.final("hex") + cipher.getAuthTag().toString("hex");
    const trailer = `${ask.ivHex}0c${(ask.keyIndex ?? 0).toString(16).padStart(2, "0")}`;
    return { valueHex, messageHex: ask.ivHex + valueHex, frameHex: clear.toString("hex") + valueHex + trailer };
  }
  if (!there || iv.length !== 12 || sealed.length < 16) return { refused: "not of this format" };
  const cipher = createDecipheriv(name(key), key, iv).setAAD(clear).setAuthTag(sealed.subarray(-16));
  try {
    const plain = Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
    return { plainHex: Buffer.concat([clear, plain]).toString("hex") };
  } catch {
    return { refused: "the tag does not fit" };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const ask = JSON.parse(line);
  console.log(JSON.stringify({ id: ask.id, ...answer(ask, bytes(ask.keyHex)) }));
}
