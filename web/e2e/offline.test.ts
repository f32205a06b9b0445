import assert from "node:assert/strict";
import { test } from "node:test";
import { findings } from "./axe.ts";
import { type Opened, playFor, search, signUp } from "./setup.ts";
import { open } from "./world.ts";

/** Once the worker looks after the page. */
const workerIsThere = ({ page }: Opened) =>
  page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller) return;
    await new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
  });

/** Waits until so many songs are kept. */
const keptSongs = ({ page }: Opened, count: number) =>
  page.waitForFunction((least) => JSON.parse(localStorage.getItem("tonearm:saved") ?? "[]").length >= least, count);

const OWN = (opened: Opened) => opened.complaints.filter((one) => !one.includes("net::ERR_INTERNET_DISCONNECTED"));

test("without a network the page opens, and plays what was played last", async () => {
  const opened = await open("/", { serviceWorkers: "allow" });
  const { page } = opened;
  await workerIsThere(opened);
  await search(opened, "uncut flac one");
  await page.getByRole("button", { name: "Play Uncut FLAC one" }).click();
  await keptSongs(opened, 1);
  await page.context().setOffline(true);
  await page.goto(new URL("/genres/folk", page.url()).href); // an address that was not opened before
  await page.getByRole("status").getByText("Offline: you can still play the song that you played last").waitFor();
  await page.getByRole("alert").getByText("You are offline").waitFor();
  await page.getByRole("link", { name: "the song that you played last" }).click();
  assert.deepEqual(await findings(opened), []);
  await page.getByRole("button", { name: "Play Uncut FLAC one" }).click();
  await playFor(page, 1);
  await page.getByRole("slider", { name: "Position" }).fill("3");
  await playFor(page, 0.3);
  await page.context().setOffline(false);
  await page.getByText("Offline: you can").waitFor({ state: "detached" });
  await page.goto(new URL("/genres/folk", page.url()).href);
  await page.getByRole("heading", { level: 1 }).waitFor();
  assert.deepEqual(OWN(opened), []);
  await opened.close();
});

for (const format of ["MP3", "VBR", "AAC", "Opus", "FLAC"]) {
  test(`a song in ${format} is kept as it is in the store, byte for byte`, async () => {
    const opened = await open("/");
    const { page, requests } = opened;
    await search(opened, `uncut ${format} one`);
    await page.getByRole("button", { name: `Play Uncut ${format} one` }).click();
    await keptSongs(opened, 1);
    const url = requests.find(({ url }) => url.includes("/audio/"))!.url;
    const [kept, stored] = await page.evaluate(async (url) => {
      const cache = await caches.open("tonearm-songs");
      const [request] = await cache.keys();
      const digest = async (response: Response) =>
        [...new Uint8Array(await crypto.subtle.digest("SHA-256", await response.arrayBuffer()))].join();
      return [await digest((await cache.match(request!))!), await digest(await fetch(url))];
    }, url);
    assert.equal(kept, stored);
    await opened.close();
  });
}

test("a song that was not read to its end is not kept", async () => {
  const opened = await open();
  const { page } = opened;
  // The connection is slow: the end of what plays does not come.
  await page.route("**/audio/**", async (route) => {
    const from = Number(/bytes=(\d+)-/.exec(route.request().headers().range ?? "")![1]);
    if (from > 0) return;
    await route.continue({ headers: { ...route.request().headers(), range: "bytes=0-60000" } });
  });
  await search(opened, "greensleeves");
  await page.getByRole("button", { name: /^Play Greensleeves/ }).click();
  await playFor(page, 1);
  assert.equal(await page.evaluate(() => localStorage.getItem("tonearm:saved")), "[]");
  await page.context().setOffline(true);
  await page.getByRole("status").getByText("Offline. Songs that you play to their end").waitFor();
  await opened.close();
});

test("the last twenty songs are kept, and none of them once one signs out", async () => {
  const opened = await open();
  const { page } = opened;
  await signUp(opened);
  await search(opened, "uncut flac one");
  await page.getByRole("button", { name: "Play Uncut FLAC one" }).click();
  await keptSongs(opened, 1);
  // As if there had been twenty others before.
  await page.evaluate(async () => {
    const [own] = JSON.parse(localStorage.getItem("tonearm:saved")!);
    const cache = await caches.open("tonearm-songs");
    const others = Array.from({ length: 20 }, (_, i) => ({ ...own, song: { ...own.song, id: `other-${i}` } }));
    for (const { song } of others) await cache.put(`/offline/songs/${song.id}`, new Response("a song"));
    localStorage.setItem("tonearm:saved", JSON.stringify(others));
  });
  await page.reload();
  await search(opened, "uncut mp3 one");
  await page.getByRole("button", { name: "Play Uncut MP3 one" }).click();
  await page.waitForFunction(() => !JSON.parse(localStorage.getItem("tonearm:saved")!)[0].song.id.startsWith("other"));
  const kept = () => page.evaluate(async () => (await (await caches.open("tonearm-songs")).keys()).map(({ url }) => url));
  await page.waitForFunction(async () => !(await (await caches.open("tonearm-songs")).match("/offline/songs/other-19")));
  assert.equal((await page.evaluate(() => JSON.parse(localStorage.getItem("tonearm:saved")!))).length, 20);
  assert.ok((await kept()).some((url) => url.endsWith("other-18")));
  await page.getByRole("link", { name: /^Account of/ }).click();
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByText("You are signed out.").waitFor();
  await page.waitForFunction(() => localStorage.getItem("tonearm:saved") === "[]");
  assert.deepEqual(await kept(), []);
  await opened.close();
});

test("the worker keeps nothing that the API answers, nor of other pages", async () => {
  const opened = await open("/", { serviceWorkers: "allow" });
  const { page } = opened;
  await workerIsThere(opened);
  await page.reload();
  await signUp(opened);
  await search(opened, "greensleeves");
  await page.goto(new URL("/graphiql", page.url()).href);
  await page.locator(".graphiql-query-editor .view-lines", { hasText: "SearchToSound" }).waitFor();
  await page.goto(new URL("/", page.url()).href);
  await page.getByRole("searchbox").waitFor();
  const kept = await page.evaluate(async () => {
    const names = (await caches.keys()).filter((name) => name !== "tonearm-songs");
    const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
    return requests.flat().map(({ url }) => new URL(url).pathname);
  });
  assert.ok(kept.includes("/") && kept.some((path) => path.startsWith("/assets/player-")));
  assert.deepEqual(kept.filter((path) => !/^\/($|favicon\.svg|assets\/)/.test(path)), []);
  assert.deepEqual(kept.filter((path) => /monaco|graphiql/.test(path)), []);
  assert.deepEqual(OWN(opened), []);
  await opened.close();
});
