// node browser.mjs PAGE LOGIN_NAME PASSWORD FOLDER
//
// A person before the pages, as far as a program can be one: PAGE is the protected page's
// URL over plain HTTP, FOLDER takes the pictures. One line for each thing that was seen;
// the first that fails ends it with status 1. tests/system/browser/chromium.rs starts the server and this.

import assert from "node:assert/strict";
import { look } from "./look.mjs";
import { shown, signIn, start, startWithoutCookies, visit } from "./visitor.mjs";

const [page, loginName, password, folder] = process.argv.slice(2);
assert(folder, "node browser.mjs PAGE LOGIN_NAME PASSWORD FOLDER");

/** A name that is not loopback: there, a browser gives plain HTTP none of loopback's privileges. */
const named = new URL(page);
named.hostname = "login.test";

/** The smallest windows that people have: 400 % zoom, a phone on its side, and one with its keyboard open. */
const SMALL = [
  [320, 256],
  [844, 390],
  [390, 360],
];

const browser = await start([`--host-resolver-rules=MAP login.test ${new URL(page).hostname}`]);
try {
  await saw("zh-CN: message, login after 3 s, sign-in, the page wanted, sign-out, back", () => wholeVisit(page));
  await saw(`the same over plain HTTP at ${named.hostname}`, () => wholeVisit(named.href));
  await saw("en-US: in English", inEnglish);
  await saw("wrong password: an alert, and `next` is kept", wrongPassword);
  await saw("wrong password: the card stays, the error is in sight, and nothing about it is green", errorInSight);
  await saw("Back after a sign-in says who is signed in", backAfterSignIn);
  await saw("three clicks send one form", threeClicks);
  await saw("without cookies a right password leads to a page that says so", withoutCookies);
  await saw("?stay stays", staying);
  await saw("keyboard alone: message, login, sign-out", keyboardAlone);
  await saw("no script needed: the same with scripts off", withoutScripts);
  for (const locale of ["en-US", "zh-CN"]) await saw(`pictures, ${locale}`, () => pictures(locale));
} finally {
  await browser.close();
}

/** Runs one scenario and tells that it held. */
async function saw(what, scenario) {
  const from = Date.now();
  try {
    await scenario();
  } catch (error) {
    console.log(`FAILED  ${what}`);
    throw error;
  }
  console.log(`ok  ${what}  (${((Date.now() - from) / 1000).toFixed(1)} s)`);
}

/** The URL of another of our programs. */
function beside(url, program) {
  return new URL(url.replace(/protected(?=[^/]*$)/, program)).href;
}

/** Waits until the tab is at one of our programs; another's name may well be in `next`. */
function arrival(tab, program) {
  return tab.waitForURL((url) => url.pathname === new URL(beside(page, program)).pathname);
}

/** From signed out to signed out again, at the pages that `url` leads to. */
async function wholeVisit(url) {
  const wanted = `${url}?seen=1&name=a+b`;
  const visitor = await visit(browser, { locale: "zh-CN" });
  const tab = visitor.page;

  const answer = await tab.goto(wanted);
  const from = Date.now();
  assert.equal(answer.status(), 401);
  assert.match(await tab.title(), /错误!/);
  assert.equal(await tab.locator("html").getAttribute("lang"), "zh-CN");
  assert.equal(await tab.locator(".wait p").innerText(), "您尚未登录,3秒后将自动转到登录窗口!");
  await arrival(tab, "login");
  const waited = Date.now() - from;
  assert(waited > 2_700 && waited < 5_000, `the login page came after ${waited} ms`);

  await signIn(tab, loginName, password);
  await tab.waitForURL(wanted);
  assert.match(await shown(tab), new RegExp(loginName));

  const other = await visitor.context.newPage();
  for (const program of ["login", "logout", "protected"]) await other.goto(beside(url, program));
  assert.match(await shown(other), new RegExp(loginName), "signed in on another page, in another tab");
  await tab.reload();
  assert.match(await shown(tab), new RegExp(loginName), "signed in after a reload");

  await tab.locator("button").click();
  await tab.waitForURL(/\?signed_out$/);
  assert.equal(await tab.locator("[role=status]").innerText(), "您已退出登录。");
  await nothingPrivateBehind(tab);
  await other.reload();
  assert.doesNotMatch(await shown(other), new RegExp(loginName), "signed out in the other tab too");
  await visitor.close();
}

/** Goes back through all that the tab has been at. */
async function nothingPrivateBehind(tab) {
  let pages = 0;
  // `null` is the history's start; a page that comes back from memory is still one gone back to.
  while ((await tab.evaluate(() => navigation.currentEntry.index)) > 0) {
    await tab.goBack();
    pages += 1;
    const text = await shown(tab);
    assert(!text.includes(loginName) && !text.includes(password), `back ${pages} times: ${tab.url()}\n${text}`);
  }
  assert(pages > 0, "there was a page to go back to");
}

async function inEnglish() {
  const visitor = await visit(browser, { locale: "en-US" });
  await visitor.page.goto(page);
  assert.match(await visitor.page.title(), /^Not signed in/);
  assert.match(await shown(visitor.page), /The login page opens in 3 seconds/);
  assert.equal(await visitor.page.locator("html").getAttribute("lang"), "en");
  await visitor.close();
}

async function wrongPassword() {
  const wanted = `${page}?seen=2`;
  const visitor = await visit(browser, { locale: "en-US" });
  const tab = visitor.page;
  await tab.goto(wanted);
  await tab.getByRole("link", { name: "Sign in now" }).click();
  const next = await tab.locator("[name=next]").inputValue();
  await signIn(tab, loginName, `${password}x`);

  await tab.getByRole("alert").waitFor();
  assert.match(await tab.title(), /^Error: /);
  assert.equal(await tab.locator("[name=next]").inputValue(), next);
  assert.equal(await tab.locator("#login_name").inputValue(), loginName);
  assert.equal(await tab.locator("#password").inputValue(), "");
  // What a screen reader says on arrival: the field that has the focus, and why it is wrong.
  const spoken = await focused(visitor);
  assert.equal(spoken.name, "Password");
  assert.equal(spoken.invalid, "true");
  assert.equal(spoken.description, await tab.getByRole("alert").innerText());

  await tab.locator("#password").fill(password);
  await tab.locator("button").click();
  await tab.waitForURL(wanted);
  await visitor.close();
}

async function errorInSight() {
  const visitor = await visit(browser, { locale: "en-US" });
  const tab = visitor.page;
  const cardTop = () => tab.locator("main").evaluate((card) => card.getBoundingClientRect().top + scrollY);
  await tab.goto(beside(page, "login"));
  const before = await cardTop();
  await signIn(tab, loginName, `${password}x`);
  await tab.getByRole("alert").waitFor();
  assert.equal(await cardTop(), before, "the card's top");
  const [border, ring] = await tab.locator("#password").evaluate((field) => {
    const { borderTopColor, outlineColor } = getComputedStyle(field);
    return [borderTopColor, outlineColor];
  });
  assert.equal(ring, border, "the ring round a wrong field");

  for (const [width, height] of SMALL) {
    await tab.setViewportSize({ width, height });
    await tab.goto(beside(page, "login"));
    await signIn(tab, loginName, `${password}x`);
    await tab.getByRole("alert").waitFor();
    await tab.waitForFunction(() => document.activeElement.id === "password");
    const seen = await tab.evaluate(() => {
      const [error, field] = ["error", "password"].map((id) => document.getElementById(id).getBoundingClientRect());
      return { from: error.top, to: field.bottom, height: innerHeight };
    });
    assert(seen.from >= 0 && seen.to <= seen.height, `${width} x ${height}: ${JSON.stringify(seen)}`);
  }
  await visitor.close();
}

async function backAfterSignIn() {
  const visitor = await visit(browser, { locale: "en-US" });
  const tab = visitor.page;
  await tab.goto(`${beside(page, "login")}?signed_out`);
  await signIn(tab, loginName, password);
  await arrival(tab, "protected");
  await tab.goBack();
  assert.equal(await tab.getByRole("status").innerText(), `You are signed in as ${loginName}`);
  await tab.getByRole("link", { name: "Continue" }).click();
  await arrival(tab, "protected");
  await visitor.close();
}

/** As on a slow line: each click has its effect long before the answer is there. */
async function threeClicks() {
  const visitor = await visit(browser, { locale: "en-US" });
  const tab = visitor.page;
  let sent = 0;
  await tab.route(beside(page, "login"), async (route) => {
    if (route.request().method() === "POST") {
      sent += 1;
      await new Promise((resolve) => setTimeout(resolve, 1_500));
    }
    await route.continue().catch(() => {});
  });
  await tab.goto(beside(page, "login"));
  await tab.locator("#login_name").fill(loginName);
  await tab.locator("#password").fill(password);
  const { x, y, width, height } = await tab.locator("button").boundingBox();
  for (let click = 0; click < 3; click++) {
    // A slow hand: the button must not go away from under it.
    await tab.mouse.click(x + width / 2, y + height / 2, { delay: 300 });
    await tab.waitForTimeout(100);
  }
  await arrival(tab, "protected");
  assert.equal(sent, 1, "forms sent");
  await visitor.close();
}

async function withoutCookies() {
  const context = await startWithoutCookies();
  try {
    const tab = await context.newPage();
    const login = beside(page, "login");
    await tab.goto(`${login}?next=${encodeURIComponent(new URL(page).pathname)}`);
    await signIn(tab, loginName, password);
    await tab.getByText("your browser did not keep the cookie").waitFor();
    const url = tab.url();
    await tab.waitForTimeout(4_000);
    assert.equal(tab.url(), url, "it does not go on by itself");
  } finally {
    await context.close();
  }
}

/** The focused element, as the browser describes it to a screen reader. */
async function focused({ context, page: tab }) {
  const devtools = await context.newCDPSession(tab);
  const { nodes } = await devtools.send("Accessibility.getFullAXTree");
  const has = (node, name) => node.properties?.find((property) => property.name === name)?.value.value;
  const node = nodes.filter((each) => each.role?.value !== "RootWebArea").find((each) => has(each, "focused"));
  return { name: node?.name?.value, description: node?.description?.value, invalid: has(node, "invalid") };
}

async function staying() {
  const visitor = await visit(browser, { locale: "en-US" });
  const tab = visitor.page;
  await tab.goto(page);
  await tab.getByRole("link", { name: "Stay" }).click();
  const url = tab.url();
  await tab.waitForTimeout(5_000);
  assert.equal(tab.url(), url);
  assert.doesNotMatch(await shown(tab), /3 seconds/);
  await tab.getByRole("link", { name: "Sign in" }).click();
  await signIn(tab, loginName, password);
  await arrival(tab, "protected");
  await visitor.close();
}

async function keyboardAlone() {
  const visitor = await visit(browser, { locale: "en-US" });
  const tab = visitor.page;
  await tab.goto(page);
  await press(tab, "Tab", "Sign in now");
  await press(tab, "Enter");
  await arrival(tab, "login");
  // The first empty field gets the focus by itself, but not before the page is painted.
  await tab.waitForFunction(() => document.activeElement.id === "login_name");
  await tab.keyboard.type(loginName);
  await press(tab, "Tab", "");
  await tab.keyboard.type(password);
  await press(tab, "Tab", "");
  await press(tab, "Space");
  assert(await tab.locator("[name=remember]").isChecked());
  await press(tab, "Tab", "Sign in");
  await press(tab, "Enter");
  await arrival(tab, "protected");
  await press(tab, "Tab", `Sign out ${loginName}`);
  await press(tab, "Enter");
  await tab.waitForURL(/\?signed_out$/);
  await visitor.close();
}

/** Presses a key; what then has the focus must say `text`, and show that it has it. */
async function press(tab, key, text) {
  await tab.keyboard.press(key);
  if (text === undefined) return;
  const at = await tab.evaluate(() => {
    const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
    return { text: document.activeElement.innerText, outline: `${outlineStyle} ${outlineWidth}` };
  });
  assert.equal(at.text, text);
  assert.match(at.outline, /^(solid|auto) [2-9]/, `the focus on "${text}" is visible`);
}

async function withoutScripts() {
  const visitor = await visit(browser, { locale: "en-US", javaScriptEnabled: false });
  const tab = visitor.page;
  await tab.goto(page);
  await arrival(tab, "login");
  await signIn(tab, loginName, password);
  await tab.locator("dd").getByText(loginName, { exact: true }).waitFor();
  await tab.getByRole("button", { name: "Sign out" }).click();
  await tab.getByText("You are signed out.").waitFor();
  await visitor.close();
}

/** Each page once, in each view. */
async function pictures(locale) {
  const visitor = await visit(browser, { locale });
  const tab = visitor.page;
  const picture = (name) => look(tab, folder, `${locale}-${name}`);
  const login = beside(page, "login");

  // Without its Refresh, or it would be gone before the last picture.
  await tab.route(page, async (route) => {
    const response = await route.fetch();
    const { refresh, ...headers } = response.headers();
    await route.fulfill({ response, headers });
  });
  await tab.goto(page);
  await picture("message");
  await tab.goto(`${page}?stay`);
  await picture("message-stay");
  await tab.goto(login);
  await picture("login");
  await tab.goto(`${login}?signed_out`);
  await picture("login-signed-out");
  await signIn(tab, loginName, `${password}x`);
  await tab.getByRole("alert").waitFor();
  await picture("login-wrong");
  await tab.goto(`${page}/nothing`);
  await picture("not-found");
  await tab.goto(login);
  await signIn(tab, loginName, password);
  await arrival(tab, "protected");
  await picture("protected");
  await tab.goto(beside(page, "logout"));
  await picture("logout");
  await tab.locator("button").click();
  await tab.waitForURL(/\?signed_out$/);
  await visitor.close();
}
