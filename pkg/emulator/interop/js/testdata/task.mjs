// What the scripts are told by the test, and what they share.
export const tenant = process.env.TENANT;
export const client = process.env.CLIENT;
export const secret = process.env.SECRET;
export const sku = process.env.SKU;

export const newcomer = (name) => ({
  accountEnabled: true,
  displayName: `New ${name}`,
  mailNickname: name,
  userPrincipalName: `${name}@contoso.com`,
  usageLocation: 'DE',
  passwordProfile: { password: 'an example password' },
});

export function assert(holds, what) {
  if (!holds) {
    throw new Error(`not as expected: ${what}`);
  }
}
