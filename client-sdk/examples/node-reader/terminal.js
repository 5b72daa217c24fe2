/** Questions and answers on the terminal. A PIN is read as bytes, never as a string, so that it can be overwritten. */

const enter = [0x0a, 0x0d];
const backspace = [0x08, 0x7f];
const interrupt = 0x03;

/** What is typed, octet by octet; it stays in no buffer. */
const octets = (async function* () {
  for await (const chunk of process.stdin) {
    for (const [index, octet] of chunk.entries()) {
      chunk[index] = 0;
      yield octet;
    }
  }
})();

/** @param {string} text */
export function say(text) {
  process.stdout.write(`${text}\n`);
}

/** @param {string} question */
export async function ask(question) {
  process.stdout.write(question);
  return new TextDecoder().decode(Uint8Array.from(await readLine())).trim();
}

/**
 * The answer is not shown.
 * @param {string} question
 */
export async function askHidden(question) {
  process.stdout.write(question);
  const { isTTY } = process.stdin;
  if (isTTY) process.stdin.setRawMode(true);
  try {
    const line = await readLine();
    const answer = Uint8Array.from(line);
    line.fill(0);
    return answer;
  } finally {
    if (isTTY) process.stdin.setRawMode(false);
    process.stdout.write("\n");
  }
}

/** Lets the program end. */
export function endAsking() {
  process.stdin.destroy();
}

async function readLine() {
  /** @type {number[]} */
  const line = [];
  for (;;) {
    const { value, done } = await octets.next();
    if (value === interrupt || (done === true && line.length === 0)) process.exit(130);
    if (done === true || enter.includes(value)) return line;
    if (backspace.includes(value)) line.pop();
    else line.push(value);
  }
}
