import "./workers";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./graphiql.css";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";
import { accountPlugin } from "./account-pane";
import { examples } from "./examples";
import { fetcher } from "./fetcher";
import { PlayStrip } from "./play-strip";
import { TabValues } from "./tab-values";
import { tracePlugin } from "./trace-pane";

// GraphiQL opens the first tab with its variables only when they are given apart, too.
const isFirstVisit = localStorage.getItem("graphiql:tabState") === null;

createRoot(document.getElementById("root")!).render(
  <GraphiQL
    fetcher={fetcher}
    plugins={[HISTORY_PLUGIN, accountPlugin, tracePlugin]}
    defaultTabs={examples}
    initialVariables={isFirstVisit ? examples[0]?.variables : undefined}
  >
    <GraphiQL.Logo>
      <span className="tonearm-logo">
        <img src="/favicon.svg" alt="" width="24" height="24" />
        <a href="/">Tonearm</a>
        <a href="/reference" target="_blank" rel="noreferrer">
          Reference
        </a>
      </span>
    </GraphiQL.Logo>
    <GraphiQL.Footer>
      <TabValues />
      <PlayStrip />
    </GraphiQL.Footer>
  </GraphiQL>,
);
