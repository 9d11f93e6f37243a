// node guard.mjs BASE LOGIN_NAME PASSWORD MARK FOLDER
//
// A person before scripts that are behind the guard, and before pages of other sites that send forms to them. BASE is
// the server's URL, over plain HTTP. MARK is the file in which the script `/cgi-bin/mark` says that it ran; FOLDER takes
// the pictures. One line for each thing that was seen; the first that fails ends it with status 1.
// tests/system/browser/guard.rs starts the server and this.

import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { signIn, start, visit } from "./visitor.mjs";

const [base, loginName, password, mark, folder] = process.argv.slice(2);
assert(folder, "node guard.mjs BASE LOGIN_NAME PASSWORD MARK FOLDER");

const { hostname, port } = new URL(base);
const browser = await start([`--host-resolver-rules=MAP *.test ${hostname}, MAP *.localhost ${hostname}`]);
try {
  await oldScript();
  // A browser sends `Sec-Fetch-Site` to a name that it trusts without TLS, and `Origin` alone to another.
  for (const site of ["site.localhost", "site.test"]) await forms(site);
} finally {
  await browser.close();
}

/** The server under another name. */
function named(host, place) {
  return `http://${host}:${port}${place}`;
}

/** Whether the script has run since the last question. */
function ran() {
  const isThere = existsSync(mark);
  rmSync(mark, { force: true });
  return isThere;
}

/** gitweb, which no one here wrote: from signed out, by the login page, to a commit of its repository. */
async function oldScript() {
  const visitor = await visit(browser, { locale: "en-US" });
  const tab = visitor.page;
  const wanted = `${base}/cgi-bin/gitweb.cgi?p=notes.git;a=summary`;

  const answer = await tab.goto(wanted);
  assert.equal(answer.status(), 401);
  await tab.waitForURL((url) => url.pathname === "/cgi-bin/login");
  await signIn(tab, loginName, password);
  await tab.waitForURL(wanted);
  await tab.getByRole("link", { name: "The first note" }).first().waitFor();
  await tab.screenshot({ path: path.join(folder, "gitweb-summary.png") });
  await tab.getByRole("link", { name: "The first note" }).first().click();
  await tab.getByText("Written by hand").first().waitFor();
  await tab.getByRole("link", { name: "commitdiff" }).first().click();
  await tab.getByText("Remember the milk").first().waitFor();
  await tab.screenshot({ path: path.join(folder, "gitweb-commit.png") });
  await visitor.close();
  console.log("ok  gitweb behind the guard: message, login, the page wanted, and on from there");
}

/** Sends the form of the page at `from` to the guarded script, and returns the status of the answer. */
async function send(tab, from, script) {
  await tab.goto(`${from}#${script}`);
  await tab.reload();
  const [answer] = await Promise.all([
    tab.waitForResponse((response) => response.url() === script && response.request().method() === "POST"),
    tab.locator("button").click(),
  ]);
  await tab.waitForLoadState();
  return answer.status();
}

/** A form of one's own pages starts a script, and one of another site's or of a sibling's does not. */
async function forms(site) {
  const context = await browser.newContext();
  const tab = await context.newPage();
  const own = `www.${site}`;
  const script = named(own, "/cgi-bin/mark");
  await tab.goto(named(own, "/cgi-bin/login"));
  await signIn(tab, loginName, password);
  await tab.waitForURL((url) => url.pathname === "/cgi-bin/protected");
  assert.equal((await tab.goto(script)).status(), 200);
  assert(ran(), "signed in");

  assert.equal(await send(tab, named(own, "/form.html"), script), 200);
  assert(ran(), `${site}: a form of its own`);
  const others = { "a sibling": `sub.${site}`, "another site": site.replace("site", "evil") };
  for (const [who, host] of Object.entries(others)) {
    assert.equal(await send(tab, named(host, "/form.html"), script), 403, `${site}: ${who}`);
    assert(!ran(), `${site}: a form of ${who} started it`);
    await tab.goto(named(host, "/form.html"));
    for (const request of [{ method: "POST", mode: "no-cors", body: "a=1" }, { method: "PUT" }, { method: "DELETE" }]) {
      await tab.evaluate(([to, how]) => fetch(to, { credentials: "include", ...how }).catch(() => {}), [script, request]);
      assert(!ran(), `${site}: ${request.method} by a script of ${who} started it`);
    }
  }
  await context.close();
  console.log(`ok  ${site}: only its own pages start a script by a form`);
}
