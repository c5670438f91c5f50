import { number, record, text } from "../../../attributes/values/json.ts";
import type { Json, JsonObject } from "../../../model/json.ts";
import type { FoundContainer } from "../../../model/observed-state.ts";
import type { Ref, Work } from "../../../model/plan.ts";
import type { Address, Resource } from "../../../model/stack.ts";
import { graceOf, isUp, statusOf } from "../../context/container-status.ts";
import { troubleOf } from "../../diff/crash-loop.ts";
import type { Built, Ground } from "../../graph/context.ts";
import type { Undone } from "../../graph/exchanges.ts";
import { startedAgain } from "../../graph/hooks.ts";
import { ancestors } from "../../graph/network-order.ts";
import type { Draft, Remedy } from "../../graph/step-graph.ts";
import { rejoin } from "./rejoin-network.ts";

/**
 * The ways back of containers that stay, and are changed in place. A step is undone by what restores
 * the live state that the plan was made of; the undoing of one bears that the step was never done.
 */
export function undoInPlace(ground: Ground, built: ReadonlyMap<Address, Built>): Undone {
  const undone = new Map<Address, readonly Remedy[]>();
  for (const { verdict } of built.values()) {
    const { found, resource, action } = verdict;
    if (!found || action === "replace" || action === "create") continue;
    const { failure_action = "rollback" } = resource.update ?? {};
    if (failure_action !== "rollback") continue;
    const undoing = new Undoing(ground, resource, found);
    undoing.assign();
    undone.set(resource.address, undoing.whole());
  }
  return undone;
}

const CHANGES: ReadonlySet<Work["do"]> = new Set([
  ...(["connect", "disconnect", "update", "rename"] as const),
]);
const MOVES: ReadonlySet<Work["do"]> = new Set(["stop", "pause", "unpause"] as const);
/** Refused, these have done nothing. */
const WHOLE: ReadonlySet<Work["do"]> = new Set(["rename", "pause", "unpause"] as const);

class Undoing {
  readonly #ground: Ground;
  readonly #resource: Resource;
  readonly #found: FoundContainer;
  /** The container under the name that it is to have, by its id. */
  readonly #container: Ref;
  /** All that is done to the container, but what is done to others of its address. */
  readonly #own: readonly Draft[];
  readonly #remedies = new Map<string, Remedy>();
  readonly #wasReady: boolean;

  constructor(ground: Ground, resource: Resource, found: FoundContainer) {
    const { address, name } = resource;
    this.#ground = ground;
    this.#resource = resource;
    this.#found = found;
    this.#container = { name, id: found.id };
    this.#wasReady = isUp(found) && !troubleOf(ground.survey.observed, resource, found);
    this.#own = ground.drafts
      .on(address)
      .filter(({ work }) => "container" in work && work.container.id === found.id);
  }

  assign(): void {
    const changes = this.#own.filter(({ work }) => CHANGES.has(work.do));
    if (changes.length > 0)
      for (const draft of this.#own)
        if (CHANGES.has(draft.work.do) || MOVES.has(draft.work.do)) this.#giveWayBack(draft);
        else if (draft.work.do === "await") this.#giveBackUnproved(draft);
    const start = this.#own.find(({ work }) => work.do === "start");
    // A start whose hooks did not run is undone by a stop, with which the next plan repeats it.
    if (!start || start.ifFails || this.#resource.hooks?.post_start?.length) return;
    if (!isUp(this.#found)) return;
    if (changes.length > 0) this.#giveWayBack(start);
    else start.ifSkipped = this.#start();
  }

  whole(): readonly Remedy[] {
    return this.#state(this.#own.map(({ work }) => work));
  }

  #giveWayBack(draft: Draft): void {
    if (draft.ifFails || (draft.work.do === "rename" && this.#isNameTaken())) return;
    const after = (each: Draft) => each !== draft && ancestors(each).has(draft);
    // What neither comes before nor after may have been done as well.
    const others = this.#own.filter((each) => each !== draft && !after(each));
    const failed = this.#undo(WHOLE.has(draft.work.do) ? others : [...others, draft]);
    const skipped = this.#undo(others);
    if (failed) draft.ifFails = failed;
    if (skipped && others.length > 0) draft.ifSkipped = skipped;
  }

  /**
   * It is not ready with its changes, as it was without them. One that has ended is started again,
   * and one with hooks as a whole, since these belong to a start that has been.
   */
  #giveBackUnproved(draft: Draft): void {
    if (draft.ifFails || !this.#wasReady) return;
    const done = this.#own.filter((each) => each.work.do !== "await");
    const back = this.#undo(done);
    if (!back) return;
    const again = this.#start();
    const stop = again.length > 1 ? [this.#stop()] : [];
    const paused = back.filter(({ work }) => work.do === "pause");
    const others = back.filter((each) => !paused.includes(each) && !again.includes(each));
    draft.ifFails = [...others, ...stop, ...again, ...paused];
  }

  /** `undefined`: another one takes over the name, so that there is no way back. */
  #undo(done: readonly Draft[]): readonly Remedy[] | undefined {
    const works = done.map(({ work }) => work);
    const does = (kind: Work["do"]) => works.some((work) => work.do === kind);
    if (does("rename") && this.#isNameTaken()) return undefined;
    return [...(does("rename") ? [this.#rename()] : []), ...this.#state(works)];
  }

  #state(works: readonly Work[]): readonly Remedy[] {
    const does = (kind: Work["do"]) => works.some((work) => work.do === kind);
    const paused = statusOf(this.#found) === "paused";
    return [
      ...this.#networks(works),
      ...works.flatMap((work) => (work.do === "update" ? this.#update(work.resources) : [])),
      ...(isUp(this.#found) && does("stop") ? this.#start() : []),
      ...(paused && (does("unpause") || does("stop")) ? [this.#step("pause")] : []),
      ...(!paused && isUp(this.#found) && does("pause") ? [this.#step("unpause")] : []),
    ];
  }

  /** It leaves what it has joined, and joins again what it has left. */
  #networks(works: readonly Work[]): readonly Remedy[] {
    const names = works.flatMap((work) =>
      work.do === "connect" || work.do === "disconnect" ? [work.network.name] : [],
    );
    const joined = new Set(
      works.flatMap((work) => (work.do === "connect" ? [work.network.name] : [])),
    );
    const all = [...new Set(names)].sort();
    // It gives back all that it has taken before it waits for what others have to give back.
    return [
      ...all.filter((name) => joined.has(name)).map((name) => this.#leave(name)),
      ...all.flatMap((name) =>
        rejoin(this.#ground, this.#resource.address, this.#found, name, this.#remedies),
      ),
    ];
  }

  #leave(name: string): Remedy {
    const work = { do: "disconnect", container: this.#container, network: { name } } as const;
    return this.#once(`leave ${name}`, work, "it was not on this network, or not so");
  }

  #update(resources: JsonObject): readonly Remedy[] {
    const host = record(this.#found.json.HostConfig);
    const former = Object.fromEntries(
      Object.keys(resources).map((key) => [key, formerResource(key, host[key])]),
    );
    const work = { do: "update", container: this.#container, resources: former } as const;
    return [this.#once("update", work, "these were its limits before")];
  }

  #isNameTaken(): boolean {
    return this.#ground.drafts.of("create container", "rename").some(({ work }) => {
      const given = work.do === "rename" ? work.to : work.do === "create container" && work.name;
      return given === this.#found.name;
    });
  }

  #rename(): Remedy {
    const work = { do: "rename", container: this.#container, to: this.#found.name } as const;
    return this.#once("rename", work, "it had this name before");
  }

  #stop(): Remedy {
    const work = { do: "stop", container: this.#container, grace: graceOf(this.#found) } as const;
    return this.#once("stop", work, "it is not ready with its changes");
  }

  #start(): readonly Remedy[] {
    const container = this.#container;
    const remedy = (work: Work, because: string) => this.#once(JSON.stringify(work), work, because);
    const start = this.#once("start", { do: "start", container }, "it ran before");
    return [start, ...startedAgain(this.#ground.survey, this.#found, container, remedy)];
  }

  #step(kind: "pause" | "unpause"): Remedy {
    const because = kind === "pause" ? "it was paused before" : "it ran before";
    return this.#once(kind, { do: kind, container: this.#container }, because);
  }

  #once(key: string, work: Work, because: string): Remedy {
    const known = this.#remedies.get(key);
    if (known) return known;
    const made = { work, target: this.#resource.address, because };
    this.#remedies.set(key, made);
    return made;
  }
}

/** As an update takes it: no limit on processes is `null` when it is read. */
function formerResource(key: string, value: Json | undefined): Json {
  if (key === "PidsLimit") return Math.max(number(value), 0);
  if (key === "RestartPolicy") {
    const { Name, MaximumRetryCount } = record(value);
    return { Name: text(Name) || "no", MaximumRetryCount: number(MaximumRetryCount) };
  }
  return value ?? null;
}
