// Apollo Server on Fastify, with DataLoader and postgres.js.
import { ApolloServer } from "@apollo/server";
import fastifyApollo, { fastifyApolloDrainPlugin } from "@as-integrations/fastify";
import DataLoader from "dataloader";
import Fastify from "fastify";
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
  Node: { __resolveType: (node) => node.__typename },
  Song: {
    artists: (song, _, { artists }) => artists.loadMany(song.artistIds),
    album: (song, _, { albums }) => albums.load(song.albumId),
    files: (song, _, { files }) => files.load(song.number),
  },
  File: { streamUrl: (file) => sign(file.objectKey) },
};

const context = async () => ({
  artists: new DataLoader(artistsById),
  albums: new DataLoader(albumsById),
  files: new DataLoader(filesBySongId),
});

const app = Fastify();
const apollo = new ApolloServer({
  typeDefs,
  resolvers,
  plugins: [fastifyApolloDrainPlugin(app)],
});
await apollo.start();
await app.register(fastifyApollo(apollo), { context });
await app.listen({ port: Number(process.env.TONEARM_PORT), host: "127.0.0.1" });
