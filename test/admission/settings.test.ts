import { expect, it } from 'vitest';
import { SettingsMaker } from '../../src/admission/settings.js';
import { parseGrants } from '../../src/entitlements/parse-grants.js';
import { baselines, catalogue, policy } from './world.js';

const limited = parseGrants(catalogue, ['network=user', 'resources.memory=256Mi']);

it('attack: a granted limit that admission writes into no pod is not passed over in silence', () => {
  const maker = new SettingsMaker(baselines);
  expect(() => maker.settingsFor(limited, policy())).toThrow(
    expect.objectContaining({ code: 'ADMISSION_UNEXPRESSED', details: { unexpressed: ['limits'] } }),
  );
  expect(maker.settingsFor(limited, policy({ accept: ['limits'] })).accepted).toEqual(['limits']);
});
