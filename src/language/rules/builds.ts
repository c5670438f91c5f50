import { text } from "../../attributes/values/json.ts";
import { buildsIn } from "../model/build-references.ts";
import type { Model } from "../model/model.ts";
import { keyPlace, type Path } from "../yaml/tree.ts";

/** What is asked of the images that the stack builds. */
export function builds(model: Model): void {
  builtOnce(model);
  noCircle(model);
  policies(model);
  onePlatform(model);
}

function builtOnce(model: Model): void {
  const owners = new Map<string, Path>();
  for (const { reference, path } of buildsIn(model)) {
    const other = owners.get(reference);
    owners.set(reference, other ?? path);
    if (!other) continue;
    const message = `${reference} is built by \`${other.slice(0, 2).join(".")}\` already`;
    const hint = "give each a name of its own, or build it once under `images:`";
    model.report.error(message, keyPlace(model.root, path), hint);
  }
}

/** An image that starts from itself, by way of others, could never be begun. */
function noCircle(model: Model): void {
  const bases = new Map(buildsIn(model).map(({ reference, build }) => [reference, build.bases]));
  const reaches = (from: string, to: string, seen: Set<string>): boolean =>
    (bases.get(from) ?? []).some((base) => {
      if (base === to) return true;
      if (seen.has(base)) return false;
      return reaches(base, to, seen.add(base));
    });
  for (const { reference, path } of buildsIn(model))
    if (reaches(reference, reference, new Set()))
      model.report.error(
        `the build of ${reference} starts from itself`,
        keyPlace(model.root, path),
      );
}

function policies(model: Model): void {
  const { root, report, images, containers } = model;
  const built = new Set(buildsIn(model).map(({ reference }) => reference));
  const judge = (reference: string, policy: string, path: Path) => {
    if (policy === "build" && !built.has(reference))
      report.error(`nothing says how to build ${reference}`, keyPlace(root, path), "add `build`");
    if (built.has(reference) && !["", "build", "missing", "never"].includes(policy)) {
      const hint = "`build.pull: true` asks for newer base images";
      report.error(`${reference} is built here, and never pulled`, keyPlace(root, path), hint);
    }
  };
  for (const { key, source, pull, mirrors, build } of images.values()) {
    judge(source, pull ?? "", ["images", key, "pull"]);
    if (build && mirrors.length > 0)
      report.error(
        `${source} is built here, and never pulled`,
        keyPlace(root, ["images", key, "mirrors"]),
      );
    if (build && source.includes("@"))
      report.error("content by digest cannot be built", keyPlace(root, ["images", key, "source"]));
  }
  for (const { key, values } of containers.values())
    judge(text(values.image), text(values.pull_policy), ["containers", key, "pull_policy"]);
}

/** The platform of a build is that of its image, and of who runs it. */
function onePlatform({ root, report, images, containers }: Model): void {
  const declared = [...images.values()].map(({ key, build, platform = "" }) => ({
    ...{ build, platform, path: ["images", key] },
  }));
  const own = [...containers.values()].map(({ key, build, values }) => ({
    ...{ build, platform: text(values.platform), path: ["containers", key] },
  }));
  for (const { build, platform, path } of [...declared, ...own]) {
    const built = build?.asked.platform ?? platform;
    if (platform === "" || built === platform) continue;
    const at = keyPlace(root, [...path, "build", "platforms"]);
    report.error(`it is built for ${built} here, and wanted for ${platform}`, at);
  }
}
