import { requestPolicyExchange } from "@urql/exchange-request-policy";
import { Client, cacheExchange, fetchExchange, type CombinedError } from "@urql/preact";

/** URLs in an answer are good for an hour; long before that it is asked for again. */
const FRESH_MS = 10 * 60 * 1000;

export const client = new Client({
  url: "/graphql",
  preferGetMethod: false,
  exchanges: [
    requestPolicyExchange({ ttl: FRESH_MS }),
    cacheExchange,
    fetchExchange,
  ],
});

/** What a person can do about it. */
export function explain(error: CombinedError): string {
  if (!navigator.onLine) return "You are offline. Connect to the network and try again.";
  if (error.networkError && !error.response?.status) {
    return "The server cannot be reached. Check the network and try again.";
  }
  const { code } = error.graphQLErrors[0]?.extensions ?? {};
  if (code === "UNAUTHENTICATED") return "This server lets only people who are signed in listen.";
  const message = error.graphQLErrors[0]?.message;
  return message ?? "The server has a problem. Try again in a moment.";
}
