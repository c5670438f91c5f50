import { record, text } from "../../attributes/values/json.ts";
import type { Json } from "../../model/json.ts";
import type { Model } from "../model/model.ts";
import { pluginNeeds } from "../model/plugins.ts";
import { type Path, placeOf } from "../yaml/tree.ts";

/** What is disabled drives nothing: the engine would refuse whatever names it. */
export function plugins(model: Model): void {
  const { networks, volumes, containers, root, report } = model;
  const judge = (driver: Json | undefined, path: Path) => {
    const [need] = pluginNeeds(driver, model);
    const plugin = [...model.plugins.values()].find(({ key }) => need?.on === `plugin.${key}`);
    if (plugin?.values.enabled !== false) return;
    const hint = `enable it under \`plugins:\`, or use another driver than ${text(driver)}`;
    report.error(`the plugin \`${plugin.key}\` is disabled`, placeOf(root, path), hint);
  };
  for (const { key, values } of networks.values())
    judge(values.driver, ["networks", key, "driver"]);
  for (const { key, values } of volumes.values()) judge(values.driver, ["volumes", key, "driver"]);
  for (const { key, values } of containers.values())
    judge(record(values.logging).driver, ["containers", key, "logging", "driver"]);
}
