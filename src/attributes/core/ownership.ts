import type { Json, JsonObject } from "../../model/json.ts";
import type { Owner } from "../../model/observed-state.ts";
import type { Address } from "../../model/stack.ts";
import { Invalid } from "../values/invalid.ts";
import { at, canonical, isMap, member, record, text, texts, tooDeep } from "../values/json.ts";
import { parsePairs } from "./shapes.ts";

/*
 * Ownership without a state file: each object that we create says whose it is and what was asked.
 * Labels never change after creation.
 */
const PREFIX = "stackwright.";
const STACK = "stackwright.stack";
const ADDRESS = "stackwright.address";
const SPEC = "stackwright.spec";
const PROTECT = "stackwright.protect";
/** Id of the container that this one was made to succeed. */
const REPLACES = "stackwright.replaces";
/** Addresses that the container was made with and nobody has asked for, by network. */
const CHOSEN = "stackwright.chosen";
/** Compose's own labels of ownership, which are on what is adopted from it. */
const COMPOSE = "com.docker.compose.";

export function ownershipLabels(
  stack: string,
  address: Address,
  recorded: JsonObject,
  isProtected: boolean,
): JsonObject {
  return {
    [STACK]: stack,
    [ADDRESS]: address,
    [SPEC]: canonical(recorded),
    ...(isProtected ? { [PROTECT]: "true" } : {}),
  };
}

/** Whether the object was made as a protected one. */
export function labelledProtected(labels: JsonObject): boolean {
  return labels[PROTECT] === "true";
}

/** Labels that name the container which is replaced, and may have no labels of ours. */
export function successionLabels(oldContainer: JsonObject | undefined): JsonObject {
  return oldContainer ? { [REPLACES]: text(oldContainer.Id) } : {};
}

/** By network `ipv4_address` and `ipv6_address`. */
export function chosenLabels(addresses: JsonObject): JsonObject {
  return Object.keys(addresses).length > 0 ? { [CHOSEN]: canonical(addresses) } : {};
}

/** The address of a family that a container was made with on a network without being asked for. */
export function chosenAddress(labels: JsonObject, network: string, family: string): string {
  return text(record(member(parsedLabel(labels[CHOSEN]), network))[family]);
}

/** The labels of a container or an image, as an inspect gives it. */
export function configLabels(json: JsonObject | undefined): JsonObject {
  return record(at(json, "Config", "Labels"));
}

/** Whether what was asked is written on the object: it is one that we have made. */
export function hasRecord(labels: JsonObject): boolean {
  return labels[SPEC] !== undefined;
}

/** The id of the container that this one was made to succeed; `undefined`: it came first. */
export function replacedId(labels: JsonObject): string | undefined {
  return labels[REPLACES] === undefined ? undefined : text(labels[REPLACES]);
}

/**
 * Whose an object is. A container inherits its image's labels, so an ownership label that the
 * image has too says nothing and is ignored.
 */
export function ownerOf(labels: JsonObject, image?: JsonObject): Owner | undefined {
  const inherited = configLabels(image);
  const stack = labels[STACK];
  const address = labels[ADDRESS];
  if (typeof stack !== "string" || typeof address !== "string") return undefined;
  if (inherited[STACK] === stack || inherited[ADDRESS] === address) return undefined;
  return { stack, address: address as Address };
}

/** What was asked when the object was made; an empty object where the label is unreadable. */
export function recordedSpec(labels: JsonObject): JsonObject {
  return parsedLabel(labels[SPEC]);
}

function parsedLabel(label: Json | undefined): JsonObject {
  try {
    const value: Json = JSON.parse(text(label));
    return isMap(value) && !tooDeep(value) ? value : {};
  } catch {
    return {};
  }
}

/** The labels that are the user's own; Compose's are where they are, or were, asked. */
export function ownLabels(labels: JsonObject, ...asked: readonly (Json | undefined)[]): Labels {
  const own = Object.entries(labels).filter(
    ([key]) =>
      !key.startsWith(PREFIX) &&
      (!key.startsWith(COMPOSE) || asked.some((each) => member(record(each), key) !== undefined)),
  );
  return Object.fromEntries(own.map(([key, value]) => [key, text(value)]));
}

type Labels = Readonly<Record<string, string>>;

const isReserved = (label: string): boolean => label.startsWith(PREFIX);

/** The user's own labels, none of which may begin with our prefix. Throws `Invalid`. */
export function parseLabels(authored: Json): Readonly<Record<string, string>> {
  const labels = parsePairs(authored);
  const reserved = Object.keys(labels).find(isReserved);
  if (reserved === undefined) return labels;
  throw new Invalid(`\`${reserved}\` begins with a prefix that stack keeps for itself`, {
    hint: "choose another label",
    path: [Array.isArray(authored) ? texts(authored).findIndex(isReserved) : reserved],
    key: true,
  });
}

/**
 * Whether a container of ours is one that was to replace another and failed: it is kept for
 * inspection, under a name that nobody asked for.
 */
export function hasFailed(name: string, labels: JsonObject): boolean {
  return name.endsWith(FAILED) && recordedSpec(labels).container_name !== name;
}

/** What is appended to a container's name when its replacement is kept. */
export const FAILED = ".failed";
