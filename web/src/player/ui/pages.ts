import { type AnyVariables, type TypedDocumentNode, useClient } from "@urql/preact";
import { useState } from "preact/hooks";
import type { Song } from "../state/streams";

interface Page {
  nodes: Song[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** The songs of `first`, and those of the pages that were asked for since. */
export function useSongPages<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  first: Page | undefined,
  pageOf: (data: Data) => Page | undefined,
) {
  const client = useClient();
  const [pages, setPages] = useState<Page[]>([]);
  const all = first ? [first, ...pages] : [];
  const { hasNextPage, endCursor } = all.at(-1)?.pageInfo ?? { hasNextPage: false, endCursor: null };
  async function more() {
    const { data } = await client.query(query, { ...variables, after: endCursor } as Variables);
    const page = data && pageOf(data);
    if (page) setPages((before) => [...before, page]);
  }
  return { songs: all.flatMap((page) => page.nodes), hasMore: hasNextPage, more };
}
