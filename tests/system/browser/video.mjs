// node video.mjs BASE LOGIN_NAME PASSWORD FOLDER
//
// A film of a minute in a guarded folder: BASE/private/ is the URL of FOLDER, at the server that
// tests/system/files/video.rs has started. The browser draws the film's pictures and encodes them; this puts them
// into a WebM file, far apart, so that nobody plays the end of it who has not asked for a part.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { start } from "./visitor.mjs";

const [base, loginName, password, folder] = process.argv.slice(2);
assert(folder, "video.mjs BASE LOGIN_NAME PASSWORD FOLDER");

const SECONDS = 60;
/** Bytes between two pictures. */
const APART = 400_000;

const browser = await start();
try {
  writeFileSync(path.join(folder, "index.html"), '<!DOCTYPE html><video src="film.webm" muted preload="metadata"></video>', {
    mode: 0o644,
  });
  const stranger = await browser.newContext();
  const nobody = await stranger.newPage();
  assert.equal((await nobody.goto(`${base}/private/`)).status(), 401);

  const context = await browser.newContext();
  const tab = await context.newPage();
  await tab.goto(`${base}/cgi-bin/login?next=/private/`);
  writeFileSync(path.join(folder, "film.webm"), webm(await pictures(tab)), { mode: 0o644 });
  const parts = [];
  tab.on("response", (response) => {
    const range = response.headers()["content-range"];
    if (response.url().endsWith("film.webm")) parts.push([response.status(), range]);
  });
  await tab.fill("#login_name", loginName);
  await tab.fill("#password", password);
  await tab.click("button");
  await tab.waitForURL(`${base}/private/`);
  await plays(tab);
  console.log(JSON.stringify(parts));
  assert(parts.length > 1 && parts.every(([status]) => status === 206), "every answer is a part");
  const from = Math.max(...parts.map(([, range]) => Number(/bytes (\d+)-/.exec(range)[1])));
  assert(from > 0.8 * SECONDS * APART, `the end of the film was asked for: ${from}`);
} finally {
  await browser.close();
}

/** The film is as long as it should be, and moves on after a seek near to its end. */
async function plays(tab) {
  const seen = await tab.evaluate(async () => {
    const video = document.querySelector("video");
    const happens = (what) =>
      new Promise((resolve, reject) => {
        video.addEventListener(what, resolve, { once: true });
        video.addEventListener("error", () => reject(new Error(video.error.message)), { once: true });
        setTimeout(() => reject(new Error(`no ${what}`)), 15_000);
      });
    if (video.readyState === 0) await happens("loadedmetadata");
    const length = video.duration;
    video.currentTime = 55;
    await happens("seeked");
    await video.play();
    await happens("timeupdate");
    while (video.currentTime < 56) await happens("timeupdate");
    return { length, width: video.videoWidth };
  });
  assert.deepEqual(seen, { length: SECONDS, width: 320 });
}

/** A picture for each second, as VP8 key frames. */
async function pictures(tab) {
  const encoded = await tab.evaluate(async (count) => {
    const frames = [];
    const encoder = new VideoEncoder({
      output: (chunk) => {
        const bytes = new Uint8Array(chunk.byteLength);
        chunk.copyTo(bytes);
        frames.push([...bytes]);
      },
      error: (why) => {
        throw why;
      },
    });
    encoder.configure({ codec: "vp8", width: 320, height: 180 });
    const canvas = new OffscreenCanvas(320, 180);
    const pen = canvas.getContext("2d");
    for (let second = 0; second < count; second += 1) {
      pen.fillStyle = `hsl(${second * 6} 80% 50%)`;
      pen.fillRect(0, 0, 320, 180);
      const frame = new VideoFrame(canvas, { timestamp: second * 1e6 });
      encoder.encode(frame, { keyFrame: true });
      frame.close();
    }
    await encoder.flush();
    return frames;
  }, SECONDS);
  assert.equal(encoded.length, SECONDS);
  return encoded.map((bytes) => Buffer.from(bytes));
}

/** A WebM file (RFC 9559) with an index of its pictures. */
function webm(frames) {
  const info = element("1549a966", [number("2ad7b1", 1_000_000), float("4489", SECONDS * 1000), text("4d80", "t"), text("5741", "t")]);
  const picture = element("e0", [number("b0", 320), number("ba", 180)]);
  const track = [number("d7", 1), number("73c5", 1), number("83", 1), text("86", "V_VP8"), picture];
  const tracks = element("1654ae6b", [element("ae", track)]);
  const clusters = frames.map((frame, second) => {
    const block = element("a3", [Buffer.from([0x81, 0, 0, 0x80]), frame]);
    return Buffer.concat([element("1f43b675", [number("e7", second * 1000), block]), element("ec", [Buffer.alloc(APART)])]);
  });
  // The index comes first. Its size does not depend on what is in it.
  const cues = (at) =>
    element("1c53bb6b", clusters.map((cluster, second) => {
      const place = element("b7", [number("f7", 1), number("f1", at)]);
      at += cluster.length;
      return element("bb", [number("b3", second * 1000), place]);
    }));
  const before = info.length + tracks.length;
  const index = cues(before + cues(0).length);
  const head = element("1a45dfa3", [number("4286", 1), number("42f7", 1), number("42f2", 4), number("42f3", 8), text("4282", "webm"), number("4287", 4), number("4285", 2)]);
  return Buffer.concat([head, element("18538067", [info, tracks, index, ...clusters])]);
}

/** An EBML element, whose size takes eight bytes. */
function element(id, parts) {
  const content = Buffer.concat(parts);
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(content.length) | (1n << 56n));
  return Buffer.concat([Buffer.from(id, "hex"), size, content]);
}

function number(id, value) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return element(id, [bytes]);
}

function float(id, value) {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return element(id, [bytes]);
}

function text(id, value) {
  return element(id, [Buffer.from(value)]);
}
