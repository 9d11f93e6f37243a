// node cart.mjs CART LOGIN_NAME PASSWORD FOLDER
//
// The example of a shopping cart before a person: CART is its URL over plain HTTP, FOLDER takes the pictures. One line
// for each thing that was seen; the first that fails ends it with status 1. tests/system/browser/chromium.rs starts the
// server and this.

import assert from "node:assert/strict";
import path from "node:path";
import { look } from "./look.mjs";
import { signIn, start, visit } from "./visitor.mjs";

const [cart, loginName, password, folder] = process.argv.slice(2);
assert(folder, "node cart.mjs CART LOGIN_NAME PASSWORD FOLDER");

/** A name that is not loopback, and its neighbour: to a browser they are one site, and two origins. */
const named = new URL(cart);
named.hostname = "www.shop.test";
const NEIGHBOUR = "http://blog.shop.test/";
const STRANGER = "http://evil.test/";

const browser = await start([`--host-resolver-rules=MAP *.test ${new URL(cart).hostname}`]);
try {
  await saw("a cart is kept from before sign-in to the sign-out, without a script", wholeVisit);
  await saw("the form of a page from before the sign-in is refused, with a way on", oldForm);
  await saw("a form of another site, and of a neighbour of the same site, adds nothing", otherSites);
} finally {
  await browser.close();
}

async function saw(what, scenario) {
  await scenario();
  console.log(`ok  ${what}`);
}

async function add(tab, item) {
  await tab.getByRole("button", { name: `Add ${item}`, exact: true }).click();
}

async function total(tab, count) {
  await tab.locator("#total").filter({ hasText: new RegExp(`^${count}$`) }).waitFor();
}

async function picture(tab, name) {
  await tab.screenshot({ path: path.join(folder, `${name}.png`) });
}

async function wholeVisit() {
  for (const colorScheme of ["light", "dark"]) {
    const visitor = await visit(browser, { locale: "en-US", javaScriptEnabled: false, colorScheme });
    const tab = visitor.page;
    await tab.goto(cart);
    await total(tab, 0);
    assert.deepEqual(await visitor.context.cookies(), [], "looking makes no session");
    await add(tab, "Tea");
    await total(tab, 1);
    await add(tab, "Tea");
    await add(tab, "Bread & butter");
    await total(tab, 3);
    await tab.reload();
    await total(tab, 3);
    await picture(tab, `cart-signed-out-${colorScheme}`);

    await tab.getByRole("link", { name: "Sign in" }).click();
    await signIn(tab, loginName, password);
    await tab.getByText(`You are signed in as ${loginName}.`).waitFor();
    await total(tab, 3);
    await tab.getByRole("button", { name: "Remove Tea" }).click();
    await total(tab, 2);
    await picture(tab, `cart-signed-in-${colorScheme}`);

    await tab.getByRole("link", { name: "Sign out" }).click();
    await tab.locator("form button").click();
    await tab.goto(cart);
    await total(tab, 0);
    await visitor.close();
  }
}

async function oldForm() {
  const context = await browser.newContext({ locale: "en-US" });
  const [old, tab] = [await context.newPage(), await context.newPage()];
  await old.goto(cart);
  await add(old, "A pen");
  await total(old, 1);
  await tab.goto(cart);
  await tab.getByRole("link", { name: "Sign in" }).click();
  await signIn(tab, loginName, password);
  await total(tab, 1);

  await add(old, "A pen");

  await old.getByRole("heading", { name: "This form is out of date" }).waitFor();
  await look(old, folder, "form-out-of-date");
  await old.getByRole("link", { name: "Back" }).click();
  await total(old, 1);
  await add(old, "A pen");
  await total(old, 2);
  await context.close();
}

async function otherSites() {
  const context = await browser.newContext({ locale: "en-US" });
  const tab = await context.newPage();
  await tab.goto(named.href);
  await add(tab, "Tea");
  await total(tab, 1);
  const token = await tab.locator("input[name=form_token]").first().inputValue();
  const forged = `<form method="post" action="${named.href}"><input name="form_token" value="${token}">
    <button name="add" value="tea">Add</button></form>`;
  for (const site of [NEIGHBOUR, STRANGER]) {
    const other = await context.newPage();
    await other.route(site, (route) => route.fulfill({ contentType: "text/html", body: forged }));
    await other.goto(site);
    const [sent] = await Promise.all([other.waitForResponse(named.href), other.getByRole("button").click()]);
    assert.equal(sent.status(), 403, site);
    await other.getByText("This form was sent from another site.").waitFor();
    await tab.reload();
    await total(tab, 1);
  }
  // The same form from the cart itself.
  await add(tab, "Tea");
  await total(tab, 2);
  await context.close();
}
