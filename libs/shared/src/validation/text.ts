/** Makes a text storable: NUL is taken out and lone surrogates become U+FFFD, since PostgreSQL stores neither. */
export function storableText(text: string): string {
  return text.replaceAll('\u0000', '').toWellFormed();
}
