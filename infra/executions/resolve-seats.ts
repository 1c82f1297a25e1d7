import type { AgentOverrides, ModelRef } from '../../workflows/contract/agents.schema.ts';
import type { ResolvedAgent, ResolvedModel, Seat } from '../../workflows/contract/definition.ts';
import { isPriced } from '../../workflows/domain/pricing.ts';
import { automaticWeight, effectiveWeights, reliability } from '../../workflows/domain/weights.ts';
import { chooseDefault, chooseNamed, type DefaultChoice } from './choose-model.ts';
import type { Config } from '../config/config.ts';
import type { Findings } from './findings.ts';
import { mergeConfig } from './merge-config.ts';
import type { Occupant } from './occupants.ts';
import { environmentProvider, loadProviders, type Provider } from './providers.ts';
import type { Scope } from './references.ts';
import { type Backgrounds, layersOf, loadBackgrounds, withProficiency } from './seat-layers.ts';

/** A seat whose occupant was found. */
export interface OccupiedSeat {
  readonly slot: string;
  readonly position: number;
  readonly weight: number | null;
  readonly overrides: AgentOverrides;
  /** What the seat is there for, beyond its agent. */
  readonly duty: string | null;
  readonly occupant: Occupant;
  /** Where the seat stands in the request. */
  readonly path: string;
}

/** What the configuration says about models. */
export type ModelDefaults = Pick<Config, 'defaultModel' | 'environmentProviders'>;

/** What decides on models where a seat names none, and on weights where a seat has none. */
export interface SeatRules {
  /** Weigh votes by reliability; otherwise every seat without a weight has 1. */
  readonly weighted: boolean;
  /** Count the seats that the agents have at work in other executions. */
  readonly countsWork: boolean;
  readonly projectProviderId: string | null;
  readonly defaults: ModelDefaults;
  /** A price must be known for each model. */
  readonly needsPrices: boolean;
}

/** Applies all overrides, chooses models and weights: seats as the execution keeps them, in their order. */
export async function resolveSeats(
  scope: Scope,
  occupied: readonly OccupiedSeat[],
  rules: SeatRules,
  findings: Findings,
): Promise<{ seats: Seat[]; notices: string[] }> {
  const { defaultModel, environmentProviders } = rules.defaults;
  const providers = [
    ...(await loadProviders(scope)),
    ...environmentProviders.map(environmentProvider),
  ];
  const known = await loadBackgrounds(
    scope,
    occupied.map(({ occupant }) => occupant),
  );
  const fallback = chooseDefault(providers, rules.projectProviderId, defaultModel);
  const ordered = occupied.toSorted((a, b) => a.position - b.position);
  const weights = seatWeights(ordered, known, rules.weighted);
  const unnamed: string[] = [];

  const seats = ordered.map((seat, i): Seat => {
    const { occupant, slot, position } = seat;
    const layers = [...layersOf(occupant, known, providers), seat.overrides];
    const { models: refs, tools = [], ...config } = mergeConfig(layers);
    if (refs.length === 0) unnamed.push(slot);
    const models = chooseModels(seat, refs, providers, fallback, findings);
    if (rules.needsPrices) refuseUnknownPrices(models, seat, findings);
    const agent: ResolvedAgent = {
      ...config,
      ...(tools.length > 0 && { tools }),
      name: occupant.name,
      role: occupant.role,
      description: [occupant.description, seat.duty].filter(Boolean).join('\n\n'),
      personality: occupant.agent?.personality ?? occupant.version?.personality ?? null,
      agentId: occupant.agent?.id ?? null,
      templateVersionId: occupant.version?.id ?? null,
      models,
      capabilities: withProficiency(config.capabilities, occupant, known),
    };
    const work = known.atWork.find(({ agentId }) => agentId === occupant.agent?.id);
    const otherWork = rules.countsWork ? (work?.seats ?? 0) : 0;
    return { slot, position, weight: weights[i]!, ...(otherWork > 0 && { otherWork }), agent };
  });
  return { seats, notices: [...defaultNotice(unnamed, fallback), ...priceNotices(seats)] };
}

function chooseModels(
  { path, occupant }: OccupiedSeat,
  refs: readonly ModelRef[],
  providers: readonly Provider[],
  fallback: DefaultChoice,
  findings: Findings,
): ResolvedModel[] {
  const choices = refs.length === 0 ? [fallback] : refs.map((ref) => chooseNamed(providers, ref));
  return choices.flatMap((choice, i) => {
    if (choice.status === 'chosen') return choice.model;
    const field = refs.length === 0 || !occupant.inline ? path : `${path}.agent.config.models.${i}`;
    findings.unavailable.push({ path: field, message: choice.message });
    return [];
  });
}

function refuseUnknownPrices(
  models: readonly ResolvedModel[],
  { slot }: OccupiedSeat,
  { invalid }: Findings,
): void {
  for (const { provider, model, inputUsdPerMtok, outputUsdPerMtok } of models)
    if (inputUsdPerMtok === null || outputUsdPerMtok === null)
      invalid.push({
        path: 'budget.costUsd',
        message: `The price of ${provider}/${model} (seat ${slot}) is not known, so a budget in US dollars cannot be kept; state it in the provider's models, or give a budget in tokens.`,
      });
}

function seatWeights(
  seats: readonly OccupiedSeat[],
  { profiles }: Backgrounds,
  weighted: boolean,
): number[] {
  if (!weighted) return seats.map(({ weight }) => weight ?? 1);
  return effectiveWeights(
    seats.map(({ weight, occupant }) => {
      const profile = profiles.find(({ agentId }) => agentId === occupant.agent?.id);
      const record = { good: profile?.goodCount ?? 0, judged: profile?.judgedCount ?? 0 };
      return weight ?? automaticWeight(reliability(record));
    }),
  );
}

/** A model without prices costs something all the same; the sums cannot show it. */
function priceNotices(seats: readonly Seat[]): string[] {
  const unpriced = seats
    .flatMap(({ agent }) => agent.models)
    .filter((model) => !isPriced(model))
    .map(({ provider, model }) => `${provider}/${model}`);
  return [...new Set(unpriced)].map(
    (name) => `The price of ${name} is not known: its calls are shown at 0 US dollars.`,
  );
}

function defaultNotice(unnamed: readonly string[], choice: DefaultChoice): string[] {
  if (unnamed.length === 0 || choice.status !== 'chosen') return [];
  const { provider, model } = choice.model;
  return [
    `No model is named for ${unnamed.join(', ')}: ${provider}/${model} is used (${choice.reason}).`,
  ];
}
