// What can be measured of a page's look, and a picture for what cannot.

import assert from "node:assert/strict";
import path from "node:path";

/** The three that the folder has of each page; all of them are measured too. */
const VIEWS = {
  light: { viewport: { width: 1280, height: 800 }, colorScheme: "light" },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: "light" },
};

/** Half a small window, which is what 200 % zoom leaves of it; and WCAG's 1.4.10. */
const NARROW = [640, 320];

/** Pictures of the page as it stands, measured in each view; `name` is its file's. */
export async function look(page, folder, name) {
  for (const [view, { viewport, colorScheme }] of Object.entries(VIEWS)) {
    await page.setViewportSize(viewport);
    // Or it would be measured halfway from one colour to the other.
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.screenshot({ path: path.join(folder, `${name}-${view}.png`) });
    await readable(page, `${name}, ${view}`);
  }
  for (const width of NARROW) {
    await page.setViewportSize({ width, height: 400 });
    await readable(page, `${name}, ${width} px`);
  }
  await page.setViewportSize(VIEWS.light.viewport);
}

/** Contrast of 4.5:1 (WCAG 1.4.3), nothing to scroll sideways for, and controls a thumb can hit. */
async function readable(page, where) {
  const found = await page.evaluate(measure);
  assert.deepEqual(found.faint, [], `${where}: contrast under 4.5`);
  assert.deepEqual(found.small, [], `${where}: controls under 44 px`);
  assert(found.wide <= 0, `${where}: ${found.wide} px too wide`);
}

/** Runs in the page. */
function measure() {
  const channels = (colour) => colour.match(/[\d.]+/g).map(Number);
  const light = (colour) =>
    channels(colour)
      .slice(0, 3)
      .map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
      .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (channels(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const texts = [...document.body.querySelectorAll("*")].filter((element) =>
    [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()),
  );
  const faint = texts.flatMap((element) => {
    const pair = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a);
    const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
    return contrast < 4.5 ? [`${contrast.toFixed(2)} ${element.textContent.trim()}`] : [];
  });
  const small = [...document.querySelectorAll("button, a, input:not([type=hidden], [type=checkbox]), label:has(input)")]
    .filter((control) => control.getBoundingClientRect().height < 44)
    .map((control) => control.outerHTML);
  return { faint, small, wide: document.documentElement.scrollWidth - innerWidth };
}
