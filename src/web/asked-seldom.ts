/**
 * Asks when the last answer is older than `age` milliseconds; everybody who comes meanwhile shares it. For
 * questions that anybody may put as often as they like, and that cost something.
 */
export function askedSeldom<Answer>(ask: () => Promise<Answer>, age: number, milliseconds = (): number => performance.now()): () => Promise<Answer> {
  let last: { readonly answer: Promise<Answer>; readonly at: number } | null = null;
  return () => {
    const now = milliseconds();
    if (last === null || now - last.at >= age) last = { answer: ask(), at: now };
    return last.answer;
  };
}
