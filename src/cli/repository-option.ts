/** Commands that act on one repository of a service. */
import type { ApiClient } from '../transport/api-client.js';
import type { Pin } from '../trust/pins.js';
import type { Context, OptionSpecs } from './command.js';
import { openService, SERVER_OPTION } from './service.js';
import { choosePin } from './trusted.js';

export const REPOSITORY_OPTIONS = {
  repository: { type: 'string', value: 'NAME', help: 'the trusted repository (default: the only one)' },
  ...SERVER_OPTION,
} as const satisfies OptionSpecs;

export interface Hosted {
  readonly pin: Pin;
  readonly service: ApiClient;
}

/** @throws WritError as choosePin and openService */
export async function openHosted(context: Context, name: string | undefined): Promise<Hosted> {
  const pin = await choosePin(context, name);
  return { pin, service: await openService(context) };
}
