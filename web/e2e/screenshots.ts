// Takes the pictures of docs/images: `make screenshots`.
import { join } from "node:path";
import type { BrowserContextOptions } from "playwright-core";
import { type Opened, ROOT, open, playFor, search, signUp, startChromium, startTonearm } from "./setup.ts";

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

/** Somebody's playlist, of the first six songs that are found. */
async function playlist(opened: Opened) {
  const { page } = opened;
  await signUp(opened, `ada-${Object.keys(PICTURES).length}${opened.page.viewportSize()!.width}`);
  await search(opened, "a");
  for (let i = 0; i < 6; i++) {
    await page.locator(".song-more").nth(i).click();
    await page.getByRole("menuitem", { name: /Add to a playlist/ }).click();
    if (i === 0) {
      await page.getByLabel("Name").fill("Sunday morning");
      await page.getByRole("button", { name: "Make it" }).click();
    } else {
      await page.getByRole("button", { name: /^Sunday morning/ }).click();
    }
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }
  await page.getByRole("button", { name: "Open" }).click();
  await page.getByRole("list", { name: "Songs of the playlist" }).waitFor();
  await page.getByRole("button", { name: "Dismiss" }).click({ timeout: 1000 }).catch(() => undefined);
}

async function podcast(opened: Opened) {
  await search(opened, "two notes");
  await opened.page.getByRole("link", { name: /Two Notes at a Time/ }).first().click();
  await opened.page.getByRole("button", { name: /^Play The octave/ }).click();
  await playFor(opened.page, 5);
}

/** Two songs are kept, and the network goes. */
async function offline(opened: Opened) {
  const { page } = opened;
  for (const [text, count] of [["elise", 1], ["minuet", 2]] as const) {
    await search(opened, text);
    await page.locator(".song-play").first().click();
    await page.waitForFunction((least) => JSON.parse(localStorage.getItem("tonearm:saved")!).length >= least, count);
  }
  await page.context().setOffline(true);
  await page.getByRole("link", { name: /that you played last/ }).click();
  await page.getByRole("heading", { level: 1, name: "Kept in this browser" }).waitFor();
}

const PICTURES: Record<string, { options: BrowserContextOptions; show: (opened: Opened) => Promise<void> }> = {
  "player-search": { options: DESKTOP, show: (opened) => found(opened, "a") },
  "player-start": { options: DESKTOP, show: ({ page }) => page.getByRole("link", { name: "Classical" }).waitFor() },
  "player-phone-offline": { options: { ...PHONE, ...DARK }, show: offline },
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
  "player-playlist": {
    options: DESKTOP,
    async show(opened) {
      await playlist(opened);
      await opened.page.getByRole("button", { name: "Play", exact: true }).first().click();
      await playFor(opened.page, 1);
    },
  },
  "player-podcast-dark": { options: { ...DESKTOP, ...DARK }, show: podcast },
  "player-phone-playlist": { options: PHONE, show: playlist },
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
