import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT, playFor, search } from "./setup.ts";
import { environment, open } from "./world.ts";

/** The same URLs as the store gave three hours ago, which have ended since. */
function expired(urls: string[]): string[] {
  const script = join(ROOT, "web/e2e/expired.py");
  const python = join(ROOT, ".venv/bin/python");
  const output = execFileSync(python, [script, ...urls], { cwd: ROOT, env: environment() });
  return output.toString().trim().split("\n");
}

test("a stream that has expired is asked for anew, and plays", async () => {
  const opened = await open();
  const { page, requests } = opened;
  // A page that lay open for hours: its answers hold URLs that have ended.
  await page.route("**/graphql", async (route) => {
    if (!route.request().postData()?.includes("query Search(")) return route.continue();
    const answer = await (await route.fetch()).json();
    const songs = answer.data.search.songs.edges.map(({ node }: { node: { stream: { url: string } } }) => node);
    const urls = expired(songs.map((song: { stream: { url: string } }) => song.stream.url));
    songs.forEach((song: { stream: { url: string } }, i: number) => (song.stream.url = urls[i]!));
    await route.fulfill({ json: answer });
  });
  await page.getByRole("searchbox").fill("greensleeves");
  await page.getByRole("button", { name: /^Play Greensleeves/ }).click();
  await playFor(page, 0.5);
  const audio = requests.filter(({ url }) => url.includes("/audio/"));
  assert.deepEqual(audio.slice(0, 2).map(({ status }) => status), [403, 206]);
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
