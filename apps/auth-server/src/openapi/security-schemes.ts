/** The names of the security schemes in the OpenAPI document. */
export const bearer = 'bearer';
export const clientCredentials = 'oauth2';
export const clientBasic = 'clientBasic';
export const apiKey = 'apiKey';
