// Mercurius with JIT on Fastify, with its own loaders and postgres.js.
import Fastify from "fastify";
import mercurius from "mercurius";
import {
  albumsById,
  artistsById,
  filesBySongId,
  numberOf,
  songById,
  songsById,
  typeDefs,
} from "./catalogue.mjs";
import { sign } from "./signer.mjs";

const resolvers = {
  Query: {
    song: (_, { id }) => songById(numberOf(id)),
    nodes: (_, { ids }) => songsById(ids.map(numberOf)),
  },
  Node: { resolveType: (node) => node.__typename },
  File: { streamUrl: (file) => sign(file.objectKey) },
};

// A loader's cache is by the JSON of the object, which costs more than it saves here.
const loader = (load) => ({ loader: load, opts: { cache: false } });
const loaders = {
  Song: {
    artists: loader(async (queries) => {
      const artists = await artistsById(queries.flatMap(({ obj }) => obj.artistIds));
      let next = 0;
      return queries.map(({ obj }) => artists.slice(next, (next += obj.artistIds.length)));
    }),
    album: loader((queries) => albumsById(queries.map(({ obj }) => obj.albumId))),
    files: loader((queries) => filesBySongId(queries.map(({ obj }) => obj.number))),
  },
};

const app = Fastify();
app.register(mercurius, { schema: typeDefs, resolvers, loaders, jit: 1 });
await app.listen({ port: Number(process.env.TONEARM_PORT), host: "127.0.0.1" });
