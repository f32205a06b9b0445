import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Plugin, defineConfig } from "vite";
import { referenceOf } from "./src/reference/page.ts";

const PAGES = ["player", "graphiql", "reference", "upload"];

const source = (name: string) => fileURLToPath(new URL(`src/${name}`, import.meta.url));

/** Writes what the SDL says into `reference.html`. */
const reference: Plugin = {
  name: "reference",
  transformIndexHtml: {
    order: "pre",
    handler: (html) =>
      html.replace("<!--reference-->", () =>
        referenceOf(readFileSync(new URL("../schema/schema.graphql", import.meta.url), "utf8")),
      ),
  },
};

export default defineConfig({
  plugins: [reference],
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
      input: {
        ...Object.fromEntries(PAGES.map((name) => [name, `${name}.html`])),
        sw: source("player/worker.ts"),
      },
      // A service worker has one name for ever, at the root of what it serves.
      output: { entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js") },
      onwarn(warning, warn) {
        // "use client" says nothing to a bundle.
        if (warning.code !== "MODULE_LEVEL_DIRECTIVE") warn(warning);
      },
    },
  },
});
