/** @jsxImportSource preact */
import { mayUpload } from "../state/session";

/** The pages beside the player: for developers, and for those who keep the library. */
export function Tools() {
  return (
    <nav class="tools quiet" aria-label="Tools">
      <a href="/graphiql">GraphiQL</a>
      <a href="/reference">Schema reference</a>
      {mayUpload.value && <a href="/upload">Upload music</a>}
    </nav>
  );
}
