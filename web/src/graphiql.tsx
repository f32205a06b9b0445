import "./workers";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./graphiql.css";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";
import { examples } from "./examples";
import { PlayStrip } from "./play-strip";

const fetcher = createGraphiQLFetcher({
  url: "/graphql",
  headers: { accept: "application/graphql-response+json, application/json" },
});

// GraphiQL opens the first tab with its variables only when they are given apart, too.
const isFirstVisit = localStorage.getItem("graphiql:tabState") === null;

createRoot(document.getElementById("root")!).render(
  <GraphiQL
    fetcher={fetcher}
    defaultTabs={examples}
    initialVariables={isFirstVisit ? examples[0]?.variables : undefined}
  >
    <GraphiQL.Logo>
      <span className="tonearm-logo">
        <img src="/favicon.svg" alt="" width="24" height="24" />
        Tonearm
      </span>
    </GraphiQL.Logo>
    <GraphiQL.Footer>
      <PlayStrip />
    </GraphiQL.Footer>
  </GraphiQL>,
);
