/** @jsxImportSource preact */
import { useQuery } from "@urql/preact";
import { AlbumDocument } from "../api/generated/graphql";
import { codecs } from "../state/streams";
import { Artists } from "./artists";
import { Collection } from "./collection";
import { Cover } from "./cover";
import { MarkButton } from "./mark-button";
import { PageState } from "./page-state";
import { useSongPages } from "./pages";
import { extent } from "./words";

const KINDS = { ALBUM: "Album", SINGLE: "Single", EP: "EP", COMPILATION: "Compilation" };

export function AlbumPage({ id }: { id: string }) {
  const variables = { id, codecs };
  const [{ data, error, fetching }, retry] = useQuery({ query: AlbumDocument, variables });
  const album = data?.album;
  const pages = useSongPages(AlbumDocument, variables, album?.songs, (page) => page.album?.songs);
  if (!album) {
    return <PageState error={error} fetching={fetching} missing="There is no such album." retry={retry} />;
  }
  return (
    <Collection
      kind={KINDS[album.kind]}
      title={album.title}
      picture={<Cover cover={album.cover} size={280} eager />}
      color={album.cover?.dominantColor}
      about={
        <>
          <Artists artists={album.artists} />
          {album.year && ` · ${album.year}`} · {extent(pages.songs, pages.hasMore)}
        </>
      }
      actions={<MarkButton kind="album" id={album.id} told={album.savedByViewer} off="Save" on="Saved" />}
      isAlbum
      {...pages}
    />
  );
}
