/** What is looked for in a recorded history. */
export interface RecordedHistory {
  readonly events: readonly RecordedEvent[];
}

interface RecordedEvent {
  readonly eventType: string;
  readonly workflowExecutionStartedEventAttributes?: {
    readonly workflowType: { readonly name: string };
    readonly continuedExecutionRunId?: string;
  };
  readonly activityTaskScheduledEventAttributes?: {
    readonly activityType: { readonly name: string };
  };
  readonly workflowExecutionSignaledEventAttributes?: { readonly signalName: string };
}

/** Which workflow a history is of, and what it is an example of. */
export function partsOf({ events }: RecordedHistory): {
  readonly workflow: string;
  readonly parts: ReadonlySet<string>;
} {
  const workflow = events[0]!.workflowExecutionStartedEventAttributes!.workflowType.name;
  const texts = events.flatMap(textsOf);
  const parts = new Set([`workflow ${workflow}`, ...events.flatMap(partsOfEvent)]);
  for (const place of openedGates(texts)) parts.add(`gate ${place}`);
  // A fork is told at its beginning where people had spoken in what it keeps.
  if (texts.some((text) => /"placed":\[\d/.test(text))) parts.add('fork');
  return { workflow, parts };
}

function partsOfEvent(event: RecordedEvent): readonly string[] {
  const started = event.workflowExecutionStartedEventAttributes;
  const activity = event.activityTaskScheduledEventAttributes?.activityType.name;
  const signal = event.workflowExecutionSignaledEventAttributes?.signalName;
  return [
    event.eventType,
    ...(started?.continuedExecutionRunId ? ['continued'] : []),
    ...(activity ? [`activity ${activity}`] : []),
    ...(signal ? [`signal ${signal}`] : []),
  ];
}

/** Before what people were asked: `start`, `round`, `stage` or `completion`. The plan says where a gate stands, its opening only which it is. */
function openedGates(texts: readonly string[]): readonly (string | undefined)[] {
  const places = new Map(
    texts
      .flatMap((text) => [...text.matchAll(/\{"index":(\d+),"before":"(\w+)/g)])
      .map(([, gate, place]) => [gate, place]),
  );
  return texts
    .flatMap((text) => [...text.matchAll(/"gate":(\d+)/g)])
    .map(([, gate]) => places.get(gate));
}

/** What the payloads of an event say. */
const textsOf = (event: object): readonly string[] =>
  Array.from(JSON.stringify(event).matchAll(/"data":"([^"]+)"/g), ([, data]) =>
    Buffer.from(data!, 'base64').toString(),
  );
