/** The part of the package that the benchmark uses; it comes without types. */
declare module 'oidc-provider' {
  import type { RequestListener } from 'node:http';

  export default class Provider {
    constructor(issuer: string, configuration: object);
    readonly Client: { prototype: { compareClientSecret(actual: string): boolean | Promise<boolean> } };
    callback(): RequestListener;
  }
}
