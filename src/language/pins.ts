import { splitReference } from "../attributes/values/image-reference.ts";
import { member, text } from "../attributes/values/json.ts";
import { serves } from "../attributes/values/platform.ts";
import type { Pins } from "../model/pins.ts";
import type { Resource, Stack } from "../model/stack.ts";

/** Images that have content to hold: neither fixed by the file itself, nor never pulled, nor built. */
export function pinnable({ resources }: Stack): readonly Resource[] {
  return resources.filter(
    ({ kind, name, spec, build }) =>
      kind === "image" &&
      !build &&
      spec.pull !== "never" &&
      splitReference(name).digest === undefined,
  );
}

/** The stack with its tags held to the content that the lock file names. */
export function pinned(stack: Stack, pins: Pins): Stack {
  const held = new Set(pinnable(stack));
  const resources = stack.resources.map((resource) => {
    const pin = held.has(resource) ? member(pins, resource.name) : undefined;
    if (!pin) return resource;
    const { digest, ids } = pin;
    return { ...resource, digest, ...(ids ? { ids } : {}) };
  });
  return { ...stack, resources };
}

/** References that are not in the lock file, or not for the platform that is asked for. */
export function unpinned(stack: Stack, pins: Pins): readonly string[] {
  return pinnable(stack).flatMap(({ name, spec }) => {
    const pin = member(pins, name);
    if (!pin) return [name];
    const platform = text(spec.platform);
    const has = pin.platforms.some((each) => serves(each, platform));
    return platform === "" || pin.platforms.length === 0 || has ? [] : [`${name} (${platform})`];
  });
}
