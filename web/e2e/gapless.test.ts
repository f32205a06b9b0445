import assert from "node:assert/strict";
import { test } from "node:test";
import { search } from "./setup.ts";
import { open } from "./world.ts";

const TONE_HZ = 441;

for (const format of ["MP3", "VBR", "AAC", "Opus", "FLAC"]) {
  test(`a tone cut into two ${format} files sounds like one`, async (t) => {
    const opened = await open("/", { recording: true });
    const { page } = opened;
    await search(opened, `uncut ${format}`);
    await page.getByRole("link", { name: `Uncut ${format}` }).first().click();
    await page.getByRole("button", { name: "Play", exact: true }).first().click();
    await page.waitForFunction(() => document.title.includes("two"));
    const before = await page.evaluate(() => globalThis.test.heard.length);
    // Two seconds more of it are recorded.
    await page.waitForFunction((length) => globalThis.test.heard.length > length + 88_200, before);
    const [values, rate] = await page.evaluate(
      () => [globalThis.test.heard, new AudioContext().sampleRate] as const,
    );
    const { gap, slip, length } = seam(values, rate);
    t.diagnostic(`${format}: silent for ${gap} samples, phase off by ${slip.toFixed(2)} samples`);
    assert.ok(length > rate * 4.5, "both parts were heard");
    assert.ok(gap <= 8, `silent for ${gap} samples`); // a tone near zero: 4 or fewer
    assert.ok(slip <= 2, `the second part begins ${slip} samples off`);
    assert.deepEqual(opened.complaints, []);
    await opened.close();
  });
}

/** The longest silence within the tone, and the greatest jump of its phase, in samples. */
function seam(values: readonly number[], rate: number) {
  const level = 0.5 * values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const first = values.findIndex((value) => Math.abs(value) > level);
  const last = values.findLastIndex((value) => Math.abs(value) > level);
  let [gap, silent] = [0, 0];
  for (let i = first; i <= last; i++) {
    silent = Math.abs(values[i]!) < level * 0.1 ? silent + 1 : 0;
    gap = Math.max(gap, silent);
  }
  // The phase of the tone in windows of 50 ms, which must go on from each to the next.
  const width = Math.round(rate / 20);
  const step = (2 * Math.PI * TONE_HZ) / rate;
  let slip = 0;
  let before: number | null = null;
  for (let from = first + width; from + 2 * width < last; from += width) {
    let [re, im] = [0, 0];
    for (let i = from; i < from + width; i++) {
      re += values[i]! * Math.cos(step * i);
      im += values[i]! * Math.sin(step * i);
    }
    const phase = Math.atan2(im, re);
    if (before !== null) {
      const jump = Math.abs(phase - before);
      slip = Math.max(slip, Math.min(jump, 2 * Math.PI - jump) / step);
    }
    before = phase;
  }
  return { gap, slip, length: last - first };
}
