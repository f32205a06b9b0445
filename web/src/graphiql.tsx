import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./graphiql.css";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";
import searchToSound from "./examples/1-search-to-sound.graphql?raw";

const fetcher = createGraphiQLFetcher({
  url: "/graphql",
  headers: { accept: "application/graphql-response+json, application/json" },
});

createRoot(document.getElementById("root")!).render(
  <GraphiQL
    fetcher={fetcher}
    isHeadersEditorEnabled
    defaultTabs={[{ query: searchToSound, variables: '{ "text": "beet" }' }]}
  />,
);
