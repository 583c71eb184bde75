import type { RegisteredClient, RegisteredCredential, WouldBeProof } from '#libs/credentials';
import type { Foresight } from '#libs/tokens';
import { Form } from '../http/parsing/form.js';
import { oauthErrorShape } from '../http/problems/oauth-error-shape.js';
import { toProblem } from '../http/problems/problem.js';
import type { ExplainAnswer, ExplainBody, ExplainedToken } from './explain.dto.js';

/** How the client would prove itself. */
export function fromProof(
  body: ExplainBody,
  client: RegisteredClient,
  credential: RegisteredCredential | null,
  at: Date,
): WouldBeProof {
  const method = body.authenticationMethod ?? [...client.authenticationMethods][0] ?? '';
  return { client, credential, method, address: body.address, at };
}

/** The parameters that it would send. */
export function fromParameters({ grantType = 'client_credentials', scope, resource }: ExplainBody): Form {
  const form = new Form();
  form.append('grant_type', grantType);
  if (scope !== undefined) form.append('scope', scope);
  if (resource !== undefined) form.append('resource', resource);
  return form;
}

/** What would come of it. */
export function toExplanation(
  { judged, refusal, token, shadowedBy }: Foresight,
  credential: RegisteredCredential | null,
): ExplainAnswer {
  const refused = refusal && toRefusal(refusal);
  return {
    outcome: refused ? 'refused' : 'issued',
    status: refused?.status ?? 200,
    refusedBy: refused ? (judged.at(-1)?.rule ?? null) : null,
    error: refused?.error ?? null,
    errorDescription: refused?.errorDescription ?? null,
    credentialId: credential?.id ?? null,
    rules: judged.map(({ rule, passed }) => ({
      rule,
      result: passed ? (rule === 'secret' ? 'assumed' : 'passed') : 'failed',
    })),
    wouldBeRefusedByNetworksOf: shadowedBy,
    token: token ? toToken(token) : null,
  };
}

/** In the words that the token endpoint would use. */
function toRefusal(refusal: Error): { status: number; error: string; errorDescription: string } {
  const problem = toProblem(refusal, '');
  const { body } = oauthErrorShape(problem, { headers: {}, url: '' });
  const { error, error_description: errorDescription } = body as Record<string, string>;
  return { status: problem.status, error: error ?? '', errorDescription: errorDescription ?? '' };
}

function toToken({ claims, expiresInSeconds, algorithm, isReused }: NonNullable<Foresight['token']>) {
  const token: ExplainedToken = {
    claims,
    expiresIn: expiresInSeconds,
    scope: claims.scope ?? null,
    algorithm,
    isReused,
  };
  return token;
}
