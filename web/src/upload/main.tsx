/** @jsxImportSource preact */
import "../player/player.css";
import "./upload.css";
import { Provider } from "@urql/preact";
import { render } from "preact";
import { client } from "../player/api/client";
import { UploadPage } from "./upload-page";

function Page() {
  return (
    <Provider value={client.value}>
      <UploadPage />
    </Provider>
  );
}

render(<Page />, document.getElementById("root")!);
