/** Microsoft's portals, sovereign clouds included; nothing else is a link. */
const HOSTS: ReadonlySet<string> = new Set([
  'portal.azure.com',
  'portal.azure.us',
  'portal.azure.cn',
  'security.microsoft.com',
  'security.microsoft.us'
]);

/** Where the users of Microsoft's clouds enter codes; as in device_codes.py. */
const SIGN_IN_PAGES: readonly string[] = [
  'https://microsoft.com/devicelogin',
  'https://login.microsoft.com/device',
  'https://microsoft.com/deviceloginus',
  'https://microsoft.com/deviceloginchina'
];

/** The page to enter a code on, if it is one of Microsoft's own; else null. */
export function signInPage(page: string | null): string | null {
  return SIGN_IN_PAGES.find(known => known === page) ?? null;
}

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
