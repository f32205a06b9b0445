import assert from "node:assert/strict";
import { test } from "node:test";
import { type Opened, search, signUp } from "./setup.ts";
import { open, openTab } from "./world.ts";

const TITLES = ["Moonlight Sonata: Adagio sostenuto", "Für Elise", "Ode to Joy"];

async function menu({ page }: Opened, title: string, item: string | RegExp): Promise<void> {
  await page.getByRole("button", { name: `More for ${title}` }).first().click();
  await page.getByRole("menuitem", { name: item }).click();
}

/** Somebody new with a playlist of Beethoven's songs, which is open. */
async function openPlaylist(): Promise<Opened> {
  const opened = await open();
  const { page } = opened;
  await signUp(opened);
  await search(opened, "beethoven");
  await menu(opened, TITLES[0]!, /Add to a playlist/);
  await page.getByLabel("Name").fill("Evenings");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByText("Added to “Evenings”").waitFor();
  for (const title of TITLES.slice(1)) {
    await menu(opened, title, /Add to a playlist/);
    await page.getByRole("button", { name: /^Evenings/ }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }
  await page.getByRole("button", { name: "Open" }).click();
  await page.getByRole("heading", { level: 1, name: "Evenings" }).waitFor();
  assert.deepEqual(await titles(opened), TITLES);
  return opened;
}

async function titles({ page }: Opened): Promise<string[]> {
  const list = page.getByRole("list", { name: "Songs of the playlist" });
  await list.waitFor();
  return list.locator(".song-play").allInnerTexts();
}

/** Waits until the server has dealt with a mutation that `act` sends. */
async function answered({ page }: Opened, name: string, act: () => Promise<void>): Promise<void> {
  const answer = page.waitForResponse((response) => (response.request().postData() ?? "").includes(`mutation ${name}`));
  await act();
  await (await answer).finished();
}

const [MOONLIGHT, ELISE, ODE] = TITLES as [string, string, string];

test("songs are put in order by the pointer, by the keyboard, and taken out", async () => {
  const opened = await openPlaylist();
  const { page } = opened;
  const handle = (title: string) => page.getByRole("button", { name: `Move ${title}` });
  await answered(opened, "MoveInPlaylist", async () => {
    const [from, to] = [await handle(ODE).boundingBox(), await handle(MOONLIGHT).boundingBox()];
    await page.mouse.move(from!.x + 10, from!.y + 10);
    await page.mouse.down();
    await page.mouse.move(to!.x + 10, to!.y + 12, { steps: 6 });
    await page.mouse.up();
  });
  assert.deepEqual(await titles(opened), [ODE, MOONLIGHT, ELISE]);
  await answered(opened, "MoveInPlaylist", async () => {
    await handle(ODE).focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.getByText("3 of 3").waitFor();
    await page.keyboard.press("Space");
  });
  assert.deepEqual(await titles(opened), [MOONLIGHT, ELISE, ODE]);
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowUp");
  assert.deepEqual(await titles(opened), [MOONLIGHT, ODE, ELISE]);
  await page.keyboard.press("Escape");
  assert.deepEqual(await titles(opened), [MOONLIGHT, ELISE, ODE]);
  await answered(opened, "RemoveFromPlaylist", () => menu(opened, ELISE, "Remove from this playlist"));
  await page.reload();
  assert.deepEqual(await titles(opened), [MOONLIGHT, ODE]);
  assert.deepEqual(opened.complaints, []);
  await opened.close();
});

test("a playlist that another tab has changed is loaded anew, and nothing is overwritten", async () => {
  const opened = await openPlaylist();
  const other = await openTab(opened, new URL(opened.page.url()).pathname);
  assert.deepEqual(await titles(other), TITLES);
  const toTheEnd = async ({ page }: Opened, title: string) => {
    await page.getByRole("button", { name: `Move ${title}` }).focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Space");
  };
  // The first tab is not looked at: nothing tells it of the change.
  await answered(other, "MoveInPlaylist", () => toTheEnd(other, MOONLIGHT));
  await answered(opened, "MoveInPlaylist", () => toTheEnd(opened, MOONLIGHT));
  await opened.page.getByText("Somebody changed this playlist meanwhile.").waitFor();
  assert.deepEqual(await titles(opened), [ELISE, ODE, MOONLIGHT]);
  await answered(opened, "MoveInPlaylist", () => toTheEnd(opened, ELISE));
  // Where it was done while the list was loaded, that is loaded once more.
  await opened.page.waitForFunction((first) => document.querySelector(".song-play")?.textContent === first, ODE);
  assert.deepEqual(await titles(opened), [ODE, MOONLIGHT, ELISE]);
  // Looked at again, a tab shows what is so now.
  await other.page.evaluate(() => dispatchEvent(new Event("focus")));
  await other.page.waitForFunction((first) => document.querySelector(".song-play")?.textContent === first, ODE);
  assert.deepEqual([...opened.complaints, ...other.complaints], []);
  await opened.close();
});

test("a playlist is renamed, described, shared by its link, saved by others, and deleted", async () => {
  const opened = await openPlaylist();
  const { page } = opened;
  const edit = page.getByRole("button", { name: "Edit and share" });
  await edit.click();
  await page.getByLabel("Name").fill("Nights");
  await page.getByLabel("Description").fill("For the dark");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "Nights" }).waitFor();
  await page.getByText("For the dark").waitFor();
  const path = new URL(page.url()).pathname;
  const stranger = await open(path);
  await stranger.page.getByText("There is no such playlist, or it is not shared with you.").waitFor();
  await edit.click();
  await page.getByLabel("Who has the link").check();
  const link = await page.getByLabel("Link to it").inputValue();
  await page.keyboard.press("Escape");
  await stranger.page.goto(link);
  await stranger.page.getByRole("heading", { level: 1, name: "Nights" }).waitFor();
  assert.equal(await stranger.page.getByRole("button", { name: /^Move / }).count(), 0);
  await signUp(stranger);
  await stranger.page.getByRole("button", { name: "Save" }).click();
  await edit.click();
  await page.getByLabel("Everybody").check();
  await page.getByLabel("Link to it").waitFor();
  await page.keyboard.press("Escape");
  await stranger.page.getByRole("link", { name: "Library" }).click();
  await stranger.page.getByRole("list", { name: "Playlists" }).getByText("Nights").waitFor();
  await edit.click();
  await page.getByRole("button", { name: "Delete the playlist" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("The playlist was deleted.").waitFor();
  await page.getByText("None so far.").waitFor();
  assert.deepEqual([...opened.complaints, ...stranger.complaints], []);
  await stranger.close();
  await opened.close();
});

test("who is invited changes it, too", async () => {
  const opened = await openPlaylist();
  const { page } = opened;
  await page.getByRole("button", { name: "Edit and share" }).click();
  await page.getByLabel("Others may change it").check();
  const invitation = await page.getByLabel("Invitation", { exact: true }).inputValue();
  const friend = await open("/");
  await signUp(friend);
  await friend.page.goto(invitation);
  await friend.page.getByRole("button", { name: "Join" }).click();
  await answered(friend, "RemoveFromPlaylist", () => menu(friend, ELISE, "Remove from this playlist"));
  assert.deepEqual(await titles(friend), [MOONLIGHT, ODE]);
  await page.keyboard.press("Escape");
  await page.evaluate(() => dispatchEvent(new Event("focus")));
  await page.getByText("2 songs").waitFor();
  await friend.page.getByRole("button", { name: "Leave" }).click();
  await friend.page.getByText("None so far.").waitFor();
  assert.deepEqual([...opened.complaints, ...friend.complaints], []);
  await friend.close();
  await opened.close();
});
