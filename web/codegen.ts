import type { CodegenConfig } from "@graphql-codegen/cli";

// Types of the player's operations, from the committed SDL, and the manifest of its documents.
export default {
  schema: "../schema/schema.graphql",
  documents: "src/player/api/operations.graphql",
  errorsOnly: true,
  generates: {
    "src/player/api/generated/": {
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
    },
  },
} satisfies CodegenConfig;
