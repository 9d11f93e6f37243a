// node --experimental-websocket walk.mjs chromium|firefox PAGE LOGIN_NAME PASSWORD FOLDER
//
// A visitor's walk, in either browser the same: PAGE is the protected page's URL over TLS with a query, at the
// server that tests/system/browser/walk.rs has started. FOLDER takes a picture of each station.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

const [browser, page, loginName, password, folder] = process.argv.slice(2);
assert(folder, "walk.mjs chromium|firefox PAGE LOGIN_NAME PASSWORD FOLDER");
const tab = await { chromium, firefox }[browser]();
try {
  await walk();
} finally {
  await tab.close();
}

async function firefox() {
  const { start } = await import("./firefox.mjs");
  return start();
}

/** Chromium's tab, with the same methods as Firefox's. */
async function chromium() {
  const { start } = await import("./visitor.mjs");
  const started = await start();
  const context = await started.newContext({ locale: "en-US", ignoreHTTPSErrors: true });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const devtools = await context.newCDPSession(page);
  return {
    name: `Chromium ${started.version()}`,
    close: () => started.close(),
    goto: (url) => page.goto(url),
    fill: (selector, text) => page.locator(selector).first().fill(text),
    click: (selector) => page.locator(selector).first().click(),
    url: async () => page.url(),
    evaluate: (expression) => page.evaluate(expression),
    back: async () => {
      const { currentIndex } = await devtools.send("Page.getNavigationHistory");
      // Chromium asks before it sends a form again, with a page of its own.
      if (currentIndex > 0) await page.goBack().catch((error) => assert.match(String(error), /ERR_CACHE_MISS/));
      return currentIndex > 0;
    },
    shown: () =>
      page.evaluate(`[document.title, document.body.innerText,
        ...[...document.querySelectorAll("input")].map((field) => field.value)].join("\\n")`),
    picture: () => page.screenshot(),
  };
}

async function walk() {
  let pictures = 0;
  const station = async (what) => {
    pictures += 1;
    await writeFile(join(folder, `${pictures}-${what.replaceAll(" ", "-")}.png`), await tab.picture());
    console.log(`ok  ${tab.name}: ${what}`);
  };

  await tab.goto(page);
  await shows("Not signed in");
  await station("a deep link, signed out");

  // On a slow machine the page has led there by itself.
  await tab.click("main a[href*='login']").catch(() => {});
  await arrives((url) => url.pathname.endsWith("/login"));
  await shows("Password");
  await station("the login page");

  await tab.fill("#login_name", loginName);
  await tab.fill("#password", `${password}x`);
  await tab.click("button");
  await shows("Error: ");
  await station("a wrong password");

  await tab.fill("#login_name", loginName);
  await tab.fill("#password", password);
  await tab.click("button");
  await arrives((url) => url.href === page);
  await shows(loginName);
  await station("the page wanted, with its query");

  await tab.click("form button");
  await arrives((url) => url.search === "?signed_out");
  await shows("You are signed out.");
  await station("signed out");

  let steps = 0;
  while (steps < 10 && (await tab.back())) {
    steps += 1;
    await settles();
    const text = await tab.shown();
    assert(!text.includes(loginName) && !text.includes(password), `Back, ${steps}: ${await tab.url()}\n${text}`);
    if (steps === 1) await station("Back shows nothing of the session");
  }
  assert(steps > 1, "there was a page to go back to");

  await tab.goto(page);
  await arrives((url) => url.pathname.endsWith("/login"));
  await station("the deep link leads to the login page by itself");
}

/** Waits until the tab is where `there` says. */
async function arrives(there) {
  await until(async () => there(new URL(await tab.url())), async () => `still at ${await tab.url()}`);
}

/** Waits until the page shows a text. */
async function shows(text) {
  await until(async () => (await tab.shown()).includes(text), async () => `no "${text}" at ${await tab.url()}:\n${await tab.shown()}`);
}

/** Waits until a page that the browser may be loading is there; Firefox never ends to load its own, about:neterror. */
async function settles() {
  const there = 'document.readyState === "complete" || document.URL.startsWith("about:")';
  await until(() => tab.evaluate(there), async () => "it is still loading");
}

/** While a page is being replaced, there is nothing to ask. */
async function until(holds, why) {
  const end = Date.now() + 20_000;
  while (!(await holds().catch(() => false))) {
    assert(Date.now() < end, await why().catch(String));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
