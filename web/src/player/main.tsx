/** @jsxImportSource preact */
import "./player.css";
import { Provider } from "@urql/preact";
import { render } from "preact";
import { client } from "./api/client";
import { connectMediaSession } from "./state/media-session";
import { connectKeys } from "./ui/keys";
import { Shell } from "./ui/shell";

connectMediaSession();
connectKeys();
render(
  <Provider value={client}>
    <Shell />
  </Provider>,
  document.getElementById("root")!,
);
