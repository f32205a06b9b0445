import { signal } from "@preact/signals";
import { authExchange } from "@urql/exchange-auth";
import { requestPolicyExchange } from "@urql/exchange-request-policy";
import { Client, type CombinedError, type Exchange, cacheExchange, fetchExchange } from "@urql/preact";
import { JSON_ONLY, accessToken, isStale, onUserChange, refresh, session } from "../state/session";

/** URLs in an answer are good for an hour; long before that it is asked for again. */
const FRESH_MS = 10 * 60 * 1000;

const isUnauthenticated = (error: CombinedError) =>
  error.graphQLErrors.some(({ extensions }) => extensions.code === "UNAUTHENTICATED");

/** Waits for all of an answer: to abort a request whose first part was given out already is an error. */
const fetchWhole: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  return new Response(await response.text(), response);
};

const makeClient = (caching: Exchange[]) =>
  new Client({
    url: "/graphql",
    fetch: fetchWhole,
    fetchOptions: JSON_ONLY,
    preferGetMethod: false,
    exchanges: [
      ...caching,
      authExchange(async ({ appendHeaders }) => ({
        addAuthToOperation(operation) {
          const token = accessToken();
          return token ? appendHeaders(operation, { Authorization: `Bearer ${token}` }) : operation;
        },
        willAuthError: isStale,
        didAuthError: (error) => session.peek() !== null && isUnauthenticated(error),
        refreshAuth: refresh,
      })),
      fetchExchange,
    ],
  });

const makeCachingClient = () => makeClient([requestPolicyExchange({ ttl: FRESH_MS }), cacheExchange]);

/** A new one for each person: what was answered to one is not for the other. */
export const client = signal(makeCachingClient());
onUserChange(() => (client.value = makeCachingClient()));

/** Past the cache: what a mutation answers here makes no page ask again. */
export const uncached = makeClient([]);

/** What a person can do about it. */
export function explain(error: CombinedError): string {
  if (!navigator.onLine) return "You are offline. Connect to the network and try again.";
  if (error.networkError && !error.response?.status) {
    return "The server cannot be reached. Check the network and try again.";
  }
  if (isUnauthenticated(error)) return "This server lets only people who are signed in listen.";
  const message = error.graphQLErrors[0]?.message;
  return message ?? "The server has a problem. Try again in a moment.";
}
