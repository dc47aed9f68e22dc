/** Microsoft's portals, sovereign clouds included; nothing else is a link. */
const HOSTS: ReadonlySet<string> = new Set([
  'portal.azure.com',
  'portal.azure.us',
  'portal.azure.cn',
  'security.microsoft.com',
  'security.microsoft.us'
]);

/**
 * The address of an alert in Microsoft's portal.
 *
 * @returns the address if it is https, on one of the portals' own hosts and
 * without user or port; null for anything else.
 */
export function portalAddress(link: string | null): string | null {
  if (link === null || !URL.canParse(link)) {
    return null;
  }
  const url = new URL(link);
  const isPlain = url.username === '' && url.password === '' && url.port === '';
  return url.protocol === 'https:' && isPlain && HOSTS.has(url.hostname)
    ? url.href
    : null;
}
