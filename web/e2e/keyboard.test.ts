import assert from "node:assert/strict";
import { test } from "node:test";
import { playFor, time } from "./setup.ts";
import { open } from "./world.ts";

test("search, choose, play, pause and move without a mouse", async () => {
  const opened = await open();
  const { page } = opened;
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");
  await page.locator("body").press("/");
  await page.keyboard.type("beet");
  await page.getByRole("button", { name: /^Play .* by Ludwig/ }).first().waitFor();
  // The best of all is the artist; then come the songs.
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const first = await focused();
  assert.match(first, /^Play /);
  await page.keyboard.press("ArrowDown");
  assert.notEqual(await focused(), first);
  await page.keyboard.press("ArrowUp");
  assert.equal(await focused(), first);
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  assert.match(await focused(), /^Search/);
  await page.keyboard.type("hoven moonl");
  await page.getByRole("button", { name: /^Play Moonlight/ }).waitFor();
  await page.keyboard.press("Enter");
  await playFor(page, 0.5);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("k");
  await page.getByRole("region", { name: "Player" }).getByRole("button", { name: "Play", exact: true }).waitFor();
  await page.keyboard.press("k");
  await playFor(page, 0.2);
  const before = await time(page);
  await page.keyboard.press("l");
  await page.waitForFunction((least) => globalThis.test.elements[0]!.currentTime > least, before + 8);
  await page.keyboard.press("j");
  await page.waitForFunction((most) => globalThis.test.elements[0]!.currentTime < most, before + 6);
  await page.keyboard.press("Escape");
  assert.match(await focused(), /^Search/);
  await page.keyboard.press("Escape");
  assert.equal(await page.getByRole("searchbox").inputValue(), "");
  assert.deepEqual(opened.complaints, []);
  await opened.close();
});

test("space presses the button it is on, and pauses everywhere else", async () => {
  const opened = await open("/genres/classical");
  const { page } = opened;
  await page.getByRole("button", { name: "Play", exact: true }).first().focus();
  await page.keyboard.press("Space");
  await playFor(page, 0.3);
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await page.keyboard.press("Space");
  await page.getByRole("region", { name: "Player" }).getByRole("button", { name: "Play", exact: true }).waitFor();
  await opened.close();
});

test("the panel gives the focus back to the button that opened it", async () => {
  const opened = await open("/genres/classical");
  const { page } = opened;
  await page.getByRole("button", { name: "Play", exact: true }).first().click();
  const button = page.getByRole("region", { name: "Player" }).getByRole("button", { name: "Queue" });
  await button.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("complementary", { name: "Queue" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("complementary", { name: "Queue" }).waitFor({ state: "detached" });
  assert.equal(await button.evaluate((element) => element === document.activeElement), true);
  await opened.close();
});

test("on a phone the panel covers the page for the keyboard, too", async () => {
  const opened = await open("/genres/classical", { viewport: { width: 390, height: 844 } });
  const { page } = opened;
  await page.getByRole("button", { name: "Play", exact: true }).first().click();
  await page.getByRole("region", { name: "Player" }).getByRole("button", { name: "Queue" }).click();
  await page.waitForFunction(() => document.querySelector("main")!.inert);
  await page.keyboard.press("Escape");
  await page.getByRole("complementary", { name: "Queue" }).waitFor({ state: "detached" });
  await page.waitForFunction(() => !document.querySelector("main")!.inert);
  await opened.close();
});
