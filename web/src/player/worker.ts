// The service worker: the player opens without a network. A page is asked of the server first, and
// kept; its files have names that change with what they hold, so those that are kept are right.
// Answers of the API and audio do not pass through here.

interface Lasting extends Event {
  waitUntil(promise: Promise<unknown>): void;
}

interface Fetched extends Lasting {
  readonly request: Request;
  readonly clientId: string;
  readonly preloadResponse: Promise<Response | undefined>;
  respondWith(response: Promise<Response>): void;
}

/** What TypeScript knows of it only in programs without a page. */
const worker = self as unknown as EventTarget & {
  readonly registration: ServiceWorkerRegistration;
  readonly clients: { claim(): Promise<void>; get(id: string): Promise<{ url: string } | undefined> };
  skipWaiting(): Promise<void>;
};

const CACHE = "tonearm-player";
/** The player, whatever its address: it reads that itself. */
const PAGE = "/";
const ICON = "/favicon.svg";
/** Pages and addresses that are not the player's. */
const OTHERS = /^\/(graphql|graphiql|reference|upload|health|ready|metrics)\b/;

const on = <E extends Event>(name: string, act: (event: E) => void) => worker.addEventListener(name, act as EventListener);

on<Lasting>("install", (event) => {
  event.waitUntil(fetch(PAGE).then(keep).then(() => worker.skipWaiting()));
});

on<Lasting>("activate", (event) => {
  event.waitUntil(Promise.all([worker.clients.claim(), worker.registration.navigationPreload?.enable()]));
});

on<Fetched>("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin || request.method !== "GET" || OTHERS.test(pathname)) return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (pathname.startsWith("/assets/")) event.respondWith(asset(event));
  else if (pathname === ICON) event.respondWith(fetch(request).catch(() => kept(ICON)));
});

async function page(event: Fetched): Promise<Response> {
  try {
    const response = (await event.preloadResponse) ?? (await fetch(event.request));
    event.waitUntil(keep(response.clone()));
    return response;
  } catch {
    return kept(PAGE);
  }
}

async function asset({ request, clientId }: Fetched): Promise<Response> {
  const cache = await caches.open(CACHE);
  const known = await cache.match(request, { ignoreVary: true });
  if (known) return known;
  const response = await fetch(request);
  const asker = await worker.clients.get(clientId);
  const isPlayers = asker && !/^\/assets\//.test(new URL(asker.url).pathname) && !OTHERS.test(new URL(asker.url).pathname);
  if (response.ok && isPlayers) await cache.put(request, response.clone());
  return response;
}

async function kept(path: string): Promise<Response> {
  return (await (await caches.open(CACHE)).match(path, { ignoreVary: true })) ?? Response.error();
}

/** Keeps a page of the player, and the files that it names. A page that names new ones ends the old. */
async function keep(response: Response): Promise<void> {
  const isPage = response.ok && response.headers.get("Content-Type")?.startsWith("text/html");
  if (!isPage) return;
  const cache = await caches.open(CACHE);
  const text = await response.clone().text();
  const named = [...text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((match) => match[1]!);
  const missing: string[] = [];
  for (const path of named) if (!(await cache.match(path, { ignoreVary: true }))) missing.push(path);
  if (missing.length > 0) {
    await cache.addAll(missing);
    const old = (await cache.keys()).filter(({ url }) => !named.includes(new URL(url).pathname));
    await Promise.all(old.map((request) => cache.delete(request)));
  }
  await cache.put(PAGE, response);
}

export {};
