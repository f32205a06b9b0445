// Who is signed in. The access token lives in memory and ends within minutes; the refresh token is
// kept in localStorage, so that a reload and other tabs stay signed in. Each can be used once: tabs
// take turns by a Web Lock, and who comes second finds the token of the first.
import { Client, fetchExchange } from "@urql/core";
import { computed, effect } from "@preact/signals";
import { RefreshDocument, type RefreshMutation } from "../api/generated/graphql";
import { kept, remembered } from "./kept";
import { tell } from "./notices";

interface Session {
  refreshToken: string;
  user: { id: string; userName: string; displayName: string };
  role?: Granted["viewer"]["role"];
}

export type Granted = Extract<RefreshMutation["refresh"], { credentials: unknown }>;

const NAME = "session";
const LOCK = "tonearm-session";
/** A token is renewed so long before it ends. */
const EARLY_MS = 30_000;
/** Whatever the clocks say, a new token is believed in for so long. */
const LEAST_MS = 5 * 60_000;

export const session = kept<Session | null>(NAME, null);
export const user = computed(() => session.value?.user ?? null);
/** Whether the upload page is for whoever is signed in. */
export const mayUpload = computed(() => (session.value?.role ?? "LISTENER") !== "LISTENER");
const userId = computed(() => user.value?.id ?? null);

let access: { token: string; goodUntil: number; userId: string } | null = null;

/** The access token; null while nobody is signed in, or before the first `refresh`. */
export const accessToken = () => (access && access.userId === userId.peek() ? access.token : null);

/** Whether somebody is signed in, but not by a token that is good. */
export const isStale = () =>
  session.peek() !== null && (accessToken() === null || Date.now() > access!.goodUntil);

/** Calls `act` whenever somebody else is signed in, or nobody, in whatever tab that happened. */
export function onUserChange(act: () => void): void {
  let before = userId.peek();
  effect(() => {
    if (userId.value === before) return;
    before = userId.value;
    act();
  });
}

/** Somebody has signed in or is signed in still. */
export function take({ credentials, viewer }: Granted): void {
  const { accessToken, expiresAt, refreshToken } = credentials;
  access = {
    token: accessToken,
    goodUntil: Math.max(Date.parse(expiresAt) - EARLY_MS, Date.now() + LEAST_MS),
    userId: viewer.user.id,
  };
  session.value = { refreshToken, user: viewer.user, role: viewer.role };
}

export function forget(): void {
  access = null;
  session.value = null;
}

/** One answer, not the stream of events that urql would take as well. */
export const JSON_ONLY = { headers: { accept: "application/graphql-response+json, application/json" } };

/** Without what makes tokens fresh, which would wait for itself. */
const bare = new Client({
  url: "/graphql",
  preferGetMethod: false,
  fetchOptions: JSON_ONLY,
  exchanges: [fetchExchange],
});

/** Gets a new access token. If the session has ended, nobody is signed in any more. */
export async function refresh(): Promise<void> {
  await inTurn(async () => {
    // Another tab may have used ours up.
    const newest = remembered<Session>(NAME) ?? session.peek();
    if (!newest || !session.peek()) return;
    const { refreshToken } = newest;
    const { data } = await bare.mutation(RefreshDocument, { refreshToken }).toPromise();
    if (!data) return; // not reached: who asks next will see, and so will we
    if ("credentials" in data.refresh) {
      take(data.refresh);
    } else {
      forget();
      tell("You were signed out here. Sign in again.");
    }
  });
}

function inTurn(act: () => Promise<void>): Promise<void> {
  // Only pages by https or on this machine have locks.
  return (navigator.locks as LockManager | undefined)?.request(LOCK, act) ?? act();
}
