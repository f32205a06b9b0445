/** @jsxImportSource preact */
import { useQuery } from "@urql/preact";
import { ShowDocument } from "../api/generated/listener/graphql";
import { progressOf, songOf } from "../state/episodes";
import * as player from "../state/player";
import { Cover } from "./cover";
import { Head } from "./collection";
import { Icon } from "./icons";
import { MarkButton } from "./mark-button";
import { PageState } from "./page-state";
import { usePages } from "./pages";
import { SongCells, rowClass } from "./song-list";
import { day } from "./words";

export function ShowPage({ id }: { id: string }) {
  const variables = { id };
  // How far each episode was heard may be news from another device.
  const [{ data, error, fetching }, retry] = useQuery({ query: ShowDocument, variables, requestPolicy: "cache-and-network" });
  const show = data?.show;
  const { nodes, hasMore, more } = usePages(ShowDocument, variables, show?.episodes, (page) => page.show?.episodes);
  if (!show) return <PageState error={error} fetching={fetching} missing="There is no such podcast." retry={retry} />;
  const songs = nodes.map(songOf);
  const begun = songs.findIndex((song) => {
    const progress = progressOf(song.id);
    return progress !== null && !progress.completed && progress.positionMs > 0;
  });
  const first = Math.max(begun, 0);
  return (
    <article class="collection" style={show.cover ? { "--tint": show.cover.dominantColor } : undefined}>
      <Head kind="Podcast" title={show.title} picture={<Cover cover={show.cover} size={280} eager />} about={<bdi>{show.author}</bdi>}>
        {songs.length > 0 && (
          <button type="button" class="big-button" onClick={() => player.play([songs[first]!], 0)}>
            <Icon name="play" /> {begun >= 0 ? "Go on" : "Play the newest"}
          </button>
        )}
        <MarkButton kind="show" id={show.id} told={show.savedByViewer} off="Save" on="Saved" />
      </Head>
      {show.description && <Paragraphs text={show.description} />}
      <section aria-labelledby="episodes">
        <h2 id="episodes">Episodes</h2>
        <ol class="songs songs-episodes" aria-label="Episodes">
          {nodes.map((episode, i) => (
            <li key={episode.id}>
              <div class={rowClass(songs[i]!)}>
                {/* One episode, not all that follow: the next one is another day's. */}
                <SongCells song={songs[i]!} isNarrow play={() => player.play([songs[i]!], 0)} />
              </div>
              <div class="episode-about">
                <p class="quiet">
                  {day(episode.publishedAt)}
                  {episode.number !== null && ` · Episode ${episode.number}`}
                </p>
                {episode.description && (
                  <details>
                    <summary>Notes</summary>
                    <Paragraphs text={episode.description} />
                  </details>
                )}
              </div>
            </li>
          ))}
        </ol>
        {hasMore && (
          <button type="button" class="text-button more" onClick={more}>
            More episodes
          </button>
        )}
      </section>
    </article>
  );
}

function Paragraphs({ text }: { text: string }) {
  return (
    <div class="prose">
      {text.split(/\n+/).map((paragraph, i) => (
        <p key={i}>
          <bdi>{paragraph}</bdi>
        </p>
      ))}
    </div>
  );
}
