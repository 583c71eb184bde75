import OAuth2Server, { type Client, Request, Response, type Token } from '@node-oauth/oauth2-server';
import express from 'express';
import { clientId, isProven, listen, secret } from './bare-http.js';
import { makeBareKey } from './bare-keys.js';
import { makeBareToken } from './bare-tokens.js';

/*
 * @node-oauth/oauth2-server on Express 5, with the least of a model: one client in memory, its secret compared as a
 * SHA-256, tokens signed as those of the floor and stored nowhere.
 */

const key = makeBareKey('ES256');
const client: Client = { id: clientId, grants: ['client_credentials'], accessTokenLifetime: 3600 };
const server = new OAuth2Server({
  model: {
    getClient: async (id: string, presented: string) =>
      isProven(new URLSearchParams({ client_id: id, client_secret: presented })) && client,
    getUserFromClient: async () => ({ id: clientId }),
    validateScope: async () => [],
    generateAccessToken: async () => makeBareToken(key, clientId),
    saveToken: async (token: Token) => ({ ...token, client, user: { id: clientId } }),
    getAccessToken: async () => false,
  },
});
const app = express();
app.use(express.urlencoded({ extended: false }));
app.get('/.well-known/jwks.json', (_request, response) => {
  response.type('json').send(key.jwks);
});
app.post('/oauth/token', async (request, response) => {
  const answer = new Response(response);
  await server.token(new Request(request), answer);
  response
    .status(answer.status ?? 200)
    .set(answer.headers)
    .json(answer.body);
});

listen(app, { clientId, secret });
