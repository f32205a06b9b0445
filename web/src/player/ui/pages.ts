import { type AnyVariables, type TypedDocumentNode, useClient } from "@urql/preact";
import { useState } from "preact/hooks";
import type { Song } from "../state/streams";

interface Page<Node> {
  nodes: readonly Node[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** The nodes of `first`, and those of the pages that were asked for since; each once. */
export function usePages<Node extends { id: string }, Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  first: Page<Node> | undefined,
  pageOf: (data: Data) => Page<Node> | null | undefined,
) {
  const client = useClient();
  const [pages, setPages] = useState<Page<Node>[]>([]);
  const all = first ? [first, ...pages] : [];
  const { hasNextPage, endCursor } = all.at(-1)?.pageInfo ?? { hasNextPage: false, endCursor: null };
  async function more() {
    const { data } = await client.query(query, { ...variables, after: endCursor } as Variables);
    const page = data && pageOf(data);
    if (page) setPages((before) => [...before, page]);
  }
  // A first page that was asked for anew may reach into the second one.
  const nodes = new Map(all.flatMap((page) => page.nodes).map((node) => [node.id, node]));
  return { nodes: [...nodes.values()], hasMore: hasNextPage, more };
}

/** The same for songs. */
export function useSongPages<Data, Variables extends AnyVariables>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  first: Page<Song> | undefined,
  pageOf: (data: Data) => Page<Song> | null | undefined,
) {
  const { nodes, ...rest } = usePages(query, variables, first, pageOf);
  return { songs: nodes, ...rest };
}
