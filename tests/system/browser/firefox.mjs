// Firefox as Debian has it, driven by what it brings itself: WebDriver BiDi over a WebSocket.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Longest wait for one command, in milliseconds. */
const PATIENCE = 30_000;

/** Starts the browser that FIREFOX names, without a window, and with a profile of its own. */
export async function start() {
  const program = process.env.FIREFOX ?? "firefox-esr";
  const home = await mkdtemp(join(tmpdir(), "firefox."));
  const libraries = process.env.FIREFOX_LIBRARIES;
  const child = spawn(program, ["--headless", "--no-remote", "--profile", home, "--remote-debugging-port", "0"], {
    env: { ...process.env, HOME: home, MOZ_HEADLESS: "1", ...(libraries && { LD_LIBRARY_PATH: libraries }) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve).once("error", resolve));
  const close = async () => {
    child.kill();
    await ended;
    await rm(home, { recursive: true, force: true, maxRetries: 10 });
  };
  try {
    return await connect(await address(child), close);
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where it listens, as it says on its standard error. */
async function address(child) {
  const said = [];
  for await (const line of createInterface({ input: child.stderr })) {
    const found = line.match(/WebDriver BiDi listening on (\S+)/);
    if (found) {
      child.stderr.resume();
      return found[1];
    }
    said.push(line);
  }
  throw new Error(`Firefox does not start:\n${said.join("\n")}`);
}

/** A session with one tab. The certificate of the test is nobody's whom Firefox knows. */
async function connect(at, close) {
  const socket = new WebSocket(`${at}/session`);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`no connection to ${at}`));
  });
  const waiting = new Map();
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    const { resolve, reject } = waiting.get(message.id) ?? {};
    if (!resolve) return;
    waiting.delete(message.id);
    if (message.type === "success") resolve(message.result);
    else reject(new Error(`${message.error}: ${message.message}`));
  };
  let last = 0;
  const send = (method, params) =>
    new Promise((resolve, reject) => {
      const id = ++last;
      const late = setTimeout(() => reject(new Error(`${method}: no answer`)), PATIENCE);
      const first = (settle) => (value) => (clearTimeout(late), settle(value));
      waiting.set(id, { resolve: first(resolve), reject: first(reject) });
      socket.send(JSON.stringify({ id, method, params }));
    });
  const { capabilities } = await send("session.new", { capabilities: { alwaysMatch: { acceptInsecureCerts: true } } });
  const { contexts } = await send("browsingContext.getTree", {});
  return new Tab(send, contexts[0].context, `Firefox ${capabilities.browserVersion}`, async () => {
    socket.close();
    await close();
  });
}

/** What a visitor does in the tab, and sees. */
class Tab {
  constructor(send, context, name, close) {
    Object.assign(this, { send, context, name, close });
  }

  async goto(url) {
    await this.send("browsingContext.navigate", { context: this.context, url, wait: "complete" });
  }

  /** The value of an expression in the page. */
  async evaluate(expression) {
    const target = { context: this.context };
    const { result, exceptionDetails } = await this.send("script.evaluate", { expression, target, awaitPromise: true });
    assert(!exceptionDetails, exceptionDetails?.text);
    return result.value;
  }

  /** Scrolls to the element and clicks into its middle. */
  async click(selector) {
    const middle = `(() => { const e = document.querySelector(${JSON.stringify(selector)}); e.scrollIntoView();
      const { x, y, width, height } = e.getBoundingClientRect(); return [x + width / 2, y + height / 2].join(); })()`;
    const [x, y] = (await this.evaluate(middle)).split(",").map(Math.round);
    const actions = [{ type: "pointerMove", x, y }, { type: "pointerDown", button: 0 }, { type: "pointerUp", button: 0 }];
    await this.act([{ type: "pointer", id: "mouse", actions }]);
  }

  /** Types into a field, after what it holds has been selected. */
  async fill(selector, text) {
    await this.click(selector);
    await this.evaluate(`document.querySelector(${JSON.stringify(selector)}).select()`);
    const keys = text === "" ? ["\uE003"] : [...text];
    const actions = keys.flatMap((value) => [{ type: "keyDown", value }, { type: "keyUp", value }]);
    await this.act([{ type: "key", id: "keyboard", actions }]);
  }

  act(actions) {
    return this.send("input.performActions", { context: this.context, actions });
  }

  url() {
    return this.evaluate("location.href");
  }

  shown() {
    return this.evaluate(`[document.title, document.body.innerText,
      ...[...document.querySelectorAll("input")].map((field) => field.value)].join("\\n")`);
  }

  /** One step back in the history; false where there is none. */
  async back() {
    try {
      await this.send("browsingContext.traverseHistory", { context: this.context, delta: -1 });
      return true;
    } catch (error) {
      if (/no such history entry/.test(error.message)) return false;
      throw error;
    }
  }

  async picture() {
    const { data } = await this.send("browsingContext.captureScreenshot", { context: this.context });
    return Buffer.from(data, "base64");
  }
}
