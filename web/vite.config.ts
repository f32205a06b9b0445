import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const source = (name: string) => fileURLToPath(new URL(`src/${name}`, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      // The editor's features that GraphiQL uses, not all of them.
      { find: "monaco-editor/esm/vs/editor/edcore.main.js", replacement: source("monaco.js") },
      // To format variables takes no JavaScript parser.
      { find: "prettier/parser-babel", replacement: source("jsonc.ts") },
      { find: "prettier/plugins/estree", replacement: source("jsonc.ts") },
    ],
  },
  build: {
    sourcemap: false,
    assetsInlineLimit: 0, // the Content-Security-Policy allows no fonts from data: URLs
    chunkSizeWarningLimit: 4096,
    license: { fileName: "licenses.md" },
    rolldownOptions: {
      input: ["player.html", "graphiql.html"],
      onwarn(warning, warn) {
        // "use client" says nothing to a bundle.
        if (warning.code !== "MODULE_LEVEL_DIRECTIVE") warn(warning);
      },
    },
  },
});
