/** @jsxImportSource preact */
import type { CombinedError } from "@urql/preact";
import { explain } from "../api/client";

interface Props {
  error: CombinedError | undefined;
  fetching: boolean;
  /** What is not there, when the answer has come without it. */
  missing: string;
  retry: () => void;
}

/** What a page shows in place of its content. */
export function PageState({ error, fetching, missing, retry }: Props) {
  if (error) {
    return (
      <p class="notice" role="alert">
        {explain(error)}{" "}
        <button type="button" class="text-button" onClick={retry}>
          Try again
        </button>
      </p>
    );
  }
  return fetching ? <p class="unseen" role="status">Loading</p> : <p class="notice">{missing}</p>;
}
