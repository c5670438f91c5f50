import { attribute } from "./attribute.ts";
import { parseText, string } from "./shapes.ts";

export const config = {
  content: attribute<string>({
    about: "The text itself; variables are filled in.",
    schema: string,
    examples: ["hello\n"],
    absent: { is: "value", value: "" },
    sensitive: true,
    parse: parseText,
  }),
  file: attribute<string>({
    about: "A file of the client, whose text is taken as it is.",
    schema: string,
    examples: ["motd.txt"],
    absent: { is: "value", value: "" },
    parse: parseText,
  }),
  environment: attribute<string>({
    about: "A variable of the client's environment; its value is treated as sensitive.",
    schema: string,
    examples: ["MOTD"],
    absent: { is: "value", value: "" },
    parse: parseText,
  }),
};
