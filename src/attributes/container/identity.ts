import type { Json, JsonObject } from "../../model/json.ts";
import { attribute, type Live } from "../core/attribute.ts";
import { config } from "../core/codecs.ts";
import { adopt } from "../core/named-object.ts";
import { configLabels, ownLabels, parseLabels } from "../core/ownership.ts";
import {
  integer,
  must,
  oneOf,
  pairs,
  parseStrings,
  parseText,
  string,
  stringOrList,
} from "../core/shapes.ts";
import { build } from "../image/build.ts";
import { platform } from "../image/platform.ts";
import { parsePullPolicy, pullPolicy } from "../image/pull-policy.ts";
import { imageReference } from "../values/image-reference.ts";
import { at, list, record, text } from "../values/json.ts";
import { isPlatform } from "../values/platform.ts";

/** Content decides, not the reference's text: both image stores are understood. */
function sameContent(live: Live): boolean {
  const image = live.image;
  if (!image) return false;
  if (offPlatform(live)) return false;
  if (live.json.Image === image.Id) return true;
  const manifest = at(live.json, "ImageManifestDescriptor", "digest");
  if (manifest === undefined) return false;
  return list(image.Manifests).some((each) => record(each).ID === manifest);
}

/** One index of a containerd store leads to several platforms (API 1.48 tells which one runs). */
function offPlatform(live: Live): boolean {
  const runs = record(at(live.json, "ImageManifestDescriptor", "platform"));
  const asked = text(live.spec.platform);
  return asked !== "" && runs.architecture !== undefined && !isPlatform(runs, asked);
}

function shortId(id: string): string {
  return id.replace(/^sha256:/, "").slice(0, 12);
}

/** The short id; in another's namespace, the other's name. */
function usualHostname({ json }: Live): string {
  const shared = [at(json, "HostConfig", "NetworkMode"), at(json, "HostConfig", "UTSMode")];
  const own = shared.every((mode) => !/^(host|container:.*)$/.test(text(mode)));
  return own ? text(json.Id).slice(0, 12) : text(at(json, "Config", "Hostname"));
}

/** What the kernel holds of each (`__NEW_UTS_LEN`). */
const LONGEST_NAME = 64;

function hostName(authored: Json): string {
  const name = text(authored);
  must(/^(\w[\w.-]*)?$/.test(name), `\`${name}\` is no host name`, {
    hint: "letters, digits, `-`, `_` and `.`",
  });
  must(name.length <= LONGEST_NAME, `a name of ${name.length} characters is too long`, {
    hint: `at most ${LONGEST_NAME}`,
  });
  return name;
}

export const identity = {
  image: attribute<string>({
    description: "The image: a key of `images:`, or a reference.",
    schema: string,
    examples: ["busybox:1.36", "busybox:1.37"],
    emptyCounts: true,
    absent: { is: "value", value: "" },
    parse: (authored, scope) => imageReference(scope.image(text(authored)) ?? text(authored)),
    docker: {
      toEngine: (reference) => ({ Image: reference }),
      fromEngine: (live, want) => {
        const reference = text(at(live.json, "Config", "Image"));
        if (want === undefined) return reference;
        // An image that is not on the engine cannot be compared; the reference then decides.
        if (live.image ? sameContent(live) : reference === want) return want;
        return reference === want ? `${reference} (${shortId(text(live.json.Image))})` : reference;
      },
    },
  }),

  build,

  container_name: attribute<string>({
    description: "A fixed name instead of `<stack>-<key>-<number>`; changed by renaming.",
    schema: { type: "string", pattern: "^[a-zA-Z0-9][a-zA-Z0-9_.-]+$" },
    examples: ["shop-frontend", "shop-front"],
    absent: { is: "derived", about: "`<stack>-<key>-<number>`", from: () => "" },
    parse: parseText,
  }),

  adopt,

  hostname: attribute<string>({
    description: "The container's host name.",
    schema: string,
    examples: ["web", "web-1.internal"],
    absent: { is: "engine", usual: usualHostname },
    parse: hostName,
    docker: config("Hostname", { from: text }),
  }),

  domainname: attribute<string>({
    description: "The container's NIS domain name.",
    schema: string,
    examples: ["example.com"],
    absent: { is: "value", value: "" },
    parse: hostName,
    docker: config("Domainname", { from: text }),
  }),

  labels: attribute<Readonly<Record<string, string>>>({
    description: "Labels of the container, a list of `key=value` or a map.",
    schema: pairs,
    examples: [{ team: "web", tier: "1" }, ["team=shop"]],
    absent: { is: "image" },
    merge: "pairs",
    parse: parseLabels,
    docker: {
      toEngine: (labels) => ({ Labels: labels }),
      fromEngine: (live, want) => ownLabels(configLabels(live.json), want, live.recorded),
      // An image that Compose has built carries its labels too.
      merged: (asked, image) => ({
        ...ownLabels(configLabels(image), at(image, "Config", "Labels")),
        ...asked,
      }),
    },
  }),

  label_file: attribute<readonly string[]>({
    description: "Files of `key=value` lines that `labels` overrides.",
    schema: stringOrList,
    examples: ["app.labels", ["app.labels"]],
    absent: { is: "value", value: [] },
    merge: "append",
    parse: parseStrings,
    // Their lines become labels.
  }),

  platform,

  pull_policy: attribute<string>({
    description:
      "When the image is pulled: `missing` (the default), `never`, `always`, `daily`, `weekly` `every_<duration>`, or `build` for what is built, as for `images`.",
    schema: pullPolicy,
    examples: ["missing", "never", "every_12h"],
    absent: { is: "value", value: "missing" },
    parse: parsePullPolicy,
  }),

  replicas: attribute<number>({
    description: "How many containers to run; the second is `container.<key>[2]`.",
    schema: { ...integer, minimum: 0, maximum: 1000 },
    examples: [1, 2],
    emptyCounts: true,
    absent: { is: "value", value: 1 },
    parse: Number,
  }),

  depends_on: attribute<JsonObject>({
    description:
      "Containers that come first, a list or a map with `condition` service_started, service_healthy or service_completed_successfully; `restart: true` restarts this one whenever an apply replaces or starts that one; an apply that was killed between the two is made up for after a replacement, not after a mere start, and it is not restarted once more where a replacement that did not become ready goes back.",
    schema: {
      anyOf: [
        { type: "array", items: string },
        {
          type: "object",
          additionalProperties: {
            type: "object",
            additionalProperties: false,
            required: ["condition"],
            properties: {
              condition: oneOf(
                "service_started",
                "service_healthy",
                "service_completed_successfully",
              ),
              required: { type: "boolean" },
              restart: { type: "boolean" },
            },
          },
        },
      ],
    },
    examples: [["db"], { db: { condition: "service_started" } }],
    absent: { is: "value", value: {} },
    merge: { names: { condition: "service_started", required: true } },
    parse: (authored) =>
      Array.isArray(authored)
        ? Object.fromEntries(authored.map((name) => [text(name), { condition: "service_started" }]))
        : record(authored),
  }),
};
