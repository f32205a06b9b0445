// The statements of benchmarks/graphql/peers/statements.py with postgres.js, and rows as objects.
import { readFileSync } from "node:fs";
import postgres from "postgres";

export const typeDefs = readFileSync(new URL("catalogue.graphql", import.meta.url), "utf8");

const sql = postgres(process.env.TONEARM_DATABASE_URL, {
  max: 10,
  types: { bigint: { to: 20, from: [20], serialize: String, parse: Number } },
});

export const numberOf = (id) => parseInt(id.slice(id.indexOf("_") + 1), 16);
const distinct = (ids) => [...new Set(ids)];
const byId = (rows) => new Map(rows.map((row) => [row.number, row]));

function song(row) {
  row.__typename = "Song";
  row.id = `song_${row.number.toString(16)}`;
  return row;
}

export async function songsById(ids) {
  const rows = await sql`
    SELECT id AS number, title, duration_ms AS "durationMs", album_id AS "albumId",
           main_artist_ids || featured_artist_ids AS "artistIds"
    FROM songs WHERE id = ANY(${distinct(ids)}::bigint[])`;
  rows.forEach(song);
  const found = byId(rows);
  return ids.map((id) => found.get(id) ?? null);
}

export async function songById(id) {
  const [row] = await sql`
    SELECT id AS number, title, duration_ms AS "durationMs", album_id AS "albumId",
           main_artist_ids || featured_artist_ids AS "artistIds"
    FROM songs WHERE id = ${id}`;
  return row === undefined ? null : song(row);
}

export async function artistsById(ids) {
  const rows = await sql`
    SELECT id AS number, name FROM artists WHERE id = ANY(${distinct(ids)}::bigint[])`;
  for (const row of rows) row.id = `artist_${row.number.toString(16)}`;
  const found = byId(rows);
  return ids.map((id) => found.get(id) ?? null);
}

export async function albumsById(ids) {
  const rows = await sql`
    SELECT id AS number, title FROM albums WHERE id = ANY(${distinct(ids)}::bigint[])`;
  for (const row of rows) row.id = `album_${row.number.toString(16)}`;
  const found = byId(rows);
  return ids.map((id) => found.get(id) ?? null);
}

export async function filesBySongId(songIds) {
  const rows = await sql`
    SELECT files.song_id AS "songId", files.object_key AS "objectKey", files.codec,
           files.bitrate_kbps AS "bitrateKbps"
    FROM files JOIN songs ON songs.id = files.song_id AND songs.withdrawn_at IS NULL
    WHERE files.song_id = ANY(${distinct(songIds)}::bigint[])
    ORDER BY files.song_id, files.bitrate_kbps DESC, files.id`;
  const found = new Map(songIds.map((id) => [id, []]));
  for (const row of rows) found.get(row.songId).push(row);
  return songIds.map((id) => found.get(id));
}
