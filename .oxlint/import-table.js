/**
 * The import table of docs/architecture.md as a lint rule: who may import whom, and which packages
 * belong to which module. A violation fails the build.
 */
import path from "node:path";

const kernel = ["bytes", "clock", "errors", "identifiers", "log"];

/** Each module, lowest first, with the modules it may import besides the kernel. */
const layers = [
  ["pki"],
  ["jpki"],
  ["assurance"],
  ["storage"],
  ["people", "passkeys", "revocation"],
  ["enrolment"],
  ["relying-parties"],
  ["provider", "signals"],
  ["web"],
  ["cli"],
];
const pure = new Set(["pki", "jpki", "assurance"]);
const rank = new Map(layers.flatMap((names, index) => names.map((name) => [name, index])));

/** Packages that live in one place only. */
const owners = [
  { matches: /^(koa|koa-.*|@koa\/.*)$/, modules: ["web", "sandbox"] },
  { matches: /^oidc-provider$/, modules: ["provider"] },
  { matches: /^(@prisma\/.*|better-sqlite3|pg)$/, modules: ["storage"] },
  { matches: /^node:crypto$/, modules: ["pki", "passkeys", "storage", "provider"] },
  { matches: /^@simplewebauthn\/server$/, modules: ["passkeys"] },
  { matches: /^@simplewebauthn\/browser$/, modules: ["views"] },
  { matches: /^(pkijs|asn1js|@peculiar\/x509)$/, modules: ["sandbox"] },
];
const builtInsOfPureModules = /^node:crypto$/;

function moduleOf(file, root) {
  const parts = path.relative(root, file).split(path.sep);
  if (parts[0] === "views" || parts[0] === "client-sdk") return parts[0];
  if (parts[0] !== "src") return undefined;
  return parts.length === 2 ? `root:${parts[1].replace(/\.ts$/, "")}` : parts[1];
}

function isKernel(name) {
  return name.startsWith("root:") && kernel.includes(name.slice(5));
}

function complaint(from, specifier, file, root) {
  if (!specifier.startsWith(".")) return complaintOfPackage(from, specifier);
  const to = moduleOf(path.resolve(path.dirname(file), specifier), root);
  if (to === undefined || to === from) return undefined;
  if (from === "sandbox") return undefined;
  if (to === "sandbox") return from === "cli" ? undefined : "only cli may load the sandbox";
  if (isKernel(to)) return from === "client-sdk" ? "client-sdk imports nothing of src" : undefined;
  if (isKernel(from)) return "the kernel imports nothing but the kernel";
  if (from === "client-sdk") return "client-sdk imports nothing of src";
  if (to === "root:config") return from === "cli" || from === "web" ? undefined : "configuration is handed in by cli and web";
  if (from === "views") return "views import nothing of src but the kernel";
  if (to === "views") return from === "web" ? undefined : "only web renders views";
  if (to === "client-sdk") return from === "jpki" ? undefined : "only jpki imports client-sdk";
  const lower = rank.get(to);
  const upper = rank.get(from);
  if (lower === undefined || upper === undefined) return undefined;
  if (pure.has(from) && !pure.has(to)) return `${from} is pure and imports only pki, jpki, assurance and the kernel`;
  return lower < upper ? undefined : `${from} may not import ${to}`;
}

function complaintOfPackage(from, specifier) {
  if (from === "sandbox") return undefined;
  const name = specifier.startsWith("node:")
    ? specifier
    : specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
  if (name === "@jpki-bridge/client-sdk") return from === "jpki" || from === "views" ? undefined : "only jpki imports client-sdk";
  if (pure.has(from) && name.startsWith("node:") && !(from === "pki" && builtInsOfPureModules.test(name))) {
    return `${from} is pure: no ${name}`;
  }
  const owner = owners.find(({ matches }) => matches.test(name));
  if (owner === undefined || owner.modules.includes(from)) return undefined;
  return `${name} belongs to ${owner.modules.join(", ")}`;
}

const importTable = {
  create(context) {
    const file = context.filename;
    const root = context.cwd;
    const from = moduleOf(file, root);
    if (from === undefined) return {};
    const check = (node, source) => {
      if (typeof source?.value !== "string") return;
      const message = complaint(from, source.value, file, root);
      if (message !== undefined) context.report({ node, message });
    };
    return {
      ImportDeclaration: (node) => check(node, node.source),
      ImportExpression: (node) => check(node, node.source),
      ExportNamedDeclaration: (node) => check(node, node.source),
      ExportAllDeclaration: (node) => check(node, node.source),
    };
  },
};

export default { meta: { name: "jpki-bridge" }, rules: { "import-table": importTable } };
