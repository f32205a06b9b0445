// Takes the pictures of docs/images: `make screenshots`.
import { join } from "node:path";
import type { BrowserContextOptions } from "playwright-core";
import { type Opened, ROOT, open, playFor, search, startChromium, startTonearm } from "./setup.ts";

const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 1.5,
  hasTouch: true,
  isMobile: true,
};
const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 800 } };
const DARK: BrowserContextOptions = { colorScheme: "dark" };

const player = ({ page }: Opened) => page.getByRole("region", { name: "Player" });

async function found(opened: Opened, text: string) {
  await search(opened, text);
  await opened.page.locator(".song-play").first().click();
  await playFor(opened.page, 3);
}

async function album(opened: Opened) {
  await search(opened, "around the world");
  await opened.page.getByRole("link", { name: /Around the World/ }).last().click();
  await opened.page.getByRole("button", { name: "Play", exact: true }).first().click();
  await playFor(opened.page, 2);
}

const PICTURES: Record<string, { options: BrowserContextOptions; show: (opened: Opened) => Promise<void> }> = {
  "player-search": { options: DESKTOP, show: (opened) => found(opened, "a") },
  "player-album-dark": { options: { ...DESKTOP, ...DARK }, show: album },
  "player-lyrics": {
    options: DESKTOP,
    async show(opened) {
      await found(opened, "scarborough");
      await player(opened).getByRole("button", { name: "Lyrics" }).click();
      await opened.page.locator(".lyrics").waitFor();
    },
  },
  "player-genres": {
    options: DESKTOP,
    async show({ page }) {
      await page.getByRole("link", { name: "Genres" }).click();
      await page.getByRole("heading", { level: 1 }).waitFor();
    },
  },
  "player-phone": { options: PHONE, show: (opened) => found(opened, "a") },
  "player-phone-album-dark": { options: { ...PHONE, ...DARK }, show: album },
  "player-phone-queue": {
    options: PHONE,
    async show(opened) {
      await found(opened, "a");
      await player(opened).getByRole("button", { name: "Queue" }).click();
      await opened.page.locator(".queue").waitFor();
    },
  },
};

const directory = process.argv[2] ?? join(ROOT, "docs", "images");
const tonearm = await startTonearm();
const browser = await startChromium();
try {
  for (const [name, { options, show }] of Object.entries(PICTURES)) {
    const opened = await open(browser, tonearm, "/", options);
    await show(opened);
    await opened.page.mouse.move(0, 0);
    await opened.page.waitForLoadState("networkidle");
    await opened.page.screenshot({ path: join(directory, `${name}.jpg`), type: "jpeg", quality: 88 });
    await opened.close();
  }
} finally {
  await browser.close();
  await tonearm.stop();
}
