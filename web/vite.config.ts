import { defineConfig } from "vite";

export default defineConfig({
  build: { sourcemap: false, rollupOptions: { input: "graphiql.html" }, assetsInlineLimit: 0 },
});
