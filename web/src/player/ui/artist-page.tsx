/** @jsxImportSource preact */
import { useQuery } from "@urql/preact";
import { ArtistDocument } from "../api/generated/graphql";
import { codecs } from "../state/streams";
import { Albums } from "./albums";
import { Collection } from "./collection";
import { MarkButton } from "./mark-button";
import { Monogram } from "./monogram";
import { PageState } from "./page-state";
import { useSongPages } from "./pages";
import { extent } from "./words";

export function ArtistPage({ id }: { id: string }) {
  const variables = { id, codecs };
  const [{ data, error, fetching }, retry] = useQuery({ query: ArtistDocument, variables });
  const artist = data?.artist;
  const pages = useSongPages(ArtistDocument, variables, artist?.songs, (page) => page.artist?.songs);
  if (!artist) {
    return <PageState error={error} fetching={fetching} missing="There is no such artist." retry={retry} />;
  }
  const albums = artist.albums.nodes;
  const color = (albums[0]?.cover ?? artist.songs.nodes[0]?.cover)?.dominantColor;
  return (
    <Collection
      kind="Artist"
      title={artist.name}
      picture={<Monogram name={artist.name} isLarge />}
      color={color}
      about={extent(pages.songs, pages.hasMore)}
      actions={
        <MarkButton kind="artist" id={artist.id} told={artist.followedByViewer} off="Follow" on="Following" />
      }
      {...pages}
    >
      {albums.length > 0 && (
        <section aria-labelledby="albums">
          <h2 id="albums">Albums</h2>
          <Albums albums={albums} label={`Albums of ${artist.name}`} byYear />
        </section>
      )}
    </Collection>
  );
}
