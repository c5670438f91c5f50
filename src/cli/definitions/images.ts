import type { Command } from "../framework/command.ts";
import { TABLE_FORMAT } from "../framework/shared-options.ts";

/** The commands about images alone: a part of the table. */
export const IMAGE_COMMANDS: readonly Command[] = [
  {
    name: "lock",
    about: "Write stack.lock.yaml: the content that each image's tag stands for.",
    positional: {
      name: "IMAGE",
      required: false,
      many: true,
      about: "With --update: these images alone, each a key of `images:` or a reference.",
    },
    options: [{ name: "update", about: "Look up what is locked already too." }],
    examples: [
      ["lock", "Look up what is not locked yet; drop what the stack no longer names."],
      ["lock --update", "Move every image to what its registry has now."],
      ["lock --update app redis:7", "Move these two."],
    ],
    notes: [
      "The file lies beside the stack file, and plan and apply always honour it: images are pulled by digest and keep their tags, and other content under a tag is replaced.",
      "Images with the policy `never`, and those that name a digest themselves, need no lock.",
    ],
  },
  {
    name: "outdated",
    about: "Ask the registries, without pulling, for newer content and newer versions.",
    options: [TABLE_FORMAT],
    examples: [
      ["outdated", "Images with newer content under their tag, and later version tags. Exit 2."],
      ["outdated --format json", "For programs: every image, with what was compared."],
    ],
    notes: [
      "Newer than what stack.lock.yaml names, else than what the engine has. Content is asked through the engine, tags by this machine.",
      "For TLS this machine trusts what it does anyway ($NODE_EXTRA_CA_CERTS too), and what lies in `certs.d/HOST:PORT/` of /etc/docker, ~/.config/docker or ~/.docker: `*.crt` are CAs, `x.cert` with `x.key` its own certificate. An engine reads /etc/docker/certs.d on its own machine.",
    ],
  },
  {
    name: "doctor",
    about: "Check the engine, its registries and the logins for them. Exit 1 on a failure.",
    options: [TABLE_FORMAT],
    examples: [
      ["doctor", "One line for each check."],
      ["doctor --format json", "For programs."],
    ],
  },
];
