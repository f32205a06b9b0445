import assert from "node:assert/strict";
import { test } from "node:test";
import { playFor, search, time } from "./setup.ts";
import { open } from "./world.ts";

test("one click plays: the next request is for the audio, and there is sound", async () => {
  const opened = await open("/", { recording: true });
  const { page, requests } = opened;
  await search(opened, "greensleeves");
  await page.waitForLoadState("networkidle");
  const before = requests.length;
  await page.getByRole("button", { name: /^Play Greensleeves/ }).click();
  await playFor(page, 2);
  assert.match(requests[before]!.url, /\/audio\//);
  assert.equal(requests.slice(before).filter(({ url }) => url.endsWith("/graphql")).length, 0);
  const loudest = await page.evaluate(() =>
    globalThis.test.heard.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
  );
  assert.ok(loudest > 0.05, `the loudest sample is ${loudest}`);
  assert.equal(await page.title(), "Greensleeves · English Traditional");
  assert.deepEqual(opened.complaints, []);
  await opened.close();
});

test("seeking reads from there on", async () => {
  const opened = await open();
  const { page, requests } = opened;
  // The connection is slow: of what comes behind the first part nothing has arrived yet.
  await page.route("**/audio/**", async (route) => {
    const from = Number(/bytes=(\d+)-/.exec(route.request().headers().range ?? "")![1]);
    if (from > 0 && from < 120_000) return;
    const range = `bytes=${from}-${from === 0 ? 40_000 : ""}`;
    await route.continue({ headers: { ...route.request().headers(), range } });
  });
  await search(opened, "greensleeves");
  await page.getByRole("button", { name: /^Play Greensleeves/ }).click();
  await playFor(page, 0.3);
  const from = await time(page);
  const before = requests.filter(({ url }) => url.includes("/audio/")).length;
  await page.getByRole("slider", { name: "Position" }).fill("20");
  await page.waitForFunction((least) => globalThis.test.elements[0]!.currentTime > least, from + 18);
  await playFor(page, 0.5);
  const after = requests.filter(({ url }) => url.includes("/audio/")).slice(before);
  const jump = after.find(({ range }) => Number(/bytes=(\d+)-/.exec(range ?? "")?.[1]) > 120_000);
  assert.equal(jump?.status, 206);
  await opened.close();
});

for (const format of ["MP3", "VBR", "AAC", "Opus", "FLAC"]) {
  test(`seeking in ${format} goes where it should, forward and back`, async () => {
    const opened = await open();
    const { page } = opened;
    await search(opened, `uncut ${format} one`);
    await page.getByRole("button", { name: `Play Uncut ${format} one` }).click();
    await playFor(page, 0.2);
    for (const seconds of ["3", "1"]) {
      await page.getByRole("slider", { name: "Position" }).fill(seconds);
      await playFor(page, 0.3);
      const position = Number(await page.getByRole("slider", { name: "Position" }).inputValue());
      assert.ok(Math.abs(position - Number(seconds)) < 2, `${position} is not near ${seconds}`);
    }
    assert.deepEqual(opened.complaints, []);
    await opened.close();
  });
}

test("a format that cannot be joined plays, too", async () => {
  const opened = await open();
  const { page } = opened;
  // Only the Vorbis file of this song is offered.
  await page.route("**/graphql", async (route) => {
    const body = route.request().postData()!;
    await route.continue({ postData: body.replace(/"codecs":\[[^\]]*\]/, '"codecs":["VORBIS"]') });
  });
  await search(opened, "minuet");
  await page.getByRole("button", { name: /^Play Minuet/ }).click();
  await playFor(page, 1);
  await page.getByRole("slider", { name: "Position" }).fill("15");
  await page.waitForFunction(() => globalThis.test.elements[0]!.currentTime > 15);
  assert.deepEqual(opened.complaints, []);
  await opened.close();
});

test("the queue: next, previous, shuffle, repeat, remove, move", async () => {
  const opened = await open("/genres/classical");
  const { page } = opened;
  await page.getByRole("button", { name: "Play", exact: true }).first().click();
  await playFor(page, 0.3);
  const first = await page.title();
  const bar = page.getByRole("region", { name: "Player" });
  await bar.getByRole("button", { name: "Next song" }).click();
  await page.waitForFunction((title) => document.title !== title, first);
  await bar.getByRole("button", { name: "Previous song" }).click();
  await page.waitForFunction((title) => document.title === title, first);
  await bar.getByRole("button", { name: "Queue" }).click();
  const queue = page.getByRole("complementary", { name: "Queue" });
  const titles = () => queue.locator(".queued-words").allInnerTexts();
  const inOrder = await titles();
  await bar.getByRole("button", { name: "Shuffle" }).click();
  assert.deepEqual((await titles()).toSorted(), inOrder.toSorted());
  await bar.getByRole("button", { name: "Shuffle" }).click();
  assert.deepEqual(await titles(), inOrder);
  await queue.locator("li").nth(2).hover();
  await queue.locator("li").nth(2).getByRole("button", { name: /^Remove/ }).click();
  assert.deepEqual(await titles(), inOrder.toSpliced(2, 1));
  await queue.locator("li").nth(2).hover();
  await queue.locator("li").nth(2).getByRole("button", { name: /up$/ }).click();
  assert.deepEqual(await titles(), [inOrder[0], inOrder[3], inOrder[1], ...inOrder.slice(4)]);
  await bar.getByRole("button", { name: "Repeat is off" }).click();
  await bar.getByRole("button", { name: "Repeat the queue" }).click();
  await bar.getByRole("button", { name: "Repeat this song" }).waitFor();
  assert.deepEqual(opened.complaints, []);
  await opened.close();
});

test("a song that repeats begins again without a gap in the timeline", async () => {
  const opened = await open();
  const { page } = opened;
  await search(opened, "uncut flac one");
  await page.getByRole("button", { name: "Play Uncut FLAC one" }).click();
  const bar = page.getByRole("region", { name: "Player" });
  await bar.getByRole("button", { name: "Repeat is off" }).click();
  await bar.getByRole("button", { name: "Repeat the queue" }).click();
  await playFor(page, 6);
  assert.match(await page.title(), /^Uncut FLAC one/);
  assert.ok(Number(await page.getByRole("slider", { name: "Position" }).inputValue()) < 4);
  await opened.close();
});

test("the line that is sung now is marked", async () => {
  const opened = await open();
  const { page } = opened;
  await search(opened, "uncut flac one");
  await page.getByRole("button", { name: "Play Uncut FLAC one" }).click();
  await page.getByRole("button", { name: "Lyrics" }).click();
  await page.locator(".lyrics .sung").getByText("Two").waitFor();
  await page.getByRole("button", { name: "Three" }).click();
  await page.locator(".lyrics .sung").getByText("Three").waitFor();
  await opened.close();
});

test("loudness is evened: a loud song's factor is less than one", async () => {
  const opened = await open();
  const { page } = opened;
  await page.evaluate(() => {
    const set = AudioParam.prototype.setValueAtTime;
    AudioParam.prototype.setValueAtTime = function (value, at) {
      document.body.dataset.gain = String(value);
      return set.call(this, value, at);
    };
  });
  await search(opened, "greensleeves");
  await page.getByRole("button", { name: /^Play Greensleeves/ }).click();
  await playFor(page, 0.2);
  const gain = Number(await page.evaluate(() => document.body.dataset.gain));
  assert.ok(Math.abs(gain - 10 ** (-2 / 20)) < 0.01, `the factor is ${gain}, for -2 dB`);
  await opened.close();
});

test("the lock screen is told what plays", async () => {
  const opened = await open();
  const { page } = opened;
  await search(opened, "greensleeves");
  await page.getByRole("button", { name: /^Play Greensleeves/ }).click();
  await playFor(page, 0.2);
  const told = await page.evaluate(() => {
    const { metadata, playbackState } = navigator.mediaSession;
    return { title: metadata?.title, artwork: metadata?.artwork.length, playbackState };
  });
  assert.deepEqual(told, { title: "Greensleeves", artwork: 1, playbackState: "playing" });
  await opened.close();
});
