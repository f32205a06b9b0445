/** @jsxImportSource preact */
import "./player.css";
import { Provider } from "@urql/preact";
import { render } from "preact";
import { client } from "./api/client";
import { connectListening } from "./state/listening";
import { connectHandover } from "./state/handover";
import { connectMediaSession } from "./state/media-session";
import { connectOffline } from "./state/saved";
import { connectKeys } from "./ui/keys";
import { Shell } from "./ui/shell";

connectHandover();
connectListening();
connectMediaSession();
connectKeys();
connectOffline();

function App() {
  return (
    <Provider value={client.value}>
      <Shell />
    </Provider>
  );
}

render(<App />, document.getElementById("root")!);
