import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Opened } from "./setup.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Finding {
  id: string;
  impact: string;
  nodes: { target: string[]; failureSummary: string }[];
}

/** What axe finds serious or critical, in all of the page or in what the selectors choose. */
export async function findings({ page }: Opened, ...selectors: string[]): Promise<string[]> {
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.cancel())));
  await page.evaluate(AXE);
  const violations = await page.evaluate(async (include) => {
    const { axe } = globalThis as unknown as { axe: { run(context: object): Promise<{ violations: Finding[] }> } };
    return (await axe.run(include.length > 0 ? { include } : document)).violations;
  }, selectors);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary}`));
}
