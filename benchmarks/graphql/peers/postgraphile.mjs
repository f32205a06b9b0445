// PostGraphile 5 over the same tables. The ids it shows are the numbers of the rows.
import { createServer } from "node:http";
import { LIST_TYPES, TYPES } from "postgraphile/@dataplan/pg";
import { lambda, markSyncAndSafe } from "postgraphile/grafast";
import { grafserv } from "postgraphile/grafserv/node";
import { makePgService } from "postgraphile/adaptors/pg";
import { postgraphile } from "postgraphile";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { extendSchema, gql, jsonPgSmartTags } from "postgraphile/utils";
import { sign } from "./signer.mjs";

const signed = markSyncAndSafe((key) => sign(key), "sign");

const relations = jsonPgSmartTags({
  version: 1,
  config: {
    class: {
      songs: { tags: { foreignKey: "(album_id) references albums (id)|@fieldName album" } },
    },
  },
});

const fields = extendSchema((build) => {
  const { songs, artists, files } = build.pgResources;
  const { sql } = build;
  const list = ($ids, $rows) => $rows.placeholder($ids, LIST_TYPES.bigint);
  const inOrderOf = ($rows, ids) => {
    $rows.where(sql`${$rows.alias}.id = any(${ids})`);
    $rows.orderBy({
      fragment: sql`array_position(${ids}, ${$rows.alias}.id)`,
      codec: TYPES.int,
      direction: "ASC",
    });
    return $rows;
  };
  return {
    typeDefs: gql`
      extend type Query {
        songsByIds(ids: [BigInt!]!): [Song!]
      }
      extend type Song {
        artists: [Artist!]
        files: [File!]
      }
      extend type File {
        streamUrl: String
      }
    `,
    objects: {
      Query: {
        plans: {
          songsByIds(_, { $ids }) {
            const $songs = songs.find();
            return inOrderOf($songs, list($ids, $songs));
          },
        },
      },
      Song: {
        plans: {
          artists($song) {
            const $ids = $song.select(
              sql`${$song.getClassStep().alias}.main_artist_ids || ${$song.getClassStep().alias}.featured_artist_ids`,
              LIST_TYPES.bigint,
            );
            const $artists = artists.find();
            return inOrderOf($artists, list($ids, $artists));
          },
          files($song) {
            const $files = files.find({ song_id: $song.get("id") });
            $files.orderBy({ attribute: "bitrate_kbps", direction: "DESC" });
            return $files;
          },
        },
      },
      File: {
        plans: {
          streamUrl: ($file) => lambda($file.get("object_key"), signed),
        },
      },
    },
  };
});

const preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [relations, fields],
  pgServices: [
    makePgService({ connectionString: process.env.TONEARM_DATABASE_URL, poolConfig: { max: 10 } }),
  ],
  grafserv: { graphiql: false, watch: false, websockets: false },
  grafast: { explain: false },
};

const instance = postgraphile(preset);
const server = createServer();
const serv = instance.createServ(grafserv);
await serv.addTo(server);
server.listen(Number(process.env.TONEARM_PORT), "127.0.0.1");
