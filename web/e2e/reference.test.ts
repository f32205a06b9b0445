import assert from "node:assert/strict";
import { test } from "node:test";
import { findings } from "./axe.ts";
import { open } from "./world.ts";

test("the reference finds a field, leads from type to type, and links bring back what is hidden", async () => {
  const opened = await open("/reference");
  const { page } = opened;
  await page.keyboard.press("/");
  await page.keyboard.type("playbackChanged");
  const main = page.getByRole("main");
  await main.getByRole("heading", { level: 3, name: "playbackChanged" }).waitFor();
  assert.ok(await main.getByRole("heading", { level: 3, name: "SearchResult", exact: true }).isHidden());
  const entry = page.locator("#subscription-playbackChanged");
  await entry.getByText("Example").click();
  assert.match(await entry.locator("pre").innerText(), /^subscription PlaybackChanged \{\n  playbackChanged \{\n/);
  await entry.locator("a.type").first().click();
  await page.locator(new URL(page.url()).hash).getByRole("heading", { level: 3 }).waitFor();
  assert.deepEqual(opened.complaints, []);
  await opened.close();
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing serious in the reference, ${colorScheme}`, async () => {
    const opened = await open("/reference", { colorScheme });
    await opened.page.locator("article summary").first().click();
    assert.deepEqual(await findings(opened), []);
    await opened.close();
  });
}

test("the reference is no wider than a phone", async () => {
  const opened = await open("/reference", { viewport: { width: 390, height: 844 } });
  assert.equal(await opened.page.evaluate(() => document.documentElement.scrollWidth), 390);
  await opened.close();
});
