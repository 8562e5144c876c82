import { ask, locate, RequestError } from '../../platform/outgoing/guarded-request.js';
import { namesPrivateAddress } from '../../platform/outgoing/outgoing-address.js';
import type { ImapAccount, ImapSecret } from '../imap-accounts.js';

const TOKEN_URL = {
  google: 'https://oauth2.googleapis.com/token',
  microsoft: 'https://login.microsoftonline.com/common/oauth2/v2.0/token',
};
const SCOPE = { microsoft: 'https://outlook.office.com/IMAP.AccessAsUser.All offline_access' };

export interface OAuthToken {
  readonly accessToken: string;
  /** Some providers give a new one each time, and the old one ends. */
  readonly refreshToken: string | null;
}

/** Exchanges a refresh token for an access token (RFC 6749 §6). Throws in words for whoever set up the account. */
export async function accessToken(
  { provider, tokenUrl, scope, clientId }: NonNullable<ImapAccount['oauth']>,
  { clientSecret, refreshToken }: ImapSecret,
): Promise<OAuthToken> {
  if (refreshToken === undefined) throw new Error('The account has no refresh token yet.');
  const url = new URL(tokenUrl ?? (provider === 'other' ? '' : TOKEN_URL[provider]));
  const wantedScope = scope ?? (provider === 'microsoft' ? SCOPE.microsoft : undefined);
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: clientId,
    ...(clientSecret !== undefined && { client_secret: clientSecret }),
    ...(wantedScope !== undefined && { scope: wantedScope }),
  });
  const { status, body } = await ask(url, await locate(url, { allowPrivate: namesPrivateAddress(url.href) }), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: form.toString(),
  });
  const answer = read(body);
  if (status === 200 && typeof answer['access_token'] === 'string') {
    const renewed = answer['refresh_token'];
    return { accessToken: answer['access_token'], refreshToken: typeof renewed === 'string' ? renewed : null };
  }
  const said = [answer['error'], answer['error_description']].filter((part) => typeof part === 'string').join(': ');
  throw new RequestError(
    answer['error'] === 'invalid_grant'
      ? `${url.host} takes the refresh token no more (${said}). Sign in anew and give the account the new one.`
      : `${url.host} gave no access token: status ${status}${said === '' ? '' : `, ${said.slice(0, 300)}`}.`,
    { permanent: answer['error'] === 'invalid_grant' },
  );
}

function read(body: Buffer): Record<string, unknown> {
  try {
    const answer: unknown = JSON.parse(body.toString('utf8'));
    return typeof answer === 'object' && answer !== null ? { ...answer } : {};
  } catch {
    // What is no JSON says nothing; the status does.
    return {};
  }
}
