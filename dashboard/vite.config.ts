// How the dashboard is built and served: relative addresses, so that it works under any prefix.
/// <reference types="vitest/config" />
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const api = process.env["BOOKFLOW_API_URL"];
const issuer = process.env["BOOKFLOW_ISSUER_URL"];

/** Answers `config.json` while developing, as the deployed stack does. */
const developmentConfig = {
  name: "bookflow-config",
  configureServer(server: { middlewares: { use: (path: string, handler: unknown) => void } }) {
    server.middlewares.use("/config.json", (_: unknown, answer: NodeJS.WritableStream) => {
      answer.end(JSON.stringify({ api: "..", issuer, client_id: "bookflow-dashboard" }));
    });
  },
};

export default defineConfig({
  base: "./",
  plugins: [react(), developmentConfig],
  server: { proxy: api ? { "/v1": api } : {} },
  build: {
    target: "es2022",
    // The policy of the page allows no inlined script or font.
    assetsInlineLimit: 0,
    // The licences of most packages ask for their notice wherever a copy goes.
    license: { fileName: "licenses.txt" },
    reportCompressedSize: true,
  },
  test: {
    environment: "node",
    include: ["tests/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    // Tests of many random graphs take their time on a busy machine.
    testTimeout: 60_000,
  },
});
