import type { Condition, ConfigFile, Hooks } from "../stack.ts";
import {
  count,
  described,
  flag,
  object,
  optional,
  type Ref,
  ref,
  schemaOf,
  seconds,
  text,
  textMap,
  texts,
  typed,
} from "./fields.ts";
import { operation } from "./operation.ts";

const subject = ({ container }: { readonly container: Ref }): string => container.name;

const configFile = schemaOf(
  {
    target: described("Absolute path inside the container.", text),
    uid: count,
    gid: count,
    mode: described("Permission bits.", count),
    content: text,
  },
  "A file that is written into a container.",
);

/** A command may be the text of a whole script. */
const LONGEST_COMMAND = 60;

export const containerOperations = {
  "container.create": operation({
    summary: "Creates a container, without starting it.",
    fields: {
      name: text,
      platform: optional(described("`os/architecture/variant`.", text)),
      body: described("Body of the engine's create call.", object),
    },
    subject: ({ name }) => name,
    verbs: ["create", "creating", "created"],
  }),
  "container.write_files": operation({
    summary: "Writes configs and secrets into a container.",
    fields: {
      container: ref,
      into: optional(
        described(
          "Mount point of the volume that holds the files of a container with a read-only root.",
          text,
        ),
      ),
      files: typed<readonly ConfigFile[]>({ type: "array", items: configFile }),
    },
    subject,
    verbs: ["write files into", "writing files", "files written"],
  }),
  "container.save_files": operation({
    summary: "Reads files into memory before they are overwritten.",
    fields: { container: ref, files: texts },
    subject,
    verbs: ["save files of", "saving files", "files saved"],
  }),
  "container.restore_files": operation({
    summary: "Writes back what `container.save_files` has read.",
    fields: { container: ref, files: texts },
    subject,
    verbs: ["restore files of", "restoring files", "files restored"],
  }),
  "container.update": operation({
    summary: "Changes a container's resources and restart policy in place.",
    fields: {
      container: ref,
      resources: described(
        "Body of the engine's update call; read back from `HostConfig`.",
        object,
      ),
    },
    subject,
    verbs: ["update", "updating", "updated"],
  }),
  "container.rename": operation({
    summary: "Renames a container.",
    fields: { container: ref, to: text },
    subject,
    verbs: ["rename", "renaming", "renamed"],
    details: ({ to }, format) => ` to ${format.text(to)}`,
  }),
  "container.start": operation({
    summary: "Starts a container.",
    fields: { container: ref },
    subject,
    verbs: ["start", "starting", "started"],
  }),
  "container.pause": operation({
    summary: "Pauses a container.",
    fields: { container: ref },
    subject,
    verbs: ["pause", "pausing", "paused"],
  }),
  "container.unpause": operation({
    summary: "Resumes a paused container.",
    fields: { container: ref },
    subject,
    verbs: ["unpause", "unpausing", "unpaused"],
  }),
  "container.stop": operation({
    summary: "Stops a container.",
    fields: {
      container: ref,
      timeout: described("Seconds until the container is killed.", seconds),
    },
    subject,
    verbs: ["stop", "stopping", "stopped"],
  }),
  "container.exec": operation({
    summary: "Runs a lifecycle hook in a container.",
    fields: {
      container: ref,
      hook: described(
        "`post_start` must exit with 0 within the wait time-out; a failed `pre_stop` is a warning, since the container is stopped in any case.",
        typed<keyof Hooks>({ enum: ["post_start", "pre_stop"] }),
      ),
      command: texts,
      user: optional(text),
      privileged: optional(flag),
      working_dir: optional(text),
      environment: optional(described("Added to the container's own.", textMap)),
    },
    subject,
    phrase: ({ hook, command }, subject, format) => {
      const what = `${hook} (${format.text(command.join(" "), LONGEST_COMMAND)})`;
      return { plan: `run ${what} in ${subject}`, running: `running ${what}`, done: `${hook} run` };
    },
  }),
  "container.wait": operation({
    summary: "Waits until a container is ready, healthy or complete.",
    fields: {
      container: ref,
      condition: described(
        "`ready`: healthy where there is a health check, otherwise running.",
        typed<Exclude<Condition, "started"> | "ready">({ enum: ["healthy", "completed", "ready"] }),
      ),
      monitor: optional(described("Milliseconds for which the condition must last.", count)),
      minUptime: optional(
        described(
          "Milliseconds that a container without a health check must be up. Absent: a moment.",
          count,
        ),
      ),
      wasRunning: optional(
        described(
          "It ran before this plan: restarts by the engine until then do not count as failures.",
          flag,
        ),
      ),
      staysReady: optional(
        described(
          "It was ready before, and must stay so until the steps in `until` have ended.",
          flag,
        ),
      ),
    },
    subject,
    phrase: ({ condition, monitor, staysReady }, subject, format) => {
      if (staysReady)
        return {
          plan: `watch that ${subject} stays ready`,
          running: "ready, while others are waited for",
          done: "still ready",
        };
      const lasting = monitor ? ` for ${format.duration(monitor)}` : "";
      const state = condition === "completed" ? "complete" : `be ${condition}${lasting}`;
      return {
        plan: `wait for ${subject} to ${state}`,
        running: `waiting to ${state}`,
        done: `${condition}${lasting}`,
      };
    },
    interruptible: true,
    idle: true,
  }),
  "container.remove": operation({
    summary: "Removes a container; its anonymous volumes stay.",
    fields: { container: ref },
    subject,
    verbs: ["remove", "removing", "removed"],
  }),
} as const;
