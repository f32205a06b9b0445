import assert from "node:assert/strict";
import { test } from "node:test";
import { search } from "./setup.ts";
import { open } from "./world.ts";

test("each keystroke searches", async () => {
  const opened = await open();
  const { page, requests } = opened;
  await page.getByRole("searchbox").pressSequentially("moonlight", { delay: 5 });
  await page.getByRole("button", { name: /^Play Moonlight/ }).waitFor();
  const asked = requests.filter((request) => request.url.endsWith("/graphql"));
  assert.ok(asked.length >= 9, `${asked.length} requests for nine letters`);
  // "Play Moonlight" may have come with fewer letters, and other songs.
  await page.getByRole("list", { name: "Songs" }).locator("li").nth(1).waitFor({ state: "detached" });
  assert.equal(await page.getByRole("list", { name: "Songs" }).locator("li").count(), 1);
  assert.deepEqual(opened.complaints, []);
  await opened.close();
});

test("an outdated request is cancelled, and its answer never shows", async () => {
  const opened = await open();
  const { page } = opened;
  await page.route("**/graphql", async (route) => {
    const isOld = route.request().postData()?.includes('"text":"m"');
    if (isOld) await new Promise((resolve) => setTimeout(resolve, 1000));
    await route.continue().catch(() => undefined);
  });
  const cancelled = page.waitForEvent("requestfailed");
  await page.getByRole("searchbox").fill("m");
  await page.getByRole("searchbox").fill("greensleeves");
  assert.match((await cancelled).postData() ?? "", /"text":"m"/);
  await page.getByRole("button", { name: /^Play Greensleeves/ }).waitFor();
  await page.waitForTimeout(1300);
  assert.equal(await page.getByRole("list", { name: "Songs" }).locator("li").count(), 1);
  await opened.close();
});

test("songs, artists and albums are found, and the address keeps the search", async () => {
  const opened = await open();
  const { page } = opened;
  await search(opened, "beethoven");
  await page.getByRole("heading", { name: "Artists" }).waitFor();
  await page.getByRole("heading", { name: "Albums" }).waitFor();
  await page.waitForURL(/\?q=beethoven$/);
  await page.getByRole("link", { name: "Ludwig van Beethoven" }).first().click();
  await page.getByRole("heading", { level: 1, name: "Ludwig van Beethoven" }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: "Albums" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: /^Play .* by Ludwig van Beethoven/ }).first().waitFor();
  assert.equal(await page.getByRole("searchbox").inputValue(), "beethoven");
  assert.deepEqual(opened.complaints, []);
  await opened.close();
});

test("what is not found is said", async () => {
  const opened = await open();
  await opened.page.getByRole("searchbox").fill("qqxxzzqq");
  await opened.page.getByText("Nothing found for “qqxxzzqq”").waitFor();
  await opened.close();
});

test("a search that led somewhere is offered again, and can be forgotten", async () => {
  const opened = await open();
  const { page } = opened;
  await search(opened, "gymno");
  await page.getByRole("button", { name: /^Play Gymno/ }).click();
  await page.getByRole("button", { name: "Clear the search" }).click();
  await page.getByRole("link", { name: "gymno", exact: true }).click();
  await page.getByRole("button", { name: /^(Play|Pause) Gymno/ }).waitFor();
  await page.getByRole("button", { name: "Clear the search" }).click();
  await page.getByRole("button", { name: "Forget gymno" }).click();
  assert.equal(await page.getByRole("heading", { name: "Recent searches" }).count(), 0);
  await opened.close();
});

test("addresses of songs' albums, artists and genres can be opened directly", async () => {
  for (const [path, heading] of [
    ["/genres", "Genres"],
    ["/genres/classical", "Classical"],
  ] as const) {
    const opened = await open(path);
    await opened.page.getByRole("heading", { level: 1, name: heading }).waitFor();
    assert.deepEqual(opened.complaints, []);
    await opened.close();
  }
  const opened = await open("/albums/album_1");
  await opened.page.getByText("There is no such album.").waitFor();
  await opened.close();
});

test("what was typed is marked in what was found, by titles, artists and albums", async () => {
  const opened = await open();
  const { page } = opened;
  await search(opened, "beet");
  const marks = page.getByRole("list", { name: "Songs" }).locator("li").first().locator("mark");
  assert.deepEqual(await marks.allInnerTexts(), ["Beet"]);
  await page.getByRole("searchbox").fill("fur eli");
  await page.locator("mark", { hasText: "Für" }).waitFor();
  assert.deepEqual(await marks.allInnerTexts(), ["Für", "Eli"]);
  assert.deepEqual(opened.complaints, []);
  await opened.close();
});

test("a typing error is corrected, which is said, and the correction can be searched for", async () => {
  const opened = await open();
  const { page } = opened;
  await search(opened, "beetoven");
  await page.getByText("Hardly anything is called “beetoven”").waitFor();
  await page.getByRole("main").getByRole("link", { name: "beethoven", exact: true }).click();
  await page.waitForURL(/q=beethoven$/);
  assert.equal(await page.getByRole("searchbox").inputValue(), "beethoven");
  await page.getByText("Hardly anything").waitFor({ state: "detached" });
  await opened.close();
});

test("the best result of all comes first", async () => {
  const opened = await open();
  const { page } = opened;
  await search(opened, "beethoven");
  await page.getByRole("region", { name: "Top result" }).getByRole("link", { name: /Ludwig van Beethoven/ }).waitFor();
  await page.getByRole("searchbox").press("Enter");
  await page.getByRole("heading", { level: 1, name: "Ludwig van Beethoven" }).waitFor();
  await opened.close();
});

test("podcasts and their episodes are found", async () => {
  const opened = await open();
  const { page } = opened;
  await search(opened, "two notes");
  await page.getByRole("list", { name: "Episodes" }).getByRole("button", { name: /^Play The octave of Two Notes/ }).waitFor();
  await page.getByRole("heading", { name: "Podcasts" }).waitFor();
  assert.deepEqual(opened.complaints, []);
  await opened.close();
});
