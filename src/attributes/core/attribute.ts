import type { Origin } from "../../model/change.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { ObservedFile } from "../../model/observed-state.ts";
import type { ConfigFile } from "../../model/stack.ts";

/** The meaning of silence: what holds when the file does not name the attribute. */
type Absent<V> =
  | { readonly is: "value"; readonly value: V }
  /** The image's own setting, by the engine's merge rule (`Docker.merged`). */
  | { readonly is: "image" }
  /**
   * The engine or its daemon.json decides, and cannot be asked: unmanaged while never asked.
   * `usual`: what engines decide as a rule, which an import leaves out (of a map: key by key).
   */
  | { readonly is: "engine"; usual?(live: Live): V }
  | { readonly is: "derived"; readonly about: string; from(asked: JsonObject): V };

/** How the items of lists are merged. */
export interface Items {
  /** The key of an item; without it, all are kept. */
  readonly key?: (item: Json) => string;
  /** How items with one key are joined; the later stands where it is absent. */
  readonly each?: Merge;
  /** What one item stands for, if it is several. */
  readonly spread?: (item: Json) => readonly Json[];
  /** Items that the later list does not name are gone. */
  readonly only?: "later";
}

/**
 * How a later file's value joins an earlier one's (Compose Specification, "Merge"). Where nothing is
 * said, maps merge, lists append and scalars replace, at every depth.
 */
export type Merge =
  /** The later value alone, and none where it is null. */
  | "replace"
  /** Lists, or one item: appended. */
  | "append"
  /** Maps, or lists of `k=v`: joined by key. */
  | "pairs"
  /** Maps, whose values may be lists, or lists of `k=v`: appended, each line once. */
  | "lines"
  /** Lists, or one item: appended, and of the items with one key the later stands. */
  | ((item: Json) => string)
  | { readonly list: Items }
  /** Lists of names, or maps by name: joined by name. `names` is what a name in a list says. */
  | { readonly names: Json; readonly each?: Merge }
  /** Maps whose values have a rule, whatever their key. */
  | { readonly each: Merge }
  /** Maps whose parts have rules of their own; a text stands for the part `short`. */
  | { readonly parts: Readonly<Record<string, Merge>>; readonly short?: string }
  /** Maps that merge while this part does not differ; otherwise the later value alone. */
  | { readonly while: string };

/** What an attribute's parser may ask of its surroundings; pure, built by the resolver. */
export interface Scope {
  readonly stack: string;
  /** Key of the container, network or volume that holds the attribute. */
  readonly key: string;
  /** The engine's name for a key of `networks:` or `volumes:`; `undefined`: not declared. */
  network(key: string): string | undefined;
  volume(key: string): string | undefined;
  /** The engine's name for a key of `plugins:`; `undefined`: not declared. */
  plugin(key: string): string | undefined;
  /** The reference for a key of `images:`; `undefined`: not declared. */
  image(key: string): string | undefined;
  /** The text of a key of `configs:`; `undefined`: not declared. */
  config(key: string): string | undefined;
  /** The engine's name of the first container of a key; `undefined`: not declared. */
  container(key: string): string | undefined;
  /** The token of a key of `secrets:`; `undefined`: not declared. */
  secret(key: string): string | undefined;
  /** Keys that are declared, for suggestions. */
  keys(
    kind: "networks" | "volumes" | "images" | "configs" | "secrets" | "containers",
  ): readonly string[];
  /** A client path made absolute, relative to the first stack file's folder; `~` is the home. */
  path(path: string): string;
  /** A bind mount makes a missing source, unless it says otherwise (Compose files). */
  readonly createsHostPaths?: boolean;
}

/** What `write` may ask: the keys under which a file declares what the engine knows by name. */
export interface Keys {
  /** Key of the container, network or volume that holds the attribute. */
  readonly key: string;
  network(name: string): string;
  volume(name: string): string;
  /** `service:KEY` or `container:NAME` of a container by its id or name. */
  container(other: string): string;
}

/** A live object as a codec reads it. */
export interface Live {
  /** The engine's inspect answer. */
  readonly json: JsonObject;
  /** The inspect answer of the image that the container runs, or will run; `undefined`: unknown. */
  readonly image: JsonObject | undefined;
  /** Negotiated API version. */
  readonly api: string;
  /** The attribute as it was recorded when the object was made; `undefined`: not asked then. */
  readonly recorded: Json | undefined;
  /** All that is asked of the object now, in clear. */
  readonly spec: JsonObject;
  digest(text: string): string;
  /** The id of the network that has the name now; `undefined`: none has. */
  networkId(name: string): string | undefined;
  /** The id of the container that has the name, or is to have it; `undefined`: none does. */
  containerId(name: string): string | undefined;
  /** A file inside the container, where it was read back; `null`: it is not there. */
  file(path: string): ObservedFile | null | undefined;
}

/** What a codec may know while it writes a create body. */
export interface Sending {
  readonly api: string;
  /** All that is asked of the object. */
  readonly spec: JsonObject;
  /** The inspect answer of the object that is replaced, whose anonymous volumes live on. */
  readonly oldContainer?: JsonObject;
}

/** A change that the engine makes without replacing the object. */
export type InPlaceUpdate =
  /** Keys of `POST /containers/{id}/update`; those of several attributes are sent together. */
  | { readonly update: JsonObject }
  | {
      readonly disconnect: readonly string[];
      readonly connect: Readonly<Record<string, JsonObject>>;
    };

/** What engines tell of their kernel. */
type KernelFact =
  | ("MemoryLimit" | "SwapLimit" | "OomKillDisable" | "PidsLimit")
  | ("CPUShares" | "CPUSet" | "CpuCfsPeriod" | "CpuCfsQuota");

export interface Codec<V> {
  /** First API version that knows the field; below it the attribute is refused. */
  readonly since?: string;
  /**
   * The kernel of an engine's machine may not be able to do it: the engine then leaves it out when it
   * makes the container, and warns. A text is the fact of `GET /info` that tells.
   */
  readonly optional?: true | KernelFact;
  /** Parts of the value that a later API brought, with that version: `front.gw_priority: "1.48"`. */
  newer?(value: V): Readonly<Record<string, string>>;
  /** A fragment of the create body; fragments are merged, maps by key and lists appended. */
  toEngine(value: V, sending: Sending): JsonObject;
  /** The live value in canonical form. `want` helps where the engine blurs what was asked. */
  fromEngine(live: Live, want: V | undefined): V;
  /** The effective value by the engine's merge of the asked one with the image's config. */
  merged?(asked: V | undefined, image: JsonObject, spec: JsonObject): V;
  /** How `before` becomes `after` in place; `undefined`: only a replacement does it. */
  update?(after: V, before: V, want: JsonObject): InPlaceUpdate | undefined;
  /** Networks that the create call of an old API cannot take, to be connected after it. */
  connects?(value: V, sending: Sending): Readonly<Record<string, JsonObject>>;
  /**
   * Who made the difference of a key, where more than the labels tells; `now` is what a label would
   * record of it. `undefined`: the labels decide.
   */
  origin?(live: Live, key: string, now: Json | undefined): Origin | undefined;
  /** Files to write into the container between its creation and its start. */
  files?(value: V): readonly ConfigFile[];
}

/**
 * Everything about one attribute, in one place: schema, documentation, merge, comparison and the
 * tests derive from it. Canonical values that are maps are compared and shown key by key.
 */
export interface Attribute<V extends Json = Json> {
  readonly description: string;
  /** JSON Schema (draft 2020-12) of the authored forms. */
  readonly schema: JsonObject;
  /** Authored values; each is applied to a real engine by the generated test. */
  readonly examples: readonly Json[];
  readonly absent: Absent<V>;
  readonly merge?: Merge;
  /**
   * `true`: an empty text, list or map, and 0, ask for just that; names: so do empty items of these
   * lists below it. Absent: they say nothing, as in Compose, which leaves them out of what it sends.
   */
  readonly emptyCounts?: true | readonly string[];
  /**
   * Sensitive variables may be used in it: anywhere, or in the texts for which this holds, each given with its
   * path below the attribute. A name that is made of one would tell the variable's name, and not the value.
   */
  readonly sensitive?: true | ((text: string, path: readonly (string | number)[]) => boolean);
  /** Authored form to canonical form; throws `Invalid`. */
  parse(authored: Json, scope: Scope): V;
  /**
   * The inverse of `parse`: the form in which people would write the value; `undefined`: there is
   * none, since the engine does not tell enough. Absent: the canonical value is an authored form.
   */
  write?(value: V, keys: Keys): Json | undefined;
  /** Equality of canonical values; deep equality when absent. For maps: of one key's values. */
  equals?(want: Json, have: Json): boolean;
  /** What the ownership label keeps of it; the canonical value when absent. */
  recorded?(value: V, digest: (text: string) => string): Json;
  /** What a plan shows of it (for maps: of one key's value); the canonical value when absent. */
  show?(value: Json): Json;
  /** What a plan shows of a sensitive value, beside the one that it replaces; a mask when absent. */
  masked?(value: Json, before: Json | undefined): Json;
  /** Absent: has a meaning for us alone, and no place on the engine. */
  readonly docker?: Codec<V>;
}

/** A kind's attributes by the name that the file uses. */
export type Catalogue = Readonly<Record<string, Attribute>>;

/** Checks a definition against its own value type, and forgets that type for the catalogue. */
export function attribute<V extends Json>(definition: Attribute<V>): Attribute {
  return definition as unknown as Attribute;
}
