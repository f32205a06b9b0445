import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { type Opened, ROOT, playFor, search, time } from "./setup.ts";
import { environment, open } from "./world.ts";

/** The same URLs as the store gave three hours ago, which have ended since. */
function expired(urls: string[]): string[] {
  const script = join(ROOT, "web/e2e/expired.py");
  const python = join(ROOT, ".venv/bin/python");
  const output = execFileSync(python, [script, ...urls], { cwd: ROOT, env: environment() });
  return output.toString().trim().split("\n");
}

/** Changes the streams in answers to a search. */
async function withStreams(page: Page, change: (streams: Stream[]) => void): Promise<void> {
  await page.route("**/graphql", async (route) => {
    if (!route.request().postData()?.includes("query Search(")) return route.continue();
    const answer = await (await route.fetch()).json();
    const songs: { node: { stream: Stream | null } }[] = answer.data.search.songs.edges;
    change(songs.flatMap(({ node }) => node.stream ?? []));
    await route.fulfill({ json: answer });
  });
}

interface Stream {
  url: string;
  expiresAt: string;
  refreshAfter: string;
}

const asked = ({ requests }: Opened) => requests.filter(({ url }) => /\/(graphql|audio\/.*)$/.test(new URL(url).pathname));

test("a stream that has expired is asked for anew, and plays", async () => {
  const opened = await open();
  const { page, requests } = opened;
  // A page that lay open for hours: its answers hold URLs that have ended.
  await withStreams(page, (streams) => {
    const urls = expired(streams.map(({ url }) => url));
    streams.forEach((stream, i) => (stream.url = urls[i]!));
  });
  await page.getByRole("searchbox").fill("greensleeves");
  await page.getByRole("button", { name: /^Play Greensleeves/ }).click();
  await playFor(page, 0.5);
  const audio = requests.filter(({ url }) => url.includes("/audio/"));
  assert.deepEqual(audio.slice(0, 2).map(({ status }) => status), [403, 206]);
  assert.equal(await page.getByRole("alert").count(), 0);
  await opened.close();
});

test("streams are leased anew before they end, those of the next songs too, while the song goes on", async () => {
  const opened = await open();
  const { page } = opened;
  await withStreams(page, (streams) => {
    for (const stream of streams) stream.refreshAfter = new Date(Date.now() - 1000).toISOString();
  });
  await page.getByRole("searchbox").fill("beethoven");
  const first = page.getByRole("button", { name: /^Play .* by Ludwig/ }).first();
  await first.waitFor();
  const leased = page.waitForResponse((response) => !!response.request().postData()?.includes("mutation StartPlayback"));
  const before = asked(opened).length;
  await first.click();
  const { streams } = (await (await leased).json()).data.startPlayback.lease;
  assert.match(asked(opened)[before]!.url, /\/audio\//); // the click waits for no lease
  assert.ok(streams.length > 1);
  await playFor(page, 0.5);
  await page.getByRole("region", { name: "Player" }).getByRole("button", { name: "Next song" }).click();
  await playFor(page, 0.5);
  assert.equal(asked(opened).filter(({ status }) => status === 403).length, 0);
  assert.deepEqual(opened.complaints, []);
  await opened.close();
});

test("after a sleep that outlasts the lease the song goes on where it stopped, by the same file's new URL", async () => {
  const opened = await open();
  const { page } = opened;
  let isAsleep = false;
  let wake = () => {};
  const awake = new Promise<void>((resolve) => (wake = resolve));
  // Of the song only the first part is there when it is paused; then the connection is lost.
  await page.route("**/audio/**", async (route) => {
    const from = Number(/bytes=(\d+)-/.exec(route.request().headers().range ?? "")![1]);
    if (from === 0) {
      return route.continue({ headers: { ...route.request().headers(), range: "bytes=0-60000" } });
    }
    if (!isAsleep) {
      await awake;
      return route.abort();
    }
    await route.continue();
  });
  await search(opened, "greensleeves");
  await page.getByRole("button", { name: /^Play Greensleeves/ }).click();
  await page.waitForFunction(() => globalThis.test.elements[0]!.readyState >= 3);
  await page.getByRole("region", { name: "Player" }).getByRole("button", { name: "Pause" }).click();
  const at = await time(page);
  const first = opened.requests.find(({ url }) => url.includes("/audio/"))!.url;
  // The computer slept for three hours: its clock has gone on, its timers have not.
  await page.evaluate(() => {
    const now = Date.now;
    Date.now = () => now() + 3 * 3600_000;
  });
  isAsleep = true;
  const leased = page.waitForRequest((request) => !!request.postData()?.includes("mutation StartPlayback"));
  wake();
  await page.getByRole("region", { name: "Player" }).getByRole("button", { name: "Play" }).click();
  await leased;
  await page.waitForFunction((end) => globalThis.test.elements[0]!.currentTime > end, at + 5);
  const again = opened.requests.findLast(({ url }) => url.split("?")[0] === first.split("?")[0])!;
  assert.equal(again.status, 206);
  assert.ok(again.range !== "bytes=0-" && again.range !== undefined);
  assert.equal(await page.getByRole("alert").count(), 0);
  await opened.close();
});

test("the URL of a format that is not joined is asked for anew, too", async () => {
  const opened = await open();
  const { page } = opened;
  await page.route("**/graphql", async (route) => {
    const body = route.request().postData()!.replace(/"codecs":\[[^\]]*\]/, '"codecs":["VORBIS"]');
    const isSearch = body.includes("query Search(");
    if (!isSearch) return route.continue({ postData: body });
    const answer = await (await route.fetch({ postData: body })).json();
    const stream = answer.data.search.songs.edges[0].node.stream;
    [stream.url] = expired([stream.url]);
    await route.fulfill({ json: answer });
  });
  await page.getByRole("searchbox").fill("minuet");
  await page.getByRole("button", { name: /^Play Minuet/ }).click();
  await playFor(page, 1);
  assert.equal(await page.getByRole("alert").count(), 0);
  await opened.close();
});

test("without a network it says so, and goes on by itself when that is back", async () => {
  const opened = await open();
  const { page } = opened;
  await search(opened, "greensleeves");
  await page.context().setOffline(true);
  await page.getByRole("button", { name: /^Play Greensleeves/ }).click();
  await page.getByRole("alert").getByText("You are offline").waitFor();
  await page.context().setOffline(false);
  await playFor(page, 0.5);
  await page.getByRole("alert").waitFor({ state: "detached" });
  await opened.close();
});

test("a search without a network says so, and can be tried again", async () => {
  const opened = await open();
  const { page } = opened;
  await page.context().setOffline(true);
  await page.getByRole("searchbox").fill("greensleeves");
  await page.getByRole("alert").getByText("You are offline").waitFor();
  await page.context().setOffline(false);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("button", { name: /^Play Greensleeves/ }).waitFor();
  assert.equal(await page.getByRole("alert").count(), 0);
  await opened.close();
});

test("a connection that breaks in the middle of a song is taken up again", async () => {
  const opened = await open();
  const { page } = opened;
  let cuts = 0;
  await page.route("**/audio/**", async (route) => {
    if (cuts++ !== 0) return route.continue();
    const response = await route.fetch();
    const body = await response.body();
    // Less than was promised: the browser sees a connection that ended too early.
    await route.fulfill({ response, body: body.subarray(0, 30_000) });
  });
  await search(opened, "uncut flac one");
  await page.getByRole("button", { name: "Play Uncut FLAC one" }).click();
  await playFor(page, 3);
  assert.ok(cuts >= 2);
  await opened.close();
});

test("a song that the store has lost is named, with a way on", async () => {
  const opened = await open();
  const { page } = opened;
  await search(opened, "beethoven");
  let first: string | undefined;
  await page.route("**/audio/**", (route) => {
    first ??= route.request().url().split("?")[0];
    if (!route.request().url().startsWith(first!)) return route.continue();
    return route.fulfill({ status: 404, headers: { "Access-Control-Allow-Origin": "*" } });
  });
  await page.getByRole("button", { name: /^Play .* by Ludwig/ }).first().click();
  await page.getByRole("alert").getByText("This song is not there any more.").waitFor();
  await page.getByRole("button", { name: "Next song" }).first().click();
  await playFor(page, 0.3);
  await opened.close();
});
