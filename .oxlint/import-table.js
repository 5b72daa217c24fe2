/**
 * The import table of docs/architecture.md as a lint rule: who may import whom, and which packages
 * belong to which module. A violation fails the build.
 */
import { isBuiltin } from "node:module";
import path from "node:path";

const kernel = ["bytes", "clock", "errors", "identifiers", "log"];

/** Each module, lowest first, with the modules it may import besides the kernel. */
const layers = [
  ["pki"],
  ["jpki"],
  ["assurance"],
  ["observability"],
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
  { matches: /^(prom-client|@opentelemetry\/.*)$/, modules: ["observability"] },
  { matches: /^node:crypto$/, modules: ["pki", "passkeys", "storage", "provider/keys", "provider/signing-key", "provider/cookie-signatures"] },
  { matches: /^koffi$/, modules: ["provider/binding"] },
  { matches: /^@simplewebauthn\/server$/, modules: ["passkeys"] },
  { matches: /^@simplewebauthn\/browser$/, modules: ["views"] },
  { matches: /^pkijs$/, modules: ["sandbox"] },
  { matches: /^(asn1js|@peculiar\/x509)$/, modules: ["sandbox", "client-sdk/certificate-libraries"] },
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

function isConfiguration(name) {
  return name.startsWith("root:config");
}

function isInTable(name) {
  return rank.has(name) || ["sandbox", "views", "client-sdk"].includes(name) || isKernel(name) || isConfiguration(name);
}

function complaint(from, specifier, { file, root, isDynamic }) {
  if (from === "sandbox") return undefined;
  if (!isInTable(from)) return `${from.replace("root:", "")} has no place in the import table`;
  if (!specifier.startsWith(".")) return complaintOfPackage(from, specifier, file);
  const to = moduleOf(path.resolve(path.dirname(file), specifier), root);
  if (to === from) return undefined;
  if (to === undefined) return "src imports nothing outside src, views and client-sdk";
  if (!isInTable(to)) return `${to.replace("root:", "")} has no place in the import table`;
  if (to === "sandbox") return complaintOfSandbox(from, isDynamic);
  if (isKernel(to)) return from === "client-sdk" ? "client-sdk imports nothing of src" : undefined;
  if (isKernel(from)) return "the kernel imports nothing but the kernel";
  if (from === "client-sdk") return "client-sdk imports nothing of src";
  if (isConfiguration(from)) return pure.has(to) || isConfiguration(to) ? undefined : "configuration imports only pki, jpki, assurance and the kernel";
  if (isConfiguration(to)) return from === "cli" || from === "web" ? undefined : "configuration is handed in by cli and web";
  if (from === "views") return "views import nothing of src but the kernel";
  if (to === "views") return from === "web" ? undefined : "only web renders views";
  if (to === "client-sdk") return from === "jpki" ? undefined : "only jpki imports client-sdk";
  if (pure.has(from) && !pure.has(to)) return `${from} is pure and imports only pki, jpki, assurance and the kernel`;
  return rank.get(to) < rank.get(from) ? undefined : `${from} may not import ${to}`;
}

function complaintOfSandbox(from, isDynamic) {
  if (from !== "cli") return "only cli may load the sandbox";
  return isDynamic ? undefined : "cli loads the sandbox by dynamic import alone";
}

function complaintOfPackage(from, specifier, file) {
  // Without its prefix a built-in module is the same one.
  const name = isBuiltin(specifier)
    ? `node:${specifier.replace(/^node:/, "")}`
    : specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
  if (name === "@jpki-bridge/client-sdk") return ["jpki", "views", "client-sdk"].includes(from) ? undefined : "only jpki imports client-sdk";
  if (pure.has(from) && name.startsWith("node:") && !(from === "pki" && builtInsOfPureModules.test(name))) {
    return `${from} is pure: no ${name}`;
  }
  const owner = owners.find(({ matches }) => matches.test(name));
  const place = `${from}/${path.basename(file, ".ts")}`;
  if (owner === undefined || owner.modules.includes(from) || owner.modules.includes(place)) return undefined;
  return `${name} belongs to ${owner.modules.join(", ")}`;
}

/** The module that an import names, where it is written in so many words. */
function specifierOf(source) {
  const literal = source?.type === "TSLiteralType" ? source.literal : source;
  if (typeof literal?.value === "string") return literal.value;
  return literal?.type === "TemplateLiteral" && literal.expressions.length === 0 ? literal.quasis[0].value.cooked : undefined;
}

const importTable = {
  create(context) {
    const file = context.filename;
    const root = context.cwd;
    const from = moduleOf(file, root);
    if (from === undefined) return {};
    const check = (node, source, isDynamic = false) => {
      const specifier = specifierOf(source);
      if (specifier === undefined && from === "sandbox") return;
      const message = specifier === undefined ? "an import names its module in so many words" : complaint(from, specifier, { file, root, isDynamic });
      if (message !== undefined) context.report({ node, message });
    };
    return {
      ImportDeclaration: (node) => check(node, node.source),
      ImportExpression: (node) => check(node, node.source, true),
      TSImportType: (node) => check(node, node.source ?? node.argument),
      ExportNamedDeclaration: (node) => node.source && check(node, node.source),
      ExportAllDeclaration: (node) => check(node, node.source),
    };
  },
};

export default { meta: { name: "jpki-bridge" }, rules: { "import-table": importTable } };
