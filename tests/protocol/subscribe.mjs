// Listens to playbackChanged by graphql-ws or graphql-sse, as docs/how-to/subscriptions.md says,
// and prints what comes, a line of JSON each. Arguments: ws or sse, then JSON: urls and tokens,
// of which each connection takes the next, and the last again and again.
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createWsClient } from "graphql-ws";

const [transport, given] = process.argv.slice(2);
const { urls, tokens, query } = JSON.parse(given);
const tell = (line) => console.log(JSON.stringify(line));
const next = (list) => (list.length > 1 ? list.shift() : list[0]);
const authorization = () => `Bearer ${next(tokens)}`;
const patience = { retryAttempts: 50, retryWait: () => new Promise((done) => setTimeout(done, 100)) };

const client =
  transport === "ws"
    ? createWsClient({
        url: () => next(urls).replace("http", "ws"),
        connectionParams: () => ({ authorization: authorization() }),
        shouldRetry: () => true, // also when no server is there
        on: {
          connected: () => tell({ connected: true }),
          closed: ({ code, reason }) => tell({ closed: code, reason }),
        },
        ...patience,
      })
    : createSseClient({
        url: () => next(urls),
        headers: () => ({ authorization: authorization() }),
        ...patience,
      });

const variables = { after: null };
client.subscribe(
  {
    query:
      query ??
      "subscription ($after: Int) { playbackChanged(after: $after) { revision device } }",
    variables,
  },
  {
    next(result) {
      const queue = result.data?.playbackChanged;
      if (queue) variables.after = queue.revision; // a reconnect goes on from here
      tell(result);
    },
    error: (error) => tell({ error: error.code ?? error }),
    complete: () => tell({ complete: true }),
  },
);
