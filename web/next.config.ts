import type { NextConfig } from "next";

const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  devIndicators: false,
  // What is served is built without the tests, and so without what they are written with.
  typescript: { tsconfigPath: "tsconfig.next.json" },
  turbopack: { root: import.meta.dirname },
  experimental: { optimizePackageImports: ["lucide-react"] },
};

export default config;
