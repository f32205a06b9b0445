// One Tonearm and one Chromium for all tests of a run.
import { after, before } from "node:test";
import type { BrowserContextOptions } from "playwright-core";
import { type Opened, type Tonearm, open as openIn, openTab as openTabIn, startChromium, startTonearm } from "./setup.ts";

let tonearm: Tonearm;
let browser: Awaited<ReturnType<typeof startChromium>>;

before(async () => {
  browser = await startChromium();
  tonearm = await startTonearm({ withTones: true });
});

after(async () => {
  await browser?.close();
  await tonearm?.stop();
});

export const open = (path = "/", options: BrowserContextOptions & { recording?: boolean } = {}): Promise<Opened> =>
  openIn(browser, tonearm, path, options);

/** The same in another tab of a browser that is open. */
export const openTab = (opened: Opened, path = "/"): Promise<Opened> =>
  openTabIn(opened.page.context(), tonearm, path);

export const environment = () => tonearm.environment;
