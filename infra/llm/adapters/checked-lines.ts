import { BrokenAnswer } from '../failures.ts';

/**
 * A fetch for streams of JSON lines that ends with an error where a line is none, or holds one: the package that reads
 * them would write the line to the console and leave it out of the answer.
 */
export function checkedLines(send: typeof fetch): typeof fetch {
  return async (url, init) => {
    const response = await send(url, init);
    if (!response.ok || !response.body) return response;
    const checked = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(lineCheck());
    return new Response(checked.pipeThrough(new TextEncoderStream()), response);
  };
}

function lineCheck(): TransformStream<string, string> {
  let rest = '';
  return new TransformStream({
    transform(piece, controller) {
      const lines = (rest + piece).split('\n');
      rest = lines.pop()!;
      for (const line of lines.filter((each) => each.trim() !== '')) {
        assertAnswer(line);
        controller.enqueue(`${line}\n`);
      }
    },
    flush(controller) {
      if (rest.trim() === '') return;
      assertAnswer(rest);
      controller.enqueue(`${rest}\n`);
    },
  });
}

/** Throws what stands in place of an answer: `{"error": "…"}` in the form that other protocols have. */
function assertAnswer(line: string): void {
  const value = parse(line);
  // oxlint-disable-next-line only-throw-error -- as other packages hand on a provider's error
  if ('error' in value) throw { message: String(value.error) };
  if (!('message' in value)) throw new BrokenAnswer();
}

function parse(line: string): object {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // not JSON: the same as JSON of another kind
  }
  throw new BrokenAnswer();
}
