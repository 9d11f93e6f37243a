// A browser as a visitor has it: Chromium, one language, and a watch on what it complains of.

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";

const PLACES = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Starts the browser; `args` are added to those that keep it off the network and quiet. */
export function start(args = []) {
  return chromium.launch(options(args));
}

/** A browser that keeps no cookie of anybody: its tabs, and nothing else of it, close with it. */
export async function startWithoutCookies() {
  const folder = mkdtempSync(path.join(tmpdir(), "no-cookies-"));
  mkdirSync(path.join(folder, "Default"));
  const preferences = { profile: { default_content_setting_values: { cookies: 2 } } };
  writeFileSync(path.join(folder, "Default", "Preferences"), JSON.stringify(preferences));
  const context = await chromium.launchPersistentContext(folder, { ...options([]), locale: "en-US" });
  context.on("close", () => removeWhenStill(folder));
  return context;
}

/** Chromium still writes there for a moment, so that a folder that was just emptied is not empty. */
function removeWhenStill(folder, tries = 50) {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch (why) {
    if (tries === 0) throw why;
    setTimeout(() => removeWhenStill(folder, tries - 1), 100);
  }
}

function options(args) {
  const executablePath = PLACES.find((place) => place && existsSync(place));
  assert(executablePath, `no Chromium at ${PLACES.filter(Boolean).join(", ")}; CHROMIUM may name one`);
  return {
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...args,
    ],
  };
}

/** Chromium's own words for what is so on purpose. */
const EXPECTED = [
  // They are pages.
  /^Failed to load resource: the server responded with a status of (401|404) /,
  // Every page has the header; over plain HTTP, at a name that is not loopback, it means nothing.
  /^The Cross-Origin-Opener-Policy header has been ignored, because the URL's origin was untrustworthy/,
];

/**
 * A page in a browser of its own cookies. `close()` fails if the console held any error,
 * a violation of the policy among them.
 */
export async function visit(browser, options) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(10_000);
  const complaints = new Set();
  const complain = (text) => EXPECTED.some((words) => words.test(text)) || complaints.add(text);
  context.on("console", (message) => {
    if (message.type() === "error") complain(message.text());
  });
  context.on("weberror", (error) => complain(String(error.error())));
  const page = await context.newPage();
  return {
    context,
    page,
    async close() {
      await context.close();
      assert.deepEqual([...complaints], [], "the browser's console");
    },
  };
}

/** Fills in the form and sends it, as one does with a mouse. */
export async function signIn(page, loginName, password) {
  await page.locator("#login_name").fill(loginName);
  await page.locator("#password").fill(password);
  await page.locator("button").click();
}

/** All that a page shows: its title, its text, and what stands in its fields. */
export function shown(page) {
  return page.evaluate(() =>
    [document.title, document.body.innerText, ...[...document.querySelectorAll("input")].map((field) => field.value)].join("\n"),
  );
}
