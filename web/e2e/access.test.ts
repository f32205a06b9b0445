import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { type Opened, playFor, search } from "./setup.ts";
import { open } from "./world.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Finding {
  id: string;
  impact: string;
  nodes: { target: string[]; failureSummary: string }[];
}

/** What axe finds serious or critical. */
async function findings({ page }: Opened): Promise<string[]> {
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.cancel())));
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Finding[] }> } };
    return (await axe.run()).violations;
  });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary}`));
}

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
