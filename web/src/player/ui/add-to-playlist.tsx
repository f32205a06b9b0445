/** @jsxImportSource preact */
import { useQuery } from "@urql/preact";
import { useState } from "preact/hooks";
import { client, explain } from "../api/client";
import { AddToPlaylistDocument, CreatePlaylistDocument, MyPlaylistsDocument } from "../api/generated/listener/graphql";
import { tell } from "../state/notices";
import { navigate } from "../state/places";
import type { Song } from "../state/streams";
import { Field, Form } from "./form";
import { Dialog, closeOverlay } from "./overlay";
import { PageState } from "./page-state";
import { paths } from "./words";

/** Chooses a playlist for songs, or makes one. */
export function AddToPlaylist({ songs }: { songs: readonly Song[] }) {
  const [{ data, error, fetching }, retry] = useQuery({
    query: MyPlaylistsDocument,
    requestPolicy: "cache-and-network",
  });
  const [isMaking, make] = useState(false);
  const viewer = data?.viewer;
  const playlists = [
    ...(viewer?.playlists.nodes ?? []),
    ...(viewer?.savedPlaylists.nodes ?? []).filter((playlist) => playlist.changeableByViewer),
  ];
  const title = songs.length === 1 ? `Add “${songs[0]!.title}” to a playlist` : `Add ${songs.length} songs to a playlist`;
  return (
    <Dialog title={title}>
      {isMaking || (viewer && playlists.length === 0) ? (
        <NewPlaylist
          onMade={async (playlist) => {
            await add(playlist.id, songs);
          }}
        />
      ) : (
        <>
          <button type="button" class="choice" onClick={() => make(true)}>
            New playlist
          </button>
          {!viewer && <PageState error={error} fetching={fetching} missing="Sign in first." retry={retry} />}
          <ul class="choices">
            {playlists.map((playlist) => (
              <li key={playlist.id}>
                <button type="button" class="choice" onClick={() => void add(playlist.id, songs)}>
                  <bdi>{playlist.name}</bdi>
                  <span class="quiet">{playlist.entryCount} songs</span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </Dialog>
  );
}

async function add(id: string, songs: readonly Song[]): Promise<void> {
  const variables = { id, songIds: songs.map((song) => song.id) };
  const context = { additionalTypenames: ["PlaylistConnection"] };
  const { data, error } = await client.peek().mutation(AddToPlaylistDocument, variables, context).toPromise();
  closeOverlay();
  const result = data?.addToPlaylist;
  if (result && "playlist" in result) {
    const { name } = result.playlist;
    const open = () => navigate(paths.playlist(id));
    tell(`Added to “${name}”.`, { label: "Open", act: open });
  } else {
    tell(error ? explain(error) : (result as { message: string }).message);
  }
}

interface NewProps {
  onMade: (playlist: { id: string; name: string }) => void | Promise<void>;
}

/** A name is all that it takes. */
export function NewPlaylist({ onMade }: NewProps) {
  return (
    <Form
      submit="Make it"
      fields={{ name: "" }}
      onSubmit={async ({ name }) => {
        const context = { additionalTypenames: ["PlaylistConnection"] };
        const { data, error } = await client.peek().mutation(CreatePlaylistDocument, { name }, context).toPromise();
        if (error) return { message: explain(error) };
        const result = data!.createPlaylist;
        if (!("playlist" in result)) return result;
        await onMade(result.playlist);
        return null;
      }}
    >
      <Field name="name" label="Name" required maxLength={200} autoFocus autocomplete="off" />
    </Form>
  );
}
