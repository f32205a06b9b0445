import assert from "node:assert/strict";
import { test } from "node:test";
import { type Opened, playFor, search, signUp } from "./setup.ts";
import { open } from "./world.ts";

const part = ({ page }: Opened, name: string) =>
  page.getByRole("navigation", { name: "Library" }).getByRole("link", { name }).click();

test("a song that is liked is in the library, and not once it is liked no more", async () => {
  const opened = await open();
  const { page } = opened;
  await signUp(opened);
  await search(opened, "greensleeves");
  const heart = page.getByRole("button", { name: "Like Greensleeves" });
  await heart.click();
  assert.equal(await heart.getAttribute("aria-pressed"), "true");
  await page.getByRole("link", { name: "Library" }).click();
  await part(opened, "Liked songs");
  await page.getByRole("list", { name: "Liked songs" }).getByRole("button", { name: /^Play Greensleeves/ }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Like Greensleeves", pressed: true }).click();
  await page.getByText("Songs that you like come here").waitFor();
  assert.deepEqual(opened.complaints, []);
  await opened.close();
});

test("a like that the server does not take is undone, which is said", async () => {
  const opened = await open();
  const { page } = opened;
  await signUp(opened);
  await search(opened, "greensleeves");
  let give = () => {};
  const given = new Promise<void>((resolve) => (give = resolve));
  await page.route("**/graphql", async (route) => {
    if (!route.request().postData()?.includes("mutation LikeSongs")) return route.continue();
    await given;
    await route.abort();
  });
  const heart = page.getByRole("button", { name: "Like Greensleeves" });
  await heart.click();
  assert.equal(await heart.getAttribute("aria-pressed"), "true"); // at once
  give();
  await page.getByText("The server cannot be reached").waitFor();
  assert.equal(await heart.getAttribute("aria-pressed"), "false");
  await opened.close();
});

test("who is not signed in is asked to be, and comes back", async () => {
  const opened = await open("/genres/classical");
  const { page } = opened;
  await page.getByRole("button", { name: /^Like / }).first().click();
  await page.getByText("Sign in to keep the songs that you like.").waitFor();
  await signUp(opened);
  assert.equal(new URL(page.url()).pathname, "/genres/classical");
  await opened.close();
});

test("artists are followed, albums and podcasts saved", async () => {
  const opened = await open();
  const { page } = opened;
  await signUp(opened);
  await search(opened, "beethoven");
  await page.getByRole("region", { name: "Top result" }).getByRole("link").click();
  await page.getByRole("button", { name: "Follow" }).click();
  await page.getByRole("link", { name: "Odes & Bagatelles" }).last().click();
  await page.getByRole("button", { name: "Save" }).click();
  await search(opened, "two notes");
  await page.getByRole("link", { name: /Two Notes at a Time/ }).first().click();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: "Saved" }).waitFor();
  await page.getByRole("link", { name: "Library" }).click();
  for (const [name, kept] of [
    ["Artists", "Ludwig van Beethoven"],
    ["Albums", "Odes & Bagatelles"],
    ["Podcasts", "Two Notes at a Time"],
  ] as const) {
    await part(opened, name);
    await page.getByRole("main").getByRole("link", { name: new RegExp(kept) }).waitFor();
  }
  assert.deepEqual(opened.complaints, []);
  await opened.close();
});

test("what was heard is in the history, also what was heard without a network", async () => {
  const opened = await open();
  const { page } = opened;
  await signUp(opened);
  await search(opened, "uncut flac one");
  await page.getByRole("button", { name: "Play Uncut FLAC one" }).click();
  await page.waitForFunction(() => globalThis.test.elements[0]?.ended === true);
  await page.getByRole("link", { name: "Library" }).click();
  await part(opened, "History");
  await page.getByRole("button", { name: /^(Play|Pause) Uncut FLAC one/ }).waitFor();
  await search(opened, "uncut mp3 one");
  await page.getByRole("button", { name: "Play Uncut MP3 one" }).click();
  await playFor(page, 0.2);
  await page.context().setOffline(true);
  await page.waitForFunction(() => globalThis.test.elements[0]?.ended === true);
  const kept = () => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("tonearm:play:")).length);
  assert.equal(await kept(), 1);
  await page.context().setOffline(false);
  await page.waitForFunction(() => !Object.keys(localStorage).some((key) => key.startsWith("tonearm:play:")));
  await page.getByRole("link", { name: "Library" }).click();
  await part(opened, "History");
  const songs = page.getByRole("region", { name: "Today" }).getByRole("listitem");
  await songs.first().getByText("Uncut MP3 one").waitFor();
  assert.equal(await songs.count(), 2);
  await opened.close();
});

test("an episode goes on where it stopped, here and where one signs in", async () => {
  const opened = await open();
  const { page } = opened;
  const userName = await signUp(opened);
  await search(opened, "two notes");
  await page.getByRole("link", { name: /Two Notes at a Time/ }).first().click();
  await page.getByRole("button", { name: /^Play The octave/ }).click();
  await playFor(page, 0.3);
  const bar = page.getByRole("region", { name: "Player" });
  await bar.getByRole("button", { name: "30 seconds on" }).waitFor();
  const position = async () => Number(await page.getByRole("slider", { name: "Position" }).inputValue());
  await page.getByRole("slider", { name: "Position" }).fill("9");
  await playFor(page, 0.3);
  await bar.getByRole("button", { name: "15 seconds back" }).click();
  await page.waitForFunction(() => document.querySelector<HTMLInputElement>(".seek-slider")!.valueAsNumber < 3);
  await page.getByRole("slider", { name: "Position" }).fill("10");
  await bar.getByRole("button", { name: "Speed 1", exact: true }).click();
  assert.equal(await page.evaluate(() => globalThis.test.elements[0]!.playbackRate), 1.25);
  await playFor(page, 0.5);
  const told = page.waitForResponse(async (response) => (response.request().postData() ?? "").includes("SetEpisodeProgress"));
  await bar.getByRole("button", { name: "Pause" }).click();
  await told;
  const stopped = await position();
  await page.reload();
  await page.getByRole("button", { name: "Go on" }).click();
  await playFor(page, 0.2);
  assert.ok((await position()) >= stopped - 0.5, `${await position()} is before ${stopped}`);
  await page.getByRole("link", { name: "Library" }).click();
  await page.getByRole("list", { name: "Episodes to go on with" }).getByText("The octave").waitFor();
  assert.deepEqual(opened.complaints, []);
  // Another device.
  const there = await open("/sign-in");
  await there.page.getByLabel("User name or e-mail").fill(userName);
  await there.page.getByLabel("Password").fill("correct horse battery");
  await there.page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await there.page.getByRole("link", { name: /^Account/ }).waitFor();
  await there.page.getByRole("link", { name: "Library" }).click();
  await there.page.getByRole("button", { name: /^Play The octave/ }).click();
  await playFor(there.page, 0.2);
  const goesOn = Number(await there.page.getByRole("slider", { name: "Position" }).inputValue());
  assert.ok(goesOn >= stopped - 0.5, `${goesOn} is before ${stopped}`);
  await there.close();
  await opened.close();
});

test("audio that is linked to plays from its publisher, and can be sought", async () => {
  const opened = await open();
  const { page, complaints } = opened;
  // The feed's audio, as if it lay with its publisher, who lets no page read it.
  await page.route("https://publisher.example/**", async (route) => {
    const stored = Buffer.from(new URL(route.request().url()).searchParams.get("of")!, "base64url").toString();
    const response = await route.fetch({ url: stored });
    await route.fulfill({ status: response.status(), headers: { "Content-Type": "audio/mpeg", ...ranges(response.headers()) }, body: await response.body() });
  });
  await page.route("**/graphql", async (route) => {
    if (!route.request().postData()?.includes("query Search(")) return route.continue();
    const answer = await (await route.fetch()).json();
    for (const { node } of answer.data.search.episodes.edges) {
      const of = Buffer.from(node.stream.url).toString("base64url");
      Object.assign(node, { durationMs: null });
      Object.assign(node.stream, { url: `https://publisher.example/e.mp3?of=${of}`, isLinked: true, expiresAt: null, refreshAfter: null });
    }
    await route.fulfill({ json: answer });
  });
  await page.evaluate(() => {
    const play = HTMLMediaElement.prototype.play;
    HTMLMediaElement.prototype.play = function () {
      (globalThis as { playing?: HTMLMediaElement }).playing = this;
      return play.call(this);
    };
  });
  const at = () => page.evaluate(() => (globalThis as { playing?: HTMLMediaElement }).playing?.currentTime ?? 0);
  await page.getByRole("searchbox").fill("two notes");
  await page.getByRole("button", { name: /^Play The octave/ }).click();
  await page.waitForFunction(() => ((globalThis as { playing?: HTMLMediaElement }).playing?.currentTime ?? 0) > 0.5);
  await page.getByRole("slider", { name: "Position" }).fill("8");
  await page.waitForFunction(() => ((globalThis as { playing?: HTMLMediaElement }).playing?.currentTime ?? 0) > 8);
  // A song after it goes through the timeline again.
  await search(opened, "greensleeves");
  await page.getByRole("button", { name: /^Play Greensleeves/ }).click();
  await playFor(page, 0.3);
  assert.ok((await at()) > 0);
  assert.deepEqual(complaints.filter((complaint) => complaint !== "another host: publisher.example"), []);
  await opened.close();
});

const ranges = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => ["content-range", "accept-ranges"].includes(name)));
