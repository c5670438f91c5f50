import { described, objects, type Ref, ref, text, textMap } from "./fields.ts";
import { operation } from "./operation.ts";

const subject = ({ plugin }: { readonly plugin: Ref }): string => plugin.name;

const privileges = described(
  "What the plugin wants, all of it granted; an engine refuses any others.",
  objects,
);

export const pluginOperations = {
  "plugin.install": operation({
    summary: "Installs a plugin, disabled.",
    fields: { name: text, source: text, privileges },
    subject: ({ name }) => name,
    verbs: ["install plugin", "installing", "installed"],
    details: ({ source }, format) => ` from ${format.text(source)}`,
  }),
  "plugin.upgrade": operation({
    summary: "Upgrades a disabled plugin, keeping its data.",
    fields: { plugin: ref, source: text, privileges },
    subject,
    verbs: ["upgrade plugin", "upgrading", "upgraded"],
    details: ({ source }, format) => ` to ${format.text(source)}`,
  }),
  "plugin.set": operation({
    summary: "Changes the settings of a disabled plugin.",
    fields: { plugin: ref, settings: textMap },
    subject,
    verbs: ["set up plugin", "setting up", "set up"],
  }),
  "plugin.enable": operation({
    summary: "Enables a plugin.",
    fields: { plugin: ref },
    subject,
    verbs: ["enable plugin", "enabling", "enabled"],
  }),
  "plugin.disable": operation({
    summary: "Disables a plugin.",
    fields: { plugin: ref },
    subject,
    verbs: ["disable plugin", "disabling", "disabled"],
  }),
  "plugin.remove": operation({
    summary: "Removes a plugin.",
    fields: { plugin: ref },
    subject,
    verbs: ["remove plugin", "removing", "removed"],
  }),
} as const;
