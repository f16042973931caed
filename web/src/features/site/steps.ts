/** The steps of the set-up, which are sections of a page of the console later. */

import type { Schemas } from '../../api/client';

export interface StepProps {
  settings: Schemas['SiteSettings'];
  /** Called with what was saved; `isDone` if the form was sent, not a single field. */
  saved: (settings: Schemas['SiteSettings'], isDone: boolean) => void;
  /** What the button says. */
  submit: string;
}

export const STEPS = ['identity', 'pages', 'signUp', 'tests'] as const;
export type Step = (typeof STEPS)[number] | 'done';

/** Return the step of an address: the first one unless another is named. */
export function stepOf(query: URLSearchParams): Step {
  const wanted = query.get('step');
  return wanted === 'done' ? 'done' : (STEPS.find((each) => each === wanted) ?? 'identity');
}

/** Return the step after another one. */
export function nextStep(step: Step): Step {
  return step === 'done' ? 'done' : (STEPS[STEPS.indexOf(step) + 1] ?? 'done');
}
