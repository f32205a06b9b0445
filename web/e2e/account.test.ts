import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { findings } from "./axe.ts";
import { search, signIn, signUp } from "./setup.ts";
import { environment, open, openTab } from "./world.ts";

test("sign up, reload, sign out, sign in; the way leads back to the page one was on", async () => {
  const opened = await open("/genres/classical");
  const { page } = opened;
  const userName = await signUp(opened);
  assert.equal(new URL(page.url()).pathname, "/genres/classical");
  await page.reload();
  const account = page.getByRole("link", { name: `Account of ${userName}` });
  await account.click();
  await page.getByText("this one").waitFor();
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByText("You are signed out.").waitFor();
  await page.goto(new URL("/library", page.url()).href);
  await page.getByText("This is there once you").waitFor();
  await signIn(opened, userName);
  await page.getByRole("heading", { name: "Playlists" }).waitFor();
  assert.equal(new URL(page.url()).pathname, "/library");
  assert.deepEqual(opened.complaints, []);
  await opened.close();
});

test("what is wrong with a form stands at its field", async () => {
  const opened = await open();
  const { page } = opened;
  const taken = await signUp(opened);
  await page.getByRole("link", { name: /^Account of/ }).click();
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.goto(new URL("/sign-up", page.url()).href);
  await page.getByLabel("User name").fill(taken);
  await page.getByLabel("E-mail").fill("ada@example.com");
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Sign up" }).click();
  const described = async (label: string) => {
    const field = page.getByLabel(label);
    await page.waitForFunction((element) => element?.matches("[aria-invalid]"), await field.elementHandle());
    return page.locator(`[id="${await field.getAttribute("aria-describedby")}"]`).innerText();
  };
  assert.match(await described("Password"), /characters/);
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: "Sign up" }).click();
  assert.match(await described("User name"), /taken|has/i);
  await page.goto(new URL("/sign-in", page.url()).href);
  await page.getByLabel("User name or e-mail").fill(taken);
  await page.getByLabel("Password").fill("not that one");
  await page.getByRole("main").getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  await opened.close();
});

test("forms are what password managers know", async () => {
  const opened = await open("/sign-up");
  const { page } = opened;
  const fields = () => page.locator("form[method=post] input").evaluateAll((inputs) => inputs.map((input) => input.getAttribute("autocomplete")));
  await page.getByLabel("User name").waitFor();
  assert.deepEqual(await fields(), ["username", "email", "new-password"]);
  await page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
  await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
  assert.deepEqual(await fields(), ["username", "current-password"]);
  await opened.close();
});

/** The last mail to an address, as its reader sees it. */
function lastMail(address: string): string {
  const directory = fileURLToPath(environment().TONEARM_MAIL_URL!);
  const name = readdirSync(directory).filter((name) => name.endsWith(`-${address}.eml`)).sort().at(-1)!;
  return readFileSync(join(directory, name), "utf8");
}

test("a forgotten password is set anew by the link of a mail", async () => {
  const opened = await open();
  const { page } = opened;
  const userName = await signUp(opened);
  const address = `${userName}@example.com`;
  await page.getByRole("link", { name: `Account of ${userName}` }).click();
  await page.getByLabel(/^Code from the mail/).fill(/^[a-z2-7]{45}$/m.exec(lastMail(address))![0]);
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByLabel(/^Code from the mail/).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Sign in" }).click();
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await page.getByLabel("E-mail").fill(address);
  await page.getByRole("button", { name: "Mail me" }).click();
  await page.getByRole("heading", { name: "Look into your mail" }).waitFor();
  assert.deepEqual(await findings(opened), []);
  const link = await until(() => /^http\S+\/reset#\S+/m.exec(lastMail(address))?.[0]);
  assert.ok(link.startsWith(new URL("/", page.url()).href));
  await page.goto(link);
  await page.getByLabel("New password").fill("short");
  await page.getByRole("button", { name: "Set it" }).click();
  await page.getByRole("alert").filter({ hasText: "characters" }).waitFor();
  assert.deepEqual(await findings(opened), []);
  await page.getByLabel("New password").fill("another horse battery");
  await page.getByRole("button", { name: "Set it" }).click();
  await page.getByRole("link", { name: `Account of ${userName}` }).waitFor();
  assert.equal(page.url(), new URL("/", page.url()).href); // the code is nowhere to be seen
  await page.goto(link);
  await page.getByLabel("New password").fill("another horse battery");
  await page.getByRole("button", { name: "Set it" }).click();
  await page.getByRole("alert").waitFor(); // a code is good once
  await opened.close();
});

/** What `look` finds, as soon as it does. */
async function until<T>(look: () => T | undefined): Promise<T> {
  for (let attempt = 0; attempt < 400; attempt++) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("It did not come");
}

test("tabs take turns with the refresh token, and none is signed out by another", async () => {
  const opened = await open();
  const userName = await signUp(opened);
  // All of them need a new access token at once.
  const tabs = await Promise.all(Array.from({ length: 5 }, () => openTab(opened, "/library/songs")));
  for (const { page } of tabs) {
    await page.getByText("Songs that you like come here").waitFor();
    await page.getByRole("link", { name: `Account of ${userName}` }).waitFor();
  }
  const refreshes = tabs.flatMap(({ requests }) => requests.filter(({ url }) => url.endsWith("/graphql")));
  assert.ok(refreshes.every(({ status }) => status === 200));
  await opened.close();
});

test("to sign out in one tab is to sign out in all", async () => {
  const opened = await open();
  await signUp(opened);
  const other = await openTab(opened, "/genres");
  await opened.page.getByRole("link", { name: /^Account of/ }).click();
  await opened.page.getByRole("button", { name: "Sign out", exact: true }).click();
  await other.page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Sign in" }).waitFor();
  await opened.close();
});

test("a session that was ended elsewhere is said, and the page goes on", async () => {
  const opened = await open();
  const { page } = opened;
  await signUp(opened);
  await page.evaluate(() => {
    const session = JSON.parse(localStorage.getItem("tonearm:session")!);
    localStorage.setItem("tonearm:session", JSON.stringify({ ...session, refreshToken: "ended" }));
  });
  await page.reload();
  await page.getByText("You were signed out here").waitFor();
  await search(opened, "greensleeves");
  await opened.close();
});
