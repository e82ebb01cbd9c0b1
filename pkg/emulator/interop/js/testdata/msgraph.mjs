// @microsoft/msgraph-sdk with @azure/identity, as its users write it.
import { ClientSecretCredential } from '@azure/identity';
import { AzureIdentityAuthenticationProvider } from '@microsoft/kiota-authentication-azure';
import { createGraphServiceClient, GraphRequestAdapter } from '@microsoft/msgraph-sdk';
import '@microsoft/msgraph-sdk-users';
import { tenant, client, secret, assert } from './task.mjs';

const credential = new ClientSecretCredential(tenant, client, secret);
const adapter = new GraphRequestAdapter(new AzureIdentityAuthenticationProvider(credential, ['https://graph.microsoft.com/.default']));
const graph = createGraphServiceClient(adapter);

const users = await graph.users.get({
  queryParameters: { select: ['id', 'displayName', 'usageLocation'], orderby: ['displayName'] },
});
assert(users.value.length === 3 && users.value[0].displayName === 'Ada Example', 'sorted users');
const one = await graph.users.byUserId(users.value[0].id).get({ queryParameters: { expand: ['memberOf'] } });
assert(one.memberOf.length === 1, 'a user with their groups');
const filtered = await graph.users.get({ queryParameters: { filter: "userPrincipalName eq 'ken@contoso.com'" } });
assert(filtered.value.length === 1, 'filtered users');
