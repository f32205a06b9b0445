/** @jsxImportSource preact */
import { useQuery } from "@urql/preact";
import { Link } from "wouter-preact";
import { GenreDocument, GenresDocument } from "../api/generated/graphql";
import { codecs } from "../state/streams";
import { Collection } from "./collection";
import { PageState } from "./page-state";
import { useSongPages } from "./pages";
import { extent, paths } from "./words";

export function GenresPage() {
  const [{ data, error, fetching }, retry] = useQuery({ query: GenresDocument });
  if (!data) return <PageState error={error} fetching={fetching} missing="There are no genres." retry={retry} />;
  return (
    <>
      <h1>Genres</h1>
      <ul class="genre-cards">
        {data.genres.nodes.map((genre, i) => (
          <li key={genre.id}>
            <Link href={paths.genre(genre.slug)} data-hit style={{ "--hue": String((i * 47) % 360) }}>
              {genre.name}
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}

export function GenrePage({ slug }: { slug: string }) {
  const variables = { slug, codecs };
  const [{ data, error, fetching }, retry] = useQuery({ query: GenreDocument, variables });
  const genre = data?.genre;
  const pages = useSongPages(GenreDocument, variables, genre?.songs, (page) => page.genre?.songs);
  if (!genre) {
    return <PageState error={error} fetching={fetching} missing="There is no such genre." retry={retry} />;
  }
  return (
    <Collection
      kind="Genre"
      title={genre.name}
      picture={null}
      color={genre.songs.nodes[0]?.cover?.dominantColor}
      about={extent(pages.songs, pages.hasMore)}
      {...pages}
    />
  );
}
