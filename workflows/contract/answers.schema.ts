import type { ZodObject } from 'zod';
import { labelOf } from '../domain/labels.ts';
import { checkAnswer, rulingAnswer } from './answers/crosscheck-answers.schema.ts';
import {
  groupingAnswer,
  mediationAnswer,
  positionAnswer,
} from './answers/debate-answers.schema.ts';
import {
  assignAnswer,
  guideAnswer,
  reportAnswer,
  splitAnswer,
} from './answers/piece-answers.schema.ts';
import { contributionAnswer, synthesisAnswer } from './answers/ensemble-answers.schema.ts';
import type { Ask } from './turns.ts';

/**
 * The schema of a turn's structured answer; null where free text is asked for. `capabilities`: what the items of a plan
 * may ask for. A new topology adds its lines here.
 */
export function answerSchema(
  ask: Ask,
  options: readonly string[],
  capabilities: readonly string[] = [],
): ZodObject | null {
  switch (ask.kind) {
    case 'answer':
      return options.length > 0 ? positionAnswer(options) : null;
    case 'position':
      return positionAnswer(options);
    case 'mediate':
      return mediationAnswer(options, ask.mayContinue);
    case 'group':
      return groupingAnswer(ask.sequences.map((_, i) => labelOf(i)));
    case 'split':
      return splitAnswer(ask.to, ask.most);
    case 'guide':
      return guideAnswer();
    case 'assign':
      return assignAnswer(capabilities, ask.most);
    case 'report':
      return reportAnswer(ask.piece === null, options);
    case 'produce':
      return null;
    case 'check':
      return checkAnswer;
    case 'rule':
      return rulingAnswer;
    case 'contribute':
      return contributionAnswer(ask.method, options);
    case 'synthesize':
      return synthesisAnswer(ask.slots, options);
    case 'stage':
      return ask.stage === ask.stages && options.length > 0 ? positionAnswer(options) : null;
  }
}
