// @pnp/graph with @azure/identity, as its users write it.
import { ClientSecretCredential } from '@azure/identity';
import { graphfi, graphPost, GraphQueryable } from '@pnp/graph';
import { body } from '@pnp/queryable';
import { GraphDefault } from '@pnp/nodejs';
import '@pnp/graph/users/index.js';
import { GroupType } from '@pnp/graph/groups/index.js';
import '@pnp/graph/members/index.js';
import { tenant, client, secret, sku, assert } from './task.mjs';

const credential = new ClientSecretCredential(tenant, client, secret);
const graph = graphfi().using(
  GraphDefault(),
  (instance) => instance.on.auth.replace(async (url, init) => {
    const { token } = await credential.getToken('https://graph.microsoft.com/.default');
    init.headers = { ...init.headers, Authorization: `Bearer ${token}` };
    return [url, init];
  }),
);

const users = await graph.users.select('id', 'displayName').orderBy('displayName')();
assert(users.length === 3 && users[0].displayName === 'Ada Example', 'sorted users');
const licenses = { addLicenses: [{ skuId: sku, disabledPlans: [] }], removeLicenses: [] };
const ken = await graphPost(GraphQueryable(graph.users.getById('ken@contoso.com'), 'assignLicense'), body(licenses));
assert(ken.displayName === 'Ken Example', 'a license');
const groups = await graph.groups.filter("startswith(displayName,'Ana')")();
assert(groups.length === 1, 'filtered groups');
const members = await graph.groups.getById(groups[0].id).members();
assert(members.length === 1, 'members');
await graph.groups.getById(groups[0].id).members.add(`https://graph.microsoft.com/v1.0/directoryObjects/${ken.id}`);
const made = await graph.groups.add('Made', 'made', GroupType.Security);
await graph.groups.getById(made.id).update({ description: 'Seats of Berlin' });
await graph.groups.getById(made.id).delete();
await graph.users.getById(ken.id).delete();
