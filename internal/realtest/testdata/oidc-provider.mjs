// A certified OpenID provider with people who sign in by their name and any
// password: node oidc-provider.mjs TREE PORT REDIRECT
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const [tree, port, redirect] = process.argv.slice(2);
const { Provider } = await import(pathToFileURL(join(tree, 'node_modules/oidc-provider/lib/index.js')));
const issuer = `http://127.0.0.1:${port}`;
const groups = { ann: ['security'], bob: ['platform', 'everybody'], eve: [] };
const provider = new Provider(issuer, {
  clients: [
    { client_id: 'drover', client_secret: 'only-for-tests', redirect_uris: [redirect], grant_types: ['authorization_code'], response_types: ['code'] },
    { client_id: 'ci', client_secret: 'only-for-tests', redirect_uris: [], grant_types: ['client_credentials'], response_types: [] },
  ],
  pkce: { required: () => true },
  conformIdTokenClaims: false,
  scopes: ['openid', 'profile', 'email', 'groups', 'api'],
  claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email', 'email_verified'], groups: ['groups'] },
  findAccount: async (_, id) => ({
    accountId: id,
    claims: async () => ({ sub: id, name: id, preferred_username: id, email: `${id}@corp.test`, email_verified: id !== 'mallory', groups: groups[id] ?? [] }),
  }),
  features: {
    devInteractions: { enabled: true },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_, resource) => ({ audience: new URL(resource).pathname.slice(1), scope: 'api', accessTokenFormat: 'jwt', accessTokenTTL: 300 }),
    },
  },
});
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
process.stdin.on('end', () => process.exit(0)).resume();
