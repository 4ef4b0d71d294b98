import next from "eslint-config-next/core-web-vitals";
import typescript from "eslint-config-next/typescript";

const config = [
  { ignores: [".next/", "next-env.d.ts", "lib/api/schema.d.ts"] },
  ...next,
  ...typescript,
  {
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      // A session that begins or ends leaves nothing of the page before it.
      "@next/next/no-location-assign-relative-destination": "off",
      "max-lines": ["error", 400],
      "no-restricted-imports": [
        "error",
        { paths: [{ name: "next/link", message: "Use components/ui/link: it fetches on intent." }] },
      ],
    },
  },
  { files: ["components/ui/link.tsx"], rules: { "no-restricted-imports": "off" } },
];

export default config;
