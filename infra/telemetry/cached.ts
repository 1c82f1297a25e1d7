/** `read`, at most once in `forMs`: who asks meanwhile gets the same answer. What failed is read anew. */
export function cached<T>(read: () => Promise<T>, forMs: number): () => Promise<T> {
  let last: { readonly answer: Promise<T>; readonly at: number } | undefined;
  return () => {
    if (last && performance.now() - last.at < forMs) return last.answer;
    const answer = read();
    last = { answer, at: performance.now() };
    answer.catch(() => {
      if (last?.answer === answer) last = undefined;
    });
    return answer;
  };
}
