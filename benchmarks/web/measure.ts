// What a person waits for in the player, in one browser on the machine of the server:
// `python -m web.e2e benchmarks/web/measure.ts [RUNS]`, which keeps the figures in `results/`.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Opened, ROOT, open, startChromium, startTonearm } from "../../web/e2e/setup.ts";

const RUNS = Number(process.argv[2] ?? 40);
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

interface Shown {
  /** Milliseconds from the navigation to the largest contentful paint. */
  largestPaint: number;
  /** Cumulative layout shift of the start page. */
  shift: number;
}

/** How the start page came, as the browser itself says (Web Vitals). */
async function shown(page: Opened["page"]): Promise<Shown> {
  await page.getByRole("link", { name: "Classical" }).waitFor();
  await page.waitForLoadState("networkidle");
  return page.evaluate(async () => {
    const entries = (type: string) =>
      new Promise<PerformanceEntry[]>((resolve) => {
        const observer = new PerformanceObserver((list) => resolve(list.getEntries()));
        observer.observe({ type, buffered: true });
        setTimeout(resolve, 200, []); // none of that type
      });
    const shifts = (await entries("layout-shift")) as (PerformanceEntry & { value: number })[];
    return {
      largestPaint: (await entries("largest-contentful-paint")).at(-1)?.startTime ?? NaN,
      shift: shifts.reduce((sum, { value }) => sum + value, 0),
    };
  });
}

/** Bytes in gzip of what the page names: what comes before it can be used. */
function sizes() {
  const assets = join(ROOT, "web", "dist", "assets");
  const page = readFileSync(join(ROOT, "web", "dist", "player.html"), "utf8");
  const named = (suffix: string) => [...new Set(page.match(/assets\/[\w.-]+/g))].filter((name) => name.endsWith(suffix));
  const zipped = (suffix: string) =>
    named(suffix).reduce((sum, name) => sum + gzipSync(readFileSync(join(assets, "..", name))).length, 0);
  return { javaScript: zipped(".js"), styles: zipped(".css") };
}

function spread(values: number[]) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
  return { median: at(0.5), p95: at(0.95), worst: at(1), samples: sorted.length };
}

function report(facts: Record<string, string>, figures: Record<string, number[]>, bundle: ReturnType<typeof sizes>): string {
  const row = ([name, values]: [string, number[]]) => {
    const { median, p95, worst, samples } = spread(values);
    const digits = name.includes("shift") ? 3 : 0;
    return `| ${name} | ${median.toFixed(digits)} | ${p95.toFixed(digits)} | ${worst.toFixed(digits)} | ${samples} |`;
  };
  return `# The player in Chromium, ${facts.date}, commit ${facts.commit}

${facts.browser}, ${facts.machine}; client, server, PostgreSQL and the object store on that one machine, which
others used too (load ${facts.load}). Each sample is a browser context of its own, with nothing cached.

| | median | p95 | worst | samples |
|---|---|---|---|---|
${Object.entries(figures).map(row).join("\n")}

Initial page, in gzip: ${(bundle.javaScript / 1000).toFixed(1)} kB JavaScript (at most 120), ${(bundle.styles / 1000).toFixed(1)} kB styles.

Made by \`make bench-web\`.
`;
}

const command = (...words: string[]) => execFileSync(words[0]!, words.slice(1), { cwd: ROOT }).toString().trim();

const tonearm = await startTonearm();
const browser = await startChromium();
try {
  const keystrokes: number[] = [];
  const clicks: number[] = [];
  const pages: Shown[] = [];
  for (let run = 0; run < RUNS; run++) {
    const { page, close } = await open(browser, tonearm, "/", { serviceWorkers: "allow" });
    pages.push(await shown(page));
    keystrokes.push(await typed(page, QUERIES[run % QUERIES.length]!));
    await page.locator(".song-play").first().waitFor();
    clicks.push(await clicked(page));
    await close();
  }
  const figures = {
    "last keystroke to its results on the screen, ms": keystrokes,
    "click on a song to `playing`, ms": clicks,
    "largest contentful paint, ms": pages.map(({ largestPaint }) => largestPaint),
    "cumulative layout shift": pages.map(({ shift }) => shift),
  };
  const facts = {
    date: new Date().toISOString().slice(0, 10),
    commit: command("git", "describe", "--always", "--dirty", "--exclude=*"),
    browser: `Chromium ${browser.version()}, headless`,
    machine: `${cpus().length} cores of ${cpus()[0]!.model.trim()}`,
    load: loadavg()[0]!.toFixed(1),
  };
  const bundle = sizes();
  const text = report(facts, figures, bundle);
  const folder = join(ROOT, "benchmarks", "web", "results", `${facts.date}-${facts.commit}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "README.md"), text);
  writeFileSync(join(folder, "samples.json"), `${JSON.stringify({ facts, figures, bundle })}\n`);
  console.log(text);
} finally {
  await browser.close();
  await tonearm.stop();
}
