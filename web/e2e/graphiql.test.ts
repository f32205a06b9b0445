import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { findings } from "./axe.ts";
import { search } from "./setup.ts";
import { open, openTab } from "./world.ts";

/** Goes to a tab of the tour and runs it as it is; gives the answer as soon as it is there. */
async function run(page: Page, tab: string): Promise<{ data?: any; errors?: { message: string }[] }> {
  await page.locator(".graphiql-tab-button", { hasText: new RegExp(`^${tab}$`) }).click();
  await page.locator(".graphiql-query-editor .view-lines", { hasText: tab }).waitFor();
  const answered = page.waitForResponse(
    (response) => response.url().endsWith("/graphql") && (response.request().postData() ?? "").includes(` ${tab}`),
  );
  await page.getByRole("button", { name: /^Execute query/ }).click();
  return (await answered).json();
}

test("the tour runs as it is, from search to a shared playlist, and follows the player", async () => {
  const opened = await open("/graphiql");
  const { page } = opened;
  const found = await run(page, "SearchToSound");
  assert.match(found.data.search.songs.nodes[0].stream.url, /^http/);
  assert.ok((await run(page, "Album")).data.search.albums.nodes[0].songs.nodes.length > 0);
  assert.ok((await run(page, "Genres")).data.genre.songs.nodes.length > 0);
  assert.ok((await run(page, "Podcasts")).data.search.episodes.nodes.length > 0);
  const { userName } = (await run(page, "SignUp")).data.signUp.viewer.user;
  assert.equal((await run(page, "Viewer")).data.viewer.user.userName, userName);
  assert.equal((await run(page, "MakePlaylist")).data.createPlaylist.playlist.name, "Evenings");
  await run(page, "FindSongs");
  assert.equal((await run(page, "AddSongs")).data.addToPlaylist.playlist.entryCount, 2);
  assert.equal((await run(page, "Shared")).data.playlist.entries.nodes.length, 2);
  await page.locator(".graphiql-tab-button", { hasText: /^Follow$/ }).click();
  await page.getByRole("button", { name: /^Execute query/ }).click();
  await page.getByRole("button", { name: /^Stop query/ }).waitFor();
  const player = await openTab(opened);
  await search(player, "beet");
  await player.page.getByRole("button", { name: /^Play .* by Ludwig/ }).first().click();
  await page.bringToFront();
  await page.locator(".result-window", { hasText: "playbackChanged" }).waitFor();
  assert.deepEqual([...opened.complaints, ...player.complaints], []);
  await opened.close();
});

/** Two clicks in one go, as fast as no hand is. */
const showAndRun = (page: Page, tab: string) =>
  page.evaluate((name) => {
    const tabs = [...document.querySelectorAll<HTMLElement>(".graphiql-tab-button")];
    tabs.find(({ textContent }) => textContent === name)!.click();
    document.querySelector<HTMLElement>(".graphiql-execute-button")!.click();
  }, tab);

test("a tab that is run in the moment it is shown runs what it holds, subscriptions too", async () => {
  const opened = await open("/graphiql");
  const { page } = opened;
  await page.locator(".graphiql-query-editor .view-lines", { hasText: "SearchToSound" }).waitFor();
  await showAndRun(page, "Podcasts");
  await page.locator(".result-window", { hasText: "episodes" }).waitFor();
  await showAndRun(page, "Follow");
  await page.locator(".result-window", { hasText: "NOT_SIGNED_IN" }).waitFor(); // what a subscription says
  await opened.close();
});

test("a tab that is chosen before there are editors is what they show", async () => {
  const opened = await open("/reference");
  const { page } = opened;
  let give = () => {};
  const given = new Promise<void>((resolve) => (give = resolve));
  await page.route(/monaco-editor[^/]*\.js/, async (route) => {
    await given;
    await route.continue();
  });
  await page.goto(new URL("/graphiql", page.url()).href, { waitUntil: "commit" });
  await page.locator(".graphiql-tab-button", { hasText: /^Album$/ }).click();
  give();
  await page.locator(".graphiql-query-editor .view-lines", { hasText: "query Album" }).waitFor();
  assert.ok((await run(page, "Album")).data.search.albums.nodes[0].songs.nodes.length > 0);
  await opened.close();
});

test("an answer that comes once another tab is shown is not that tab's", async () => {
  const opened = await open("/graphiql");
  const { page } = opened;
  let give = () => {};
  const given = new Promise<void>((resolve) => (give = resolve));
  await page.route("**/graphql", async (route) => {
    if (route.request().postData()?.includes("query Genres")) await given;
    await route.continue();
  });
  await page.locator(".graphiql-query-editor .view-lines", { hasText: "SearchToSound" }).waitFor();
  await showAndRun(page, "Genres");
  await run(page, "Podcasts");
  await page.locator(".result-window", { hasText: "episodes" }).waitFor();
  const answered = page.waitForResponse((response) => !!response.request().postData()?.includes("query Genres"));
  give();
  await (await answered).finished();
  await page.evaluate(() => new Promise(requestAnimationFrame));
  assert.match(await page.locator(".result-window").innerText(), /episodes/);
  await opened.close();
});

test("a name that no answer has given yet is told, and nothing is sent", async () => {
  const opened = await open("/graphiql");
  const { page } = opened;
  await page.locator(".graphiql-tab-button", { hasText: /^AddSongs$/ }).click();
  await page.getByRole("button", { name: /^Execute query/ }).click();
  await page.locator(".result-window", { hasText: "$PLAYLIST" }).waitFor();
  await opened.close();
});

test("who signs in at the side asks as that person in every tab, until signed out", async () => {
  const opened = await open("/graphiql");
  const { page } = opened;
  const { userName } = (await run(page, "SignUp")).data.signUp.viewer.user;
  await page.getByRole("button", { name: "Show Sign in" }).click();
  const pane = page.getByRole("region", { name: "Sign in" });
  await pane.getByRole("button", { name: "Sign out here" }).click();
  assert.equal((await run(page, "Viewer")).data.viewer, null);
  await pane.getByLabel("User name or e-mail").fill(userName);
  await pane.getByLabel("Password").fill("not that one");
  await pane.getByRole("button", { name: "Sign in" }).click();
  await pane.getByRole("alert").waitFor();
  await pane.getByLabel("Password").fill("correct horse battery");
  await pane.getByRole("button", { name: "Sign in" }).click();
  await pane.getByRole("heading", { name: `Signed in as ${userName}` }).waitFor();
  assert.equal((await run(page, "Viewer")).data.viewer.user.userName, userName);
  await opened.close();
});

test("plan, batches and statements of the last query are shown when asked for", async () => {
  const opened = await open("/graphiql");
  const { page } = opened;
  await page.getByRole("button", { name: "Show Plan and cost" }).click();
  const pane = page.getByRole("region", { name: "Plan and cost" });
  await pane.getByLabel(/^Ask the server/).check();
  await run(page, "Genres");
  await pane.locator("pre", { hasText: "genres" }).waitFor();
  assert.match(await pane.locator("li").first().innerText(), /select/i);
  assert.doesNotMatch(await page.locator(".result-window").innerText(), /extensions/);
  await opened.close();
});

for (const colorScheme of ["light", "dark"] as const) {
  // The editor's own colours and tabs are not ours to mend.
  test(`axe finds nothing serious in GraphiQL's own panels, ${colorScheme}`, async () => {
    const opened = await open("/graphiql", { colorScheme });
    const { page } = opened;
    await page.getByRole("button", { name: "Show Sign in" }).click();
    await page.getByRole("region", { name: "Sign in" }).waitFor();
    assert.deepEqual(await findings(opened, ".tonearm-pane", ".tonearm-logo"), []);
    await page.getByRole("button", { name: "Show Plan and cost" }).click();
    await page.getByLabel(/^Ask the server/).check();
    await run(page, "Genres");
    await page.getByRole("region", { name: "Plan and cost" }).locator("pre").waitFor();
    assert.deepEqual(await findings(opened, ".tonearm-pane", ".tonearm-logo"), []);
    await opened.close();
  });
}
