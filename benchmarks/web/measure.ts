// What a person waits for in the player, in one browser on the machine of the server:
// `python -m web.e2e benchmarks/web/measure.ts [RUNS]`.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Opened, ROOT, open, startChromium, startTonearm } from "../../web/e2e/setup.ts";

const RUNS = Number(process.argv[2] ?? 30);
const QUERIES = ["beet", "green", "moon", "cano", "rain", "largo", "turca", "amaz", "primav", "harb"];

/** Milliseconds from the last keystroke to the frame that shows its answer. */
async function typed(page: Opened["page"], query: string): Promise<number> {
  const field = page.getByRole("searchbox");
  await field.fill("");
  await field.pressSequentially(query.slice(0, -1), { delay: 60 });
  await page.evaluate(() => {
    const answered = new Promise<number>((resolve) => {
      document.addEventListener(
        "input",
        () => {
          const from = performance.now();
          const fetched = new PerformanceObserver((list) => {
            if (!list.getEntries().some(({ name, startTime }) => name.endsWith("/graphql") && startTime >= from)) return;
            fetched.disconnect();
            // The answer is drawn in the next frame; that has passed when the one after begins.
            requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - from)));
          });
          fetched.observe({ type: "resource" });
        },
        { once: true, capture: true },
      );
    });
    Object.assign(globalThis, { answered });
  });
  await field.press(query.at(-1)!);
  return page.evaluate(() => (globalThis as unknown as { answered: Promise<number> }).answered);
}

/** Milliseconds from the click on a song to the element's `playing`. */
async function clicked(page: Opened["page"]): Promise<number> {
  await page.evaluate(() => {
    const started = new Promise<number>((resolve) => {
      let from = 0;
      document.addEventListener("pointerdown", () => (from = performance.now()), { once: true, capture: true });
      const play = HTMLMediaElement.prototype.play;
      HTMLMediaElement.prototype.play = function () {
        this.addEventListener("playing", () => resolve(performance.now() - from), { once: true });
        return play.call(this);
      };
    });
    Object.assign(globalThis, { started });
  });
  await page.locator(".song-play").first().click();
  return page.evaluate(() => (globalThis as unknown as { started: Promise<number> }).started);
}

function show(name: string, values: number[]): void {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!.toFixed(0);
  console.log(`${name}: median ${at(0.5)} ms, p95 ${at(0.95)} ms, ${sorted.length} runs`);
}

function sizes(): void {
  const assets = join(ROOT, "web", "dist", "assets");
  const page = readFileSync(join(ROOT, "web", "dist", "player.html"), "utf8");
  for (const [kind, pattern] of [["JavaScript", /assets\/([\w-]+\.js)/g], ["styles", /assets\/([\w-]+\.css)/g]] as const) {
    const names = [...page.matchAll(pattern)].map((match) => match[1]!).filter((name) => readdirSync(assets).includes(name));
    const size = names.reduce((sum, name) => sum + gzipSync(readFileSync(join(assets, name))).length, 0);
    console.log(`initial page, ${kind}: ${(size / 1000).toFixed(1)} kB in gzip`);
  }
}

const tonearm = await startTonearm();
const browser = await startChromium();
try {
  const [keystrokes, clicks]: [number[], number[]] = [[], []];
  for (let run = 0; run < RUNS; run++) {
    const { page, close } = await open(browser, tonearm);
    keystrokes.push(await typed(page, QUERIES[run % QUERIES.length]!));
    await page.locator(".song-play").first().waitFor();
    clicks.push(await clicked(page));
    await close();
  }
  show("last keystroke to its answer on the screen", keystrokes);
  show("click to playing, first song of a page", clicks);
  sizes();
} finally {
  await browser.close();
  await tonearm.stop();
}
