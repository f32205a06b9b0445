import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { findings } from "./axe.ts";
import { type Opened, PASSWORD, ROOT, signUp } from "./setup.ts";
import { environment, open } from "./world.ts";

const directory = mkdtempSync(join(tmpdir(), "tonearm-upload-"));
after(() => rmSync(directory, { recursive: true }));

/** A second of a tone as WAV, which differs with `hertz`, and silence up to `bytes`. */
function wave(name: string, hertz: number, bytes = 0): string {
  const rate = 44_100;
  const count = Math.max(rate, Math.ceil(bytes / 2));
  const file = Buffer.alloc(44 + count * 2);
  file.write("RIFF");
  file.writeUInt32LE(36 + count * 2, 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(rate * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write("data", 36);
  file.writeUInt32LE(count * 2, 40);
  for (let index = 0; index < rate; index += 1) {
    file.writeInt16LE(Math.round(8000 * Math.sin((2 * Math.PI * hertz * index) / rate)), 44 + index * 2);
  }
  const path = join(directory, name);
  writeFileSync(path, file);
  return path;
}

/** Somebody new on the upload page, as a curator or not. */
async function newcomer(isCurator: boolean): Promise<Opened> {
  const opened = await open("/");
  const name = await signUp(opened);
  if (isCurator) {
    execFileSync(join(ROOT, ".venv/bin/tonearm"), ["user", "role", name, "curator"], { cwd: ROOT, env: environment() });
    await opened.page.evaluate(() => localStorage.clear()); // the role is in the token
  }
  await opened.page.goto(new URL("/upload", opened.page.url()).href);
  if (isCurator) {
    await opened.page.getByLabel("User name or e-mail").fill(name);
    await opened.page.getByLabel("Password").fill(PASSWORD);
    await opened.page.getByRole("button", { name: "Sign in" }).click();
  }
  return opened;
}

test("a curator uploads files, a large one in parts, and they are in the library", async () => {
  const opened = await newcomer(true);
  const { page } = opened;
  const large = wave("A long rest.wav", 330, 40 * 1024 * 1024);
  await page.locator("input[type=file]").setInputFiles([wave("A new tone.wav", 440), large]);
  await page.getByText("2 of 2 in the library").waitFor({ timeout: 60_000 });
  await page.getByText(/^New: A new tone by/).waitFor();
  const puts = opened.requests.filter(({ url }) => /[?&]partNumber=/.test(url));
  assert.equal(new Set(puts.map(({ url }) => new URL(url).searchParams.get("partNumber"))).size, 3);
  assert.deepEqual(await findings(opened), []);
  assert.deepEqual(opened.complaints, []);
  await opened.close();
});

test("the player leads to GraphiQL and the reference, and curators to the upload page", async () => {
  const listener = await open("/");
  const tools = listener.page.getByRole("navigation", { name: "Tools" });
  await tools.getByRole("link", { name: "GraphiQL" }).waitFor();
  await signUp(listener);
  await listener.page.getByRole("link", { name: /^Account/ }).click();
  await listener.page.getByText("this one").waitFor();
  assert.deepEqual(await tools.getByRole("link").allInnerTexts(), ["GraphiQL", "Schema reference"]);
  await tools.getByRole("link", { name: "Schema reference" }).click();
  await listener.page.getByRole("heading", { level: 1 }).waitFor();
  await listener.close();
  const curator = await newcomer(true);
  await curator.page.locator("input[type=file]").waitFor({ state: "attached" }); // signed in
  await curator.page.getByRole("link", { name: "Player" }).click();
  await curator.page.getByRole("navigation", { name: "Tools" }).getByRole("link", { name: "Upload music" }).click();
  await curator.page.getByRole("heading", { level: 1, name: "Upload music" }).waitFor();
  await curator.close();
});

test("what is no audio is told, and can be taken off the list", async () => {
  const opened = await newcomer(true);
  const { page } = opened;
  const path = join(directory, "broken.mp3");
  writeFileSync(path, "not audio");
  await page.locator("input[type=file]").setInputFiles(path);
  await page.getByRole("alert").waitFor();
  await page.getByRole("button", { name: "Take broken.mp3 off the list" }).click();
  await page.getByText("broken.mp3").waitFor({ state: "hidden" });
  await opened.close();
});

test("who is no curator is told how to become one", async () => {
  const opened = await newcomer(false);
  await opened.page.getByText(/Only curators may upload/).waitFor();
  assert.equal(await opened.page.locator("input[type=file]").count(), 0);
  await opened.close();
});
