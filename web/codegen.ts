import type { CodegenConfig } from "@graphql-codegen/cli";

const START = "src/player/api/operations.graphql";
const LATER = ["src/player/api/listener.graphql", "src/player/api/curator.graphql"];

const output = {
  preset: "client",
  presetConfig: {
    fragmentMasking: false,
    persistedDocuments: { mode: "embedHashInDocument", hashAlgorithm: "sha256" },
  },
  config: {
    enumsAsTypes: true,
    useTypeImports: true,
    strictScalars: true,
    skipTypename: true,
    scalars: { BigInt: "number", DateTime: "string", UUID: "string" },
  },
} as const;

// Types of the player's operations, from the committed SDL, and the manifest of its documents. What
// is not needed to search and play stands in a module of its own, so that it can be loaded later.
export default {
  schema: "../schema/schema.graphql",
  errorsOnly: true,
  generates: {
    "src/player/api/generated/": { documents: START, ...output },
    "src/player/api/generated/listener/": { documents: [START, ...LATER], ...output },
  },
} satisfies CodegenConfig;
