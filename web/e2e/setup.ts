// A Tonearm of the tests' own with its music, and a real Chromium to open it in.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, type BrowserContextOptions, type Page, chromium } from "playwright-core";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BIN = join(ROOT, ".venv", "bin");

export interface Tonearm {
  url: string;
  environment: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

/** Starts `tonearm demo` on a free port, in a directory that goes when it stops. */
export async function startTonearm({ withTones = false } = {}): Promise<Tonearm> {
  const directory = mkdtempSync(join(tmpdir(), "tonearm-e2e-"));
  const port = await freePort();
  const demo = spawn(join(BIN, "tonearm"), ["demo", "--directory", join(directory, "demo"), "--port", `${port}`], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const stop = async () => {
    await end(demo);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await says(demo, "Tonearm is playing");
    const file = readFileSync(join(directory, "demo", "demo.env"), "utf8");
    const settings = file.split("\n").filter((line) => line.includes("="));
    const pairs = settings.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);
    const environment = { ...process.env, ...Object.fromEntries(pairs) };
    if (withTones) {
      execFileSync(join(BIN, "python"), [join(ROOT, "web/e2e/tones.py"), join(directory, "tones")], { cwd: ROOT });
      execFileSync(join(BIN, "tonearm"), ["ingest", join(directory, "tones")], { cwd: ROOT, env: environment });
    }
    return { url: `http://127.0.0.1:${port}`, environment, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

export async function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-dev-shm-usage",
      "--mute-audio",
      // A page that the tests answer is of no network, and may not ask loopback.
      "--disable-features=LocalNetworkAccessChecks",
    ],
  });
}

export interface Opened {
  page: Page;
  /** URLs of what was asked for, in order, with the answers' status. */
  requests: { url: string; range: string | undefined; status: number | null }[];
  /** What the console said in anger, and requests to hosts that are not ours. */
  complaints: string[];
  close(): Promise<void>;
}

/**
 * Opens `path` in a browser without memory, and notes what goes on. A service worker would answer
 * what the tests answer themselves, so there is none unless `serviceWorkers` allows it.
 */
export async function open(
  browser: Browser,
  tonearm: Tonearm,
  path = "/",
  { recording = false, ...options }: BrowserContextOptions & { recording?: boolean } = {},
): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    serviceWorkers: "block",
    ...options,
  });
  return openTab(context, tonearm, path, recording);
}

/** The same in another tab of a browser. */
export async function openTab(
  context: BrowserContext,
  tonearm: Tonearm,
  path = "/",
  recording = false,
): Promise<Opened> {
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  const requests: Opened["requests"] = [];
  page.on("console", (message) => {
    if (!recording && message.text().includes("blob:")) return; // the recorder that may not be
    if (message.text().includes("blocked by Playwright")) return; // the worker that may not be
    if (["error", "warning"].includes(message.type())) complaints.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`uncaught: ${error.stack}`));
  const hosts = [new URL(tonearm.url).host, new URL(tonearm.environment.TONEARM_S3_ENDPOINT_URL!).host];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http") && !hosts.includes(url.host)) {
      complaints.push(`another host: ${url.host}`);
    }
    const noted = {
      url: request.url(),
      range: request.headers().range,
      status: null as number | null,
    };
    requests.push(noted);
    void request.response().then((response) => (noted.status = response?.status() ?? null), () => undefined);
  });
  await page.addInitScript(tapSpeakers);
  if (recording) await allowRecorder(page);
  await page.goto(tonearm.url + path);
  return { page, requests, complaints, close: () => context.close() };
}

/** In the page: records what reaches the speakers, and finds the element that plays. */
function tapSpeakers() {
  const RECORDER = `registerProcessor("recorder", class extends AudioWorkletProcessor {
    process([input]) {
      if (input[0]) this.port.postMessage(input[0].slice());
      return true;
    }
  })`;
  const heard: number[] = [];
  const elements: HTMLMediaElement[] = [];
  const connect = AudioNode.prototype.connect as (this: AudioNode, target: AudioNode) => AudioNode;
  AudioNode.prototype.connect = function (this: AudioNode, target: AudioNode) {
    if (this instanceof MediaElementAudioSourceNode) elements.push(this.mediaElement);
    if (target instanceof AudioDestinationNode) {
      const recorder = URL.createObjectURL(new Blob([RECORDER], { type: "text/javascript" }));
      void this.context.audioWorklet.addModule(recorder).then(
        () => {
          const tap = new AudioWorkletNode(this.context, "recorder", { numberOfOutputs: 0 });
          tap.port.onmessage = ({ data }) => heard.push(...(data as Float32Array));
          connect.call(this, tap);
        },
        () => undefined, // not asked to record: the page's policy forbids it
      );
    }
    return connect.call(this, target);
  } as typeof AudioNode.prototype.connect;
  Object.assign(globalThis, { test: { heard, elements } });
}

declare global {
  /** What `tapSpeakers` leaves in the page. */
  var test: { heard: number[]; elements: HTMLMediaElement[] };
}

/** Types into the search bar as a person does, and waits for the answer to all of it. */
export async function search({ page }: Opened, text: string): Promise<void> {
  await page.getByRole("searchbox").fill("");
  await page.getByRole("searchbox").pressSequentially(text, { delay: 25 });
  await page.getByRole("button", { name: /^(Play|Pause) / }).first().waitFor();
}

/** Signs up somebody new, from whatever page is open; gives the user name. */
export async function signUp({ page }: Opened, userName = `ada-${crypto.randomUUID().slice(0, 8)}`): Promise<string> {
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Sign in" }).click();
  await page.getByRole("main").getByRole("link", { name: "Sign up" }).click();
  await page.getByLabel("User name").fill(userName);
  await page.getByLabel("E-mail").fill(`${userName}@example.com`);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign up" }).click();
  await page.getByRole("link", { name: `Account of ${userName}` }).waitFor();
  return userName;
}

export const PASSWORD = "correct horse battery";

export async function signIn({ page }: Opened, userName: string): Promise<void> {
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Sign in" }).click();
  await page.getByLabel("User name or e-mail").fill(userName);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name: `Account of ${userName}` }).waitFor();
}

/** Seconds on the element's timeline; it moves while there is sound. */
export const time = (page: Page) => page.evaluate(() => globalThis.test.elements[0]?.currentTime ?? 0);

/** Waits until the song has gone on for `seconds`. */
export async function playFor(page: Page, seconds: number): Promise<void> {
  const from = await time(page);
  await page.waitForFunction((end) => (globalThis.test.elements[0]?.currentTime ?? 0) > end, from + seconds);
}

/** Lets the page load the recorder of `tapSpeakers`; otherwise its own policy stands. */
async function allowRecorder(page: Page): Promise<void> {
  await page.route(/\/$/, async (route) => {
    const response = await route.fetch();
    const headers = response.headers();
    const policy = headers["content-security-policy"]!.replace("script-src", "script-src blob:");
    await route.fulfill({ response, headers: { ...headers, "content-security-policy": policy } });
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

function says(process: ChildProcess, words: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    process.stdout!.on("data", (data: Buffer) => {
      said += data.toString();
      if (said.includes(words)) resolve();
    });
    process.once("exit", (code) => reject(new Error(`tonearm demo ended with ${code}:\n${said}`)));
  });
}

function end(process: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (process.exitCode !== null) return resolve();
    process.once("exit", () => resolve());
    process.kill("SIGTERM");
  });
}
