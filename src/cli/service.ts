/** The service that the settings name. */
import { readToken } from '../config/token.js';
import { ApiClient } from '../transport/api-client.js';
import type { OptionSpecs, Context } from './command.js';

export const SERVER_OPTION = {
  server: {
    type: 'string',
    value: 'URL',
    help: 'the service (default: $WRIT_SERVER, else http://127.0.0.1:4443)',
  },
} as const satisfies OptionSpecs;

/** The write API, with the token of WRIT_TOKEN or the token file if there is one. @throws WritError CONFIG_TOKEN, FETCH_* */
export async function openService(context: Context): Promise<ApiClient> {
  const { config } = await context.config();
  return new ApiClient({
    server: config.server,
    token: await readToken(config),
    onWarning: warning => {
      context.out.warn(warning);
    },
  });
}
