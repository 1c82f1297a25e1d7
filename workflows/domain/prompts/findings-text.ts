/** Something that a checker found. */
interface Finding {
  readonly severity: string;
  readonly place: string;
  readonly text: string;
}

/** The findings in a structured answer, for people and prompts; empty where there are none. */
export function findingsText(data: Readonly<Record<string, unknown>> | null | undefined): string {
  const findings = (data?.['findings'] ?? []) as readonly Finding[];
  return findings
    .map(
      ({ severity, place, text }) => `- ${[severity, place].filter(Boolean).join(', ')}: ${text}`,
    )
    .join('\n');
}
