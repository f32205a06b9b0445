import assert from "node:assert/strict";
import { test } from "node:test";
import { playFor, search, signIn, signUp } from "./setup.ts";
import { open, openTab } from "./world.ts";

test("what plays on one device goes on, on another one, from where it was", async () => {
  const one = await open();
  const userName = await signUp(one);
  const two = await open();
  await signIn(two, userName);
  await search(one, "beethoven");
  await one.page.getByRole("button", { name: /^Play Moonlight/ }).click();
  const there = two.page.getByRole("complementary", { name: "Another device" });
  await there.getByText(/^Playing on Chrome/).waitFor();
  await one.page.getByRole("slider", { name: "Position" }).fill("12");
  await playFor(one.page, 1);
  await there.getByText("Moonlight Sonata").waitFor();
  await there.getByRole("button", { name: "Play here" }).click();
  await playFor(two.page, 0.3);
  const position = Number(await two.page.getByRole("slider", { name: "Position" }).inputValue());
  assert.ok(position > 11, `it goes on at ${position}`);
  await there.waitFor({ state: "detached" });
  // The first one falls silent, and can have it back.
  const here = one.page.getByRole("complementary", { name: "Another device" });
  await here.getByText(/^Playing on Chrome/).waitFor();
  assert.equal(await one.page.evaluate(() => globalThis.test.elements[0]!.paused), true);
  const bar = two.page.getByRole("region", { name: "Player" });
  await bar.getByRole("button", { name: "Next song" }).click();
  await here.getByText("Für Elise").waitFor();
  await bar.getByRole("button", { name: "Pause" }).click();
  await here.getByText(/^Stopped on Chrome/).waitFor();
  await here.getByRole("button", { name: "Play here" }).click();
  await playFor(one.page, 0.3);
  assert.match(await one.page.title(), /^Für Elise/);
  assert.deepEqual([...one.complaints, ...two.complaints], []);
  await two.close();
  await one.close();
});

test("another tab offers to go on, after a reload, too", async () => {
  const one = await open();
  await signUp(one);
  await search(one, "greensleeves");
  await one.page.getByRole("button", { name: /^Play Greensleeves/ }).click();
  const tab = await openTab(one, "/genres");
  await tab.page.getByText(/^Playing on Chrome/).waitFor();
  await one.page.reload();
  await tab.page.getByText(/^Stopped on Chrome/).waitFor();
  await one.page.getByRole("complementary", { name: "Another device" }).getByRole("button", { name: "Play here" }).click();
  await playFor(one.page, 0.3);
  assert.match(await one.page.title(), /^Greensleeves/);
  await one.close();
});
