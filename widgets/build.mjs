// Bundles every src/<widget>.ts into the Python package (or a folder given as the argument); with --tests, every test/*.test.ts into ../build.
import { copyFile, mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const entries = async (folder, ending) =>
  (await readdir(join(here, folder))).filter((name) => name.endsWith(ending) && !name.endsWith(".d.ts")).sort();

const common = { absWorkingDir: here, bundle: true, format: "esm", target: "es2022", loader: { ".css": "text" }, logLevel: "warning" };

if (process.argv.includes("--tests")) {
  const outdir = join(here, "..", "build", "widgets", "test");
  await rm(outdir, { recursive: true, force: true });
  const files = (await entries("test", ".test.ts")).map((name) => join("test", name));
  await build({ ...common, entryPoints: files, outdir, outExtension: { ".js": ".mjs" }, platform: "node", external: ["node:*"] });
} else {
  const outdir = resolve(process.argv[2] ?? join(here, "..", "nsi_notebook", "widgets", "static"));
  await mkdir(outdir, { recursive: true });
  const files = (await entries("src", ".ts")).map((name) => join("src", name));
  // utf8 keeps the typography readable in the bundle; no source map: its paths would differ between machines
  await build({ ...common, entryPoints: files, outdir, minify: true, charset: "utf8", legalComments: "none", define: { "define.amd": "false" } });
  await copyFile(join(here, "node_modules", "plotly.js-cartesian-dist-min", "plotly-cartesian.min.js"), join(outdir, "plotly-cartesian.min.js"));
}
