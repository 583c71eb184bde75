export const formHeaders = { 'content-type': 'application/x-www-form-urlencoded' } as const;

export function formOf(parameters: Readonly<Record<string, string>>): string {
  return new URLSearchParams(parameters).toString();
}
