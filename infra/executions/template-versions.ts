import type { EntityManager } from '@mikro-orm/postgresql';
import type { Agent } from '../db/entities/agent.ts';
import type { AgentTemplate } from '../db/entities/agent-template.ts';
import { TemplateVersion } from '../db/entities/template-version.ts';
import type { Findings } from './findings.ts';

/** The versions that the agents were made from, and all versions of the templates. */
export async function loadVersions(
  em: EntityManager,
  agents: readonly Agent[],
  templates: readonly AgentTemplate[],
): Promise<TemplateVersion[]> {
  if (agents.length + templates.length === 0) return [];
  return em.find(TemplateVersion, {
    $or: [
      { id: { $in: agents.map(({ templateVersionId }) => templateVersionId) } },
      { templateId: { $in: templates.map(({ id }) => id) } },
    ],
  });
}

/** The wanted version of a template, else its newest published one that is not deprecated; null and a finding where there is none. */
export function chooseVersion(
  template: AgentTemplate,
  all: readonly TemplateVersion[],
  wanted: string | null,
  path: string,
  findings: Findings,
): TemplateVersion | null {
  const versions = all.filter(({ templateId }) => templateId === template.id);
  const known = versions.filter(({ version }) => wanted === null || version === wanted);
  const published = known.filter(({ publishedAt }) => publishedAt !== null);
  const current = published.filter(({ isDeprecated }) => !isDeprecated);
  const name = wanted === null ? template.name : `${template.name}@${wanted}`;

  if (known.length === 0)
    findings.invalid.push({
      path,
      message: `The template "${template.name}" has no version ${wanted}.`,
    });
  else if (published.length === 0)
    findings.conflicts.push({
      path,
      message: `The template "${name}" is a draft; publish it first.`,
    });
  else if (current.length === 0 || template.status === 'deprecated')
    findings.conflicts.push({
      path,
      message: `The template "${name}" is deprecated; take another, or publish a new version.`,
    });
  else return current.toSorted((a, b) => compareSemver(b.version, a.version))[0]!;
  return null;
}

/** Orders `1.10.0` after `1.9.0`. */
function compareSemver(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  const i = left!.findIndex((part, at) => part !== right![at]);
  return i < 0 ? 0 : left![i]! - right![i]!;
}
