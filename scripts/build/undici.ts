/**
 * Stands for `undici` in the bundles. `@actions/http-client` needs it to make a proxy for other packages' `fetch`, which
 * nothing here asks for: `HttpClient.request`, all that is used, reaches proxies by the package `tunnel`. undici itself
 * would add half a megabyte. The build fails if any other package imports it, or anything else of it.
 */
export class ProxyAgent {
  constructor() {
    throw new Error('undici is left out of the bundles: send requests by HttpClient.request');
  }
}
