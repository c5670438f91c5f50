import { describe, expect, test } from "vitest";
import { token } from "../../../../src/attributes/secrets/sensitive.ts";
import { loaded, resource, told } from "../support.ts";

const DISK = `name: shop
plugins:
  disk:
    source: acme/disk:1
`;

describe("plugins", () => {
  test("are drivers by their key, and whoever names them needs them", () => {
    const found = loaded(`${DISK}    grant: { network: host, mount: [/a, /b] }
    settings: [DEBUG=1, state.source=/srv]
networks:
  back: { driver: disk }
volumes:
  data: { driver: disk }
  own: { driver: local }
containers:
  web:
    image: busybox
    logging: { driver: disk }
    networks: [back]
`);
    expect(told(found)).toEqual([]);
    expect(resource(found, "plugin.disk")).toMatchObject({
      name: "shop_disk",
      spec: {
        source: "acme/disk:1",
        grant: { network: ["host"], mount: ["/a", "/b"] },
        settings: { DEBUG: "1", "state.source": "/srv" },
      },
    });
    const need = { on: "plugin.disk", condition: "started", required: true };
    expect(resource(found, "volume.data")).toMatchObject({
      spec: { driver: "shop_disk" },
      needs: [need],
    });
    expect(resource(found, "network.back").needs).toEqual([need]);
    expect(resource(found, "volume.own").needs).toEqual([]);
    const web = resource(found, "container.web");
    expect(web.spec.logging).toEqual({ driver: "shop_disk" });
    expect(web.needs).toContainEqual(need);
  });

  test("take sensitive settings, as tokens", () => {
    const found = loaded(
      `${DISK}    settings: { PASSWORD: "\${pw}" }\nvariables:\n  pw: { sensitive: true }\n`,
      { variables: ["pw=hunter2"] },
    );
    expect(resource(found, "plugin.disk").spec.settings).toEqual({ PASSWORD: token("pw") });
  });

  test("of another name are known by it, without the tag that engines add", () => {
    const found = loaded(`${DISK}    name: acme/d:latest\n    adopt: true\n`);
    expect(resource(found, "plugin.disk")).toMatchObject({ name: "acme/d", adopt: true });
  });

  test.each([
    [
      "name: x",
      "5:5 ⟨name⟩ nothing would tell that the plugin x is this stack's | say `adopt: true` to manage whatever has that name, or `external: true`",
    ],
    [
      "adopt: true",
      "5:5 ⟨adopt⟩ `adopt` needs a `name` | name the plugin that is to be taken over",
    ],
    [
      "external: true",
      "4:5 ⟨source⟩ `disk` is external, so `source` cannot be asked of it | only `name` may stand beside `external`",
    ],
    [
      "grant: some",
      "5:12 ⟨some⟩ `some` is no grant | `all`, or a map such as { network: host, mount: [/srv] }",
    ],
    ["settings: { '': 1 }", "5:17 ⟨''⟩ a key is empty"],
    [
      "enabled: false\nvolumes:\n  data: { driver: disk }",
      "7:19 ⟨disk⟩ the plugin `disk` is disabled | enable it under `plugins:`, or use another driver than shop_disk",
    ],
  ])("%s is a mistake", (line, message) => {
    expect(told(loaded(`${DISK}    ${line}\n`))).toEqual([`stack.yaml:${message}`]);
  });

  test("need a source, and a name that engines take", () => {
    expect(told(loaded("name: shop\nplugins:\n  Disk: {}\n"))).toEqual([
      "stack.yaml:3:3 ⟨Disk⟩ the plugin `Disk` needs a `source` | for example vieux/sshfs:latest",
      "stack.yaml:3:3 ⟨Disk⟩ shop_Disk is no name for a plugin | engines want it in lower case",
    ]);
  });
});
