import type { AnyVariables, TypedDocumentNode } from "@urql/core";
import {
  FollowArtistsDocument,
  LikeSongsDocument,
  SaveAlbumsDocument,
  SavePlaylistDocument,
  SaveShowsDocument,
  UnfollowArtistsDocument,
  UnlikeSongsDocument,
  UnsaveAlbumsDocument,
  UnsavePlaylistDocument,
  UnsaveShowsDocument,
} from "../api/generated/listener/graphql";
import type { Kind } from "./marks";

const DOCUMENTS = {
  song: [LikeSongsDocument, UnlikeSongsDocument],
  artist: [FollowArtistsDocument, UnfollowArtistsDocument],
  album: [SaveAlbumsDocument, UnsaveAlbumsDocument],
  show: [SaveShowsDocument, UnsaveShowsDocument],
  playlist: [SavePlaylistDocument, UnsavePlaylistDocument],
} as const;

/** The types of the lists that are another one then. */
export const LISTS: Record<Kind, string> = {
  song: "SongLibraryConnection",
  artist: "ArtistLibraryConnection",
  album: "AlbumLibraryConnection",
  show: "ShowLibraryConnection",
  playlist: "PlaylistLibraryConnection",
};

/** The mutation that makes the mark, or takes it away. */
export const documentOf = (kind: Kind, isOn: boolean) =>
  DOCUMENTS[kind][isOn ? 0 : 1] as TypedDocumentNode<Record<string, { message?: string }>, AnyVariables>;
