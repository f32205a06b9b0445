import assert from "node:assert/strict";
import { test } from "node:test";
import { findings } from "./axe.ts";
import { playFor, search, signUp } from "./setup.ts";
import { open } from "./world.ts";

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing serious on any page, ${colorScheme}`, async () => {
    const opened = await open("/", { colorScheme });
    const { page } = opened;
    await page.getByRole("link", { name: "Classical" }).waitFor();
    assert.deepEqual(await findings(opened), []);
    await search(opened, "beet");
    await page.getByRole("button", { name: /^Play .* by Ludwig/ }).first().click();
    await playFor(page, 0.2);
    assert.deepEqual(await findings(opened), []);
    await page.getByRole("region", { name: "Player" }).getByRole("button", { name: "Queue" }).click();
    assert.deepEqual(await findings(opened), []);
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "Odes & Bagatelles" }).first().click();
    await page.getByRole("heading", { level: 1 }).waitFor();
    assert.deepEqual(await findings(opened), []);
    await page.getByRole("link", { name: "Genres" }).click();
    await page.getByRole("heading", { level: 1, name: "Genres" }).waitFor();
    assert.deepEqual(await findings(opened), []);
    assert.deepEqual(opened.complaints, []);
    await opened.close();
  });
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe finds nothing serious on what is a listener's own, ${colorScheme}`, async () => {
    const opened = await open("/sign-in", { colorScheme });
    const { page } = opened;
    await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
    assert.deepEqual(await findings(opened), []);
    await page.getByLabel("User name or e-mail").fill("nobody");
    await page.getByLabel("Password").fill("not that one");
    await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
    assert.deepEqual(await findings(opened), []);
    await signUp(opened);
    await search(opened, "beetoven");
    assert.deepEqual(await findings(opened), []);
    await page.getByRole("button", { name: "Like Für Elise" }).click();
    await page.getByRole("button", { name: "More for Für Elise" }).click();
    await page.getByRole("menu").waitFor();
    assert.deepEqual(await findings(opened), []);
    await page.getByRole("menuitem", { name: /Add to a playlist/ }).click();
    await page.getByLabel("Name").fill("Evenings");
    assert.deepEqual(await findings(opened), []);
    await page.getByRole("button", { name: "Make it" }).click();
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByRole("button", { name: "Edit and share" }).click();
    await page.getByLabel("Who has the link").check();
    await page.getByLabel("Link to it").waitFor();
    assert.deepEqual(await findings(opened), []);
    await page.keyboard.press("Escape");
    assert.deepEqual(await findings(opened), []);
    for (const path of ["/forgot", "/reset", "/offline"]) {
      await page.goto(new URL(path, page.url()).href);
      await page.getByRole("heading", { level: 1 }).waitFor();
      assert.deepEqual(await findings(opened), []);
    }
    for (const [path, there] of [
      ["/library", "Playlists"],
      ["/account", "Signed in on"],
    ] as const) {
      await page.goto(new URL(path, page.url()).href);
      await page.getByRole("heading", { name: there }).waitFor();
      assert.deepEqual(await findings(opened), []);
    }
    await page.goto(new URL("/library/songs", page.url()).href);
    await page.getByRole("list", { name: "Liked songs" }).waitFor();
    assert.deepEqual(await findings(opened), []);
    await search(opened, "two notes");
    await page.getByRole("link", { name: /Two Notes at a Time/ }).first().click();
    await page.getByRole("button", { name: /^Play The octave/ }).click();
    await playFor(page, 0.2);
    assert.deepEqual(await findings(opened), []);
    await opened.close();
  });
}

for (const [name, viewport] of Object.entries({
  "a phone": { width: 390, height: 844 },
  "a desktop at 200 %": { width: 640, height: 400 },
  "a small phone": { width: 320, height: 568 },
})) {
  test(`nothing is wider than ${name}`, async () => {
    const opened = await open("/", { viewport });
    const { page } = opened;
    await search(opened, "o");
    await page.getByRole("button", { name: /^Play / }).first().click();
    await playFor(page, 0.2);
    const widest = () => page.evaluate(() => document.documentElement.scrollWidth);
    assert.equal(await widest(), viewport.width);
    await page.goto(new URL("/genres/classical", page.url()).href);
    await page.getByRole("heading", { level: 1 }).waitFor();
    assert.equal(await widest(), viewport.width);
    await signUp(opened);
    await search(opened, "two notes");
    assert.equal(await widest(), viewport.width);
    await page.getByRole("link", { name: /Two Notes at a Time/ }).first().click();
    await page.getByRole("heading", { name: "Episodes" }).waitFor();
    assert.equal(await widest(), viewport.width);
    await page.getByRole("link", { name: /^Account/ }).click();
    await page.getByRole("heading", { name: "Signed in on" }).waitFor();
    assert.equal(await widest(), viewport.width);
    await opened.close();
  });
}

test("nothing moves by itself while a search is answered", async () => {
  const opened = await open();
  const { page } = opened;
  await page.evaluate(() => {
    let sum = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[]) {
        if (!entry.hadRecentInput) sum += entry.value;
      }
      document.body.dataset.shift = String(sum);
    }).observe({ type: "layout-shift", buffered: true });
  });
  await search(opened, "beet");
  await page.waitForLoadState("networkidle");
  const shift = Number((await page.evaluate(() => document.body.dataset.shift)) ?? 0);
  assert.ok(shift < 0.01, `layout shift of ${shift}`);
  await opened.close();
});
