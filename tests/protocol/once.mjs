// Runs operations by graphql-ws or graphql-sse one after the other, and prints a list of what each
// gave: its results, or the errors for which there are none. Arguments: ws or sse, a URL, JSON.
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createWsClient } from "graphql-ws";

const [transport, url, operations] = process.argv.slice(2);
const client =
  transport === "ws"
    ? createWsClient({ url: url.replace("http", "ws") })
    : createSseClient({ url, retryAttempts: 0 });

const answers = [];
for (const operation of JSON.parse(operations)) {
  const results = [];
  try {
    for await (const result of client.iterate(operation)) results.push(result);
    answers.push({ results });
  } catch (errors) {
    answers.push({ errors });
  }
}
await client.dispose();
console.log(JSON.stringify(answers));
