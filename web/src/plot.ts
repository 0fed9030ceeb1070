/** Whether pictures are drawn for a telephone: fewer units across, so that their words stay readable. */
export function narrow(): boolean {
  return document.documentElement.clientWidth < 620;
}
