import { defineConfig } from "vitest/config";

const alias = { "@": import.meta.dirname };

export default defineConfig({
  test: {
    projects: [
      { resolve: { alias }, test: { name: "unit", include: ["lib/**/*.test.ts"], sequence: { groupOrder: 0 } } },
      {
        resolve: { alias },
        test: {
          name: "e2e",
          include: ["e2e/**/*.test.ts"],
          sequence: { groupOrder: 1 },
          globalSetup: "e2e/start.ts",
          // Each waits for a browser most of the time; figures are taken with nothing beside them.
          maxWorkers: process.env.PERF ? 1 : 3,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
