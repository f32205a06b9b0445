import { signal } from "@preact/signals";
import { authExchange } from "@urql/exchange-auth";
import { requestPolicyExchange } from "@urql/exchange-request-policy";
import { Client, type CombinedError, cacheExchange, fetchExchange } from "@urql/preact";
import { accessToken, isStale, onUserChange, refresh, session } from "../state/session";

/** URLs in an answer are good for an hour; long before that it is asked for again. */
const FRESH_MS = 10 * 60 * 1000;

const isUnauthenticated = (error: CombinedError) =>
  error.graphQLErrors.some(({ extensions }) => extensions.code === "UNAUTHENTICATED");

/** Waits for all of an answer: to abort a request whose first part was given out already is an error. */
const fetchWhole: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  return new Response(await response.text(), response);
};

const makeClient = () =>
  new Client({
    url: "/graphql",
    fetch: fetchWhole,
    preferGetMethod: false,
    exchanges: [
      requestPolicyExchange({ ttl: FRESH_MS }),
      cacheExchange,
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

/** A new one for each person: what was answered to one is not for the other. */
export const client = signal(makeClient());
onUserChange(() => (client.value = makeClient()));

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
