import { quoted } from "../render/words/shell-quoting.ts";

/*
 * Completion scripts, complete in themselves: they never call `stack`, so that a key press costs
 * nothing. Words and options come from the same table as parsing and help.
 */

interface Option {
  readonly name: string;
  readonly short?: string;
  readonly value?: string;
  readonly many?: true;
  readonly choices?: readonly string[];
  readonly path?: true;
  readonly about: string;
}

interface Command {
  readonly name: string;
  readonly about: string;
  readonly positional?: { readonly choices?: readonly string[]; readonly path?: true };
  readonly options: readonly Option[];
}

type Write = (commands: readonly Command[], globals: readonly Option[]) => string;

const flags = (option: Option) => [
  `--${option.name}`,
  ...(option.short ? [`-${option.short}`] : []),
];

export const bash: Write = (commands, globals) => {
  const all = [...globals, ...commands.flatMap((command) => command.options)];
  const names = (options: readonly Option[]) => options.flatMap(flags).join(" ");
  const pattern = (options: readonly Option[]) =>
    [...new Set(options.flatMap(flags))].join("|") || "--";
  const choosing = new Map(
    all
      .filter((option) => option.choices)
      .map((option) => [
        // One option may allow different words in different commands; offer them all.
        option.name,
        all.filter(({ name }) => name === option.name).flatMap(({ choices }) => choices ?? []),
      ]),
  );
  const free = all.filter((option) => option.value && !option.path && !option.choices);
  return `# bash completion for stack
_stack() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command="" i
  COMPREPLY=()
  case $before in
    ${pattern(all.filter((option) => option.path))}) compopt -o default; return ;;
${[...choosing].map(([name, choices]) => `    --${name}) COMPREPLY=($(compgen -W "${[...new Set(choices)].join(" ")}" -- "$word")); return ;;`).join("\n")}
    ${pattern(free)}) return ;;
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${commands.map(({ name }) => name).join("|")}) command=\${COMP_WORDS[i]}; break ;;
    esac
  done
  local options="${names(globals)}" words="" files=""
  case $command in
    "") words="${commands.map(({ name }) => name).join(" ")}" ;;
${commands.map((command) => `    ${command.name}) ${bashCase(command, names(command.options))} ;;`).join("\n")}
  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
  elif [[ -n $files ]]; then
    compopt -o default
  else
    COMPREPLY=($(compgen -W "$words" -- "$word"))
  fi
}
complete -F _stack stack
`;
};

function bashCase({ positional }: Command, options: string): string {
  return [
    `options="$options ${options}"`,
    ...(positional?.choices ? [`words="${positional.choices.join(" ")}"`] : []),
    ...(positional?.path ? ["files=1"] : []),
  ].join("; ");
}

export const zsh: Write = (commands, globals) => `#compdef stack
_stack() {
  local -a commands
  commands=(
${commands.map(({ name, about }) => `    ${quoted(`${name}:${about}`)}`).join("\n")}
  )
  local -a globals
  globals=(
${globals.map((option) => `    ${zshOption(option)}`).join("\n")}
  )
  local context state line
  _arguments -C "\${globals[@]}" '1: :->command' '*:: :->rest'
  case $state in
    command) _describe command commands ;;
    rest)
      case $line[1] in
${commands.map((command) => `        ${command.name}) _arguments "\${globals[@]}" ${zshRest(command)} ;;`).join("\n")}
      esac ;;
  esac
}
if [ "$funcstack[1]" = "_stack" ]; then _stack "$@"; else compdef _stack stack; fi
`;

function zshRest({ options, positional }: Command): string {
  const rest = options.map((option) => zshOption(option));
  if (positional?.choices) rest.push(quoted(`1: :(${positional.choices.join(" ")})`));
  if (positional?.path) rest.push(quoted("1: :_files"));
  return rest.join(" ");
}

function zshOption(option: Option): string {
  const about = option.about.replace(/[[\]:\\]/g, (char) => `\\${char}`);
  const action = option.path ? "_files" : option.choices ? `(${option.choices.join(" ")})` : " ";
  const value = option.value ? `:${option.value}:${action}` : "";
  const prefix = option.many ? "*" : "";
  const forms = flags(option).map((flag) => quoted(`${prefix}${flag}[${about}]${value}`));
  return forms.join(" ");
}

export const fish: Write = (commands, globals) => {
  const none = "__fish_use_subcommand";
  const lines = commands.flatMap((command) => {
    const within = `__fish_seen_subcommand_from ${command.name}`;
    const { choices, path } = command.positional ?? {};
    return [
      `complete -c stack -f -n ${none} -a ${command.name} -d ${quoted(command.about)}`,
      ...(choices ? [`complete -c stack -f -n '${within}' -a ${quoted(choices.join(" "))}`] : []),
      ...(path ? [`complete -c stack -F -n '${within}'`] : []),
      ...command.options.map((option) => fishOption(option, ` -n '${within}'`)),
    ];
  });
  const shared = globals.map((option) => fishOption(option, ""));
  return `${["# fish completion for stack", ...lines, ...shared].join("\n")}\n`;
};

function fishOption(option: Option, condition: string): string {
  const short = option.short ? ` -s ${option.short}` : "";
  const value = option.path
    ? " -r -F"
    : option.choices
      ? ` -x -a ${quoted(option.choices.join(" "))}`
      : option.value
        ? " -x"
        : "";
  return `complete -c stack${condition} -l ${option.name}${short}${value} -d ${quoted(option.about)}`;
}
